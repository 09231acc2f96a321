"""Feeds of moments, by each road a feed may take, and the days these moments are on, by DuckDB's own word."""

from collections.abc import Mapping, Sequence
from datetime import timezone as tz
from itertools import chain

import duckdb
from conftest import Pipeline

ROADS = ["csv", "parquet", "parquet text", "subquery", "file a day", "hive"]
Moments = Mapping[str, Sequence[str]]


def sales_around(days: Sequence[str], timezone: str) -> dict[str, list[str]]:
    """Return moments in UTC, one every 30 minutes of the days and of the day before and after each, by day."""
    rows = duckdb.execute(
        """
        select distinct moment, (moment at time zone $timezone)::date as day
        from
            (select unnest($days)::date as changed),
            generate_series(changed - interval 3 days, changed + interval 3 days, interval 30 minutes) as utc(local),
            (select local at time zone 'UTC' as moment)
        where day between changed - 1 and changed + 1
        order by moment
        """,
        {"days": list(days), "timezone": timezone},
    ).fetchall()
    by_day: dict[str, list[str]] = {}
    for moment, day in rows:
        by_day.setdefault(str(day), []).append(f"{moment.astimezone(tz.utc):%Y-%m-%d %H:%M:%S+00}")
    return by_day


def write_feed(pipeline: Pipeline, road: str, moments: Moments) -> None:
    """Write a sale for each moment where the pipeline finds it by this road."""
    root = pipeline.root / "feed"
    root.mkdir()
    typed = "moment::timestamptz" if road in {"parquet", "subquery", "hive"} else "moment"
    sales = (
        f"select {typed} as date, moment as product, 1 as quantity, 1.5 as price from (select unnest($those) as moment)"
    )
    ending = "csv" if road in {"csv", "file a day"} else "parquet"
    parts = moments if road in {"file a day", "hive"} else {"all": list(chain(*moments.values()))}
    for name, those in parts.items():
        folder = root / f"date={name}" if road == "hive" else root
        folder.mkdir(exist_ok=True)
        columns = "* exclude (date)" if road == "hive" else "*"
        duckdb.execute(f"copy (select {columns} from ({sales})) to '{folder}/{name}.{ending}'", {"those": list(those)})
    feeds = {"file a day": f"{root}/%Y-%m-%d.csv", "subquery": f"(select * from '{root}/all.parquet')"}
    pipeline.use_feed(feeds.get(road, str(root)))


def published(pipeline: Pipeline) -> dict[str, list[str]]:
    """Return the moments that were published, by day."""
    by_day = "select date::varchar as day, list(product order by product) from daily_sales group by day order by day"
    return dict(pipeline.query(by_day))
