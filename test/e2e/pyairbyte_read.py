"""Checks, discovers and reads twice through PyAirbyte into DuckDB; prints the keys of each table as JSON."""

import json
import sys

import airbyte as ab
from airbyte.caches import DuckDBCache
from sqlalchemy import text

executable, config_path, cache_path, keys_path = sys.argv[1:5]
with open(config_path, encoding="utf-8") as file:
    config = json.load(file)
with open(keys_path, encoding="utf-8") as file:
    keys = json.load(file)

source = ab.get_source("source-klaviyo-v2", config=config, local_executable=executable, streams="*")
source.check()
cache = DuckDBCache(db_path=cache_path)
result = {"streams": source.get_available_streams(), "tables": {}}
first = source.read(cache=cache)
second = source.read(cache=cache)
result["processed"] = [first.processed_records, second.processed_records]
for stream, columns in keys.items():
    names = ", ".join(columns)
    with cache.get_sql_engine().connect() as connection:
        rows = connection.execute(text(f'select {names} from "{cache.schema_name}"."{stream}"')).fetchall()
    result["tables"][stream] = [[value if isinstance(value, (str, bool)) else str(value) for value in row] for row in rows]
print("RESULT " + json.dumps(result))
