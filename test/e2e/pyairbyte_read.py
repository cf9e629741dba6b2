"""Checks, discovers and reads through PyAirbyte into DuckDB files; prints what it found and did, as JSON.

Usage: pyairbyte_read.py EXECUTABLE JOBS, a JSON file: [{"config": FILE, "refused": FILE, "cache": FILE}, ...]. A
cache that is there holds the state to go on from.
"""

import json
import sys

import airbyte as ab
from airbyte.caches import DuckDBCache
from airbyte.exceptions import AirbyteConnectorCheckFailedError

executable, jobs_path = sys.argv[1:3]


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def source_of(path):
    return ab.get_source("source-klaviyo-v2", config=read(path), local_executable=executable, streams="*")


def run(job):
    try:
        source_of(job["refused"]).check()
        refusal = None
    except AirbyteConnectorCheckFailedError as error:
        refusal = str(error)
    source = source_of(job["config"])
    source.check()
    streams = {
        stream.name: {"key": stream.source_defined_primary_key, "cursor": stream.default_cursor_field}
        for stream in source.discovered_catalog.streams
    }
    cache = DuckDBCache(db_path=job["cache"])
    done = source.read(cache=cache)
    return {
        "refusal": refusal,
        "schema": cache.schema_name,
        "streams": streams,
        "available": source.get_available_streams(),
        "processed": done.processed_records,
    }


print("RESULT " + json.dumps([run(job) for job in read(jobs_path)]))
