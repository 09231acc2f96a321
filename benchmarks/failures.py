"""Does to this pipeline and its peers what goes wrong in the field, and prints what was seen as a table in Markdown.

`make failures`; what it printed last is in docs/reliability.md. Each contestant has five days, and each case a day of
its own. What a contestant runs each night, and to do one day again, are the commands its own manual gives.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from importlib.metadata import version
from pathlib import Path

import duckdb

from benchmarks.contestants import DBT, PEERS, PEERS_BIN
from benchmarks.feeds import ROOT

PROJECTS = PEERS / "failures"
NEWEST = datetime.now(timezone.utc).date() - timedelta(days=1)
LATE, EMPTIED, AUDITED, BAD_VALUE = (NEWEST - timedelta(days=n) for n in (4, 3, 2, 1))
# Two pieces a day but for the newest, which is not there at first; as lines of the feed, by day
CLEAN = {day: [f"{day},Tea,1,1.00", f"{day},Cup,2,1.00"] for day in (LATE, EMPTIED, AUDITED, BAD_VALUE)}
Days = tuple[date, date]


@dataclass(frozen=True)
class Contestant:
    """Who is put to the test, with the tables and files it makes below `folder`.

    `command` returns what it runs for a first time ("first"), each night ("night"), or to do a day again. `files` are
    patterns of the CSVs: those the audited model writes itself, and those of a model behind it. `bad` is a line that
    the audit is to refuse, without its day.
    """

    name: str
    folder: Path
    table: str
    files: Mapping[str, str]
    bad: str
    command: Callable[[Path, str | date], Sequence[str | Path]]

    def run(self, what: str | date, feed: Mapping[date, Sequence[str]]) -> bool:
        """Run on a feed, and return whether the command ended with exit code 0."""
        lines = [line for day in feed.values() for line in day]
        (self.folder / "feed.csv").write_text("\n".join(["date,product,quantity,price", *lines, ""]), encoding="utf-8")
        said = subprocess.run(
            self.command(self.folder, what),
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        with (self.folder / "said.log").open("a", encoding="utf-8") as log:
            log.write(f"== {self.name}: {what}, exit code {said.returncode}\n{said.stdout}\n")
        return said.returncode == 0

    def rows(self, day: date, where: str = "true") -> int:
        """Return how many rows the day has in the table."""
        with duckdb.connect(str(self.folder / "warehouse.duckdb"), read_only=True) as connection:
            return _count(connection, f"{self.table} where date = date '{day}' and {where}")

    def file_rows(self, day: date, which: str, where: str = "true") -> int:
        """Return how many rows the day has in CSVs."""
        files = f"{self.folder}/exports/{self.files[which]}"
        with duckdb.connect() as connection:
            return _count(
                connection, f"read_csv('{files}', union_by_name = true) where date = date '{day}' and {where}"
            )

    def _environment(self) -> Mapping[str, str]:
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.folder),
            "FEED": str(self.folder / "feed.csv"),
            "RAW_SALES_PATH": str(self.folder / "feed.csv"),
            "FIRST_DAY": str(LATE),
            "EXPORT_DIR": str(self.folder / "exports"),
            "DUCKDB_PATH": str(self.folder / "warehouse.duckdb"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "SQLMESH__DISABLE_ANONYMIZED_ANALYTICS": "true",
        }


def ours(folder: Path, what: str | date) -> Sequence[str | Path]:
    """Return this pipeline's command: without a day it does what is wrong."""
    days = {"partition_date": str(what)} if isinstance(what, date) else {}
    return [*_dbt("run", ROOT / "dbt_project", ROOT, folder), "--vars", json.dumps({"start_date": str(LATE), **days})]


def sqlmesh(folder: Path, what: str | date) -> Sequence[str | Path]:
    """Return SQLMesh's command: a plan, a run, or a plan that restates a day."""
    if not (folder / "sqlmesh").exists():
        shutil.copytree(PROJECTS / "sqlmesh", folder / "sqlmesh")
    command: list[str | Path] = [PEERS_BIN / "sqlmesh", "-p", folder / "sqlmesh"]
    if what == "night":
        return [*command, "run"]
    plan = [*command, "plan", "--auto-apply", "--no-prompts"]
    if what == "first":
        return [*plan, "--execution-time", str(NEWEST)]
    return [*plan, "--restate-model", "main.daily_sales", "--start", str(what), "--end", str(what)]


def delete_insert(folder: Path, what: str | date) -> Sequence[str | Path]:
    """Return dbt's command for `delete+insert`: all days, the newest, or one."""
    day = {"night": NEWEST, "first": None}.get(str(what), what)
    days = {"first": str(day), "last": str(day)} if day else {}
    return _peer_dbt(folder, "tag:delete_insert", **days)


def microbatch(folder: Path, what: str | date) -> Sequence[str | Path]:
    """Return dbt's command for `microbatch`, which by itself does all days at first, and later the newest two."""
    window = (
        ["--event-time-start", str(what), "--event-time-end", str(what + timedelta(days=1))]
        if isinstance(what, date)
        else []
    )
    return _peer_dbt(folder, "tag:microbatch", *window)


