"""Runs a text of statements, from standard input, on a DuckDB file."""

import sys

import duckdb

duckdb.connect(sys.argv[1]).execute(sys.stdin.read())
