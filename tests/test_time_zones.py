"""Moments on the days of their zone, also where a clock is put forward or back at midnight."""

from datetime import date, datetime, timedelta, timezone

import duckdb
import pytest
import pytz
from conftest import Pipeline
from moments import published, sales_around, write_feed


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Atlantic/Azores", "2026-10-25"),  # midnight comes twice
        ("America/Havana", "2025-11-02"),  # an hour after midnight, it is midnight again
        ("America/Santiago", "2025-09-07"),  # there is no midnight
    ],
)
def test_a_day_on_which_the_clock_is_put_at_midnight_has_its_rows_however_it_is_run(
    pipeline: Pipeline, zone: str, day: str
) -> None:
    expected = sales_around([day], zone)
    settings = {"start_date": min(expected), "timezone": zone}
    write_feed(pipeline, "parquet", expected)

    assert pipeline.run_day(day, **settings).success
    assert published(pipeline) == {day: expected[day]}
    assert pipeline.run_range(min(expected), max(expected), **settings).success
    assert published(pipeline) == expected
    pipeline.warehouse.unlink()
    assert pipeline.run(**settings).success
    assert published(pipeline) == expected


def test_the_newest_complete_day_is_that_of_the_zone_as_duckdb_knows_it(pipeline: Pipeline) -> None:
    now = datetime.now(timezone.utc)
    hours = [now.replace(minute=30) - timedelta(hours=back) for back in range(1, 8700)]
    # the lists of Python and of DuckDB are of different dates: where they differ, the rows' own decides
    differing = (
        (zone, hour, duckdbs)
        for zone in ("America/Vancouver", "Africa/Casablanca", "America/Edmonton", "Africa/El_Aaiun", "Asia/Almaty")
        for hour, duckdbs in zip(hours, days_in(zone, hours), strict=True)
        if hour.astimezone(pytz.timezone(zone)).date() != duckdbs
    )
    zone, hour, day = next(differing, (None, None, None))
    if hour is None or day is None:
        pytest.skip("Python and DuckDB agree on all hours of the last year")
    yesterday = str(day - timedelta(days=1))
    pipeline.write_feed(f"{yesterday},Tea,1,1.00", f"{day},Tea,1,1.00")
    grace = int((now - hour).total_seconds() // 60)

    assert pipeline.run("--select", "tag:health", start_date=yesterday, timezone=zone, grace_minutes=grace).success

    assert pipeline.query("select partition_date::varchar from partition_health") == [(yesterday,)]


def days_in(zone: str, moments: list[datetime]) -> list[date]:
    """Return the day of each moment in a time zone, as DuckDB knows it."""
    query = "select list_transform($moments, lambda moment: (moment at time zone $zone)::date)"
    ((days,),) = duckdb.execute(query, {"zone": zone, "moments": moments}).fetchall()
    return list(days)
