"""A pipeline that stays up: every day of the calendar by itself, while the feed changes behind it."""

import os
import random
import resource
import sys
from collections import Counter
from pathlib import Path

import dagster as dg
import pytest
from conftest import Pipeline

from orchestration.dbt import release
from orchestration.definitions import definitions

DAILY = definitions.resolve_assets_def("daily_sales")
LOOK = definitions.resolve_assets_def("partition_health")
assert DAILY.partitions_def
DAYS = DAILY.partitions_def.get_partition_keys()[: int(os.environ.get("TORTURE_DAYS", "366"))]
ROWS_PER_DAY = 300
CHUNK = 20  # days, after which three of those before are restated
MARTS = ("daily_sales", "daily_sales_summary")


def resident_mb() -> float:
    """Return the memory this process has now, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def test_a_calendar_day_by_day(pipeline: Pipeline, happened: Counter[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Each day by itself through Dagster in one process, with restatements of random days found by health."""
    seed = random.randrange(10**9)
    chance = random.Random(seed)
    prices = dict.fromkeys(DAYS, 1)

    def write_feed() -> None:
        lines = [
            f"{day},Product {n % 90},{n % 9 + 1},{price}.{n % 90 + 10}"
            for day, price in prices.items()
            for n in range(ROWS_PER_DAY)
        ]
        pipeline.write_feed(*lines)

    def materialize(day: str, instance: dg.DagsterInstance) -> None:
        result = dg.materialize([DAILY], partition_key=day, instance=instance, raise_on_error=False)
        assert result.success, f"seed {seed}, {day}"

    def days_to_run(instance: dg.DagsterInstance) -> list[str]:
        looked = dg.materialize([LOOK], selection="partition_health", instance=instance)
        (seen,) = looked.asset_materializations_for_node(LOOK.op.name)[-1:]
        ranges = seen.metadata["days_to_run"].value
        assert isinstance(ranges, list)
        return [key for start, end in ranges for key in DAYS[DAYS.index(start) : DAYS.index(end) + 1]]

    memory = {}
    write_feed()
    for first in range(0, len(DAYS), CHUNK):
        chunk = DAYS[first : first + CHUNK]
        # one of its own, for it keeps all events in memory
        with dg.DagsterInstance.ephemeral() as instance:
            for day in chunk:
                materialize(day, instance)
                happened["days made"] += 1
            for changed in chance.sample(DAYS[: first + len(chunk)], 3):
                prices[changed] += 1
            write_feed()
            stale = [day for day in days_to_run(instance) if day <= chunk[-1]]
            assert len(stale) == 3, f"seed {seed}, {chunk[-1]}: {stale}"
            for changed in stale:
                materialize(changed, instance)
                happened["restatements found by health and made"] += 1
        memory[chunk[-1]] = resident_mb()
    release()
    size = pipeline.warehouse.stat().st_size
    soaked = (pipeline.contents(), [pipeline.query(f"from {mart} order by all") for mart in MARTS])

    pipeline.warehouse.unlink()
    assert pipeline.run("--full-refresh").success
    clean = (pipeline.contents(), [pipeline.query(f"from {mart} order by all") for mart in MARTS])

    assert soaked == clean
    with capsys.disabled():
        sys.stdout.write(
            f"\nmemory in MB: {memory}; warehouse {size} bytes, fresh {pipeline.warehouse.stat().st_size} bytes"
        )
    if len(memory) > 4:
        early, *_, last = list(memory.values())[1:]
        assert last < 1.3 * early, memory
