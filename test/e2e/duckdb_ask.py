"""Asks a DuckDB file what each of some files says, as written, and prints columns and rows as JSON."""

import json
import sys
from pathlib import Path

import duckdb

database, search_path, *files = sys.argv[1:]
connection = duckdb.connect(database, read_only=True)
connection.execute(f"set search_path = '{search_path}'")
result = {}
for path in map(Path, files):
    answer = connection.sql(path.read_text(encoding="utf-8"))
    result[path.stem] = [dict(zip(answer.columns, row)) for row in answer.fetchall()]
print("RESULT " + json.dumps(result, default=str))
