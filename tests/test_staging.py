"""What a feed may look like, and what becomes of rows that cannot be read."""

import gzip
from pathlib import Path

import duckdb
import pytest
from conftest import HEADER, Pipeline

ROWS = (
    "select * from (values ({date}, 'Tea', 2, 5.00), ({other}, 'Cup', 1, 4.00)) as feed(date, product, quantity, price)"
)
TWO_DAYS = ROWS.format(date="date '2026-01-15'", other="date '2026-01-16'")
ONE_DAY = "date,product,quantity,price,amount\n2026-01-15,Tea,2,5.00,10.00\n"


def rejected(pipeline: Pipeline) -> list[tuple[str | None, str, str]]:
    return pipeline.query("select partition_date::varchar, rejected_reason, raw_text from rejected_rows order by all")


def good(count: int) -> list[str]:
    return [f"2026-01-15,Good {n},1,1.00" for n in range(count)]


def test_malformed_lines_are_rejected_on_their_day_and_the_others_go_through(pipeline: Pipeline) -> None:
    pipeline.write_feed(
        *good(60),
        "2026-01-15,Too few,1",
        "2026-01-15,Too, many,1,1.00",
        '2026-01-15,"Quo"te,1,1.00',
        "2026-01-16,Other day",
        "Nothing at all",
    )
    assert pipeline.run_day("2026-01-15").success
    assert rejected(pipeline) == [
        ("2026-01-15", "malformed_line", '2026-01-15,"Quo"te,1,1.00'),
        ("2026-01-15", "malformed_line", "2026-01-15,Too few,1"),
        ("2026-01-15", "malformed_line", "2026-01-15,Too, many,1,1.00"),
        (None, "malformed_line", "Nothing at all"),
    ]
    assert pipeline.query("select source_rows, rejected_count, row_count from partition_ledger") == [(63, 3, 60)]


def test_a_line_that_is_not_utf8_is_rejected(pipeline: Pipeline) -> None:
    lines = [*good(30), "2026-01-15,Caf\xe9,1,1.00", *good(30)]
    (pipeline.root / "feed.csv").write_bytes((HEADER + "\n".join(lines) + "\n").encode("latin-1"))
    assert pipeline.run_day("2026-01-15").success
    assert [(day, reason) for day, reason, _ in rejected(pipeline)] == [("2026-01-15", "malformed_line")]
    assert pipeline.query("select row_count from partition_ledger") == [(60,)]


@pytest.mark.parametrize("rows_behind", [1, 100_000])
def test_a_quote_that_never_closes_stops_the_run_because_it_hides_what_follows(
    pipeline: Pipeline, rows_behind: int
) -> None:
    pipeline.write_feed("2026-01-16,Tea,1,1.00")
    assert pipeline.run_day("2026-01-16").success
    before = pipeline.files()
    pipeline.write_feed("2026-01-14,Tea,1,1.00", '2026-01-15,"Open,1,1.00', *["2026-01-16,Tea,1,1.00"] * rows_behind)
    outcome = pipeline.run_day("2026-01-16")
    assert not outcome.success
    assert f"a quote that is not closed, in {pipeline.root}/feed.csv from line 3 on" in outcome.error
    assert pipeline.files() == before


def test_a_malformed_line_with_a_quoted_date_counts_on_its_day(pipeline: Pipeline) -> None:
    pipeline.write_feed('"2026-01-15","Good","1","1.00"', *['"2026-01-15","Bad","1"'] * 9)
    outcome = pipeline.run_day("2026-01-15")
    assert "2026-01-15 (9 of 10 rows rejected" in outcome.error


def test_a_malformed_line_is_found_on_its_day_behind_commas_in_quotes(pipeline: Pipeline) -> None:
    good = [f"x,{n},1.00,2026-01-15" for n in range(30)]
    pipeline.write_feed(*good, '"a, ""2026-01-14""",1,1.00,2026-01-15,more', header="product,quantity,price,date\n")
    assert pipeline.run_day("2026-01-15").success
    assert [(day, reason) for day, reason, _ in rejected(pipeline)] == [("2026-01-15", "malformed_line")]


