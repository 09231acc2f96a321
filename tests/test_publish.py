"""The promises a published day keeps."""

import random

import duckdb
import pytest
from conftest import Pipeline

FEED = [
    "2026-01-15,Tea,2,5.00",
    "2026-01-15,Cup,1,4.00",
    "2026-01-15,Tea,2,5.00",
    '2026-01-16,"Tea, ""green""",3,2.50',
    "2026-01-16,,1,0.00",
    "2026-01-17,Tea,-1,5.00",
]
BAD_DAY = ["2026-01-16,Tea,two,2.50", "2026-01-16,Tea,1,2.50"]


def test_a_day_becomes_a_csv_with_its_amounts_in_a_total_order(pipeline: Pipeline) -> None:
    pipeline.write_feed(*FEED)
    assert pipeline.run_day("2026-01-15").success
    assert pipeline.csv("2026-01-15") == (
        "date,product,quantity,price,amount\n"
        "2026-01-15,Cup,1,4.00,4.00\n"
        "2026-01-15,Tea,2,5.00,10.00\n"
        "2026-01-15,Tea,2,5.00,10.00\n"
    )
    assert pipeline.csv("2026-01-15", "sales_summary.csv") == (
        "date,product,row_count,quantity,amount\n2026-01-15,Cup,1,1,4.00\n2026-01-15,Tea,2,4,20.00\n"
    )


@pytest.mark.long
def test_a_range_writes_what_its_days_write_one_by_one_in_any_order_and_shuffled(pipeline: Pipeline) -> None:
    pipeline.write_feed(*FEED)
    assert pipeline.run_range("2026-01-15", "2026-01-17").success
    in_one = {name: content for name, (content, _) in pipeline.files().items()}
    pipeline.write_feed(*random.Random(1).sample(FEED, k=len(FEED)))
    for day in ("2026-01-17", "2026-01-15", "2026-01-16", "2026-01-15"):
        assert pipeline.run_day(day).success
    assert {name: content for name, (content, _) in pipeline.files().items()} == in_one
    assert pipeline.query("select count(*) from daily_sales") == [(len(FEED),)]


def test_a_day_leaves_the_rows_and_files_of_all_other_days_alone(pipeline: Pipeline) -> None:
    pipeline.write_feed(*FEED)
    assert pipeline.run_range("2026-01-15", "2026-01-17").success
    before = pipeline.files()
    pipeline.write_feed(*[line.replace("Tea", "Coffee") for line in FEED])
    assert pipeline.run_day("2026-01-16").success
    after = pipeline.files()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"2026/01/16/sales.csv", "2026/01/16/sales_summary.csv"}
    assert before.keys() == after.keys()
    assert pipeline.query("select distinct date::varchar from daily_sales where product like 'Coffee%'") == [
        ("2026-01-16",)
    ]


def test_a_day_that_became_empty_becomes_empty(pipeline: Pipeline) -> None:
    pipeline.write_feed(*FEED)
    assert pipeline.run_range("2026-01-15", "2026-01-17").success
    pipeline.write_feed(*[line for line in FEED if not line.startswith("2026-01-16")])
    assert pipeline.run_day("2026-01-16").success
    assert pipeline.csv("2026-01-16") == "date,product,quantity,price,amount\n"
    assert pipeline.csv("2026-01-16", "sales_summary.csv") == "date,product,row_count,quantity,amount\n"
    assert pipeline.query("select count(*) from daily_sales where date = date '2026-01-16'") == [(0,)]
    assert pipeline.query("select count(*) from daily_sales_summary where date = date '2026-01-16'") == [(0,)]


