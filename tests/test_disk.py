"""Disks that are full, read-only, or hold something else where a file belongs."""

import pytest
from conftest import Pipeline
from disks import in_memory, needs_to_mount

DAYS = [f"2026-01-{day:02}" for day in range(1, 6)]
FEED = [f"{day},Tea {n},{n},1.50" for day in DAYS for n in range(400)]


def test_a_day_whose_file_cannot_be_written_stops_no_other_and_is_exported_when_there_is_room(
    pipeline: Pipeline,
) -> None:
    blocked = DAYS[1]
    pipeline.csv_path(blocked).mkdir(parents=True)
    pipeline.write_feed(*FEED)

    outcome = pipeline.run()

    assert (
        f"1 of 5 days were published, but their files could not be written to {pipeline.exports}/: {blocked}"
        in outcome.error
    )
    assert all(pipeline.csv(day) for day in DAYS if day != blocked)
    assert pipeline.health() == {day: "export_missing" if day == blocked else "materialized" for day in DAYS}

    pipeline.csv_path(blocked).rmdir()
    assert pipeline.run().success
    assert pipeline.csv(blocked).count("\n") == 401
    assert set(pipeline.health().values()) == {"materialized"}


def test_an_export_folder_that_is_a_file_is_named_and_left_alone(pipeline: Pipeline) -> None:
    pipeline.exports.write_text("mine", encoding="utf-8")
    pipeline.write_feed(*FEED)
    outcome = pipeline.run()
    assert f"could not be written to {pipeline.exports}/: {', '.join(DAYS)}" in outcome.error
    assert pipeline.exports.read_text(encoding="utf-8") == "mine"


@needs_to_mount
def test_a_read_only_export_folder_keeps_the_rows_and_gets_the_files_later(pipeline: Pipeline) -> None:
    pipeline.write_feed(*FEED)
    with in_memory(pipeline.exports, "ro"):
        assert "5 of 5 days were published, but their files could not be written" in pipeline.run().error
    assert pipeline.query("select count(*) from daily_sales") == [(len(FEED),)]
    assert pipeline.run().success
    assert all(pipeline.csv(day).count("\n") == 401 for day in DAYS)


@needs_to_mount
def test_a_full_disk_leaves_no_half_file_and_the_next_run_writes_the_rest(pipeline: Pipeline) -> None:
    pipeline.write_feed(*FEED)
    with in_memory(pipeline.exports, "size=40k"):
        outcome = pipeline.run()
        assert "No space left on device" in outcome.error
        assert "Python" not in outcome.error, "a traceback"
        assert all(path.read_text(encoding="utf-8").count("\n") == 401 for path in pipeline.exports.rglob("sales*.csv"))
        assert set(pipeline.health().values()) == {"failed"}
    assert pipeline.run().success
    assert all(pipeline.csv(day).count("\n") == 401 for day in DAYS)
    assert not list(pipeline.exports.rglob("tmp_*"))


@needs_to_mount
def test_a_warehouse_without_room_publishes_nothing_and_goes_on_when_there_is(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.write_feed(*FEED, *(f"{day},Cup {n},1,1.00" for day in DAYS for n in range(40_000)))
    room = pipeline.root / "room"
    with in_memory(room, "size=2m") as grow:
        monkeypatch.setenv("DUCKDB_PATH", str(room / "warehouse.duckdb"))
        outcome = pipeline.run()
        assert "No space left on device" in outcome.error
        assert pipeline.files() == {}
        grow("200m")
        outcome = pipeline.run()
        assert outcome.success, outcome.error
    assert all(pipeline.csv(day).count("\n") == 40_401 for day in DAYS)


@pytest.mark.parametrize("content", ["garbage", "folder"])
def test_a_warehouse_that_cannot_be_opened_is_named_and_made_anew_from_the_feed(
    pipeline: Pipeline, content: str
) -> None:
    pipeline.write_feed(*FEED)
    assert pipeline.run().success
    before = pipeline.files()
    if content == "folder":
        pipeline.warehouse.unlink()
        pipeline.warehouse.mkdir()
    else:
        pipeline.warehouse.write_bytes(b"not a database" * 1000)

    outcome = pipeline.run()

    assert f"The warehouse {pipeline.warehouse} cannot be opened" in outcome.error
    assert pipeline.files() == before

    pipeline.warehouse.rename(pipeline.root / "moved away")
    assert pipeline.run().success
    assert pipeline.contents() == {path: content for path, (content, _) in before.items()}


def test_a_half_written_file_of_a_killed_run_is_deleted_by_the_next_run_of_any_day(pipeline: Pipeline) -> None:
    pipeline.write_feed(*FEED)
    assert pipeline.run().success
    litter = pipeline.csv_path(DAYS[3]).with_name("sales.csv.of-a-run.unfinished")
    litter.write_text("date,product,qu", encoding="utf-8")
    other = pipeline.csv_path(DAYS[3]).with_name("mine.csv.unfinished")
    other.write_text("not ours", encoding="utf-8")
    assert pipeline.run_day(DAYS[0]).success
    assert not litter.exists()
    assert other.exists()
