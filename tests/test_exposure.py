"""What others may see: no credential is written anywhere, and the pages answer to this machine alone."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from conftest import ROOT, Pipeline
from dagster_service import (
    CODE_LOCATION,
    LAUNCH_BACKFILL,
    LAUNCH_RUN,
    START_SENSOR,
    DagsterService,
    copy_project,
    run_dagster,
)
from duckdb_extensions import import_extension  # type: ignore[import-untyped]
from servers import free_port, listens, serving, wait_until

from deploy.lake import Store

pytestmark = pytest.mark.long  # a store, and pages as they are served
DAY = "2026-01-15"
KEY, SECRET = "AKIAMAYBESEENBYNOONE", "wJalr/XUtn+FEMI/maybe/seen/by+no+one"
BUCKET = "a-bucket-with-sales"
WIPE = """
mutation Wipe($ranges: [PartitionsByAssetSelector!]!) { wipeAssets(assetPartitionRanges: $ranges) { __typename } }"""
DELETE = """
mutation Delete($id: String!) { deletePipelineRun(runId: $id) { __typename } }"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """An S3 server that lets in who has the key; the variables that a user of it sets."""
    store = Store(tmp_path_factory.mktemp("store"), key=KEY, secret=SECRET)
    home = tmp_path_factory.mktemp("home")
    with duckdb.connect(config={"extension_directory": str(home / ".duckdb" / "extensions")}) as connection:
        import_extension("httpfs", con=connection)
    store.start()
    yield {**store.environment, "HOME": str(home)}  # where DuckDB finds its extensions
    store.stop()


@pytest.fixture
def s3(
    pipeline: Pipeline, store: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that sees the server, with a feed in the bucket; the pipeline reads and writes there."""
    for name, value in store.items():
        monkeypatch.setenv(name, value)
    pipeline.use_feed(f"s3://{BUCKET}/feed.csv")
    monkeypatch.setenv("EXPORT_DIR", f"s3://{BUCKET}/exports")
    with duckdb.connect(config={"extension_directory": f"{store['HOME']}/.duckdb/extensions"}) as connection:

        def uploaded() -> bool:
            feed = f"select '{DAY}' as date, 'Tea' as product, 2 as quantity, 5.00 as price"
            try:
                connection.execute(f"copy ({feed}) to 's3://{BUCKET}/feed.csv' (format csv, header)")
            except duckdb.Error:
                return False
            return True

        wait_until(uploaded, "the S3 server")
        yield connection


def holding(text: str, *folders: Path) -> set[str]:
    """Return the files below the folders that hold the text, be it as it is or in JSON."""
    wanted = {text.encode(), json.dumps(text)[1:-1].encode(), text.replace("/", "\\/").encode()}
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {path.name for path in files if any(form in path.read_bytes() for form in wanted)}


def said(pipeline: Pipeline, *command: str, **environment: str) -> str:
    """Return all that a dbt command prints."""
    with pipeline.start(*command, terminal=None, **environment) as process:
        return process.communicate(timeout=240)[0]


def test_a_feed_and_exports_behind_s3_need_the_environment_alone_and_the_key_is_written_nowhere(
    pipeline: Pipeline, s3: duckdb.DuckDBPyConnection
) -> None:
    days = ["--vars", json.dumps({"partition_date": DAY})]
    printed = said(pipeline, "--debug", "build", "--exclude-resource-type", "unit_test", *days)
    assert "Completed successfully" in printed, printed[-3000:]
    printed += said(pipeline, "--debug", "docs", "generate", "--static")
    printed += said(pipeline, "--debug", "debug")

    exports = s3.execute(f"select parse_filename(filename), content from read_text('s3://{BUCKET}/exports/**')")
    written = dict(exports.fetchall())
    assert written["sales.csv"] == f"date,product,quantity,price,amount\n{DAY},Tea,2,5.00,10.00\n"
    assert written.keys() == {"sales.csv", "sales_summary.csv"}
    assert "materialized" in str(pipeline.query("from partition_health"))

    tables = pipeline.query("select distinct schema_name || '.' || table_name from duckdb_tables()")
    rows = "".join(str(pipeline.query(f"from {table}")) for (table,) in tables)
    assert BUCKET in printed
    assert BUCKET in rows
    assert {"dbt.log", "manifest.json", "static_index.html", "warehouse.duckdb"} <= holding(BUCKET, pipeline.root)
    for credential in (KEY, SECRET):
        assert credential not in printed
        assert credential not in rows
        assert credential not in str(written)
        assert holding(credential, pipeline.root) == set()


