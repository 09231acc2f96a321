"""Every time zone, by each road of the feed: where the clock changes, a day has its rows and no others."""

import os
import random
import shutil
import sys
from collections import Counter

import duckdb
import pytest
from conftest import Pipeline
from moments import ROADS, published, sales_around, write_feed

ZONES = int(os.environ.get("TORTURE_EXAMPLES", "1000"))
FIRST, LAST = "2016-01-01", "2025-12-31"


@pytest.fixture
def pipeline(copied: Pipeline) -> Pipeline:
    """A pipeline of the sales without their files, of which ten years would have 7,300."""
    shutil.rmtree(copied.project / "models" / "exports")
    (copied.project / "models" / "_exposures.yml").unlink()
    settings = copied.project / "dbt_project.yml"
    exports = "exports: [daily_sales_csv, daily_sales_summary_csv]"
    text = settings.read_text(encoding="utf-8")
    assert exports in text
    settings.write_text(text.replace(exports, "exports: []"), encoding="utf-8")
    return copied


def changes() -> list[tuple[str, list[str]]]:
    """Return the zones that differ in these years, one of those that are alike, each with the days of a change."""
    query = f"""
        with
            hours as (select unnest(generate_series(timestamp '{FIRST}', timestamp '{LAST}', interval 1 hour)) as hour),
            offsets as (
                select name as zone, hour, (hour at time zone 'UTC') at time zone name as local, local - hour as shift
                from pg_timezone_names(), hours
                where contains(name, '/') and not starts_with(name, 'SystemV')
            ),
            turns as (
                select zone, local::date::varchar as day
                from offsets
                qualify shift is distinct from lag(shift) over (partition by zone order by hour)
                and row_number() over (partition by zone order by hour) > 1
            ),
            zones as (select zone, list(day order by day) as days from turns group by zone),
            rules as (select zone, hash(list(local order by hour)) as rule from offsets group by zone)
        select min_by(zone, zone), min_by(days, zone) from zones join rules using (zone) group by rule order by all
    """
    return duckdb.sql(query).fetchall()


def test_days_on_which_the_clock_changes(
    pipeline: Pipeline, happened: Counter[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Zones that differ in ten years, each day of a change, by six roads: catch-up, one alone, one to the next."""
    zones = changes()
    seed = random.randrange(10**9)
    chance = random.Random(seed)
    for zone, days in chance.sample(zones, min(ZONES, len(zones))):
        expected = sales_around(days, zone)
        settings = {"start_date": min(expected), "timezone": zone}
        alone = chance.choice(days)
        for road in ROADS:
            told = f"seed {seed}, {zone}, {road}, {alone}"
            pipeline.clean()
            write_feed(pipeline, road, expected)
            outcome = pipeline.run_day(alone, **settings)
            assert outcome.success, f"{told}: {outcome.error}"
            assert published(pipeline) == {alone: expected[alone]}, told
            assert pipeline.run(**settings).success, told
            assert published(pipeline) == expected, told
            first = chance.randrange(len(days))
            start, end = days[first], days[min(first + 1, len(days) - 1)]  # where a bound would be an hour off
            pipeline.execute("delete from daily_sales")
            assert pipeline.run_range(start, end, **settings).success, told
            assert published(pipeline) == {day: rows for day, rows in expected.items() if start <= day <= end}, told
            happened[f"{road} right"] += 1
        with capsys.disabled():
            sys.stdout.write(f"\n{zone} right")
