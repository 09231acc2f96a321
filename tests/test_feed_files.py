"""Which files of a feed are of which day, by the path that names them."""

from datetime import date

import pytest
from feed_files import files_of_days, path_pattern

FIRST, LAST = date(2026, 1, 30), date(2026, 2, 2)


@pytest.mark.parametrize(
    ("path", "file", "days"),
    [
        ("/feed/%Y-%m-%d.csv", "/feed/2026-01-31.csv", ["2026-01-31"]),
        ("/feed/%Y-%m-%d.csv", "/feed/2026-02-30.csv", [None]),
        ("/feed/%Y-%m-%d.csv", "/feed/2025-01-31.csv", [None]),
        ("/feed/%Y/%-m/%-d", "/feed/2026/2/1/part 7.csv", ["2026-02-01"]),
        ("/feed/%Y-%m.csv", "/feed/2026-01.csv", ["2026-01-30", "2026-01-31"]),
        ("/[a-f]eed/*/%j.?sv", "/feed/x/032.tsv", ["2026-02-01"]),
        ("/feed/100%/%d%b%y", "/feed/100%/30Jan26", ["2026-01-30"]),
        ("/feed/*.csv", "/feed/a.csv", [None]),
    ],
)
def test_a_file_is_of_the_days_that_its_path_says(path: str, file: str, days: list[str | None]) -> None:
    assert [seen["partition_date"] for seen in files_of_days([{"file": file}], path, FIRST, LAST)] == days


@pytest.mark.parametrize("path", ["/feed/[z-a].csv", "/feed/[", "/feed/[]]", "/feed/(a|b)+\\d"])
def test_what_is_special_elsewhere_than_in_a_glob_is_a_letter(path: str) -> None:
    assert next(files_of_days([{"file": path}], f"{path}%Y", FIRST, LAST))["partition_date"] is None
    assert path_pattern(path)
