"""dbt, run inside the process that Dagster runs in.

There it is imported already and its project parsed, which a dbt process of its own would do once more for each run.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from dagster import DagsterExecutionInterruptedError
from dbt.adapters.base.impl import BaseAdapter
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.adapters.factory import get_adapter_by_type
from dbt.artifacts.resources.types import NodeType
from dbt.artifacts.schemas.results import RunStatus, TestStatus
from dbt.artifacts.schemas.run import RunResult
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt_common.events.base_types import EventMsg
from dbt_common.invocation import get_invocation_id

from orchestration.files import feed_patterns, fingerprints

if TYPE_CHECKING:
    from orchestration.project import Project

ENGINE = "daily_partitions"  # the dbt package that knows of days, and nothing of what they hold
MANIFEST, PARSED = "manifest.json", "partial_parse.msgpack"
KEPT_TARGETS = 20
CANCEL_SECONDS = 1.0


def manifest(project: "Project") -> Mapping[str, Any]:
    """Return dbt's manifest.json, parsing the project only if a file of it was changed since.

    Raises:
        DbtException: the project cannot be parsed.

    """
    kept = project.target / MANIFEST
    if not kept.exists() or not (project.target / PARSED).exists() or kept.stat().st_mtime < _last_change(project):
        project.target.mkdir(parents=True, exist_ok=True)
        # put in place whole: several processes may load the definitions at once
        with tempfile.TemporaryDirectory(dir=project.target, prefix="parse-") as folder:
            _parse(project, Path(folder))
            _keep(project, Path(folder), PARSED, MANIFEST)
    return dict(json.loads(kept.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Build:
    """A `dbt build` that has ended, with the warehouse still in its hands.

    `results` are those of models, data tests and what else was built, in the order they were run. `error` is all that
    dbt has to say of what went wrong, empty if nothing did. `run_id` is dbt's invocation id, as in the ledger. `feed`
    is what the feed's files looked like before, by the patterns of their paths. `tables` are the engine's models, where
    they are or would be.
    """

    results: Sequence[RunResult]
    error: str
    run_id: str
    adapter: BaseAdapter
    feed: Mapping[str, str]
    tables: Mapping[str, str]

    @property
    def is_broken(self) -> bool:
        """Whether something was not built or failed its test, whatever is said of the days at the end."""
        done = (RunStatus.Success, TestStatus.Pass, TestStatus.Warn)
        nodes = [result for result in self.results if result.node.resource_type != NodeType.Operation]
        return bool(self.error) and (not nodes or any(result.status not in done for result in nodes))

    def relation(self, model: str) -> str | None:
        """Return where a model of the engine is, or None if it was not built."""
        of_model = (result for result in self.results if result.node.unique_id == f"model.{ENGINE}.{model}")
        return next((str(one.node.relation_name) for one in of_model if one.status == RunStatus.Success), None)

    def query(self, sql: str) -> Sequence[Mapping[str, Any]]:
        """Return the rows of a query on the warehouse."""
        with self.adapter.connection_named("dagster"):
            _, table = self.adapter.execute(sql, fetch=True)
        return [dict(zip(table.column_names, row, strict=True)) for row in table.rows]


@contextmanager
def build(project: "Project", *args: str, target: str, **variables: str) -> Iterator[Build]:
    """Run `dbt build` with `variables` as its vars, and hold the warehouse until the caller has looked at it.

    Unit tests are left out: they check the SQL, not the data. Artifacts and logs go to a folder whose name ends in
    `target`; of these the newest `KEPT_TARGETS` stay.

    Raises:
        DbtException: the project cannot be parsed.

    """
    folder, parsed = _parsed(project, target)
    adapter_type = parsed.metadata.adapter_type
    feed = fingerprints(feed_patterns(project, parsed))
    try:
        command = ["build", "--exclude-resource-type", "unit_test", *args, "--vars", json.dumps(variables)]
        outcome = _invoke(project, command, folder, parsed)
        results: Sequence[RunResult] = getattr(outcome.result, "results", [])
        bad = (RunStatus.Error, TestStatus.Fail)
        said = [str(outcome.exception or ""), *(str(result.message) for result in results if result.status in bad)]
        error = "\n".join(filter(None, said)) or "dbt failed without a word"
        yield Build(
            results=results,
            error="" if outcome.success else error,
            run_id=get_invocation_id(),
            adapter=get_adapter_by_type(adapter_type),  # type: ignore[no-untyped-call]
            feed=feed,
            tables={one.name: str(one.relation_name) for one in parsed.nodes.values() if one.package_name == ENGINE},
        )
    finally:
        release()


def run_operation(project: "Project", macro: str, target: str) -> str:
    """Run a macro of the engine as `dbt run-operation` does, and return what it printed; `target` is as in `build`.

    Raises:
        DbtException: the project cannot be parsed.
        RuntimeError: the macro failed.

    """
    folder, parsed = _parsed(project, target)
    said: list[str] = []

    def listen(event: EventMsg) -> None:
        if event.info.name == "PrintEvent" or event.info.level == "error":
            said.append(event.info.msg)  # type: ignore[attr-defined]

    try:
        outcome = _invoke(project, ["--quiet", "run-operation", macro], folder, parsed, listen)
    finally:
        release()
    if not outcome.success:
        raise RuntimeError("\n".join([*said, *filter(None, [str(outcome.exception or "")])]))
    return "\n".join(said)


def release() -> None:
    """Close the warehouse, which dbt keeps open to the end of the process, so that others get their turn.

    Of a lake, give up the days of the run, should it not have come to its end.
    """
    if plugin := sys.modules.get("lake_turn"):
        plugin.close_sessions()
    with suppress(Exception):  # it was never opened
        DuckDBConnectionManager.env().close()  # type: ignore[no-untyped-call]
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def _parsed(project: "Project", target: str) -> tuple[Path, Manifest]:
    """Return the project as it is with the environment of now, and a folder whose name ends in `target`."""
    for old in sorted(project.target.glob("run-*"))[: 1 - KEPT_TARGETS]:
        shutil.rmtree(old, ignore_errors=True)
    folder = project.target / f"run-{datetime.now(timezone.utc):%Y%m%dT%H%M%S%f}-{target}"
    folder.mkdir(parents=True)
    shutil.copy(project.target / PARSED, folder)
    # Parsed without vars nearly all is as it was. The vars of a run change what its models do, not what there is
    before = (folder / PARSED).stat().st_mtime_ns
    parsed = _parse(project, folder, "--no-write-json")
    if (folder / PARSED).stat().st_mtime_ns != before:
        _keep(project, folder, PARSED)  # other environment variables, which the next run has too
    return folder, parsed


def _parse(project: "Project", folder: Path, *options: str) -> Manifest:
    outcome = _invoke(project, ["parse", "--quiet", *options], folder)
    if not isinstance(outcome.result, Manifest):
        raise outcome.exception or RuntimeError("dbt parse failed without a word")
    return outcome.result


def _keep(project: "Project", folder: Path, *names: str) -> None:
    """Put what was parsed where the next process finds it."""
    for name in names:
        copy = folder / f"kept-{name}"
        shutil.copy(folder / name, copy)
        copy.replace(project.target / name)


def _invoke(
    project: "Project",
    args: Sequence[str],
    folder: Path,
    parsed: Manifest | None = None,
    listen: Callable[[EventMsg], None] = lambda _: None,
) -> dbtRunnerResult:
    places = {
        "project-dir": project.folder,
        "profiles-dir": project.profiles,
        "target-path": folder,
        "log-path": folder,
    }
    started_in = Path.cwd()
    with _interruptible():
        try:
            options = [word for name, place in places.items() for word in (f"--{name}", str(place))]
            outcome = dbtRunner(parsed, [listen]).invoke([*args, *options])
        finally:
            os.chdir(started_in)  # dbt changes to the project's folder
        if outcome.exception is not None and not isinstance(outcome.exception, Exception):
            raise outcome.exception  # dbt gives back an interrupt as it does an error
    return outcome


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let an interrupt, such as Terminate in Dagster, end dbt within seconds.

    Dagster raises an exception of its own, at which dbt goes on waiting for its queries. At the one that Ctrl-C raises
    it cancels them, but once, and one that is about to begin does not notice.

    Raises:
        DagsterExecutionInterruptedError: the run was interrupted.

    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are for the main thread alone
        return

    ended, interrupted = threading.Event(), threading.Event()

    def cancel_queries() -> None:
        while not ended.wait(CANCEL_SECONDS):
            with suppress(KeyError):  # dbt has not come to its adapter
                get_adapter_by_type("duckdb").connections.cancel_open()  # type: ignore[no-untyped-call]

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        interrupted.set()
        if plugin := sys.modules.get("warehouse_turn"):
            plugin.interrupted.set()
        threading.Thread(target=cancel_queries, daemon=True).start()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    except KeyboardInterrupt as stop:
        raise DagsterExecutionInterruptedError from stop
    finally:
        ended.set()
        signal.signal(signal.SIGINT, before)
    if interrupted.is_set():  # a query that called Python has taken it for its own error
        raise DagsterExecutionInterruptedError


def _last_change(project: "Project") -> float:
    """Return when the newest file of the project and its packages was changed, in seconds since the epoch."""
    packages = project.folder / "dbt_packages"
    files = [project.profiles / "profiles.yml", packages]
    for part in [project.folder, *packages.iterdir()] if packages.exists() else [project.folder]:
        files += [part / "dbt_project.yml", *part.glob("plugins/*.py")]
        for folder in (part / name for name in ("macros", "models", "seeds", "snapshots", "tests")):
            files += [folder, *folder.rglob("*")]
    return max(path.stat().st_mtime for path in files if path.exists())
