"""Days one after the other in a process that stays up, by the function that Dagster calls.

Started with the days as arguments, in a copy of the project; prints the median seconds, and the median CPU
seconds, of all but the first as JSON.
"""

import json
import sys
import time
from pathlib import Path
from statistics import median

from orchestration.dbt import build
from orchestration.project import Project


def main() -> None:
    """Run the days, and say how long each took."""
    project = Project.at(Path("dbt_project"), Path())
    assert project.manifest
    samples = []
    for day in sys.argv[1:]:
        started, cpu_started = time.perf_counter(), time.process_time()
        with build(
            project, "--select", "tag:partitioned", target="warm", partition_start=day, partition_end=day
        ) as built:
            pass
        samples.append((time.perf_counter() - started, time.process_time() - cpu_started))
        if built.error:
            raise SystemExit(built.error)
    print(json.dumps([median(figure) for figure in zip(*samples[1:], strict=True)]))


if __name__ == "__main__":
    main()
