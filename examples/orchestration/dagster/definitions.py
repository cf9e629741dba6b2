"""Klaviyo in Dagster: an asset for each stream, a partition for each account, one process for each run.

A run calls ../cron/sync.sh, which keeps the account's state, locks its folder and resumes after a crash. Nothing of
that is done a second time here.

    KLAVIYO_ACCOUNTS   the folder of the accounts' folders (accounts)
    KLAVIYO_SYNC       sync.sh                             (../cron/sync.sh)
    TAP, TARGET        as sync.sh takes them
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import dagster as dg

HERE = Path(__file__).resolve().parent
SYNC = os.environ.get("KLAVIYO_SYNC", str(HERE.parent / "cron" / "sync.sh"))
FOLDERS = Path(os.environ.get("KLAVIYO_ACCOUNTS", "accounts")).resolve()
TAP = os.environ.get("TAP", "tap-klaviyo-v2")

# A person must act, so a repeat is useless.
PERSON, CALL = 2, 64

# Needs neither key nor network.
CATALOG = json.loads(subprocess.run([TAP, "--discover"], check=True, capture_output=True, text=True).stdout)
STREAMS = {stream["tap_stream_id"]: stream for stream in CATALOG["streams"]}

accounts = dg.StaticPartitionsDefinition(sorted(path.parent.name for path in FOLDERS.glob("*/config.json")))


def asset_key(stream: str) -> dg.AssetKey:
    return dg.AssetKey(["klaviyo", stream])


def selecting(chosen: set[str]) -> dict:
    """The catalog with nothing but these streams in it that is read."""
    return {
        "streams": [
            {**stream, "selected": name in chosen, "metadata": mark(stream["metadata"], name in chosen)}
            for name, stream in STREAMS.items()
        ]
    }


def mark(metadata: list[dict], selected: bool) -> list[dict]:
    return [
        {**entry, "metadata": {**entry["metadata"], "selected": selected}} if entry["breadcrumb"] == [] else entry
        for entry in metadata
    ]


def bookmarks(folder: Path) -> dict:
    state = folder / "state.json"
    return json.loads(state.read_text())["bookmarks"] if state.exists() else {}


@dg.multi_asset(
    name="klaviyo",
    specs=[
        dg.AssetSpec(
            asset_key(name),
            group_name="klaviyo",
            # A run that fails still tells which of its streams are complete.
            skippable=True,
            metadata={"primary_key": stream["key_properties"], "cursor": stream.get("replication_key")},
        )
        for name, stream in STREAMS.items()
    ],
    partitions_def=accounts,
    can_subset=True,
    retry_policy=dg.RetryPolicy(max_retries=3, delay=600, backoff=dg.Backoff.EXPONENTIAL),
    pool="klaviyo",
)
def klaviyo(context: dg.AssetExecutionContext):
    folder = FOLDERS / context.partition_key
    chosen = {key.path[-1] for key in context.selected_asset_keys}
    before = bookmarks(folder)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as catalog:
        json.dump(selecting(chosen), catalog)
        catalog.flush()
        run = subprocess.run(
            [SYNC, str(folder)], env={**os.environ, "CATALOG": catalog.name}, stderr=subprocess.PIPE, text=True
        )
    after = bookmarks(folder)
    for stream in sorted(chosen):
        bookmark = after.get(stream, {})
        if run.returncode == 0 or (bookmark.get("gaps") == [] and bookmark != before.get(stream)):
            yield dg.MaterializeResult(asset_key(stream), metadata={"until": bookmark.get("until")})
    if run.returncode != 0:
        raise dg.Failure(
            f"sync.sh ended with {run.returncode}. {run.stderr.strip()}",
            allow_retries=run.returncode not in (PERSON, CALL),
        )


sync = dg.define_asset_job("klaviyo_sync", selection=[klaviyo], partitions_def=accounts)


@dg.schedule(job=sync, cron_schedule="7 * * * *")
def hourly():
    return [dg.RunRequest(partition_key=account) for account in accounts.get_partition_keys()]


defs = dg.Definitions(assets=[klaviyo], jobs=[sync], schedules=[hourly])
