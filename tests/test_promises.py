"""What any project made with the engine can rely on: sales, on a file and on a lake, and meter readings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import ROOT, SALES, Pipeline, Project
from dbt.contracts.graph.manifest import Manifest
from lakes import OnLake

EXAMPLE = ROOT / "examples" / "meter_readings"
METERS = Project(EXAMPLE, EXAMPLE, "METER_READINGS", "meter_id,read_at,kwh\n")
DAYS = ["2026-01-15", "2026-01-16", "2026-01-17", "2026-01-18"]
BEGIN = {"start_date": DAYS[0]}


@dataclass(frozen=True)
class Kind:
    """How the rows of a project are written, and what is made of them."""

    project: Project
    row: str
    mart: str
    exports: int


KINDS = {
    "sales": Kind(SALES, "{day},Item {name},1,{number}.00", "daily_sales", 2),
    "sales on a lake": Kind(SALES, "{day},Item {name},1,{number}.00", "daily_sales", 2),
    "meter readings": Kind(METERS, "{name},{day}T23:59:00+01:00,{number}.5", "daily_consumption", 2),
}


class Made(Pipeline):
    """A pipeline of some kind, with four days made of its feed."""

    kind: Kind

    def rows(self, *days: str, names: str = "abc") -> list[str]:
        """Return good rows of these days, one for each name."""
        return [
            self.kind.row.format(day=day, name=name, number=number) for day in days for number, name in enumerate(names)
        ]

    def bad(self, day: str) -> str:
        """Return a row that is rejected."""
        return self.kind.row.format(day=day, name="bad", number="many")

    def of(self, day: str) -> dict[str, tuple[bytes, int]]:
        """Return the files of a day."""
        forms = (day, day.replace("-", "/"))
        return {path: facts for path, facts in self.files().items() if any(form in path for form in forms)}

    def states(self) -> dict[str, str]:
        """Return the state of each day, asked for anew."""
        assert self.run("--select", "tag:health", **BEGIN).success
        return dict(self.query("select partition_date::varchar, status from partition_health order by all"))


class MadeOnLake(Made, OnLake):
    """The same, on a lake."""


WEEKLY = [pytest.mark.long, pytest.mark.weekly]
MARKS = {"sales": [], "sales on a lake": WEEKLY, "meter readings": WEEKLY}


@pytest.fixture(params=[pytest.param(kind, marks=MARKS[kind]) for kind in KINDS])
def made(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    parsed: dict[str, Manifest],
    places: Callable[[str], Path],
    kept: Path,
) -> Iterator[Made]:
    """A pipeline of each kind that has made its four days."""
    kind = MadeOnLake if "lake" in request.param else Made
    pipeline = kind(places(request.param), monkeypatch, parsed, KINDS[request.param].project)
    pipeline.kind = KINDS[request.param]

    def make() -> None:
        pipeline.write_feed(*pipeline.rows(*DAYS))
        outcome = pipeline.run(**BEGIN)
        assert outcome.success, outcome.error
        assert len(pipeline.files()) == len(DAYS) * pipeline.kind.exports

    pipeline.once(kept / request.param, make)
    yield pipeline
    pipeline.clean()


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A folder for each kind: what dbt parsed holds its path."""
    folder = tmp_path_factory.mktemp("promises")

    def place(name: str) -> Path:
        (folder / name).mkdir(exist_ok=True)
        return folder / name

    return place


def test_the_same_feed_gives_the_same_bytes_in_any_order(made: Made) -> None:
    before = made.contents()
    for day in [*reversed(DAYS), DAYS[1]]:
        made.write_feed(*reversed(made.rows(*DAYS)))
        assert made.run_day(day, **BEGIN).success
    assert made.contents() == before


def test_a_day_touches_no_other_day(made: Made) -> None:
    before, others = made.files(), f"select * from {made.kind.mart} where date != '{DAYS[1]}' order by all"
    rows = made.query(others)
    made.write_feed(*made.rows(*DAYS), *made.rows(DAYS[1], names="x"))
    assert made.run_day(DAYS[1], **BEGIN).success
    after, own = made.files(), made.of(DAYS[1])
    assert {path: facts for path, facts in after.items() if path not in own} == {
        path: facts for path, facts in before.items() if path not in own
    }
    assert all(after[path] != before[path] for path in own)
    assert made.query(others) == rows


def test_a_day_that_became_empty_becomes_empty(made: Made) -> None:
    made.write_feed(*made.rows(DAYS[0], *DAYS[2:]))
    assert made.run_day(DAYS[1], **BEGIN).success
    assert made.query(f"select * from {made.kind.mart} where date = '{DAYS[1]}'") == []
    assert len(made.of(DAYS[1])) == made.kind.exports
    assert made.states()[DAYS[1]] == "empty"


def test_a_failed_day_keeps_its_rows_and_files_while_the_others_go_through(made: Made) -> None:
    before, rows = made.of(DAYS[1]), made.query(f"select * from {made.kind.mart} where date = '{DAYS[1]}' order by all")
    made.write_feed(*made.rows(*DAYS, names="abcd"), made.bad(DAYS[1]))
    outcome = made.run_range(DAYS[0], DAYS[3], **BEGIN)
    assert "1 of 4 days failed their audit" in outcome.error
    assert made.of(DAYS[1]) == before
    assert made.query(f"select * from {made.kind.mart} where date = '{DAYS[1]}' order by all") == rows
    assert made.states() == {**dict.fromkeys(DAYS, "materialized"), DAYS[1]: "failed"}


def test_late_rows_are_healed(made: Made) -> None:
    made.write_feed(*made.rows(*DAYS), *made.rows(DAYS[2], names="z"))
    assert made.states() == {**dict.fromkeys(DAYS, "materialized"), DAYS[2]: "stale"}
    assert made.run(**BEGIN).success
    assert made.states() == dict.fromkeys(DAYS, "materialized")


def test_a_killed_run_is_healed(made: Made) -> None:
    made.write_feed(*made.rows(*DAYS, names="abcd"))
    made.kill_run_at("START sql daily_file")
    outcome = made.run(**BEGIN)
    assert outcome.success, outcome.error
    healed = made.contents()
    assert made.run("--full-refresh", **BEGIN).success
    assert made.contents() == healed
    assert not any(path.endswith(".unfinished") for path in healed)


def test_runs_at_the_same_time_wait_for_each_other(made: Made) -> None:
    made.write_feed(*made.rows(*DAYS, names="abcd"))
    runs = [made.start("run", PARTITION_DATE=day) for day in DAYS[:2]]
    for run in runs:
        output, _ = run.communicate()
        assert run.returncode == 0, output
    assert made.run(**BEGIN).success
    healed = made.contents()
    assert made.run("--full-refresh", **BEGIN).success
    assert made.contents() == healed


def test_files_that_are_gone_or_changed_are_written_again(made: Made) -> None:
    before = made.contents()
    gone, changed = min(before), max(before)
    (made.exports / gone).unlink()
    (made.exports / changed).write_bytes(b"changed")
    assert sorted(set(made.states().values())) == ["export_changed", "export_missing", "materialized"]
    assert made.run(**BEGIN).success
    assert made.contents() == before


def test_a_full_refresh_keeps_the_days_that_fail(made: Made) -> None:
    before = made.contents()
    made.write_feed(*made.rows(*DAYS), made.bad(DAYS[1]))
    assert "1 of 4 days failed their audit" in made.run("--full-refresh", **BEGIN).error
    assert made.contents() == before
