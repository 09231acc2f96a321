"""The copy of the warehouse for those who only read."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from conftest import Pipeline

DAY = "2026-01-15"


def copy_of(pipeline: Pipeline) -> Path:
    return pipeline.warehouse.with_name("warehouse_readers.duckdb")


def read(pipeline: Pipeline, sql: str) -> list[tuple[object, ...]]:
    """Return the rows of a query on the copy, attached by another name than the warehouse has."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{copy_of(pipeline)}' as shop (read_only)")
        connection.execute("use shop")
        return connection.execute(sql).fetchall()


@pytest.fixture
def reader(pipeline: Pipeline) -> subprocess.Popen[str]:
    """Someone in a process of their own who opens the copy and stays, and answers each line with the sum of amounts."""
    program = (
        "import duckdb, sys\n"
        "copy = duckdb.connect(sys.argv[1], read_only=True)\n"
        "for line in sys.stdin:\n"
        "    print(copy.execute('select sum(amount) from daily_sales').fetchone()[0], flush=True)"
    )
    pipeline.write_feed(f"{DAY},Tea,1,1.00")
    assert pipeline.run_day(DAY).success
    command = [sys.executable, "-c", program, str(copy_of(pipeline))]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_it_has_what_is_published_under_any_name_and_nothing_of_the_run_itself(pipeline: Pipeline) -> None:
    pipeline.write_feed(f"{DAY},Tea,1,1.00", f"{DAY},Cup,x,1.00")
    assert pipeline.run_day(DAY, max_rejected_ratio=1).success
    pipeline.write_feed(f"{DAY},Tea,2,1.00")
    assert pipeline.run_day(DAY).success

    assert read(pipeline, "select amount from daily_sales") == [(2,)]
    assert read(pipeline, "select total_amount_difference::int from partition_changes where run_number = 2") == [(1,)]
    assert read(pipeline, "select status from partition_health") == [("materialized",)]
    names = {name for (name,) in read(pipeline, "select table_name from duckdb_tables() where database_name = 'shop'")}
    assert "partition_ledger" in names
    assert not {"stg_sales", "staged_days", "partition_audit"} & names


@pytest.mark.long
def test_no_run_waits_for_a_reader_and_each_reader_keeps_what_it_opened(
    pipeline: Pipeline, reader: subprocess.Popen[str]
) -> None:
    def sum_seen() -> str:
        assert reader.stdin
        assert reader.stdout
        reader.stdin.write("\n")
        reader.stdin.flush()
        return reader.stdout.readline().strip()

    with reader:
        assert sum_seen() == "1.00"
        for quantity in range(2, 7):
            pipeline.write_feed(f"{DAY},Tea,{quantity},1.00")
            assert pipeline.run_day(DAY).success
            assert sum_seen() == "1.00"
            assert read(pipeline, "select sum(amount) from daily_sales") == [(quantity,)]
        assert reader.stdin
        reader.stdin.close()
    assert reader.returncode == 0


@pytest.mark.long
def test_a_reader_of_the_warehouse_itself_does_not_stop_a_preview(pipeline: Pipeline) -> None:
    pipeline.write_feed(f"{DAY},Tea,1,1.00")
    assert pipeline.run_day(DAY).success
    before = pipeline.warehouse.read_bytes()
    program = "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); print(1, flush=True); input()"
    command = [sys.executable, "-c", program, str(pipeline.warehouse)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline()
        with pipeline.start("run", "--target", "preview", WAREHOUSE_MAX_WAIT_SECONDS="0") as preview:
            said, _ = preview.communicate()
        assert preview.returncode == 0, said
        holder.communicate("\n")
    assert "2026-01-14  run" in said
    assert pipeline.warehouse.read_bytes() == before


def test_a_preview_before_the_first_run_makes_no_warehouse(pipeline: Pipeline) -> None:
    pipeline.write_feed(f"{DAY},Tea,1,1.00")
    assert pipeline.preview().success
    assert not pipeline.warehouse.exists()


def test_days_that_failed_are_in_it_too(pipeline: Pipeline) -> None:
    pipeline.write_feed(f"{DAY},Tea,x,1.00", "2026-01-16,Tea,1,1.00")
    assert not pipeline.run_range(DAY, "2026-01-16").success
    assert read(pipeline, "select status from partition_ledger order by partition_date") == [
        ("failed",),
        ("materialized",),
    ]


def test_a_copy_that_cannot_be_written_is_an_error_and_the_day_is_published(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.write_feed(f"{DAY},Tea,1,1.00")
    (pipeline.root / "taken").mkdir()
    monkeypatch.setenv("READERS_PATH", str(pipeline.root / "taken"))
    outcome = pipeline.run_day(DAY)
    assert "see what was there before this run" in outcome.error
    assert pipeline.csv(DAY).endswith("1.00,1.00\n")
    assert list((pipeline.root / "taken").iterdir()) == []
    assert not list(pipeline.root.glob("*.unfinished"))


def test_there_is_none_if_it_is_not_wanted(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.write_feed(f"{DAY},Tea,1,1.00")
    monkeypatch.setenv("READERS_PATH", "none")
    assert pipeline.run_day(DAY).success
    assert not copy_of(pipeline).exists()


@pytest.mark.parametrize("place", ["warehouse.duckdb", "feed.csv", "exports/2026/01/15/sales.csv"])
def test_it_takes_the_place_of_nothing_else(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    pipeline.write_feed(f"{DAY},Tea,1,1.00")
    feed = (pipeline.root / "feed.csv").read_bytes()
    monkeypatch.setenv("READERS_PATH", str(pipeline.root / place))
    assert "is the copy for readers and " in pipeline.run_day(DAY).error
    assert (pipeline.root / "feed.csv").read_bytes() == feed
