"""Holds every line of recorded runs to the protocols' own models; prints how many of each type a run has, as JSON.

Usage: messages.py airbyte|singer FOLDER, with a file NAME.jsonl a run. The run `discover` has the catalog.
"""

import collections
import json
import pathlib
import sys

from jsonschema import Draft4Validator, Draft7Validator

protocol, folder = sys.argv[1], pathlib.Path(sys.argv[2])
DRAFTS = (Draft4Validator, Draft7Validator)
# Without the package that knows a format, its check is silently none.
assert all("date-time" in draft.FORMAT_CHECKER.checkers for draft in DRAFTS)
assert "date" in Draft7Validator.FORMAT_CHECKER.checkers


def validators(schema):
    made = []
    for draft in DRAFTS:
        # The schemas name draft 7, and must be schemas of draft 4 as well: that is what most targets take them for.
        draft.check_schema(schema)
        made.append(draft(schema, format_checker=draft.FORMAT_CHECKER))
    return made


def fit(record, schema):
    for validator in schema:
        for error in validator.iter_errors(record):
            raise ValueError(f"{type(validator).__name__}, {'.'.join(map(str, error.path))}: {error.message[:200]}")


def lines(path):
    text = path.read_text(encoding="utf-8")
    assert text == "" or text.endswith("\n"), f"{path.stem}: the last line is not whole"
    return text.split("\n")[:-1]


def airbyte():
    from airbyte_protocol.models import AirbyteMessage, AirbyteStateBlob, Type
    from pydantic import BaseModel

    parts = {one.value: one.value.lower() for one in Type} | {"CONNECTION_STATUS": "connectionStatus"}

    def unknown(value, path="message"):
        """Members that the protocol does not have; the models let them through."""
        if isinstance(value, list):
            for one in value:
                yield from unknown(one, path + "[]")
        if not isinstance(value, BaseModel) or isinstance(value, AirbyteStateBlob):
            return
        yield from (f"{path}.{name}" for name in value.model_extra or {})
        for name in type(value).model_fields:
            yield from unknown(getattr(value, name), f"{path}.{name}")

    [catalog] = [json.loads(line)["catalog"] for line in lines(folder / "discover.jsonl") if '"CATALOG"' in line]
    schemas = {stream["name"]: validators(stream["json_schema"]) for stream in catalog["streams"]}

    def check(line, _seen):
        message = AirbyteMessage.model_validate_json(line, strict=True)
        kind = message.type.value
        carried = [part for part in parts.values() if getattr(message, part) is not None]
        if carried != [parts[kind]]:
            raise ValueError(f"a {kind} that carries {carried}")
        if extra := list(unknown(message)):
            raise ValueError(f"not in the protocol: {extra}")
        if kind == "RECORD":
            fit(message.record.data, schemas[message.record.stream])
        if kind == "TRACE":
            trace = message.trace
            if getattr(trace, trace.type.value.lower()) is None:
                raise ValueError(f"a trace of {trace.type.value} without it")
            if trace.stream_status is not None:
                return f"{kind} {trace.stream_status.status.value}"
            return f"{kind} {trace.type.value}"
        return kind

    return check


def singer():
    import singer as sdk

    members = {
        sdk.RecordMessage: {"type", "stream", "record", "version", "time_extracted"},
        sdk.SchemaMessage: {"type", "stream", "schema", "key_properties", "bookmark_properties"},
        sdk.StateMessage: {"type", "value"},
        sdk.ActivateVersionMessage: {"type", "stream", "version"},
    }
    for stream in sdk.Catalog.load(str(folder / "catalog.json")).streams:
        validators(stream.schema.to_dict())
        assert stream.tap_stream_id and stream.key_properties and stream.metadata, stream.tap_stream_id

    def check(line, seen):
        message = sdk.parse_message(line)
        if message is None:
            raise ValueError("an unknown type of message")
        told = json.loads(line)
        if extra := set(told) - members[type(message)]:
            raise ValueError(f"not in the specification: {sorted(extra)}")
        if isinstance(message, sdk.SchemaMessage):
            columns = set(message.schema["properties"])
            if not message.key_properties or not columns.issuperset(
                message.key_properties + (message.bookmark_properties or [])
            ):
                raise ValueError("a key or a bookmark that is no column")
            seen[message.stream] = validators(message.schema)
        elif isinstance(message, sdk.RecordMessage):
            # An unreadable time is passed over with a warning.
            if message.time_extracted is None:
                raise ValueError("no time_extracted that can be read")
            fit(message.record, seen[message.stream])
        elif isinstance(message, sdk.ActivateVersionMessage):
            assert message.stream in seen and isinstance(message.version, int)
        else:
            assert isinstance(message.value, dict) and message.value
        return told["type"]

    return check


check = {"airbyte": airbyte, "singer": singer}[protocol]()
result = {}
for path in sorted(folder.glob("*.jsonl")):
    counted = collections.Counter()
    seen = {}
    for number, line in enumerate(lines(path), 1):
        try:
            counted[check(line, seen)] += 1
        except Exception as error:
            raise SystemExit(f"{path.stem}, line {number}, {line[:200]}: {type(error).__name__}: {error}") from error
    result[path.stem] = counted
print("RESULT " + json.dumps(result))