def test_a_malformed_line_of_a_hive_partitioned_folder_is_of_the_folders_day(pipeline: Pipeline) -> None:
    folder = pipeline.root / "feed" / "date=2026-01-15"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("product,quantity,price\nGood,1,1.00\nBad,1\n", encoding="utf-8")
    pipeline.use_feed(f"{pipeline.root}/feed/")
    outcome = pipeline.run_day("2026-01-15")
    assert "2026-01-15 (1 of 2 rows rejected" in outcome.error


def test_a_full_refresh_reports_malformed_lines_of_days_without_other_rows(pipeline: Pipeline) -> None:
    pipeline.write_feed("2026-01-15,Tea,1,1.00", "2026-01-16,Tea,1")
    assert "1 of 2 days failed" in pipeline.run("--full-refresh", start_date="2026-01-15").error
    assert rejected(pipeline) == [("2026-01-16", "malformed_line", "2026-01-16,Tea,1")]


def test_a_date_no_sale_can_have_is_unreadable_and_stops_no_full_refresh(pipeline: Pipeline) -> None:
    dates = ["  infinity", "0026-01-15", "12026-1-15", "2026-01-15 25:00:00", "9999-12-31"]
    pipeline.write_feed("2026-01-15,Tea,2,5.00", *(f"{date},Tea,1,1.00" for date in dates))
    assert pipeline.run("--full-refresh").success
    assert rejected(pipeline) == [(None, "date_unreadable", f"{date},Tea,1,1.00") for date in dates]
    assert pipeline.csv("2026-01-15") == ONE_DAY


def test_rows_without_a_readable_date_are_reported_and_stop_no_day(pipeline: Pipeline) -> None:
    pipeline.write_feed("2026-01-15,Tea,2,5.00", "15.01.2026,Tea,1,1.00", ",Tea,1,1.00")
    assert pipeline.run_day("2026-01-15").success
    assert rejected(pipeline) == [
        (None, "date_unreadable", ",Tea,1,1.00"),
        (None, "date_unreadable", "15.01.2026,Tea,1,1.00"),
    ]
    assert pipeline.csv("2026-01-15") == ONE_DAY


def test_rejected_rows_of_a_day_are_replaced_when_it_is_run_again(pipeline: Pipeline) -> None:
    pipeline.write_feed("2026-01-15,Tea,two,5.00", "2026-01-16,Cup,one,4.00", "nonsense,Tea,1,1.00")
    assert not pipeline.run_range("2026-01-15", "2026-01-16").success
    pipeline.write_feed("2026-01-15,Tea,2,5.00", "2026-01-16,Cup,one,4.00")
    assert pipeline.run_day("2026-01-15").success
    assert rejected(pipeline) == [("2026-01-16", "quantity_not_a_number", "2026-01-16,Cup,one,4.00")]


@pytest.mark.parametrize(
    ("date", "other"),
    [
        ("date '2026-01-15'", "date '2026-01-16'"),
        ("timestamp '2026-01-15 23:59:59'", "timestamp '2026-01-16 00:00:00'"),
        ("timestamptz '2026-01-15 14:59:59+00'", "timestamptz '2026-01-15 15:00:00+00'"),
        ("'2026-01-15 23:59:59+09:00'", "'2026-01-15T15:00:00Z'"),
    ],
)
def test_a_date_may_be_a_day_a_local_time_or_a_moment(pipeline: Pipeline, date: str, other: str) -> None:
    path = pipeline.root / "feed.parquet"
    duckdb.sql(ROWS.format(date=date, other=other)).write_parquet(str(path))
    pipeline.use_feed(str(path))
    assert pipeline.run_range("2026-01-15", "2026-01-16").success
    assert pipeline.csv("2026-01-15") == ONE_DAY
    assert pipeline.csv("2026-01-16").endswith("\n2026-01-16,Cup,1,4.00,4.00\n")


