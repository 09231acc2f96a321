"""The dbt models as assets: the partitioned ones as one set, the others downstream of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
from dagster_dbt import dbt_assets
from dbt.artifacts.schemas.results import RunStatus, TestStatus

from orchestration.checks import evaluations
from orchestration.dbt import Build, build
from orchestration.health import health_metadata
from orchestration.ledger import Day, days_of_run
from orchestration.partitions import backfill_policy
from orchestration.translator import Translator

PARTITIONED = "tag:partitioned"
Event = dg.Output[None] | dg.AssetMaterialization | dg.AssetCheckEvaluation
UNIQUE_ID = "dagster_dbt/unique_id"
POOL = "duckdb"  # one run at a time has the warehouse; dagster.yaml sets the limit


def partitioned_assets(translator: Translator) -> dg.AssetsDefinition:
    """Return the models with a partition a day, which are made together."""
    project, health_key = translator.project, translator.key_of("partition_health")

    @dbt_assets(
        manifest=project.manifest,
        dagster_dbt_translator=translator,
        select=PARTITIONED,
        backfill_policy=backfill_policy(),
        pool=POOL,
    )
    def partitioned_models(context: dg.AssetExecutionContext) -> Iterator[Event]:
        """Build the days of the run in one dbt invocation, and report each day by itself.

        A day goes through all partitioned models or none. If a run is asked for some of them, all are built and
        reported.

        Raises:
            Failure: days failed their audit, or data tests failed, while all other days are published and reported; or
                dbt failed as a whole, and none is.

        """
        asked, run = asked_days(context), context.run.run_id
        window = {"partition_start": asked.start, "partition_end": asked.end}
        with build(project, "--select", PARTITIONED, "tag:health", target=run, **window) as built:
            days = days_of_run(project, built)
            yield from check_events(context, built, context.partition_keys, project.day_column)
            # renewed for these days, beside the run's own work
            if health := health_metadata(built, has_calendar=False):
                yield dg.AssetMaterialization(health_key, metadata=health)

        for model, key, metadata in materialized(context, built):
            is_output = not built.error and key in context.selected_asset_keys
            for day in days:
                if is_output:
                    context.add_asset_metadata(day.metadata(model), key, partition_key=day.partition_key)
                elif day.is_published:
                    # by itself: an Output would stand for the failed days too
                    of_day = {**metadata, **day.metadata(model)}
                    yield dg.AssetMaterialization(key, partition=day.partition_key, metadata=of_day)
            if is_output:
                yield dg.Output(None, key.to_python_identifier(), metadata=metadata)
        if built.error:
            raise failure(built, days)

    return partitioned_models


def unpartitioned_assets(translator: Translator) -> dg.AssetsDefinition:
    """Return the models that are made of all days together."""
    project, health_key = translator.project, translator.key_of("partition_health")

    @dbt_assets(manifest=project.manifest, dagster_dbt_translator=translator, exclude=PARTITIONED, pool=POOL)
    def unpartitioned_models(context: dg.AssetExecutionContext) -> Iterator[Event]:
        """Build what is made of all days together.

        Raises:
            Failure: dbt or a data test failed.

        """
        selected = context.selected_asset_keys
        specs = context.assets_def.specs
        models = {project.manifest["nodes"][spec.metadata[UNIQUE_ID]]["name"] for spec in specs if spec.key in selected}
        if health_key in selected:
            models.add("source_days")  # a run of everything comes here twice: before its days are made, and after
        with build(project, "--select", *models, target=context.run.run_id) as built:
            yield from check_events(context, built, [None], project.day_column)
            health = health_metadata(built, has_calendar=True)
        for _, key, metadata in materialized(context, built):
            of_model = {**metadata, **health} if key == health_key else metadata
            if key in selected:
                yield dg.Output(None, key.to_python_identifier(), metadata=of_model)
            else:
                yield dg.AssetMaterialization(key, metadata=of_model)
        if built.error:
            raise failure(built, [])

    return unpartitioned_models


def asked_days(context: dg.AssetExecutionContext) -> dg.PartitionKeyRange:
    """Return the days of a run.

    Raises:
        Failure: it has none, or is for checks alone.

    """
    if not context.selected_asset_keys:
        message = "A day is checked when it is made: materialize the asset for the days to check"
        raise dg.Failure(message, allow_retries=False)
    if not context.has_partition_key and not context.has_partition_key_range:
        raise dg.Failure("No days were asked for: choose one partition or a range", allow_retries=False)
    asked: dg.PartitionKeyRange = context.partition_key_range
    return asked


def materialized(
    context: dg.AssetExecutionContext, built: Build
) -> Iterator[tuple[str, dg.AssetKey, Mapping[str, Any]]]:
    """Give the models that dbt has built, upstream first, each with its asset and what to show of it."""
    keys = {spec.metadata[UNIQUE_ID]: spec.key for spec in context.assets_def.specs}
    for result in built.results:
        if result.status == RunStatus.Success and result.node.unique_id in keys:
            metadata = {"Execution Duration": result.execution_time, "invocation_id": built.run_id}
            yield result.node.name, keys[result.node.unique_id], metadata


def check_events(
    context: dg.AssetExecutionContext, built: Build, days: Sequence[str | None], day_column: str
) -> Iterator[Event]:
    """Give the results of the data tests that were run, for each of the days."""
    specs = {spec.metadata[UNIQUE_ID]: spec for spec in context.assets_def.node_check_specs_by_output_name.values()}
    for result in built.results:
        spec = specs.get(result.node.unique_id)
        if spec and result.status != TestStatus.Skipped:
            yield from evaluations(built.query, result, spec.key, days, day_column)
            if spec.key in context.selected_asset_check_keys:
                yield dg.Output(None, spec.get_python_identifier())


def failure(built: Build, days: Sequence[Day]) -> dg.Failure:
    """Return what a person needs to know of a run that failed: the days, the data tests, or else all that dbt said."""
    failed = {day.partition_key: day.reason for day in days if day.reason}
    unwritten = [day.partition_key for day in days if not day.is_published and not day.reason]
    tests = [result.node.name for result in built.results if result.status == TestStatus.Fail]
    said = [f"{len(failed)} of {len(days)} days failed their audit and were left as they were"] if failed else []
    said += [f"{day}: {reason}" for day, reason in failed.items()]
    said += [f"{day}: published, but its files could not be written" for day in unwritten]
    said += [f"data test failed, see the checks: {name}" for name in tests]
    metadata = {"failed_days": [*failed, *unwritten], "failed_tests": tests}
    return dg.Failure("\n".join(said) or built.error, metadata=metadata, allow_retries=False)