def test_a_key_that_is_refused_ends_the_run_and_is_not_told(pipeline: Pipeline, s3: duckdb.DuckDBPyConnection) -> None:
    del s3
    wrong = "wrong/but+still+a+secret"
    printed = said(
        pipeline, "--debug", "run", "--vars", json.dumps({"partition_date": DAY}), AWS_SECRET_ACCESS_KEY=wrong
    )
    assert f"s3://{BUCKET}/feed.csv" in printed
    assert "403" in printed
    for credential in (KEY, SECRET, wrong):
        assert credential not in printed
        assert holding(credential, pipeline.root) == set()


@pytest.mark.weekly
def test_dagster_keeps_no_key_in_its_runs_events_and_logs(s3: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    places = {"RAW_SALES_PATH": f"s3://{BUCKET}/feed.csv", "EXPORT_DIR": f"s3://{BUCKET}/from_dagster"}
    job = ("job", "execute", "--job", "daily_partition_job", "--tags", json.dumps({"dagster/partition": DAY}))
    ended = run_dagster(project, *job, **places)
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert s3.execute(f"select count(*) from read_text('s3://{BUCKET}/from_dagster/**')").fetchall() == [(2,)]
    printed = ended.stdout + ended.stderr
    assert "from_dagster" in printed
    assert holding("from_dagster", project / "data" / "dagster")
    for credential in (KEY, SECRET):
        assert credential not in printed
        assert holding(credential, project) == set()


@contextmanager
def served(command: str, home: Path) -> Iterator[DagsterService]:
    """Start a page by its name in the Makefile, and end it."""
    port = free_port()
    environment = {**os.environ, "DAGSTER_HOME": str(home)}
    with serving(["make", command, f"PORT={port}"], port, ROOT, home / f"{command}.log", environment):
        yield DagsterService(ROOT, f"http://127.0.0.1:{port}")


@pytest.mark.weekly
@pytest.mark.usefixtures("pipeline")
def test_the_page_answers_to_this_machine_alone(tmp_path: Path) -> None:
    with served("ui", tmp_path) as service:
        assert not answers_to_all(service)


def answers_to_all(service: DagsterService) -> bool:
    # this address too is of the machine itself, and served by who serves every address
    return listens("127.0.0.2", int(service.url.rsplit(":", 1)[1]))


@pytest.mark.weekly
@pytest.mark.usefixtures("pipeline")
def test_who_may_only_look_can_run_start_and_delete_nothing(tmp_path: Path) -> None:
    job = {**CODE_LOCATION, "pipelineName": "daily_partition_job"}
    run = {"mode": "default", "selector": job, "executionMetadata": {"tags": []}}
    backfill = {"assetSelection": [{"path": ["daily_sales"]}], "partitionNames": [DAY], "tags": []}
    sensor = {**CODE_LOCATION, "sensorName": "unhealthy_days_sensor"}
    with served("view", tmp_path) as service:
        assert not answers_to_all(service)
        assert service.ask("{ assetNodes { assetKey { path } } }")
        for answer in (
            service.ask(LAUNCH_RUN, params=run),
            service.ask(LAUNCH_BACKFILL, params=backfill),
            service.ask(START_SENSOR, sensor=sensor),
            service.ask(WIPE, ranges=[{"assetKey": {"path": ["daily_sales"]}}]),
            service.ask(DELETE, id="1"),
        ):
            assert answer["__typename"] == "UnauthorizedError"