def test_an_hour_belongs_to_another_day_in_another_time_zone(pipeline: Pipeline) -> None:
    pipeline.write_feed("2026-01-15T23:30:00Z,Tea,2,5.00")
    assert pipeline.run_day("2026-01-15", timezone="UTC").success
    assert pipeline.csv("2026-01-15") == ONE_DAY


def test_float_columns_are_taken_by_their_digits(pipeline: Pipeline) -> None:
    path = pipeline.root / "feed.parquet"
    duckdb.sql(
        "select date '2026-01-15' as date, 'Dime' as product, 3.0 as quantity, 0.1::double as price"
    ).write_parquet(str(path))
    pipeline.use_feed(str(path))
    assert pipeline.run_day("2026-01-15").success
    assert pipeline.csv("2026-01-15").endswith("\n2026-01-15,Dime,3,0.10,0.30\n")


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_feed_of_a_file_a_month_is_read_month_by_month(pipeline: Pipeline, ending: str) -> None:
    folder = pipeline.root / "feed"
    folder.mkdir()
    duckdb.execute(f"copy ({TWO_DAYS}) to '{folder}/2026-01.{ending}'")
    (folder / f"2026-02.{ending}").write_bytes(b"no feed at all")
    pipeline.use_feed(f"{folder}/%Y-%m.{ending}")
    assert pipeline.run_range("2026-01-15", "2026-01-16").success
    assert pipeline.csv("2026-01-15") == ONE_DAY


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "tsv"])
def test_a_folder_of_files_a_day_is_read_file_by_file(pipeline: Pipeline, ending: str) -> None:
    folder = pipeline.root / "feed"
    folder.mkdir()
    for day, product in (("15", "Tea,2,5.00"), ("16", "Cup,1,4.00")):
        text = f"{HEADER}2026-01-{day},{product}\n".replace(",", "\t" if ending == "tsv" else ",").encode()
        (folder / f"2026-01-{day}.{ending}").write_bytes(gzip.compress(text) if ending.endswith("gz") else text)
    broken = folder / f"2026-01-17.{ending}"
    broken.write_bytes(b"\x00 no feed at all")
    pipeline.use_feed(f"{folder}/%Y-%m-%d.{ending}")
    assert pipeline.run_range("2026-01-14", "2026-01-16").success
    assert pipeline.csv("2026-01-14") == "date,product,quantity,price,amount\n"
    assert pipeline.csv("2026-01-15") == ONE_DAY
    assert pipeline.query("select count(*) from rejected_rows") == [(0,)]


def test_a_file_a_day_that_holds_another_days_sale_is_refused_whatever_is_asked_for(pipeline: Pipeline) -> None:
    folder = pipeline.root / "feed"
    folder.mkdir()
    (folder / "2026-01-15.csv").write_text(HEADER + "2026-01-15T20:00:00Z,Tea,2,5.00\n", encoding="utf-8")
    (folder / "2026-01-16.csv").write_text(HEADER + "2026-01-16,Cup,1,4.00\n", encoding="utf-8")
    pipeline.use_feed(f"{folder}/%Y-%m-%d.csv")
    for start, end in (("2026-01-15", "2026-01-15"), ("2026-01-15", "2026-01-16")):
        outcome = pipeline.run_range(start, end)
        assert not outcome.success
        assert "2026-01-15.csv holds a row of 2026-01-16 in Asia/Tokyo" in outcome.error
    assert pipeline.files() == {}
    pipeline.use_feed(f"{folder}/*.csv")
    assert pipeline.run_day("2026-01-16").success
    assert pipeline.query("select product from daily_sales order by 1") == [("Cup",), ("Tea",)]


