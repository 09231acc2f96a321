"""Feeds and settings that nobody would think of, made by hypothesis.

`TORTURE_EXAMPLES` is how many of each kind are tried (default 100, about 5 s each). Each kind ends with a row for the
table in docs/reliability.md: what was tried, how often, what happened.
"""

import csv
import gzip
import io
import os
from collections import Counter
from typing import Any

import pytest
import zstandard
from conftest import Pipeline
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

# what fails is shown as it was made: to make it smaller takes hundreds of runs
EXAMPLES = settings(
    phases=[Phase.reuse, Phase.generate],
    max_examples=int(os.environ.get("TORTURE_EXAMPLES", "100")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
# the errors that a feed may end in: each says what is wrong
REFUSALS = [
    "has no column",
    "has no header",
    "two columns of one name",
    "a quote that is not closed",
    "invalid state",
    "does not add up",
]


text = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
dates = st.sampled_from(
    [
        "2026-01-15",
        "2026-01-16",
        "2026-01-17T10:00:00Z",
        "2026-01-15 23:59:59.9+09:00",
        "2026-02-30",
        "15.01.2026",
        "inf",
        "",
    ]
)
numbers = st.sampled_from(
    [
        "1",
        "-0",
        "+2.50",
        "1e3",
        "1,000.00",
        "NaN",
        "inf",
        "",
        " 1 ",
        "0.001",
        "9" * 18,
        "9" * 40,
        "1.0000",
        "-9223372036854775808",
    ]
)
cells = dates | numbers | text | st.sampled_from(["\0", '"', '""', "a\nb", "a\r\nb", 'x"y', " ", "\ufeff", "é" * 9])
rows = st.tuples(dates, text | cells, numbers, numbers) | st.lists(cells, max_size=6).map(tuple)
headers = (
    st.just(["date", "product", "quantity", "price"])
    | st.permutations(["date", "product", "quantity", "price", "note"])
    | st.lists(st.sampled_from(["date", "product", "quantity", "price", "note", "Date ", ""]), min_size=4, max_size=8)
)
GOOD = ("2026-01-15", "Kept", "1", "1.00", "x")
files = st.fixed_dictionaries(
    {
        "header": headers,
        # without a good row of the day of before, most feeds end there: it would become empty
        "rows": st.builds(list.__add__, st.sampled_from([[], [GOOD], [GOOD]]), st.lists(rows, max_size=60)),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, None]),
        "line": st.sampled_from(["\n", "\r\n", "\r", "mixed"]),
        "encoding": st.sampled_from(["utf-8"] * 4 + ["utf-8-sig", "latin-1", "utf-16", "cp1252"]),
        "ending": st.sampled_from(["csv", "csv", "tsv", "csv.gz", "csv.zst"]),
    }
)


def written(file: dict[str, Any]) -> bytes:
    """Return the file's bytes; without quoting its cells are put side by side as they are, which need not be CSV."""
    delimiter = "\t" if file["ending"] == "tsv" else ","
    lines = []
    for number, row in enumerate([file["header"], *file["rows"]]):
        end = ["\n", "\r\n", "\r"][number % 3] if file["line"] == "mixed" else file["line"]
        if file["quoting"] is None:
            lines.append(delimiter.join(row) + end)
        else:
            line = io.StringIO()
            csv.writer(line, delimiter=delimiter, quoting=file["quoting"], lineterminator=end).writerow(row)
            lines.append(line.getvalue())
    return "".join(lines).encode(file["encoding"], errors="replace")


def count_rows(content: bytes, delimiter: str) -> int:
    """Return the rows that Python's own reader finds below the header."""
    lines = io.StringIO(content.decode("latin-1"), newline="")
    return max(len([row for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if row]) - 1, 0)


def test_feeds_of_any_form(pipeline: Pipeline, happened: Counter[str]) -> None:
    """Feeds with any cells, header, quoting, line ends, encoding, compression."""

    @EXAMPLES
    @given(file=files)
    def try_one(file: dict[str, Any]) -> None:
        pipeline.clean()
        pipeline.use_feed(str(pipeline.root / "feed.csv"))
        pipeline.write_feed("2026-01-15,Before,1,1.00")
        assert pipeline.run_day("2026-01-15").success
        before = pipeline.files()

        content = written(file)
        path = pipeline.root / f"bad.{file['ending']}"
        if path.suffix == ".gz":
            path.write_bytes(gzip.compress(content))
        else:
            path.write_bytes(zstandard.compress(content) if path.suffix == ".zst" else content)
        pipeline.use_feed(str(path.with_name("bad.*")))
        outcome = pipeline.run("--full-refresh", max_rejected_ratio=1)
        if outcome.success:
            [(published, rejected)] = pipeline.query(
                "select (select count(*) from daily_sales), (select count(*) from rejected_rows)"
            )
            # the day of before is emptied unless the feed gives dates that cannot be read, then it is left as it was
            assert published + rejected == count_rows(content, "\t" if file["ending"] == "tsv" else ",")
            happened["read, every row published or rejected"] += 1
        elif "were left as they were: 2026-01-15 (no row left" in outcome.error:
            happened["day left as it was, its rows having no readable date"] += 1
        else:
            refusal = next((refusal for refusal in REFUSALS if refusal in outcome.error), None)
            assert refusal, outcome.error
            assert pipeline.files() == before
            assert pipeline.query("select product from daily_sales") == [("Before",)]
            happened[f"refused ({refusal}), nothing changed"] += 1

    try_one()


