"""What is made of all days follows them, and says so when it does not."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

import dagster as dg
from dagster._core.definitions.declarative_automation.operators import EntityMatchesCondition

CHECK = "has_the_newest_days"
TICK_SECONDS = 30

# It reads no feed and makes no day: what it asks for is out of date, and would be to whoever looks at it
downstream_sensor = dg.AutomationConditionSensorDefinition(
    "downstream_sensor",
    target=dg.AssetSelection.all(),
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=TICK_SECONDS,
    description="Makes what is made of all days when one is newer and every day is healthy. It runs from the first.",
)


def following(key: dg.AssetKey, health_key: dg.AssetKey) -> dg.AutomationCondition[Any]:
    """Return when an asset is made anew: what it is made of is newer, and by `health_key` every day is healthy.

    Whether it is behind is asked of its check, which stays until it is made. An update is an event of one tick, and
    lost if the asset was made in the same. After it failed it waits for another, instead of failing at each tick.
    """
    condition = dg.AutomationCondition
    is_behind: dg.AutomationCondition[Any] = EntityMatchesCondition(
        key=dg.AssetCheckKey(key, CHECK), operand=condition.check_failed()
    )
    is_asked_anew = condition.any_deps_updated().since(condition.newly_requested())
    is_healthy = condition.all_checks_match(condition.check_passed())
    return (
        (is_behind | condition.missing()).with_label("its days are newer")
        & (~condition.execution_failed() | is_asked_anew).with_label("it has not failed for these days")
        & condition.asset_matches(health_key, is_healthy).with_label("every day is healthy")
        & (~condition.any_deps_in_progress()).with_label("none of its days is being made")
        & (~condition.in_progress()).with_label("nor is it")
    )


def followers(assets: dg.AssetsDefinition) -> AbstractSet[dg.AssetKey]:
    """Return the assets that follow what they are made of."""
    return {spec.key for spec in assets.specs if spec.automation_condition}


def newest(keys: AbstractSet[dg.AssetKey], *, passed: bool) -> Iterator[dg.AssetCheckEvaluation]:
    """Say of each of the assets whether all that it is made of is older."""
    for key in keys:
        told = (
            "Nothing it is made of is newer"
            if passed
            else "What it is made of is newer; it follows when every day is healthy"
        )
        yield dg.AssetCheckEvaluation(
            asset_key=key, check_name=CHECK, passed=passed, severity=dg.AssetCheckSeverity.WARN, description=told
        )


def newest_days_checks(assets: dg.AssetsDefinition) -> dg.AssetChecksDefinition:
    """Return the check of each follower, for whoever asks for it alone; runs evaluate it as they go."""
    parents = {spec.key: [dep.asset_key for dep in spec.deps] for spec in assets.specs if spec.automation_condition}
    description = "Nothing it is made of was made after it. A warning: what it says is right, of older days."

    @dg.multi_asset_check(
        name=CHECK,
        specs=[dg.AssetCheckSpec(CHECK, asset=key, description=description) for key in parents],
        can_subset=True,
    )
    def check_newest_days(
        context: dg.AssetCheckExecutionContext,
    ) -> Iterator[dg.AssetCheckEvaluation | dg.Output[None]]:
        """Compare the time of an asset's newest event with those of what it is made of."""

        def made_at(key: dg.AssetKey) -> float:
            event = context.instance.get_latest_materialization_event(key)
            return event.timestamp if event else 0

        for check in context.selected_asset_check_keys:
            is_newest = all(made_at(parent) <= made_at(check.asset_key) for parent in parents[check.asset_key])
            yield from newest({check.asset_key}, passed=is_newest)

    return check_newest_days
