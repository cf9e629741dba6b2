"""Holds metadata.yaml, or what standard input has of it, to Airbyte's own schema; prints what does not fit, a line each.

Usage: metadata.py FILE
"""

import importlib.metadata
import json
import sys

import yaml
from jsonschema import Draft7Validator, FormatChecker

SCHEMA = "ConnectorMetadataDefinitionV0.json"
[schema] = [file for file in importlib.metadata.files("airbyte-connector-models") if file.name == SCHEMA]
formats = FormatChecker()
# Without the packages that know a format, its check is silently none.
assert {"date", "uuid", "uri"} <= set(formats.checkers)
validator = Draft7Validator(json.loads(schema.read_text()), format_checker=formats)
with open(sys.argv[1]) as file:
    metadata = yaml.safe_load(file)
for error in validator.iter_errors(metadata):
    print("/".join(map(str, error.absolute_path)), error.message)
