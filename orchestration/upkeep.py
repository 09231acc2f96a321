"""What a lake needs now and then."""

import dagster as dg

from orchestration.dbt import run_operation
from orchestration.project import Project


def upkeep(project: Project) -> dg.JobDefinition:
    """Return the job that compacts a lake, and forgets and deletes what is no longer used; runs of days go on."""

    @dg.op(name="upkeep", out=dg.Out(dg.Nothing))
    def upkeep_of_lake(context: dg.OpExecutionContext) -> dg.Output[None]:
        """Run the engine's upkeep, as `make upkeep` does.

        Raises:
            RuntimeError: the catalog or the data cannot be reached, or a run kept its turn for too long.

        """
        said = run_operation(project, "upkeep", target=context.run_id)
        context.log.info("%s", said)
        return dg.Output(None, metadata={"sizes": dg.MetadataValue.md(f"```\n{said}\n```")})

    @dg.job(
        name="upkeep_job",
        executor_def=dg.in_process_executor,
        description="Merges small files of the lake, forgets old snapshots, and deletes what nothing refers to.",
    )
    def upkeep_job() -> None:
        upkeep_of_lake()

    return upkeep_job
