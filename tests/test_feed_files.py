"""Which files of a feed are of which day, by the path that names them."""

import errno
import os
import re
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from feed_files import FeedError, files_at, files_of_days, listed, path_pattern

FIRST, LAST = date(2026, 1, 30), date(2026, 2, 2)


@pytest.mark.parametrize(
    ("path", "file", "days"),
    [
        ("/feed/%Y-%m-%d.csv", "/feed/2026-01-31.csv", ["2026-01-31"]),
        ("/feed/%Y-%m-%d.csv", "/feed/2025-01-31.csv", [None]),
        ("/feed/%Y/%-m/%-d", "/feed/2026/2/1/part 7.csv", ["2026-02-01"]),
        ("/feed/%Y-%m.csv", "/feed/2026-01.csv", ["2026-01-30", "2026-01-31"]),
        ("/feed/%Y-%m.csv", "/feed/2027-01.csv", [None]),
        ("/feed/%G-W%V.csv", "/feed/2026-W05.csv", ["2026-01-30", "2026-01-31", "2026-02-01"]),
        ("/feed/%G-W%V.csv", "/feed/2025-W05.csv", [None]),
        ("/[a-f]eed/*/%Y%j.?sv", "/feed/x/2026032.tsv", ["2026-02-01"]),
        ("/feed/**/%Y%m%d.csv", "/feed/20260130.csv", ["2026-01-30"]),
        ("/feed/**/%Y%m%d.csv", "/feed/a/b/20260130.csv", ["2026-01-30"]),
        ("/feed/100%/%d%b%y", "/feed/100%/30Jan26", ["2026-01-30"]),
        ("/feed/*.csv", "/feed/a.csv", [None]),
    ],
)
def test_a_file_is_of_the_days_that_its_path_says(path: str, file: str, days: list[str | None]) -> None:
    assert [seen["partition_date"] for seen in files_of_days([{"file": file}], path, FIRST, LAST)] == days


@pytest.mark.parametrize("path", ["/feed/[z-a].csv", "/feed/[", "/feed/[]]", "/feed/(a|b)+\\d"])
def test_what_is_special_elsewhere_than_in_a_glob_is_a_letter(path: str) -> None:
    assert re.fullmatch(path_pattern(path), path)


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("/feed/%Y-%m-%d.csv", "/feed/2026-02-30.csv"),
        ("/feed/%Y-%m-%d.csv", "/feed/2026-1-5.csv"),
        ("/feed/%Y-%m-%d.csv", "/feed/a-b-c.csv"),
        ("/feed/%Y/%-m/%-d", "/feed/2025/02/1/a.csv"),
    ],
)
def test_a_file_of_which_the_name_tells_no_day_is_refused(path: str, file: str) -> None:
    with pytest.raises(FeedError, match=f"the name tells no day: {file}. It is to be named as {path}"):
        list(files_of_days([{"file": file}], path, FIRST, LAST))


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/feed/%Y-%m-%d/%H.csv", "%H in its path, which is no part of a date"),
        ("/feed/%F.csv", "%F in its path, which is no part of a date"),
        ("/100%discount/feed.csv", "%d in its path, and nothing there tells the year"),
        ("/feed/%Y%-m%-d.csv", "%-m%-d in its path, which cannot be told apart"),
    ],
)
def test_a_path_of_which_the_fields_tell_no_day_is_refused(path: str, fault: str) -> None:
    with pytest.raises(FeedError, match=fault):
        list(files_of_days([], path, FIRST, LAST))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A feed with links, hidden files and folders."""
    feed = tmp_path / "feed"
    for name in (
        "a.csv",
        "_b.csv",
        ".c.csv",
        "more/d.csv",
        "_temporary/0/e.csv",
        ".ipynb_checkpoints/a-checkpoint.csv",
        "date=2026-01-15/_key=1/f.csv",
        "[g]/h.csv",
    ):
        (feed / name).parent.mkdir(parents=True, exist_ok=True)
        (feed / name).touch()
    (tmp_path / "elsewhere").mkdir()
    for name in ("i.csv", "j.csv"):
        (tmp_path / "elsewhere" / name).touch()
    (feed / "i.csv").symlink_to("../elsewhere/i.csv")
    (feed / "linked").symlink_to("../elsewhere")
    (feed / "latest.csv").symlink_to("a.csv")
    for before_and_after in ("a day", "newest"):
        (feed / before_and_after).symlink_to("date=2026-01-15")
    (feed / "loop").symlink_to(".")
    (feed / "gone.csv").symlink_to("nowhere.csv")
    return feed


ALL_FILES = ["[g]/h.csv", "a.csv", "date=2026-01-15/_key=1/f.csv", "i.csv", "linked/j.csv", "more/d.csv"]


@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        ("", ALL_FILES),
        ("/", ALL_FILES),
        ("/**", ALL_FILES),
        ("/**/*.csv", ALL_FILES),
        ("/*.csv", ["a.csv", "i.csv"]),
        ("/latest.csv", ["latest.csv"]),
        ("/_b.csv", ["_b.csv"]),
        ("/_*.csv", ["_b.csv"]),
        ("/linked", ["linked/i.csv", "linked/j.csv"]),
        ("/*/d.csv", ["more/d.csv"]),
        ("/m?re", ["more/d.csv"]),
        ("/[g]/h.csv", ["[g]/h.csv"]),
        ("/[mx]*", ["more/d.csv"]),
        ("/_temporary", ["_temporary/0/e.csv"]),
        ("/nothing", []),
        ("/a.csv/b.csv", []),
    ],
)
def test_a_feed_has_what_is_linked_and_nothing_hidden_and_each_file_once(
    folder: Path, pattern: str, files: list[str]
) -> None:
    with duckdb.connect() as connection:
        found = [seen["file"] for seen in listed(connection, [f"{folder}{pattern}"], is_by_day=False)]
    assert [str(Path(file).relative_to(folder)) for file in found] == files


def test_a_folder_that_cannot_be_read_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(place: str) -> Any:  # noqa: ANN401  # what os.scandir gives
        if str(place).endswith("/more"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), place)
        return scandir(place)

    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", refuse)  # root, as whom tests may run, can read all
    with pytest.raises(PermissionError):
        list(files_at(str(folder)))