def seen(contestant: Contestant) -> Mapping[str, str]:
    """Return what was seen in each case."""
    assert contestant.run("first", CLEAN), contestant.folder
    cells = {}
    newest = {NEWEST: [f"{NEWEST},Tea,1,1.00"]}

    feed = {**CLEAN, LATE: [*CLEAN[LATE], f"{LATE},Pot,1,1.00"], **newest}
    ended = contestant.run("night", feed)
    assert contestant.rows(NEWEST) == 1, contestant.folder
    found = "found" if contestant.rows(LATE) == len(feed[LATE]) else "ignored"
    cells["rows come late for a finished day; the next nightly run"] = f"{found}; {_exit(ended)}"

    ended = contestant.run(EMPTIED, {**CLEAN, EMPTIED: [], **newest})
    cells["a day has no rows any more; it is done again"] = (
        f"{contestant.rows(EMPTIED)} rows left, {contestant.file_rows(EMPTIED, 'own')} in its CSV; {_exit(ended)}"
    )

    feed = {**CLEAN, BAD_VALUE: [f"{BAD_VALUE},Tea,1,1.00", f"{BAD_VALUE},Cup,two,1.00"], **newest}
    ended = contestant.run(BAD_VALUE, feed)
    cells["one value of a day cannot be read; it is done again"] = (
        f"{contestant.rows(BAD_VALUE)} of 2 rows left,"
        f" {contestant.file_rows(BAD_VALUE, 'own')} in its CSV; {_exit(ended)}"
    )
    ended = contestant.run("night", feed)
    cells["the nightly run after that"] = f"{contestant.rows(BAD_VALUE)} of 2 rows; {_exit(ended)}"
    ended = contestant.run("night", {**CLEAN, **newest})
    cells["the feed is mended; the nightly run after that"] = f"{contestant.rows(BAD_VALUE)} of 2 rows; {_exit(ended)}"

    ended = contestant.run(AUDITED, {**CLEAN, AUDITED: [*CLEAN[AUDITED], f"{AUDITED},{contestant.bad}"], **newest})
    cells["a row breaks the audit; the day is done again: the table"] = (
        f"{_bad_rows(contestant.rows(AUDITED, 'quantity = 5000'))}, {contestant.rows(AUDITED)} rows; {_exit(ended)}"
    )
    for which, title in {"own": "written by the audited model", "behind": "written by a model behind it"}.items():
        bad = _bad_rows(contestant.file_rows(AUDITED, which, "quantity = 5000"))
        cells[f"the same: the CSV {title}"] = f"{bad}, {contestant.file_rows(AUDITED, which)} rows"
    return cells


def main() -> None:
    """Print the table, and where the commands' own words are."""
    work = Path(tempfile.mkdtemp(prefix="failures-"))
    csvs = {"own": "own/**/*.csv", "behind": "behind/**/*.csv"}
    our_csvs = {"own": "**/sales.csv", "behind": "**/sales.csv"}
    dbt = f"dbt-core {version('dbt-core')}, dbt-duckdb {version('dbt-duckdb')}"
    bad = "Cup,5000,1.00"
    contestants = [
        Contestant("this pipeline", work / "ours", "daily_sales", our_csvs, "Cup,5000 pieces,1.00", ours),
        Contestant(_sqlmesh_version(), work / "sqlmesh", "main.daily_sales", csvs, bad, sqlmesh),
        Contestant("dbt `delete+insert`", work / "delete_insert", "delete_insert", csvs, bad, delete_insert),
        Contestant("dbt `microbatch`", work / "microbatch", "microbatch", csvs, bad, microbatch),
    ]
    columns = []
    for contestant in contestants:
        for name in contestant.files:  # COPY makes no folder above that of a day
            (contestant.folder / "exports" / name).mkdir(parents=True)
        columns.append(seen(contestant))
    lines = [
        ["what went wrong", *(contestant.name for contestant in contestants)],
        ["---"] * (len(contestants) + 1),
        *([case, *(column[case] for column in columns)] for case in columns[0]),
    ]
    sys.stdout.write("".join(f"| {' | '.join(line)} |\n" for line in lines))
    sys.stdout.write(f"\n{dbt}, DuckDB {duckdb.__version__}. What the commands said: {work}/*/said.log\n")


def _peer_dbt(folder: Path, tag: str, *args: str, **variables: str) -> Sequence[str | Path]:
    command = _dbt("build", PROJECTS / "dbt", PROJECTS / "dbt", folder)
    return [*command, "--select", "stg_sales", tag, *args, "--vars", json.dumps(variables)]


def _dbt(command: str, project: Path, profiles: Path, folder: Path) -> Sequence[str | Path]:
    places: list[str | Path] = ["--project-dir", project, "--profiles-dir", profiles]
    return [DBT, command, *places, "--target-path", folder / "target", "--log-path", folder / "logs"]


def _sqlmesh_version() -> str:
    code = "from importlib.metadata import version; print(version('sqlmesh'), version('duckdb'))"
    said = subprocess.run([PEERS_BIN / "python", "-c", code], capture_output=True, text=True, check=True).stdout.split()
    return f"SQLMesh {said[0]} on DuckDB {said[1]}"


def _count(connection: duckdb.DuckDBPyConnection, rows: str) -> int:
    found = connection.execute(f"select count(*) from {rows}").fetchone()
    assert found
    return int(found[0])


def _bad_rows(count: int) -> str:
    return "the bad row is in it" if count else "no bad row"


def _exit(ended: bool) -> str:  # noqa: FBT001
    return "exit 0" if ended else "error"


if __name__ == "__main__":
    main()