@pytest.mark.parametrize("how", ["range", "full refresh"])
def test_a_failed_day_keeps_its_rows_and_files_while_the_others_go_through(pipeline: Pipeline, how: str) -> None:
    pipeline.write_feed(*FEED)
    assert pipeline.run_range("2026-01-15", "2026-01-17").success
    before = pipeline.files()
    rows_before = pipeline.query("select * from daily_sales where date = date '2026-01-16' order by all")
    others = [line.replace("Tea", "Coffee") for line in FEED if not line.startswith("2026-01-16")]
    pipeline.write_feed(*others, *BAD_DAY)

    if how == "range":
        outcome = pipeline.run_range("2026-01-15", "2026-01-17")
    else:
        outcome = pipeline.run("--full-refresh", start_date="2026-01-15")

    assert not outcome.success
    assert (
        "1 of 3 days failed their audit and were left as they were: 2026-01-16 (1 of 2 rows rejected" in outcome.error
    )
    after = pipeline.files()
    assert {name for name in before if before[name] == after[name]} == {
        "2026/01/16/sales.csv",
        "2026/01/16/sales_summary.csv",
    }
    assert pipeline.query("select * from daily_sales where date = date '2026-01-16' order by all") == rows_before
    assert pipeline.query("select count(*) from daily_sales_summary where date = date '2026-01-16'") == [(2,)]
    assert "Coffee" in pipeline.csv("2026-01-15")
    assert "Coffee" in pipeline.csv("2026-01-17")


def test_a_day_that_fails_the_first_time_leaves_no_file(pipeline: Pipeline) -> None:
    pipeline.write_feed(*BAD_DAY)
    assert not pipeline.run_day("2026-01-16").success
    assert pipeline.files() == {}
    assert pipeline.query("select count(*) from daily_sales") == [(0,)]
    assert pipeline.query("select count(*) from daily_sales_csv") == [(0,)]


def test_the_last_summary_covers_all_days(pipeline: Pipeline) -> None:
    pipeline.write_feed(*FEED)
    for day in ("2026-01-15", "2026-01-17"):
        assert pipeline.run_day(day).success
    assert pipeline.query(
        "select product, row_count, quantity::int, amount::varchar, first_date::varchar, last_date::varchar"
        " from sales_summary order by product"
    ) == [("Cup", 1, 1, "4.00", "2026-01-15", "2026-01-15"), ("Tea", 3, 3, "15.00", "2026-01-15", "2026-01-17")]


def test_a_new_price_type_needs_a_full_refresh_and_never_rounds(pipeline: Pipeline) -> None:
    pipeline.write_feed("2026-01-15,Tea,1,5.00", "2026-01-16,Tea,1,2.505")
    assert pipeline.run_day("2026-01-15").success
    outcome = pipeline.run_day("2026-01-16", price_type="decimal(18, 3)")
    assert not outcome.success
    assert "daily_sales has other columns than its table: price DECIMAL(18,2) becomes DECIMAL(18,3)" in outcome.error
    assert "dbt run --full-refresh" in outcome.error
    assert pipeline.run("--full-refresh", price_type="decimal(18, 3)").success
    assert pipeline.csv("2026-01-16").endswith("2026-01-16,Tea,1,2.505,2.505\n")
    assert pipeline.csv("2026-01-15").endswith("2026-01-15,Tea,1,5.000,5.000\n")


def test_a_full_refresh_never_rounds_the_rows_a_failed_day_keeps(pipeline: Pipeline) -> None:
    pipeline.write_feed("2026-01-15,Tea,3,2.505", "2026-01-16,Tea,1,1.00")
    assert pipeline.run("--full-refresh", price_type="decimal(18, 3)").success
    before = pipeline.query("select * from daily_sales order by all")
    outcome = pipeline.run("--full-refresh")
    assert not outcome.success
    assert "2026-01-15 is not replaced by this full refresh, and its daily_sales do not fit" in outcome.error
    assert pipeline.query("select * from daily_sales order by all") == before


