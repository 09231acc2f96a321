"""A warehouse knows the feed that it was filled from."""

from pathlib import Path

import pytest
from conftest import Pipeline

DAY = "2026-01-15"
OTHER = "2026-01-15,Cup,9,9.00"


@pytest.fixture
def other(pipeline: Pipeline, kept: Path) -> Path:
    """Another feed than the one that the day was made from."""

    def make() -> None:
        pipeline.write_feed(f"{DAY},Tea,1,1.00")
        assert pipeline.run_day(DAY).success

    pipeline.once(kept / "known", make)
    path = pipeline.root / "other.csv"
    path.write_text(f"{pipeline.header}{OTHER}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("window", [{}, {"partition_date": DAY}])
def test_a_run_with_another_feed_is_refused_and_names_both(
    pipeline: Pipeline, other: Path, window: dict[str, str]
) -> None:
    before = (pipeline.files(), pipeline.query("from partition_ledger"))
    pipeline.use_feed(str(other))
    said = pipeline.run(adopt_feed=False, **window).error
    assert str(pipeline.root / "feed.csv") in said
    assert str(other) in said
    assert "dbt run --vars '{adopt_feed: true}'" in said
    assert (pipeline.files(), pipeline.query("from partition_ledger")) == before


def test_another_feed_is_taken_when_it_is_meant_and_is_the_known_one_from_then_on(
    pipeline: Pipeline, other: Path
) -> None:
    pipeline.use_feed(str(other))
    assert pipeline.run(adopt_feed=True).success
    assert pipeline.csv(DAY).endswith(f"{OTHER},81.00\n")
    assert pipeline.run(adopt_feed=False).success
    locations = pipeline.query("select location from known_feeds order by feed_number")
    assert locations == [(str(pipeline.root / "feed.csv"),), (str(other),)]
    pipeline.use_feed(str(pipeline.root / "feed.csv"))
    assert not pipeline.run(adopt_feed=False).success


def test_a_preview_of_another_feed_shows_what_it_would_change(
    pipeline: Pipeline, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.use_feed(str(other))
    capsys.readouterr()
    assert pipeline.preview(adopt_feed=False).success
    assert "81.00" in capsys.readouterr().out


def test_a_feed_of_which_no_date_can_be_read_is_an_error(pipeline: Pipeline) -> None:
    pipeline.write_feed("15.1.26,Tea,1,1.00", "16.1.26,Tea,1,1.00")
    assert "No date of the feed" in pipeline.run().error
    assert "of 2 rows" in pipeline.run_day(DAY).error


def test_a_day_without_rows_is_none_if_other_dates_can_be_read(pipeline: Pipeline) -> None:
    pipeline.write_feed("15.1.26,Tea,1,1.00", "2026-01-16,Tea,1,1.00")
    assert pipeline.run_day(DAY).success
