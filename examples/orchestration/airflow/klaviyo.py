"""Klaviyo in Airflow: a mapped task for each account, each of them one process.

A task calls sync.sh of ../cron, which keeps the account's state, locks its folder and resumes after a crash. Nothing
of that is done a second time here.

    KLAVIYO_ACCOUNTS   the folder of the accounts' folders (/srv/klaviyo)
    KLAVIYO_SYNC       sync.sh                             (/opt/klaviyo/sync.sh)
    TAP, TARGET        as sync.sh takes them
"""

import os
import subprocess
from datetime import timedelta
from pathlib import Path

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

SYNC = os.environ.get("KLAVIYO_SYNC", "/opt/klaviyo/sync.sh")
FOLDERS = Path(os.environ.get("KLAVIYO_ACCOUNTS", "/srv/klaviyo"))

# A person must act, so a repeat is useless; another run is at it.
PERSON, CALL, BUSY = 2, 64, 75


@dag(
    schedule="7 * * * *",
    catchup=False,
    # A run that takes longer than an hour goes on alone.
    max_active_runs=1,
    tags=["klaviyo"],
)
def klaviyo():
    @task
    def accounts() -> list[str]:
        return sorted(str(path.parent) for path in FOLDERS.glob("*/config.json"))

    @task(
        map_index_template="{{ account }}",
        max_active_tis_per_dag=8,
        retries=3,
        retry_delay=timedelta(minutes=10),
        retry_exponential_backoff=True,
    )
    def sync(folder: str) -> None:
        from airflow.sdk import get_current_context

        get_current_context()["account"] = Path(folder).name
        run = subprocess.run([SYNC, folder], stderr=subprocess.PIPE, text=True)
        if run.returncode == 0:
            return
        what = f"sync.sh ended with {run.returncode}. {run.stderr.strip()}"
        if run.returncode == BUSY:
            raise AirflowSkipException(what)
        raise (AirflowFailException if run.returncode in (PERSON, CALL) else AirflowException)(what)

    sync.expand(folder=accounts())


klaviyo()