def test_a_full_refresh_keeps_published_days_before_start_date(pipeline: Pipeline) -> None:
    pipeline.write_feed("2025-12-31,Tea,1,5.00", "2026-01-16,Tea,1,1.00")
    assert pipeline.run("--full-refresh", start_date="2025-12-01").success
    assert pipeline.run("--full-refresh").success
    assert pipeline.query("select date::varchar from daily_sales order by 1") == [("2025-12-31",), ("2026-01-16",)]


def test_an_amount_too_large_is_rejected_and_stops_nothing(pipeline: Pipeline) -> None:
    good = [f"2026-01-15,Good {n},1,1.00" for n in range(30)]
    pipeline.write_feed(*good, "2026-01-15,Moon,999999999999999999,9999999999999999.00")
    assert pipeline.run_day("2026-01-15").success
    assert pipeline.query("select rejected_reason from rejected_rows") == [("amount_out_of_range",)]
    assert pipeline.query("select row_count from partition_ledger") == [(30,)]


@pytest.mark.parametrize(
    "sale", ["Land,1,5000000000000000.00", "Sand,500000000000000000,0.00"], ids=["amounts", "quantities"]
)
def test_a_day_whose_sales_are_too_large_to_add_up_fails_and_the_others_go_through(
    pipeline: Pipeline, sale: str
) -> None:
    pipeline.write_feed(*[f"2026-01-15,{sale}"] * 2, f"2026-01-16,{sale}")
    outcome = pipeline.run_range("2026-01-15", "2026-01-16")
    assert not outcome.success
    assert "1 of 2 days failed their audit" in outcome.error
    assert "are too large to add up" in outcome.error
    assert pipeline.query("select date::varchar, row_count from daily_sales_summary") == [("2026-01-16", 1)]


def test_dates_that_became_unreadable_do_not_empty_a_published_day(pipeline: Pipeline) -> None:
    pipeline.write_feed(*FEED)
    assert pipeline.run_day("2026-01-15").success
    before = pipeline.files()
    pipeline.write_feed(*[line.replace("2026-01-15", "15.01.2026") for line in FEED])
    outcome = pipeline.run_day("2026-01-15")
    assert not outcome.success
    assert "no row left of 3, and 3 rows of the feed whose date cannot be read" in outcome.error
    assert pipeline.files() == before


def test_quantities_may_have_decimals(pipeline: Pipeline) -> None:
    pipeline.write_feed("2026-01-15,Tea,0.250,10.01", "2026-01-15,Tea,-0.125,2.00")
    assert pipeline.run_day("2026-01-15", quantity_type="decimal(18, 3)").success
    assert pipeline.csv("2026-01-15") == (
        "date,product,quantity,price,amount\n2026-01-15,Tea,-0.125,2.00,-0.25000\n2026-01-15,Tea,0.250,10.01,2.50250\n"
    )
    assert pipeline.csv("2026-01-15", "sales_summary.csv").endswith("\n2026-01-15,Tea,2,0.125,2.25250\n")


def test_the_tables_themselves_refuse_what_can_be_no_sale_and_no_state(pipeline: Pipeline) -> None:
    pipeline.write_feed("2026-01-15,Tea,2,5.00")
    assert pipeline.run_day("2026-01-15").success
    for change in (
        "update daily_sales set price = null",
        "insert into rejected_rows values ('run', date '2026-01-15', null, 'x')",
        "update partition_ledger set status = 'done'",
        "update partition_audit set partition_date = null",
    ):
        with pytest.raises(duckdb.ConstraintException):
            pipeline.execute(change)


def test_a_warehouse_of_another_version_is_refused_by_name_and_left_as_it_is(pipeline: Pipeline) -> None:
    pipeline.write_feed("2026-01-15,Tea,1,1.00")
    assert pipeline.run_day("2026-01-15").success
    pipeline.execute("alter table partition_ledger drop column run_number")
    outcome = pipeline.run_day("2026-01-15")
    assert "made by another version of this project: its partition_ledger has no run_number" in outcome.error
    assert "Move the file away" in outcome.error
    assert pipeline.query("select count(*) from partition_ledger") == [(1,)]
