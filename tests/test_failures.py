"""What goes wrong in the field, beside what peers make of it in docs/reliability.md, as far as no other test has it.

Late rows: test_health.py. A day that became empty, and one that fails among others: test_publish.py.
"""

from conftest import Pipeline

DAY = "2026-01-15"
CLEAN = [f"{DAY},Tea {n},{n},1.50" for n in range(30)]
BAD_VALUE = f"{DAY},Tea 30,two,1.50"
REFUSED = [BAD_VALUE] * 3


def health(pipeline: Pipeline) -> list[tuple[str, str | None]]:
    assert pipeline.run("--select", "tag:health").success
    return pipeline.query(f"select status, reason from partition_health where partition_date = date '{DAY}'")


def test_a_day_run_again_with_one_bad_value_loses_that_row_alone_and_says_why(pipeline: Pipeline) -> None:
    pipeline.write_feed(*CLEAN)
    assert pipeline.run_day(DAY).success
    before = pipeline.csv(DAY)
    pipeline.write_feed(*CLEAN, BAD_VALUE)
    assert pipeline.run_day(DAY).success
    assert pipeline.csv(DAY) == before
    assert pipeline.query("select rejected_reason, raw_text like '%two%' from rejected_rows") == [
        ("quantity_not_a_number", True)
    ]
    assert pipeline.query("select row_count, rejected_count from partition_ledger order by finished_at") == [
        (30, 0),
        (30, 1),
    ]


def test_a_day_run_again_with_too_many_bad_values_stays_as_it_was_is_called_failed_and_heals_with_its_feed(
    pipeline: Pipeline,
) -> None:
    pipeline.write_feed(*CLEAN)
    assert pipeline.run_day(DAY).success
    files = pipeline.files()
    rows = pipeline.query("select * from daily_sales order by all")
    pipeline.write_feed(*CLEAN[1:], *REFUSED)

    outcome = pipeline.run_day(DAY)

    reason = "3 of 32 rows rejected, max_rejected_ratio is 0.05"
    assert f"1 of 1 days failed their audit and were left as they were: {DAY} ({reason})" in outcome.error
    assert pipeline.files() == files
    assert pipeline.query("select * from daily_sales order by all") == rows
    assert health(pipeline) == [("failed", reason)]

    pipeline.write_feed(*CLEAN[1:])
    assert pipeline.run().success
    assert health(pipeline) == [("materialized", None)]
    assert pipeline.csv(DAY).count("\n") == 30


def test_a_day_that_fails_its_audit_is_in_no_published_table_and_in_no_file(pipeline: Pipeline) -> None:
    pipeline.write_feed(*CLEAN, *REFUSED)
    assert "1 of 1 days failed their audit" in pipeline.run_day(DAY).error
    for published in ("daily_sales", "daily_sales_summary", "sales_summary", "daily_sales_csv"):
        assert pipeline.query(f"select * from {published}") == []
    assert pipeline.files() == {}
    assert pipeline.query("select count(*) from rejected_rows") == [(3,)]
