"""A real pipeline in a folder of its own: real dbt, real DuckDB, real files."""

import gc
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode

from orchestration.dbt import release

ROOT = Path(__file__).parents[1]
HEADER = "date,product,quantity,price\n"
REAL_FEED = ROOT.parent / "shared" / "data" / "online_retail"
REAL_SALES = (
    "(select InvoiceDate as date, StockCode as product, Quantity as quantity, UnitPrice as price"
    f" from read_csv('{REAL_FEED}/*.csv.gz'))"
)
needs_the_real_feed = pytest.mark.skipif(
    not REAL_FEED.is_dir(), reason="needs the Online Retail feed in ../shared/data"
)
# The settings that are read while dbt parses; with any others it parses the same, as test_settings.py makes sure
READ_AT_PARSING = {"raw_sales_path", "quantity_type", "price_type"}
OF_DBT = ("target", "logs")
# What dbt parsed is hundreds of thousands of objects: to look through them for garbage often is a tenth of a run
gc.set_threshold(100_000)


@dataclass(frozen=True)
class Outcome:
    """How a dbt command ended: whether it succeeded, and every error message it gave."""

    success: bool
    error: str


@dataclass(frozen=True)
class Project:
    """A dbt project made with the engine: where it is, and how its feed is named and begins."""

    folder: Path
    profiles: Path
    feed_variable: str
    header: str


SALES = Project(ROOT / "dbt_project", ROOT, "RAW_SALES_PATH", HEADER)


class Pipeline:
    """A project's dbt models on a feed, a warehouse and an export folder below `root`.

    Commands run in this process. What dbt parsed is kept by `parsed` for the next command that would parse the same,
    which halves a run; a command given `parse=True` reads the project anew, as it does on the command line.
    """

    def __init__(
        self, root: Path, monkeypatch: pytest.MonkeyPatch, parsed: dict[str, Manifest], project: Project = SALES
    ) -> None:
        self.root = root
        self.project, self.profiles = project.folder, project.profiles
        self.header, self._feed_variable = project.header, project.feed_variable
        self.exports = root / "exports"
        self.warehouse = root / "warehouse.duckdb"
        self._monkeypatch = monkeypatch
        self._parsed = parsed
        self.use_feed(str(root / "feed.csv"))
        monkeypatch.setenv("EXPORT_DIR", str(self.exports))
        monkeypatch.setenv("DUCKDB_PATH", str(self.warehouse))

    def use_feed(self, raw_sales_path: str) -> None:
        """Read the feed from `raw_sales_path`: a path, or a subquery."""
        self._feed = raw_sales_path
        self._monkeypatch.setenv(self._feed_variable, raw_sales_path)

    def write_feed(self, *lines: str, header: str | None = None) -> None:
        """Write the feed: a header, and a line for each of `lines`."""
        (self.root / "feed.csv").write_text(
            (header or self.header) + "".join(f"{line}\n" for line in lines), encoding="utf-8"
        )

    def dbt(self, *args: str, parse: bool = False, **variables: Any) -> Outcome:  # noqa: ANN401
        """Run a dbt command with `variables` as its `--vars`."""
        settings = {name: value for name, value in variables.items() if name in READ_AT_PARSING}
        try:
            manifest = (
                None
                if parse
                else self._manifest(
                    settings, args[(at := args.index("--target")) : at + 2] if "--target" in args else ()
                )
            )
            result = self._invoke(list(args), variables, manifest)
        finally:
            release()
        messages = [str(result.exception or "")]
        messages += [str(node.message) for node in getattr(result.result, "results", []) if node.message]
        return Outcome(result.success, "\n".join(messages))

    def run(self, *args: str, **variables: Any) -> Outcome:  # noqa: ANN401
        """Run the models, as `dbt run` does."""
        return self.dbt("run", *args, **variables)

    def run_day(self, day: str, **settings: Any) -> Outcome:  # noqa: ANN401
        """Run one day."""
        return self.run(partition_date=day, **settings)

    def run_range(self, start: str, end: str, **settings: Any) -> Outcome:  # noqa: ANN401
        """Run the days from `start` to `end`, both included."""
        return self.run(partition_start=start, partition_end=end, **settings)

    def preview(self, **variables: Any) -> Outcome:  # noqa: ANN401
        """Show what the next run would do, as `make plan` does."""
        return self.dbt("run", "--target", "preview", **variables)

    def parse(self) -> Manifest:
        """Return what dbt parses with the settings as they are."""
        return self._manifest({}, ())

    def health(self) -> dict[str, str]:
        """Return the status of each day, asked for anew."""
        outcome = self.run("--select", "tag:health")
        assert outcome.success, outcome.error
        return dict(self.query("select partition_date::varchar, status from partition_health order by all"))

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query on the warehouse."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        """Change the warehouse behind the pipeline's back."""
        with duckdb.connect(str(self.warehouse)) as connection:
            connection.execute(sql)

    def start(self, *args: str, terminal: int | None = None, **environment: str) -> subprocess.Popen[str]:
        """Start a dbt command in a process of its own, whose output is one pipe, or the terminal of this descriptor."""
        places = ["--project-dir", str(self.project), "--profiles-dir", str(self.profiles)]
        # kept by clean, so that the next process parses what has changed alone
        place = str(self.root / "target" / "process")
        places += ["--target-path", place, "--log-path", place]
        command = [str(Path(sys.executable).with_name("dbt")), *args, *places]
        output = subprocess.PIPE if terminal is None else terminal
        return subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=output, stderr=subprocess.STDOUT, text=True
        )

    def kill_run_at(self, moment: str, *args: str) -> None:
        """Start a run, and kill it when its log names `moment`."""
        with self.start("run", "--debug", *args) as process:
            assert process.stdout is not None
            assert any(moment in line for line in process.stdout), f"the run did not come to {moment}"
            process.kill()

    def csv_path(self, day: str, name: str = "sales.csv") -> Path:
        """Return where the day's CSV belongs."""
        return self.exports / day.replace("-", "/") / name

    def csv(self, day: str, name: str = "sales.csv") -> str:
        """Return what is in the day's CSV."""
        return self.csv_path(day, name).read_bytes().decode()

    def files(self) -> dict[str, tuple[bytes, int]]:
        """Return the bytes and the time of change, in ns, of every exported file."""
        return {
            str(path.relative_to(self.exports)): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in sorted(self.exports.rglob("*"))
            if path.is_file()
        }

    def contents(self) -> dict[str, bytes]:
        """Return the bytes of every exported file."""
        return {path: content for path, (content, _) in self.files().items()}

    def once(self, kept: Path, make: Callable[[], None]) -> None:
        """Come to where `make` leads: by doing it, and later by the files that it left, which are put in `kept`."""
        if kept.exists():
            shutil.copytree(kept, self.root, dirs_exist_ok=True)
        else:
            make()
            shutil.copytree(self.root, kept, ignore=shutil.ignore_patterns(*OF_DBT))

    def clean(self) -> None:
        """Delete all but what dbt parsed and logged."""
        for path in self.root.iterdir():
            if path.name not in OF_DBT:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    def _manifest(self, settings: Mapping[str, Any], target: Sequence[str]) -> Manifest:
        key = json.dumps([str(self.project), self._feed, settings, target, os.environ.get("DBT_TARGET")])
        if key not in self._parsed:
            # For another feed dbt parses the source alone, if what it finds there was parsed with the same settings
            place = self.root / "target" / f"parsed with {' '.join([*target, *map(str, settings.values())])}"
            parsed = self._invoke(["parse", *target, "--target-path", str(place)], settings, None)
            assert parsed.success, parsed.exception
            assert isinstance(parsed.result, Manifest)
            self._parsed[key] = parsed.result
        for node in self._parsed[key].nodes.values():
            if isinstance(
                node, ModelNode
            ):  # else the rules, which are ephemeral, would not be put into the audit again
                node.compiled, node.extra_ctes_injected, node.extra_ctes = False, False, []
        return self._parsed[key]

    def _invoke(self, args: list[str], variables: Mapping[str, Any], manifest: Manifest | None) -> dbtRunnerResult:
        places = ["--project-dir", str(self.project), "--profiles-dir", str(self.profiles)]
        places += ["--log-path", str(self.root / "logs")]
        if "--target-path" not in args:
            places += ["--target-path", str(self.root / "target")]
        # a test may give its warehouse another feed; that this has to be said is for test_known_feeds.py
        told = json.dumps({"adopt_feed": True, **variables})
        return dbtRunner(manifest=manifest).invoke([*args, *places, "--quiet", "--vars", told])


