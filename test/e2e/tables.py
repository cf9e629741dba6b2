"""Prints the rows that a client has stored, and the answers to questions about them, as JSON.

Usage: tables.py WHERE WANTED, where WHERE is postgresql://..., duckdb:FILE or csv:FOLDER, and WANTED a JSON file:
{"schema": ..., "tables": {TABLE: [COLUMN, ...]}, "nested": {TABLE: [COLUMN, ...]}, "ask": {NAME: SQL},
"drop": [SCHEMA, ...]}
"""

import csv
import datetime
import decimal
import json
import sys

where, wanted_path = sys.argv[1:3]
with open(wanted_path, encoding="utf-8") as file:
    wanted = json.load(file)


def connect():
    if where.startswith("duckdb:"):
        import duckdb

        return duckdb.connect(where.removeprefix("duckdb:"), read_only=True)
    try:
        import psycopg
    except ImportError:
        import psycopg2 as psycopg
    return psycopg.connect(where)


def other(value):
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value)} has no form in JSON")


def databases():
    connection = connect()
    cursor = connection.cursor()

    def ask(sql):
        cursor.execute(sql)
        return [list(row) for row in cursor.fetchall()]

    schema = wanted.get("schema")
    tables = {}
    for table, columns in wanted.get("tables", {}).items():
        # DuckDB hands out JSON as text; PostgreSQL's drivers parse it.
        kinds = ask(
            f"select column_name, data_type from information_schema.columns "
            f"where table_schema = '{schema}' and table_name = '{table}'"
        )
        texts = {name for name, kind in kinds if kind == "JSON"}
        names = ", ".join(f'"{column}"' for column in columns)
        tables[table] = [
            {
                column: json.loads(value) if column in texts and value is not None else value
                for column, value in zip(columns, row)
            }
            for row in ask(f'select {names} from "{schema}"."{table}"')
        ]
    answers = {name: ask(sql) for name, sql in wanted.get("ask", {}).items()}
    for name in wanted.get("drop", []):
        cursor.execute(f'drop schema if exists "{name}" cascade')
        connection.commit()
    return {"tables": tables, "answers": answers}


def files():
    csv.field_size_limit(1 << 28)
    # Objects and arrays are written in Python's form, with Decimals.
    names = {"__builtins__": {}, "Decimal": decimal.Decimal}
    tables = {}
    for table, columns in wanted["tables"].items():
        nested = wanted["nested"][table]
        with open(f"{where.removeprefix('csv:')}/{table}.csv", encoding="utf-8", newline="") as file:
            tables[table] = [
                {
                    column: eval(row[column] or "None", names) if column in nested else row[column]
                    for column in columns
                }
                for row in csv.DictReader(file)
            ]
    return {"tables": tables, "answers": {}}


found = files() if where.startswith("csv:") else databases()
print("RESULT " + json.dumps(found, default=other, allow_nan=False))
