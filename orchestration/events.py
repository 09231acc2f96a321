"""What a dbt build did, as Dagster's events."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import Any

import dagster as dg
from dagster._core.definitions.data_version import DATA_VERSION_TAG
from dagster._core.definitions.source_asset import SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION
from dagster._core.events import AssetMaterializationPlannedData, DagsterEvent, DagsterEventBatchMetadata
from dagster._core.storage.event_log import SqlEventLogStorage
from dbt.artifacts.schemas.results import RunStatus, TestStatus

from orchestration.checks import evaluations
from orchestration.dbt import Build
from orchestration.ledger import Day

Event = DagsterEvent | dg.Output[None] | dg.AssetMaterialization | dg.AssetCheckEvaluation
UNIQUE_ID = "dagster_dbt/unique_id"
SAID_ALREADY = {SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION: True}  # by which Dagster makes no event of an output


def materialized(assets: dg.AssetsDefinition, built: Build) -> Iterator[tuple[str, dg.AssetKey, Mapping[str, Any]]]:
    """Give those of the assets that dbt has built, upstream first, each with its model and what to show of it."""
    keys = {spec.metadata[UNIQUE_ID]: spec.key for spec in assets.specs}
    for result in built.results:
        if result.status == RunStatus.Success and result.node.unique_id in keys:
            metadata = {"Execution Duration": result.execution_time, "invocation_id": built.run_id}
            yield result.node.name, keys[result.node.unique_id], metadata


def checked(
    assets: dg.AssetsDefinition, built: Build, days: Sequence[str | None], day_column: str
) -> Iterator[dg.AssetCheckEvaluation]:
    """Give the results of the assets' data tests that were run, for each of the days."""
    # those of a run that was asked for some of the assets too
    specs = assets.node_check_specs_by_output_name.values()
    keys = {spec.metadata[UNIQUE_ID]: spec.key for spec in specs}
    for result in built.results:
        if result.node.unique_id in keys and result.status != TestStatus.Skipped:
            yield from evaluations(built.query, result, keys[result.node.unique_id], days, day_column)


def published(
    context: dg.OpExecutionContext,
    assets: dg.AssetsDefinition,
    built: Build,
    days: Sequence[Day],
    selected: AbstractSet[dg.AssetKey] = frozenset(),
) -> Iterator[DagsterEvent | dg.Output[None]]:
    """Give each published day of each asset by itself, and an output of each that is selected behind its days.

    An asset comes behind those that it is made of, or Dagster would take it for older than they are. An output has one
    data version for all its days, so the events of the days are not made of it.
    """
    for model, key, metadata in materialized(assets, built):
        yield from written(context, [of_day(key, day, model, metadata) for day in days if day.is_published])
        if key in selected:
            yield dg.Output(None, key.to_python_identifier(), metadata=SAID_ALREADY)


def of_day(
    key: dg.AssetKey, day: Day, model: str, metadata: Mapping[str, Any] = MappingProxyType({})
) -> dg.AssetMaterialization:
    """Return a day of an asset with its figures, and with a data version if it has a content of its own."""
    version = day.version(model)
    return dg.AssetMaterialization(
        key,
        partition=day.partition_key,
        metadata={**metadata, **day.metadata(model)},
        tags={DATA_VERSION_TAG: version} if version else {},
    )


def written(
    context: dg.OpExecutionContext, events: Sequence[dg.AssetMaterialization | dg.AssetObservation]
) -> Iterator[DagsterEvent]:
    """Give events of assets as written many at a time; Dagster writes those that it is given one by one."""
    step = context.get_step_execution_context()
    for number, event in enumerate(events, start=1):
        batch = DagsterEventBatchMetadata(f"days-{context.run.run_id}", is_end=number == len(events))
        if isinstance(event, dg.AssetMaterialization):
            yield DagsterEvent.asset_materialization(step, event, batch)
        else:
            yield DagsterEvent.asset_observation(step, event, batch)


def known_versions(instance: dg.DagsterInstance, key: dg.AssetKey, days: Sequence[str]) -> Mapping[str, str]:
    """Return the data version that Dagster has of each of the days of an asset, in one query.

    Dagster does not offer it, and would be asked for one day after the other.
    """
    storage = instance.event_log_storage
    assert isinstance(storage, SqlEventLogStorage)  # noqa: S101  # all that Dagster comes with
    return storage._get_partition_data_versions(key, days)  # noqa: SLF001


def plan(context: dg.OpExecutionContext, keys: Sequence[dg.AssetKey], days: Sequence[str]) -> None:
    """Note that the run means to make these days of the assets: those not made when it fails are shown as failed.

    Dagster does so when a run is launched, for the assets and days it is launched for.
    """
    for number, (key, day) in enumerate(planned := [(key, day) for key in keys for day in days], start=1):
        event = DagsterEvent.build_asset_materialization_planned_event(
            context.run.job_name,
            context.get_step_execution_context().step.key,
            AssetMaterializationPlannedData(key, partition=day),
        )
        batch = DagsterEventBatchMetadata(f"plan-{context.run.run_id}", is_end=number == len(planned))
        context.instance.report_dagster_event(event, context.run.run_id, logging.DEBUG, batch_metadata=batch)


def failed_days(days: Sequence[Day]) -> Sequence[str]:
    """Return the days that did not pass their audit, or whose files could not be written."""
    return [day.partition_key for day in days if not day.is_published]


def failure(built: Build, days: Sequence[Day]) -> dg.Failure:
    """Return what a person needs to know of a run that failed: the days, the data tests, or else all that dbt said."""
    failed = {day.partition_key: day.reason for day in days if day.reason}
    unwritten = [day for day in failed_days(days) if day not in failed]
    tests = [result.node.name for result in built.results if result.status == TestStatus.Fail]
    said = [f"{len(failed)} of {len(days)} days failed their audit and were left as they were"] if failed else []
    said += [f"{day}: {reason}" for day, reason in failed.items()]
    said += [f"{day}: published, but its files could not be written" for day in unwritten]
    said += [f"data test failed, see the checks: {name}" for name in tests]
    metadata: dict[str, Any] = {"failed_days": [*failed, *unwritten], "failed_tests": tests}
    return dg.Failure("\n".join(said) or built.error, metadata=metadata, allow_retries=False)