@pytest.mark.parametrize("path", ["feed/", "feed/**/*.parquet"])
def test_a_hive_partitioned_folder_is_a_feed(pipeline: Pipeline, path: str) -> None:
    duckdb.execute(f"copy ({TWO_DAYS}) to '{pipeline.root}/feed' (format parquet, partition_by (date))")
    pipeline.use_feed(f"{pipeline.root}/{path}")
    assert pipeline.run_day("2026-01-15").success
    assert pipeline.csv("2026-01-15") == ONE_DAY


def test_a_hive_partitioned_folder_of_csvs_is_a_feed(pipeline: Pipeline) -> None:
    duckdb.execute(f"copy ({TWO_DAYS}) to '{pipeline.root}/feed' (format csv, partition_by (date))")
    pipeline.use_feed(f"{pipeline.root}/feed/")
    assert pipeline.run_range("2026-01-15", "2026-01-16").success
    assert pipeline.csv("2026-01-15") == ONE_DAY


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_file_with_days_of_its_own_must_hold_those_of_its_folder(pipeline: Pipeline, ending: str) -> None:
    folder = pipeline.root / "date=2026-01-01" / "feed"
    for day, days in {"2026-01-15": ["2026-01-15"], "2026-01-16": ["2026-01-16", "2026-01-15"]}.items():
        (folder / f"date={day}").mkdir(parents=True)
        rows = " union all ".join(f"select date '{each}' as date, 'Tea' as product, 2, 5.00" for each in days)
        query = f"select date, product, 2 as quantity, 5.00::decimal(18, 2) as price from ({rows})"
        duckdb.execute(f"copy ({query}) to '{folder}/date={day}/sales.{ending}'")
    pipeline.use_feed(str(folder))
    outcome = pipeline.run()
    assert not outcome.success
    assert f"date=2026-01-16/sales.{ending} holds a row of 2026-01-15 in Asia/Tokyo" in outcome.error
    assert pipeline.files() == {}
    # what is above the feed is no part of it
    pipeline.use_feed(f"{folder}/date=2026-01-15")
    assert pipeline.run_day("2026-01-15").success
    assert pipeline.csv("2026-01-15") == ONE_DAY


