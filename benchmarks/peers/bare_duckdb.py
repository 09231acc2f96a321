"""The limit: the same tables and CSVs by nothing but DuckDB, with one scan of the feed.

No staging, audit, ledger or health: it believes every row, and replaces the days whatever they hold.
"""

import argparse
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import duckdb

WRITERS = 2


def main() -> None:
    """Replace the days from `--first` to `--last` in the warehouse, and write their CSVs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--feed", required=True, help="what to select from, as SQL")
    parser.add_argument("--warehouse", required=True, type=Path)
    parser.add_argument("--exports", required=True, type=Path)
    parser.add_argument("--first", required=True, type=date.fromisoformat)
    parser.add_argument("--last", required=True, type=date.fromisoformat)
    parser.add_argument("--memory-limit", help="such as 2GB; DuckDB's own default if not given")
    given = parser.parse_args()

    limit = {"memory_limit": given.memory_limit} if given.memory_limit else {}
    with duckdb.connect(given.warehouse, config=limit) as connection:
        replace_days(connection, given.feed, given.first, given.last)
        write_files(connection, given.exports, given.first, given.last)


def replace_days(connection: duckdb.DuckDBPyConnection, feed: str, first: date, last: date) -> None:
    """Put the days of the feed into `daily_sales`, and what follows from them into the other tables."""
    window = f"date between date '{first}' and date '{last}'"
    connection.execute(f"""
        create table if not exists daily_sales
            (date date, product varchar, quantity bigint, price decimal(18, 2), amount decimal(18, 2));
        create table if not exists daily_sales_summary
            (date date, product varchar, row_count bigint, quantity decimal(18, 0), amount decimal(18, 2));
        begin;
        delete from daily_sales where {window};
        insert into daily_sales
        select date, product, quantity, price, quantity * price
        from {feed}
        where {window}
        order by all;
        delete from daily_sales_summary where {window};
        insert into daily_sales_summary
        select date, product, count(*), sum(quantity), sum(amount)
        from daily_sales
        where {window}
        group by date, product
        order by all;
        create or replace table sales_summary as
        select product, sum(row_count) as row_count, sum(quantity) as quantity, sum(amount) as amount,
        from daily_sales_summary
        group by product;
        commit;
    """)


def write_files(connection: duckdb.DuckDBPyConnection, exports: Path, first: date, last: date) -> None:
    """Write both CSVs of each day; the rows are in their order already."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def write(some_days: list[date]) -> None:
        with connection.cursor() as cursor:
            for day in some_days:
                folder = exports / day.strftime("%Y/%m/%d")
                folder.mkdir(parents=True, exist_ok=True)
                for table, file in (("daily_sales", "sales"), ("daily_sales_summary", "sales_summary")):
                    rows = f"from {table} where date = date '{day}'"
                    cursor.execute(f"copy ({rows}) to '{folder}/{file}.csv' (format csv, header)")

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(write, [days[n::WRITERS] for n in range(WRITERS)]))


if __name__ == "__main__":
    main()
