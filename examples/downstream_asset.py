"""An asset of your own behind the days of the pipeline: a day of it is made again when the day's file is another.

Try it beside the pipeline, and start `default_automation_condition_sensor` in *Automation*:

    dagster dev -m orchestration.definitions -m examples.downstream_asset
"""

import csv
import os
from collections import Counter
from pathlib import Path

import dagster as dg

DAYS = dg.DailyPartitionsDefinition("2026-01-01", timezone="Asia/Tokyo")  # as the pipeline has them
FILES = Path(os.environ.get("EXPORT_DIR", "data"))

condition = dg.AutomationCondition
CHANGED = condition.any_deps_match(condition.data_version_changed())
FOLLOWS = (
    # what changes while it is asked for is asked for again, which since_last_handled() would forget
    CHANGED.since(condition.newly_requested() & ~CHANGED).with_label(
        "its day is another than when it was asked for last"
    )
    & ~condition.any_deps_missing()
    & ~condition.any_deps_match(condition.execution_failed())
    & ~condition.any_deps_in_progress()
    & ~condition.in_progress()
)


@dg.asset(
    deps=["daily_sales_csv"],
    partitions_def=DAYS,
    automation_condition=FOLLOWS,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def best_sellers(context: dg.AssetExecutionContext) -> None:
    """Write the products of each day, those of which most pieces were sold first."""
    for day in context.partition_keys:
        pieces: Counter[str] = Counter()
        with (FILES / day.replace("-", "/") / "sales.csv").open(encoding="utf-8", newline="") as file:
            for sale in csv.DictReader(file):
                pieces[sale["product"]] += int(sale["quantity"])
        best = FILES / "best_sellers" / f"{day}.txt"
        best.parent.mkdir(exist_ok=True)
        best.write_text("".join(f"{product}\n" for product, _ in pieces.most_common()), encoding="utf-8")


defs = dg.Definitions(assets=[best_sellers])
