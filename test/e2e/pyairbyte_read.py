"""Checks, discovers and reads through PyAirbyte into a DuckDB file; prints what it found and did, as JSON.

Usage: pyairbyte_read.py EXECUTABLE CONFIG REFUSED CACHE. A CACHE that is there holds the state to go on from.
"""

import json
import sys

import airbyte as ab
from airbyte.caches import DuckDBCache
from airbyte.exceptions import AirbyteConnectorCheckFailedError

executable, config_path, refused_path, cache_path = sys.argv[1:5]


def source_of(path):
    with open(path, encoding="utf-8") as file:
        return ab.get_source("source-klaviyo-v2", config=json.load(file), local_executable=executable, streams="*")


try:
    source_of(refused_path).check()
    refusal = None
except AirbyteConnectorCheckFailedError as error:
    refusal = str(error)

source = source_of(config_path)
source.check()
streams = {
    stream.name: {"key": stream.source_defined_primary_key, "cursor": stream.default_cursor_field}
    for stream in source.discovered_catalog.streams
}
cache = DuckDBCache(db_path=cache_path)
done = source.read(cache=cache)
print(
    "RESULT "
    + json.dumps(
        {
            "refusal": refusal,
            "schema": cache.schema_name,
            "streams": streams,
            "available": source.get_available_streams(),
            "processed": done.processed_records,
        }
    )
)