PIECES = [
    "'",
    '"',
    "; drop table daily_sales; --",
    "../",
    " ",
    "ü売",
    "*",
    "[a]",
    "?",
    "{{ 1/0 }}",
    "{0}",
    "%Y",
    "%",
    "=",
]
PIECES += [
    "\\",
    "\n",
    "\t",
    "a" * 300,
    "(",
    ")",
    "-- ",
    "/*",
    "~",
    "x",
    ".csv",
    "select 1",
    "s3://",
    "md:",
    ":memory:",
    "$(x)",
]
hostile = st.lists(
    st.sampled_from(PIECES)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\0"), max_size=5),
    min_size=1,
    max_size=5,
).map("".join)
values = hostile | st.integers() | st.floats() | st.booleans() | st.none() | st.lists(st.integers(), max_size=2)
VARS = ["partition_date", "partition_start", "partition_end", "start_date", "timezone", "raw_sales_path", "export_dir"]
VARS += ["quantity_type", "price_type", "max_rejected_ratio", "lookback_days", "grace_minutes", "escape_formulas"]
VARS += ["expected_until"]
# values that may well be right, else nearly every one is refused
LIKELY = {
    "partition_date": st.dates().map(str),
    "timezone": st.sampled_from(["Asia/Tokyo", "UTC", "Europe/Lisbon", "+09:00", "JST", "Mars/Base"]),
    "export_dir": hostile,
    "quantity_type": st.sampled_from(
        ["integer", "BIGINT", "decimal(12, 3)", "decimal(18,6)", "double", "decimal(3,4)"]
    ),
    "price_type": st.sampled_from(["decimal(18, 3)", "decimal(38, 0)", "decimal(9,2)", "money", "decimal(10)"]),
    "max_rejected_ratio": st.floats(-1, 2),
    "lookback_days": st.integers(-1, 400) | st.just("all"),
    "grace_minutes": st.integers(-1, 3000),
    "expected_until": st.sampled_from(["feed", "newest", "2026-01-20", "2026-02-30", "never"]),
    "escape_formulas": st.booleans() | st.sampled_from(["yes", "true", 1]),
}
likely = st.sampled_from(sorted(LIKELY)).flatmap(lambda name: st.tuples(st.just(name), LIKELY[name]))
PATHS = ["RAW_SALES_PATH", "EXPORT_DIR", "DUCKDB_PATH"]


def written_below(pipeline: Pipeline) -> set[str]:
    """Return what there is beside the warehouse and the export folder."""
    places = ("exports", "warehouse.duckdb", "target", "logs", "allowed")
    return {str(path) for path in pipeline.root.iterdir() if not path.name.startswith(places)}


def is_clear(error: str, name: str) -> bool:
    # a feed in brackets is a query, and may be a wrong one; nothing else is ever parsed
    parsed = "Parser Error" in error and name != "RAW_SALES_PATH"
    return bool(error.strip()) and not parsed and "INTERNAL" not in error and "Traceback" not in error


def test_vars_of_any_value(pipeline: Pipeline, happened: Counter[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Vars with any value: SQL, quotes, paths, other types."""
    pipeline.write_feed("2026-01-15,Tea,2,5.00")
    assert pipeline.run_day("2026-01-15").success

    @EXAMPLES
    @given(given_var=likely | st.tuples(st.sampled_from(VARS) | hostile, values))
    def try_one(given_var: tuple[str, Any]) -> None:
        name, value = given_var
        kept, before = written_below(pipeline), pipeline.files()
        with monkeypatch.context() as environment:
            # below the pipeline's folder, so that what is written is seen
            if name in ("raw_sales_path", "export_dir"):
                environment.delenv("RAW_SALES_PATH" if name == "raw_sales_path" else "EXPORT_DIR")
                value = f"{pipeline.root}/allowed/{str(value).replace('../', '')}"
            days = {} if name.startswith("partition_") else {"partition_date": "2026-01-15"}
            outcome = pipeline.dbt("run", parse=True, **{**days, name: value})
        assert outcome.success or is_clear(outcome.error, name), outcome.error
        assert written_below(pipeline) == kept
        assert pipeline.query("select product from daily_sales") == [("Tea",)]
        if not outcome.success:
            assert pipeline.files() == before
        happened["worked" if outcome.success else "refused with a clear error, nothing changed"] += 1

    try_one()


def test_paths_of_any_form(pipeline: Pipeline, happened: Counter[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`RAW_SALES_PATH`, `EXPORT_DIR`, `DUCKDB_PATH` with any text."""
    pipeline.write_feed("2026-01-15,Tea,2,5.00")
    assert pipeline.run_day("2026-01-15").success

    @EXAMPLES
    @given(name=st.sampled_from(PATHS), path=hostile.filter(bool))
    def try_one(name: str, path: str) -> None:
        kept = written_below(pipeline)
        with monkeypatch.context() as environment:
            # a feed may be any text, for it is only read
            environment.setenv(
                name, path if name == "RAW_SALES_PATH" else f"{pipeline.root}/allowed/{path.replace('../', '')}"
            )
            outcome = pipeline.dbt("run", parse=True, partition_date="2026-01-15")
        assert outcome.success or is_clear(outcome.error, name), outcome.error
        assert written_below(pipeline) == kept
        assert pipeline.query("select product from daily_sales") == [("Tea",)]
        happened[f"{name} {'worked' if outcome.success else 'refused with a clear error'}"] += 1

    try_one()