@pytest.mark.parametrize(
    "path", ["{}//feed/%Y-%m-%d.csv", "file://{}/feed/./%Y-%m-%d.csv", "~/feed/%Y-%m-%d.csv", "{}/folders/%Y-%m-%d/"]
)
def test_a_path_may_be_written_in_other_ways(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setenv("HOME", str(pipeline.root))
    (pipeline.root / "feed").mkdir()
    for day in ("2026-01-15", "2026-02-20"):
        (pipeline.root / "feed" / f"{day}.csv").write_text(f"{HEADER}{day},Tea,2,5.00\n", encoding="utf-8")
        (pipeline.root / "folders" / day).mkdir(parents=True)
        (pipeline.root / "folders" / day / "sales.csv").symlink_to(pipeline.root / "feed" / f"{day}.csv")
    pipeline.use_feed(path.format(pipeline.root))
    assert pipeline.run_range("2026-01-15", "2026-02-20").success
    assert pipeline.csv("2026-01-15") == ONE_DAY
    assert pipeline.run(start_date="2026-01-15").success


def test_a_file_a_day_of_which_the_name_tells_no_day_is_refused_and_its_day_is_not_called_empty(
    pipeline: Pipeline,
) -> None:
    (pipeline.root / "feed").mkdir()
    (pipeline.root / "feed" / "2026-1-15.csv").write_text(f"{HEADER}2026-01-15,Tea,2,5.00\n", encoding="utf-8")
    pipeline.use_feed(f"{pipeline.root}/feed/%Y-%m-%d.csv")
    for window in ({}, {"partition_date": "2026-01-15"}):
        outcome = pipeline.run(**window)
        assert not outcome.success
        assert f"the name tells no day: {pipeline.root}/feed/2026-1-15.csv" in outcome.error
    assert pipeline.files() == {}


def test_a_subquery_maps_other_column_names(pipeline: Pipeline) -> None:
    pipeline.write_feed("2026-01-15,Tea,2,5.00,{}", header="InvoiceDate,StockCode,Quantity,UnitPrice,Extra\n")
    pipeline.use_feed(
        "(select InvoiceDate as date, StockCode as product, Quantity as quantity, UnitPrice as price"
        f" from read_csv('{pipeline.root}/feed.csv') where Extra = '{{}}')"
    )
    assert pipeline.run_day("2026-01-15").success
    assert pipeline.csv("2026-01-15") == ONE_DAY


@pytest.mark.parametrize("name", ["it's a feed.csv", "feed (1).csv", "売上.csv", "FEED.CSV"])
def test_a_feed_may_have_any_file_name(pipeline: Pipeline, name: str) -> None:
    (pipeline.root / name).write_text(HEADER + "2026-01-15,Tea,2,5.00\n", encoding="utf-8")
    pipeline.use_feed(str(pipeline.root / name))
    assert pipeline.run_day("2026-01-15").success
    assert pipeline.csv("2026-01-15") == ONE_DAY


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfdate,product,quantity,price\r\n2026-01-15,Tea,2,5.00\r\n",
        b'"Date","PRODUCT","Quantity","Price"\n2026-01-15,Tea,2,5.00',
        b"price,shop,quantity,product,date\n5.00,x,2,Tea,2026-01-15\n",
        b"date,product,quantity,price,\n2026-01-15,Tea,2,5.00,\n",
        b'date,product,quantity,price,note\n2026-01-15,Tea,2,5.00,"a\r\nb"\n',
    ],
    ids=[
        "byte order mark and CRLF",
        "quoted header in capitals",
        "other order and another column",
        "a comma behind",
        "line breaks in quotes",
    ],
)
def test_a_csv_may_be_written_by_anyone(pipeline: Pipeline, content: bytes) -> None:
    (pipeline.root / "feed.csv").write_bytes(content)
    assert pipeline.run_day("2026-01-15").success
    assert pipeline.csv("2026-01-15") == ONE_DAY
    assert pipeline.query("select count(*) from rejected_rows") == [(0,)]


def test_files_with_other_headers_are_read_each_by_its_own(pipeline: Pipeline) -> None:
    folder = pipeline.root / "feed"
    folder.mkdir()
    (folder / "a.csv").write_text(HEADER + "2026-01-15,Tea,2,5.00\n", encoding="utf-8")
    (folder / "b.csv").write_text("date,product,price,quantity\n2026-01-15,Cup,4.00,1\n", encoding="utf-8")
    (folder / "c.csv").write_text("date,price,,product,quantity,\n2026-01-15,3.00,,Pot,6,\n", encoding="utf-8")
    (folder / "d.tsv").write_text(
        'product\tnote, "x"\tquantity\tprice\tdate\nPen\t\t7\t2.00\t2026-01-15\n', encoding="utf-8"
    )
    (folder / ".d.tsv.crc").write_text("not a feed", encoding="utf-8")
    (folder / "_SUCCESS").write_text("", encoding="utf-8")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "a-checkpoint.csv").write_bytes((folder / "a.csv").read_bytes())
    (folder / "c.csv").rename(pipeline.root / "c.csv")
    (folder / "c.csv").symlink_to("../c.csv")
    pipeline.use_feed(str(folder))
    assert pipeline.run_day("2026-01-15").success
    assert pipeline.query("select product, quantity, price::varchar from daily_sales order by all") == [
        ("Cup", 1, "4.00"),
        ("Pen", 7, "2.00"),
        ("Pot", 6, "3.00"),
        ("Tea", 2, "5.00"),
    ]


