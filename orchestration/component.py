"""A dbt project made with the engine, as a component: its assets, checks, jobs, schedules and sensor."""

import dagster as dg

from orchestration.assets import partitioned_assets, unpartitioned_assets
from orchestration.downstream import downstream_sensor, newest_days_checks
from orchestration.healing import healing, unhealthy_days_sensor
from orchestration.project import Project
from orchestration.schedules import all_days_job, daily_partition_job, daily_partition_schedule, partition_health_job
from orchestration.translator import Translator
from orchestration.upkeep import upkeep


class DailyPartitions(dg.Component, dg.Model, dg.Resolvable):
    """The days of one dbt project. `project` is its folder; a relative path is relative to the root of the code."""

    project: str

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Return all that Dagster shows of the project."""
        return definitions_of(Project.at(context.project_root / self.project, context.project_root))


def definitions_of(project: Project) -> dg.Definitions:
    """Return all that Dagster shows of a project."""
    translator = Translator(project)
    all_days = unpartitioned_assets(translator)
    days = partitioned_assets(translator, all_days)
    healing_job = healing(translator, days, all_days)
    return dg.Definitions(
        assets=[*translator.sources(), days, all_days],
        asset_checks=[newest_days_checks(all_days)],
        jobs=[
            daily_partition_job,
            all_days_job,
            partition_health_job,
            healing_job,
            *([upkeep(project)] if project.is_on_lake else []),
        ],
        schedules=[daily_partition_schedule],
        sensors=[unhealthy_days_sensor(healing_job, translator.key_of("partition_health")), downstream_sensor],
        # a process for each step would import dbt once more
        executor=dg.in_process_executor,
    )
