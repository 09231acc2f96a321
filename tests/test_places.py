"""Feed, exports and warehouse in each other's place: refused before a file is read or written."""

from datetime import date
from pathlib import Path

import pytest
from conftest import HEADER, Pipeline
from places import overlap

DAY = "2026-01-15"
SALE = f"{HEADER}{DAY},Tea,2,5.00\n"


def refused(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, feed: str, exports: str) -> None:
    """Run the days that are wrong, and see that it is refused and changes nothing."""
    pipeline.use_feed(feed)
    monkeypatch.setenv("EXPORT_DIR", exports)
    before = {path: path.read_bytes() for path in pipeline.root.rglob("*.csv")}
    outcome = pipeline.run()
    assert "must not be in each other's place" in outcome.error
    assert "EXPORT_DIR=exports" in outcome.error
    assert {path: path.read_bytes() for path in pipeline.root.rglob("*.csv")} == before


def put_feed(folder: Path, name: str = "2026/01/15/sales.csv") -> None:
    path = folder / name
    path.parent.mkdir(parents=True)
    path.write_text(SALE, encoding="utf-8")


@pytest.mark.parametrize(
    ("feed", "exports"),
    [
        ("{root}/shop/%Y/%m/%d/sales.csv", "{root}/shop"),
        ("{root}/shop/%Y/%m/%d", "{root}/elsewhere/../shop/"),
        ("{root}/shop/**/*s.csv", "{root}/shop"),
        ("{root}/shop", "{root}/link"),
        ("{root}/link/%Y/%m/%d/*", "{root}/shop"),
        ("(select * from read_csv('{root}/shop/*/*/*/sales.csv'))", "{root}/shop"),
    ],
    ids=["a file a day", "dots", "a pattern", "a link to the feed", "a feed by a link", "a query"],
)
def test_an_export_that_would_replace_a_file_of_the_feed_is_refused(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, feed: str, exports: str
) -> None:
    put_feed(pipeline.root / "shop")
    (pipeline.root / "link").symlink_to(pipeline.root / "shop")
    refused(pipeline, monkeypatch, feed.format(root=pipeline.root), exports.format(root=pipeline.root))


def test_a_feed_that_would_read_its_own_exports_is_refused_before_there_are_any(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_feed(pipeline.root / "data", "raw/more_sales.csv")
    refused(pipeline, monkeypatch, f"{pipeline.root}/data/**/*s.csv", f"{pipeline.root}/data")


def test_a_day_whose_export_folder_is_linked_into_the_feed_is_refused(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_feed(pipeline.root / "feed", "january/sales.csv")
    folder = pipeline.root / "out" / "2026" / "01" / "15"
    folder.parent.mkdir(parents=True)
    folder.symlink_to(pipeline.root / "feed" / "january")
    refused(pipeline, monkeypatch, f"{pipeline.root}/feed", f"{pipeline.root}/out")


def test_a_warehouse_at_the_place_of_an_export_is_refused(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.write_feed(f"{DAY},Tea,2,5.00")
    warehouse = pipeline.csv_path(DAY)
    monkeypatch.setenv("DUCKDB_PATH", str(warehouse))
    assert "is the warehouse and an export too" in pipeline.run_day(DAY, parse=True).error
    assert warehouse.read_bytes()[8:12] == b"DUCK"


def test_a_feed_beside_the_exports_and_in_their_folder_is_read(pipeline: Pipeline) -> None:
    put_feed(pipeline.exports, "raw/sales.csv")
    pipeline.use_feed(f"{pipeline.exports}/raw/*.csv")
    assert pipeline.run_day(DAY).success
    assert pipeline.csv(DAY).count("\n") == 2


@pytest.mark.parametrize(
    ("patterns", "folder", "is_refused"),
    [
        (["s3://shop/feed/*/*/*/sales.csv"], "s3a://shop/feed", True),
        (["s3://shop/feed/../out/**"], "s3://shop/out/", True),
        (["s3://shop/feed/*.csv"], "s3://shop/out", False),
        (["s3://shop/out/*/*/*/sales.csv"], "s3://other/out", False),
        (["/feed/*.csv"], "s3://shop/out", False),
    ],
)
def test_a_bucket_is_compared_by_its_address(patterns: list[str], folder: str, *, is_refused: bool) -> None:
    said = overlap([], patterns, folder, ["%Y/%m/%d/sales.csv"], date(2026, 1, 1), date(2026, 1, 31), [":memory:"])
    assert (said is not None) == is_refused
