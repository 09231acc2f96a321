"""Before a code server starts: the runs of the one before it, if that was killed and its runs with it.

Nobody else looks for them: Dagster would call them running for ever, and keep the place in the pool that they had.
"""

import dagster as dg
from dagster._core.events import DagsterEvent
from dagster._core.storage.tags import GRPC_INFO_TAG

STATUSES = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
ONCE = "launched_again"


def settle(instance: dg.DagsterInstance) -> None:
    """Put what a code server had launched back into the queue, but once; what was to end has ended."""
    for run in instance.get_runs(dg.RunsFilter(statuses=STATUSES)):
        if GRPC_INFO_TAG not in run.tags:
            continue  # a command's, whose process is its own
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        if run.status == dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, "Its code server was stopped before it had ended")
        elif ONCE in run.tags:
            instance.report_run_failed(run, "Its code server was killed for the second time, and the run with it")
        else:
            instance.add_run_tags(run.run_id, {ONCE: "true"})
            again = "Its code server was killed, and the run with it: it is launched again"
            queued = DagsterEvent(dg.DagsterEventType.PIPELINE_ENQUEUED.value, run.job_name, message=again)
            instance.report_dagster_event(queued, run.run_id)


if __name__ == "__main__":
    with dg.DagsterInstance.get() as dagster:
        settle(dagster)
