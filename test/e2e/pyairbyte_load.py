"""Reads all streams through PyAirbyte into a DuckDB cache, from the state that the cache holds."""

import json
import sys

import airbyte as ab
from airbyte.caches import DuckDBCache

executable, config_path, cache_path = sys.argv[1:4]
with open(config_path, encoding="utf-8") as file:
    config = json.load(file)
source = ab.get_source("source-klaviyo-v2", config=config, local_executable=executable, streams="*")
source.read(cache=DuckDBCache(db_path=cache_path))
