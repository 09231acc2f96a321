"""The dbt models as assets: the partitioned ones as one set, the others downstream of it."""

from collections.abc import Iterator, Sequence

import dagster as dg
from dagster_dbt import dbt_assets

from orchestration.dbt import build
from orchestration.downstream import followers, newest
from orchestration.events import UNIQUE_ID, Event, checked, failed_days, failure, materialized, plan, published
from orchestration.health import health_metadata, is_left_to_others, look, others_than_known
from orchestration.ledger import days_of_run
from orchestration.partitions import backfill_policy
from orchestration.translator import Translator

PARTITIONED = "tag:partitioned"


def partitioned_assets(translator: Translator, all_days: dg.AssetsDefinition) -> dg.AssetsDefinition:
    """Return the models with a partition a day, which are made together; `all_days` are those that have none."""
    project = translator.project

    @dbt_assets(
        manifest=project.manifest,
        dagster_dbt_translator=translator,
        select=PARTITIONED,
        backfill_policy=backfill_policy(project),
        pool=project.pool,
    )
    def partitioned_models(context: dg.AssetExecutionContext) -> Iterator[Event]:
        """Build the days of the run in one dbt invocation, report each day by itself, and look at the health of all.

        Of the runs that a backfill is cut into, the last one looks.

        A day goes through all partitioned models or none. If a run is asked for some of them, all are built and
        reported.

        Raises:
            Failure: days failed their audit, or data tests failed, while all other days are published and reported; or
                dbt failed as a whole, and none is.

        """
        asked, assets, op_context = asked_days(context), context.assets_def, context.op_execution_context
        window = {"partition_start": asked.start, "partition_end": asked.end}
        with build(project, "--select", PARTITIONED, target=op_context.run_id, **window) as built:
            days = days_of_run(project, built)
            evaluated = list(checked(assets, built, context.partition_keys, project.day_column))
        yield from evaluated
        yield from check_outputs(context, evaluated)

        # without an output of what was asked for, which would stand for the failed days too
        selected = set() if built.error else context.selected_asset_keys
        yield from published(op_context, assets, built, days, selected)
        if not is_left_to_others(op_context, assets):
            yield from look(op_context, translator, all_days)
        if any(day.is_published for day in days):
            yield from newest(followers(all_days), passed=False)
        if built.error:
            # of the assets that were asked for it is known
            others = [spec.key for spec in assets.specs if spec.key not in context.selected_asset_keys]
            plan(op_context, others, failed_days(days) if days else context.partition_keys)
            raise failure(built, days)

    return partitioned_models


def unpartitioned_assets(translator: Translator) -> dg.AssetsDefinition:
    """Return the models that are made of all days together."""
    project, health_key = translator.project, translator.key_of("partition_health")

    @dbt_assets(manifest=project.manifest, dagster_dbt_translator=translator, exclude=PARTITIONED, pool=project.pool)
    def unpartitioned_models(context: dg.AssetExecutionContext) -> Iterator[Event]:
        """Build what is made of all days together, or run just its data tests.

        Raises:
            Failure: dbt or a data test failed.

        """
        selected, assets, nodes = context.selected_asset_keys, context.assets_def, project.manifest["nodes"]
        asked = {spec.metadata[UNIQUE_ID] for spec in assets.specs if spec.key in selected}
        asked |= {
            spec.metadata[UNIQUE_ID] for spec in assets.check_specs if spec.key in context.selected_asset_check_keys
        }
        names = {nodes[one]["name"] for one in asked} | ({"source_days"} if health_key in selected else set())
        with build(project, "--select", *names, target=context.run.run_id) as built:
            evaluated = list(checked(assets, built, [None], project.day_column))
            health = health_metadata(project, built)
            yield from others_than_known(context.op_execution_context, translator, assets, built)
        yield from evaluated
        yield from check_outputs(context, evaluated)
        for _, key, metadata in materialized(assets, built):
            of_model = {**metadata, **health} if key == health_key else metadata
            if key in selected:
                yield dg.Output(None, key.to_python_identifier(), metadata=of_model)
            else:
                yield dg.AssetMaterialization(key, metadata=of_model)
        if built.error:
            raise failure(built, [])
        yield from newest(followers(assets) & selected, passed=True)

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


def check_outputs(
    context: dg.AssetExecutionContext, evaluated: Sequence[dg.AssetCheckEvaluation]
) -> Iterator[dg.Output[None]]:
    """Give what Dagster waits for from each check that the run was asked for, and that was evaluated."""
    keys = {event.asset_check_key for event in evaluated} & context.selected_asset_check_keys
    for spec in context.assets_def.check_specs:
        if spec.key in keys:
            yield dg.Output(None, spec.get_python_identifier())