def test_a_file_without_a_needed_column_is_refused_by_its_name(pipeline: Pipeline) -> None:
    folder = pipeline.root / "feed"
    folder.mkdir()
    (folder / "a.csv").write_text(HEADER + "2026-01-15,Tea,2,5.00\n", encoding="utf-8")
    (folder / "b.csv").write_text("date,product,price,total\n2026-01-15,Cup,5,10.00\n", encoding="utf-8")
    pipeline.use_feed(f"{folder}/")
    outcome = pipeline.run_day("2026-01-15")
    assert not outcome.success
    assert f"has no column quantity in {folder}/b.csv, it has date,product,price,total" in outcome.error
    (folder / "b.csv").unlink()
    duckdb.sql("select 1 as other").write_parquet(f"{folder}/c.parquet")
    outcome = pipeline.run_day("2026-01-15")
    assert not outcome.success
    assert f"has no column date in {folder}/c.parquet, it has other" in outcome.error


def test_a_file_of_an_unknown_kind_is_refused_by_its_name(pipeline: Pipeline) -> None:
    folder = pipeline.root / "feed"
    folder.mkdir()
    (folder / "sales.xlsx").write_bytes(b"PK")
    pipeline.use_feed(str(folder))
    outcome = pipeline.run_day("2026-01-15")
    assert not outcome.success
    assert f"neither CSV nor TSV nor Parquet: {folder}/sales.xlsx" in outcome.error


def test_parquet_files_of_other_types_are_read_each_by_its_own(pipeline: Pipeline) -> None:
    folder = pipeline.root / "feed"
    folder.mkdir()
    for name, row in {
        "a": "date '2026-01-15' as date, 'whole' as product, 2::int as quantity, 5.00::decimal(18, 2) as price",
        "b": "timestamptz '2026-01-14 20:00:00Z' as date, 'float' as product, 3::double as quantity, 0.1::double price",
        "c": "date '2026-01-15' as date, 'half' as product, 1.5::double as quantity, 1.00::decimal(18, 2) as price",
        "d": "date '2026-01-15' as date, 'true' as product, true as quantity, 2.005::decimal(18, 3) as price",
    }.items():
        duckdb.sql(f"select {row}").write_parquet(f"{folder}/{name}.parquet")
    pipeline.use_feed(f"{folder}/*.parquet")
    assert pipeline.run_day("2026-01-15", max_rejected_ratio=0.5).success
    assert pipeline.query("select product, quantity, price::varchar from daily_sales order by all") == [
        ("float", 3, "0.10"),
        ("whole", 2, "5.00"),
    ]
    assert [reason for _, reason, _ in rejected(pipeline)] == ["quantity_not_a_number", "quantity_would_be_rounded"]


def test_a_subquery_may_end_in_a_semicolon_or_lack_its_brackets(pipeline: Pipeline) -> None:
    pipeline.write_feed("2026-01-15,Tea,2,5.00")
    for query in ("(select * from '{}');", "select * from '{}' ;", "from '{}'"):
        pipeline.use_feed(query.format(pipeline.root / "feed.csv"))
        assert pipeline.run_day("2026-01-15").success
    assert pipeline.csv("2026-01-15") == ONE_DAY


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "has no file: nothing is at"),
        ("", "the file is empty"),
        ("date,product,qty,price\n", "has no column quantity in"),
        ("2026-01-15,Tea,2,5.00\n", "has no column date"),
        ("date,product,price,price\n", "has two columns of one name"),
    ],
    ids=["no file", "empty file", "a column less", "no header", "a column twice"],
)
def test_a_feed_that_cannot_be_read_is_refused_and_nothing_changes(
    pipeline: Pipeline, kept: Path, content: str | None, expected: str
) -> None:
    def make() -> None:
        pipeline.write_feed("2026-01-15,Tea,2,5.00")
        assert pipeline.run_day("2026-01-15").success

    pipeline.once(kept / "a day", make)
    before = pipeline.files()
    feed = pipeline.root / "feed.csv"
    feed.unlink()
    if content is not None:
        feed.write_text(content, encoding="utf-8")
    outcome = pipeline.run_day("2026-01-15")
    assert not outcome.success
    assert expected in outcome.error
    assert "The feed raw.sales " in outcome.error
    assert pipeline.files() == before
    assert pipeline.query("select count(*) from partition_plan") == [(1,)]


