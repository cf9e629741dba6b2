"""Prints the keys of each table of a schema, and a few typed values, as JSON."""

import json
import sys

import sqlalchemy

url, schema, keys_path = sys.argv[1:4]
with open(keys_path, encoding="utf-8") as file:
    keys = json.load(file)
engine = sqlalchemy.create_engine(url)
result = {"tables": {}, "checks": {}}
with engine.connect() as connection:

    def ask(sql):
        return [list(row) for row in connection.execute(sqlalchemy.text(sql)).fetchall()]

    for stream, columns in keys.items():
        rows = ask(f'select {", ".join(columns)} from "{schema}"."{stream}"')
        result["tables"][stream] = [[v if isinstance(v, (str, bool)) else v.isoformat() for v in row] for row in rows]
    result["checks"]["value"] = ask(
        f"""select round(sum((event_properties->>'$value')::numeric), 2)::text, round(sum(value)::numeric, 2)::text
            from "{schema}".event_v2 where value is not null"""
    )[0]
    result["checks"]["types"] = ask(
        f"""select column_name, data_type from information_schema.columns
            where table_schema = '{schema}' and table_name = 'event_v2'
            and column_name in ('datetime', 'timestamp', 'event_properties')"""
    )
    connection.execute(sqlalchemy.text(f'drop schema "{schema}" cascade'))
    connection.commit()
print("RESULT " + json.dumps(result, default=str))
