"""Has acts done by a cluster; the arguments are its scheduler file, a course, a maker and acts."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from distributed import Client

from grader.batch import Task
from grader.batch.cluster.dask_pool import DaskPool
from grader.errors import SandboxError
from tests.batch import standins


def main(scheduler, course, maker, acts):
    """Print a line for each act, in their order."""
    given = standins.assignment(Path(course), getattr(standins, maker))
    tasks = [Task(n, standins.paper(act, n), given.exercises) for n, act in enumerate(acts)]
    results = {}
    with Client(scheduler_file=scheduler) as client:
        client.wait_for_workers(1, timeout=60)
    with DaskPool(scheduler, given) as pool:
        while len(results) < len(acts):
            while tasks and pool.submit(tasks[0]):
                tasks.pop(0)
            results |= {task.key: result for task, result in pool.collect()}
    for number in range(len(acts)):
        print(json.dumps([results[number].status, results[number].reason]))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:4], sys.argv[4:])
    except SandboxError as error:
        sys.exit(str(error))
