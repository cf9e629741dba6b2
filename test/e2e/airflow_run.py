"""Runs the Airflow example once in this process, as `airflow dags test` does, and tells how its tasks ended."""

import json
import sys

from airflow.__main__ import main


def airflow(*args):
    sys.argv = ["airflow", *args]
    try:
        main()
    except SystemExit as end:
        return end.code


airflow("db", "migrate")
airflow("dags", "test", "klaviyo")

from airflow.models.taskinstance import TaskInstance  # noqa: E402
from airflow.utils.session import create_session  # noqa: E402

with create_session() as session:
    tasks = [
        {"task": each.task_id, "name": each.rendered_map_index, "state": each.state, "tries": each.try_number}
        for each in session.query(TaskInstance)
    ]
print("RESULT " + json.dumps(tasks))