def pytest_xdist_auto_num_workers() -> int:
    """Use a process more than there are cores: Dagster's tests mostly wait for its daemon."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(trylast=True)  # when those that are not asked for have gone
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, for at the end a file alone would keep one process busy."""
    weights: Counter[Path] = Counter()
    for item in items:
        weights[item.path] += 20 if item.get_closest_marker("long") else 1
    items.sort(key=lambda item: -weights[item.path])


@pytest.fixture(scope="session")
def parsed() -> dict[str, Manifest]:
    """What dbt parsed, by the settings it was parsed with."""
    return {}


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all pipelines of a test process: what dbt parsed holds its path."""
    return tmp_path_factory.mktemp("pipeline")


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `once` keeps what many tests begin with."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def pipeline(workplace: Path, monkeypatch: pytest.MonkeyPatch, parsed: dict[str, Manifest]) -> Iterator[Pipeline]:
    """A pipeline that has never run, without a feed yet."""
    pipeline = Pipeline(workplace, monkeypatch, parsed)
    yield pipeline
    pipeline.clean()


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parsed: dict[str, Manifest]) -> Iterator[Pipeline]:
    """A pipeline of a copy of the project, which a test may change; dbt has to parse it anew then."""
    ignored = shutil.ignore_patterns("target", "logs")
    shutil.copytree(SALES.folder, tmp_path / "dbt_project", symlinks=True, ignore=ignored)
    shutil.copy(ROOT / "profiles.yml", tmp_path)
    (tmp_path / "daily_partitions").symlink_to(ROOT / "daily_partitions")
    (tmp_path / "made").mkdir()
    project = Project(tmp_path / "dbt_project", tmp_path, SALES.feed_variable, SALES.header)
    yield Pipeline(tmp_path / "made", monkeypatch, parsed, project)
    shutil.rmtree(tmp_path)


@pytest.fixture
def happened(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Iterator[Counter[str]]:
    """What happened how often when something was tried many times, printed as a row of docs/reliability.md."""
    tally: Counter[str] = Counter()
    yield tally
    what = request.node.function.__doc__.strip().rstrip(".")
    seen = ", ".join(f"{count} {name}" for name, count in tally.most_common())
    with capsys.disabled():
        sys.stdout.write(f"\n| {what} | {sum(tally.values())} | {seen} |\n")