def test_each_kind_of_bad_field_has_its_own_reason_and_its_row_is_kept_as_it_came(pipeline: Pipeline) -> None:
    pipeline.write_feed(
        "2026-01-15,good,2,5.00",
        '2026-01-15,padded," +2.0","5.1000 "',
        "2026-01-15,return,-1,5",
        "2026-01-15,,1,.5",
        '2026-01-15,"q, ""q""",,1',
        "2026-01-15,q,two,1",
        "2026-01-15,q,1e3,1",
        "2026-01-15,q,1.5,1",
        "2026-01-15,q,9223372036854775808,1",
        "2026-01-15,p,1,",
        '2026-01-15,p,1,"1,000"',
        "2026-01-15,p,1,NaN",
        "2026-01-15,p,1,.",
        "2026-01-15,p,1,2.005",
        "2026-01-15,p,1,10000000000000000",
        "2026-01-15,q,1000000000000000000,0",
        "2026-01-15,a,999999999999999999,9999999999999999",
    )
    assert pipeline.run_day("2026-01-15", max_rejected_ratio=1).success
    assert pipeline.query("select product, quantity, price::varchar from daily_sales order by all") == [
        ("good", 2, "5.00"),
        ("padded", 2, "5.10"),
        ("return", -1, "5.00"),
        (None, 1, "0.50"),
    ]
    assert [(text, reason) for _, reason, text in rejected(pipeline)] == [
        ("2026-01-15,a,999999999999999999,9999999999999999", "amount_out_of_range"),
        ("2026-01-15,p,1,", "price_missing"),
        ('2026-01-15,p,1,"1,000"', "price_not_a_number"),
        ("2026-01-15,p,1,.", "price_not_a_number"),
        ("2026-01-15,p,1,NaN", "price_not_a_number"),
        ("2026-01-15,p,1,10000000000000000", "price_out_of_range"),
        ("2026-01-15,p,1,2.005", "price_would_be_rounded"),
        ('2026-01-15,"q, ""q""",,1', "quantity_missing"),
        ("2026-01-15,q,1e3,1", "quantity_not_a_number"),
        ("2026-01-15,q,two,1", "quantity_not_a_number"),
        ("2026-01-15,q,1000000000000000000,0", "quantity_out_of_range"),
        ("2026-01-15,q,9223372036854775808,1", "quantity_out_of_range"),
        ("2026-01-15,q,1.5,1", "quantity_would_be_rounded"),
    ]


def test_days_and_local_times_are_taken_as_they_stand_and_moments_at_their_day_in_the_time_zone(
    pipeline: Pipeline,
) -> None:
    days = {
        "2026-01-15": (
            "2026-01-15", "2026-1-15", "2026/01/15", " 2026-01-15 ", "2026-01-15 23:59:59.999", "2026-01-15T00:00",
            "2026-01-14T15:00:00Z", "2026-01-15 14:59:59+00", "2026-01-14 10:00:00-05:00", "2026-01-15 23:59:59+0900",
            "2026-01-14 15:00:00 UTC", "2026-01-15T23:59+09:00",
        ),
        "2026-01-16": ("2026-01-15T15:00:00Z", "2026-01-15T15:00Z", "2026-01-15 10:00:00-05:00"),
    }  # fmt: skip
    unreadable = ["2026-01-15 23+09", "2026-02-30", "infinity"]
    texts = [text for those in days.values() for text in those] + unreadable
    pipeline.write_feed(*(f'"{text}","{text}",1,1' for text in texts))
    assert pipeline.run_range("2026-01-15", "2026-01-16").success
    seen = pipeline.query(
        "select date::varchar, list(product order by product) from daily_sales group by all order by 1"
    )
    assert seen == [(day, sorted(those)) for day, those in days.items()]
    assert [text for _, _, text in rejected(pipeline)] == sorted(f"{text},{text},1,1" for text in unreadable)
