"""A real Dagster, daemon and webserver, on a copy of the project; spoken to as the web page does."""

import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from servers import free_port, serving, wait_until

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
CODE_LOCATION = {"repositoryLocationName": "orchestration.definitions", "repositoryName": "__repository__"}
PARTITION_TAGS = {"dagster/partition", "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"}
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
MADE = shutil.ignore_patterns("data", "dbt_packages", "logs", "target", "__pycache__")

RUNS = """
query Runs($filter: RunsFilter) { runsOrError(filter: $filter) { ... on Runs { results {
    runId status startTime endTime tags { key value }
} } } }"""
MATERIALIZATIONS = """
query Days($key: AssetKeyInput!, $days: [String!]) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
    latestMaterializationByPartition(partitions: $days) { partition runId metadataEntries {
        label
        ... on TextMetadataEntry { text } ... on PathMetadataEntry { path }
        ... on IntMetadataEntry { intValue } ... on FloatMetadataEntry { floatValue }
    } }
} } }"""
STATUSES = """
query Statuses($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode { assetPartitionStatuses {
    ... on TimePartitionStatuses { ranges { status startKey endKey } }
} } } }"""
LAUNCH_BACKFILL = """
mutation Backfill($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message }
} }"""
LAUNCH_RUN = """
mutation Launch($params: ExecutionParams!) { launchPipelineExecution(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
} }"""
TERMINATE = """
mutation Terminate($id: String!) { terminateRun(runId: $id, terminatePolicy: SAFE_TERMINATE) { __typename } }"""
START_SENSOR = """
mutation Start($sensor: SensorSelector!) { startSensor(sensorSelector: $sensor) { __typename } }"""
NEWEST = """
query Newest($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
    assetMaterializations(limit: 1) { metadataEntries {
        label
        ... on IntMetadataEntry { intValue }
        ... on JsonMetadataEntry { jsonString } ... on MarkdownMetadataEntry { mdStr }
    } }
} } }"""
CHECKS = """
query Checks($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
    assetChecksOrError { ... on AssetChecks { checks { name executionForLatestMaterialization { status } } } }
} } }"""
SYNC = """
query Sync($key: AssetKeyInput!, $day: String!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
    staleStatus(partition: $day)
} } }"""
TICKS = """
query Ticks($sensor: SensorSelector!) { sensorOrError(sensorSelector: $sensor) { ... on Sensor {
    sensorState { ticks(limit: 1000) { status timestamp endTimestamp skipReason runIds } }
} } }"""
RUN_EVENTS = """
query Events($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events {
    __typename ... on MessageEvent { message }
    ... on ExecutionStepFailureEvent { error { message } }
    ... on AssetCheckEvaluationEvent { evaluation { checkName success severity partition } }
} } } }"""


def copy_project(folder: Path) -> Path:
    """Copy what runs, and nothing that was run, into a folder."""
    folder.mkdir(exist_ok=True)
    for name in ("daily_partitions", "dbt_project", "orchestration", "report", "seeds"):
        shutil.copytree(ROOT / name, folder / name, ignore=MADE)
    install_engine(folder / "dbt_project", folder)
    shutil.copy(ROOT / "profiles.yml", folder)
    home = folder / "data" / "dagster"
    home.mkdir(parents=True)
    # as make ui joins them
    config = "".join((folder / "orchestration" / name).read_text() for name in ("dagster.yaml", "sqlite.yaml"))
    (home / "dagster.yaml").write_text(config)
    return folder


def install_engine(project: Path, copy: Path) -> None:
    """Give a dbt project the engine of a copy, as `dbt deps` does."""
    packages = project / "dbt_packages"
    packages.mkdir()
    # relative, so that a copy may be seen elsewhere
    (packages / "daily_partitions").symlink_to(os.path.relpath(copy / "daily_partitions", packages))


