"""Runs the Dagster example in this process: all streams of one account, two streams of it, an account that fails."""

import importlib.util
import json
import sys

import dagster as dg

# Or the example's folder would hold what was compiled of it.
sys.dont_write_bytecode = True
path, good, bad = sys.argv[1:]
spec = importlib.util.spec_from_file_location("definitions", path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
dg.Definitions.validate_loadable(module.defs)
job = module.defs.resolve_job_def("klaviyo_sync")
# From the dagster.yaml in DAGSTER_HOME.
instance = dg.DagsterInstance.get()


def run(partition, streams=None):
    result = job.execute_in_process(
        partition_key=partition,
        asset_selection=[module.asset_key(name) for name in streams] if streams else None,
        instance=instance,
        raise_on_error=False,
    )
    done = [event.asset_key.path[-1] for event in result.get_asset_materialization_events()]
    failures = [event.event_specific_data.error.message for event in result.all_events if event.is_step_failure]
    retries = [event for event in result.all_events if event.is_step_up_for_retry]
    return {"success": result.success, "done": sorted(done), "failures": failures, "retries": len(retries)}


requests = module.hourly(dg.build_schedule_context(instance=instance))
print(
    "RESULT "
    + json.dumps(
        {
            "all": run(good),
            "two": run(good, ["metric_v2", "list_v2"]),
            "bad": run(bad),
            "scheduled": [request.partition_key for request in requests],
        }
    )
)
