"""Dagster's events, written by the project's storage: Dagster's own finds there what it would have written."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.data_version import DATA_VERSION_TAG
from dagster_service import ROOT

from orchestration.events import SAID_ALREADY, known_versions, written
from orchestration.storage import OPEN_FILES

DAYS = dg.DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-02-01")
JANUARY = DAYS.get_partition_keys()
SALES, FILES = dg.AssetKey("sales"), dg.AssetKey("files")


@dg.multi_asset(
    specs=[dg.AssetSpec(key, partitions_def=DAYS) for key in (SALES, FILES)],
    check_specs=[dg.AssetCheckSpec("right", asset=SALES, partitions_def=DAYS)],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def days(context: dg.AssetExecutionContext) -> Iterator[Any]:
    """Two assets, one of them checked, and one whose days have data versions."""
    for day in context.partition_keys:
        context.add_asset_metadata({"day": day}, SALES, partition_key=day)
        yield dg.AssetCheckEvaluation(
            asset_key=SALES, check_name="right", passed=day != JANUARY[3], partition=day, metadata={}
        )
    versions = [(day, {DATA_VERSION_TAG: f"content of {day}"}) for day in context.partition_keys]
    of_files = [dg.AssetMaterialization(FILES, partition=day, tags=tags) for day, tags in versions]
    yield from written(context.op_execution_context, of_files)
    for name in ("sales_right", "sales"):
        yield dg.Output(None, name)
    yield dg.Output(None, "files", metadata=SAID_ALREADY)


@pytest.fixture(params=["0", "10"], ids=["one by one", "ten at a time"])
def instance(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    """A Dagster that keeps its events as `make ui` does, and writes so many at a time."""
    configs = [ROOT / "orchestration" / name for name in ("dagster.yaml", "sqlite.yaml")]
    (tmp_path / "dagster.yaml").write_text("".join(config.read_text() for config in configs))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", request.param)
    with dg.DagsterInstance.get() as instance:
        yield instance


def materialize(instance: dg.DagsterInstance, first: str = JANUARY[0], last: str = JANUARY[-1]) -> str:
    tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    result = dg.materialize([days], instance=instance, tags=tags)
    assert result.success
    return result.run_id


def seen_by(instance: dg.DagsterInstance, run: str) -> Mapping[str, Any]:
    """Return what Dagster's pages ask for."""
    materializations = instance.fetch_materializations(SALES, limit=100).records
    newest = instance.get_latest_materialization_event(FILES)
    log = instance.event_log_storage
    checks = log.get_asset_check_partition_info([dg.AssetCheckKey(SALES, "right")])
    return {
        "events": Counter(one.dagster_event_type for one in log.get_logs_for_run(run)),
        "partitions": log.get_materialized_partitions(FILES),
        "metadata": [
            (one.partition_key, dict(one.asset_materialization.metadata))
            for one in materializations
            if one.asset_materialization
        ],
        "newest": newest and newest.dagster_event and newest.dagster_event.partition,
        "run of the asset": instance.get_asset_records([FILES])[0].asset_entry.last_run_id,
        "versions": known_versions(instance, FILES, JANUARY),
        "checks": sorted((one.partition_key, str(one.latest_execution_status)) for one in checks),
    }


@pytest.mark.long
def test_dagsters_own_storage_reads_the_events_and_goes_on_with_them(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    run = materialize(instance)
    seen = seen_by(instance, run)
    assert seen["metadata"] == [(day, {"day": dg.TextMetadataValue(day)}) for day in reversed(JANUARY)]
    assert seen["versions"] == {day: f"content of {day}" for day in JANUARY}
    assert seen["newest"] == JANUARY[-1]
    assert len(seen["checks"]) == len(JANUARY)

    (tmp_path / "dagster.yaml").write_text((ROOT / "orchestration" / "dagster.yaml").read_text())
    with dg.DagsterInstance.get() as dagsters:
        assert seen_by(dagsters, run) == seen
        again = materialize(dagsters)
        assert seen_by(dagsters, again)["events"] == seen["events"]


@pytest.mark.long
def test_more_runs_than_files_are_open_can_be_read(instance: dg.DagsterInstance) -> None:
    runs = [materialize(instance, day, day) for day in JANUARY[: OPEN_FILES + 2]]
    for run, day in zip(runs, JANUARY, strict=False):
        of_assets = [one.get_dagster_event() for one in instance.all_logs(run) if one.dagster_event]
        assert {one.partition for one in of_assets if one.is_step_materialization} == {day}


def test_what_is_wiped_is_gone_and_the_next_run_is_kept(instance: dg.DagsterInstance) -> None:
    gone = materialize(instance)
    instance.wipe()
    assert not instance.all_logs(gone)
    run = materialize(instance)
    assert seen_by(instance, run)["partitions"] == set(JANUARY)