def environment(project: Path) -> dict[str, str]:
    """Return the variables for a process of the project in `project`, without those that would move its files."""
    moved = {"RAW_SALES_PATH", "EXPORT_DIR", "DUCKDB_PATH", "DBT_PROJECT_DIR", "DBT_PROFILES_DIR"}
    kept = {name: value for name, value in os.environ.items() if name not in moved}
    home = str(project / "data" / "dagster")
    return {**kept, "DAGSTER_HOME": home, "PYTHONPATH": str(project), "DAGSTER_EVENT_BATCH_SIZE": "1000"}


class DagsterService:
    """The webserver of a running Dagster, at `url`."""

    def __init__(self, project: Path, url: str) -> None:
        self.project = project
        self.url = url

    def ask(self, query: str, **variables: Any) -> Any:  # noqa: ANN401
        """Return the answer to a GraphQL query."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error
        assert "errors" not in answer, answer["errors"]
        (data,) = answer["data"].values()
        return data

    def launch_day(self, day: str) -> str:
        """Materialize the partitioned models for one day, and return the run's id without waiting for it."""
        return self.launch("daily_partition_job", {"key": "dagster/partition", "value": day})

    def launch_range(self, first: str, last: str, *assets: str) -> str:
        """Materialize assets for a range of days, and return the run's id without waiting for it."""
        tags = [{"key": "dagster/asset_partition_range_start", "value": first}]
        tags += [{"key": "dagster/asset_partition_range_end", "value": last}]
        return self.launch("daily_partition_job", *tags, assets=assets)

    def launch(self, job: str, *tags: Mapping[str, str], assets: Sequence[str] = ()) -> str:
        """Launch a job, or just some assets of it, and return the run's id without waiting for it."""
        selected = {"assetSelection": [{"path": [asset]} for asset in assets]} if assets else {}
        params = {
            "mode": "default",
            "selector": {**CODE_LOCATION, "pipelineName": job, **selected},
            "executionMetadata": {"tags": tags},
        }
        launched = self.ask(LAUNCH_RUN, params=params)
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def launch_check(self, asset: str, check: str) -> str:
        """Execute one check alone, and return the run's id without waiting for it."""
        one = {"assetKey": {"path": [asset]}, "name": check}
        params = {
            "mode": "default",
            "selector": {
                **CODE_LOCATION,
                "pipelineName": "__ASSET_JOB",
                "assetSelection": [],
                "assetCheckSelection": [one],
            },
            "executionMetadata": {"tags": []},
        }
        launched = self.ask(LAUNCH_RUN, params=params)
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def backfill(self, asset: str, days: Sequence[str], *others: str) -> Sequence[Mapping[str, Any]]:
        """Materialize days of assets, and return the runs when these cover all days and have ended."""
        keys = [{"path": [name]} for name in (asset, *others)]
        launched = self.ask(LAUNCH_BACKFILL, params={"assetSelection": keys, "partitionNames": days, "tags": []})
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        tag = {"key": "dagster/backfill", "value": launched["backfillId"]}

        def runs() -> Sequence[Mapping[str, Any]]:
            return list(self.ask(RUNS, filter={"tags": [tag]})["results"])

        def is_done() -> bool:
            of_days = [run for run in runs() if any(tag["key"] in PARTITION_TAGS for tag in run["tags"])]
            ranges = [days_of(run) for run in of_days]
            covered = {day for first, last in ranges for day in days if first <= day <= last}
            return covered == set(days) and all(run["status"] in ENDED for run in runs())

        wait_until(is_done, f"backfill {tag['value']}")
        return runs()

    def wait_for_run(self, run: str) -> str:
        """Return the status of a run when it has ended."""
        wait_until(lambda: self._status(run) in ENDED, f"run {run}")
        return self._status(run)

    def terminate(self, run: str) -> None:
        """Ask a run to end, as the button of its page does."""
        answer = self.ask(TERMINATE, id=run)
        assert answer["__typename"] == "TerminateRunSuccess", answer

    def start_sensor(self, name: str) -> None:
        """Start a sensor, as the switch on its page does."""
        answer = self.ask(START_SENSOR, sensor={**CODE_LOCATION, "sensorName": name})
        assert answer["__typename"] == "Sensor", answer

    def checks(self, asset: str) -> Mapping[str, str | None]:
        """Return the result of each check for the newest materialization of an asset, None if it was not evaluated."""
        checks = self.ask(CHECKS, key={"path": [asset]})["assetChecksOrError"]["checks"]
        return {check["name"]: (check["executionForLatestMaterialization"] or {}).get("status") for check in checks}

    def is_synced(self, asset: str, day: str) -> bool:
        """Tell whether a day of an asset is newer than what it is made of, as far as Dagster knows."""
        return bool(self.ask(SYNC, key={"path": [asset]}, day=day)["staleStatus"] == "FRESH")

    def ticks(self, sensor: str) -> Sequence[Mapping[str, Any]]:
        """Return the ticks of a sensor, the newest first; times are in seconds since the epoch."""
        answer = self.ask(TICKS, sensor={**CODE_LOCATION, "sensorName": sensor})
        return list(answer["sensorState"]["ticks"])

    def runs(self, job: str) -> Sequence[Mapping[str, Any]]:
        """Return the runs of a job, the newest first."""
        return list(self.ask(RUNS, filter={"pipelineName": job})["results"])

    def printed(self, run: str) -> str:
        """Return what a run has printed so far."""
        logs = (self.project / "data" / "dagster" / "storage" / run).rglob("*.*")
        return "".join(log.read_text(encoding="utf-8") for log in logs if log.suffix in {".out", ".err"})

    def days(self, asset: str, days: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """Return the metadata of the newest materialization of each day."""
        answer = self.ask(MATERIALIZATIONS, key={"path": [asset]}, days=days)
        events = answer["latestMaterializationByPartition"]
        return {event["partition"]: _metadata(event) for event in events if event}

    def newest(self, asset: str) -> Mapping[str, Any]:
        """Return the metadata of the newest materialization of an asset without partitions."""
        (event,) = self.ask(NEWEST, key={"path": [asset]})["assetMaterializations"]
        return _metadata(event)

    def days_by_status(self, asset: str) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Return the ranges of days by status, as the bar of partitions shows them: `MATERIALIZED`, `FAILED` …."""
        found: dict[str, list[tuple[str, str]]] = {}
        for part in self.ask(STATUSES, key={"path": [asset]})["assetPartitionStatuses"]["ranges"]:
            found.setdefault(part["status"], []).append((part["startKey"], part["endKey"]))
        return found

    def events(self, run: str) -> Sequence[Mapping[str, Any]]:
        """Return the events of a run."""
        return list(self.ask(RUN_EVENTS, id=run)["events"])

    def _status(self, run: str) -> str:
        (found,) = self.ask(RUNS, filter={"runIds": [run]})["results"]
        return str(found["status"])


def run_dagster(project: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run one of Dagster's commands to its end on a copy of the project."""
    return subprocess.run(
        [BIN / "dagster", *command, "--module-name", "orchestration.definitions"],
        cwd=project,
        env={**environment(project), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def serving_dagster(project: Path, **variables: str) -> Iterator[DagsterService]:
    """Start daemon and webserver as `make ui` does, and stop them at the end."""
    port = free_port()
    address = ["--host", "127.0.0.1", "--port", str(port)]
    command: list[str | Path] = [BIN / "dagster", "dev", "--module-name", "orchestration.definitions", *address]
    with serving(command, port, project, project / "dagster.log", {**environment(project), **variables}):
        yield DagsterService(project, f"http://127.0.0.1:{port}")


def _metadata(event: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        entry["label"]: next(value for name, value in entry.items() if name != "label")
        for entry in event["metadataEntries"]
        if len(entry) > 1
    }


def days_of(run: Mapping[str, Any]) -> tuple[str, str]:
    """Return the first and the last day that a run is for."""
    days = sorted(tag["value"] for tag in run["tags"] if tag["key"] in PARTITION_TAGS)
    return days[0], days[-1]
