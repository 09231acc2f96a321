"""What Dagster knows of the content of days: which are others than before, which are as they were, and who follows."""

import hashlib
import runpy
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import pytest
from conftest import ROOT, Pipeline
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest

from orchestration.definitions import definitions
from orchestration.events import known_versions
from report import charts

pytestmark = [pytest.mark.long, pytest.mark.weekly]  # Dagster, and many runs of each day
DAY, NEXT, THIRD = DAYS = ["2026-01-15", "2026-01-16", "2026-01-17"]
DAILY = definitions.resolve_assets_def("daily_sales")
OF_A_DAY = {key.to_user_string() for key in DAILY.keys}
WITH_CONTENT = ("daily_sales", "daily_sales_summary", "daily_sales_csv", "daily_sales_summary_csv")
FEED = dg.AssetKey(["raw", "sales"])


class Dagster:
    """A Dagster that runs the days of a pipeline in this process, and an asset that follows them."""

    def __init__(self, pipeline: Pipeline, instance: dg.DagsterInstance) -> None:
        self.pipeline, self.instance = pipeline, instance
        self.example = runpy.run_path(str(ROOT / "examples" / "downstream_asset.py"))
        self._cursors: dict[str, Any] = {}

    def feed(self, **sales: int | str) -> None:
        """Write the feed: of each of some days, such as `_15`, a sale of so many pieces."""
        self.pipeline.write_feed(*(f"2026-01-{day[1:]},Tea,{pieces},1.00" for day, pieces in sales.items()))

    def make(self, *assets: dg.AssetsDefinition, first: str = DAY, last: str = THIRD) -> dg.ExecuteInProcessResult:
        """Materialize a range of days, by default of the pipeline."""
        tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
        return dg.materialize([*(assets or [DAILY])], tags=tags, instance=self.instance, raise_on_error=False)

    def versions(self, asset: str | dg.AssetKey) -> Mapping[str, str]:
        """Return the data version of each day."""
        key = dg.AssetKey(asset) if isinstance(asset, str) else asset
        return known_versions(self.instance, key, DAYS)

    def observed(self) -> Counter[str | None]:
        """Return how often each day of the feed was observed."""
        return Counter(one.partition_key for one in self.instance.fetch_observations(FEED, limit=100).records)

    def asked_for(self, follower: dg.AssetsDefinition | None = None) -> Sequence[str]:
        """Return the days that are requested of a follower at a tick, by default of the example."""
        asset = follower or self.example["best_sellers"]
        everything = dg.Definitions.merge(definitions, dg.Definitions(assets=[asset]))
        result = dg.evaluate_automation_conditions(
            everything,
            self.instance,
            asset_selection=dg.AssetSelection.assets(asset.key),
            cursor=self._cursors.get(str(asset.key)),
        )
        self._cursors[str(asset.key)] = result.cursor
        return sorted(day for day in result.get_requested_partitions(asset.key) if day)

    def state(self, asset: dg.AssetsDefinition, day: str) -> str:
        """Return what Dagster's pages say of a day, next to what it is made of."""
        graph = dg.Definitions.merge(definitions, dg.Definitions(assets=[asset])).resolve_asset_graph()
        resolver = CachingStaleStatusResolver(self.instance, graph, LoadingContextForTest(self.instance))
        return resolver.get_status(asset.key, day).value


@pytest.fixture
def dagster(pipeline: Pipeline) -> Iterator[Dagster]:
    """A Dagster that has run nothing."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield Dagster(pipeline, instance)


def test_a_day_keeps_its_data_version_as_long_as_its_content_is_the_same(dagster: Dagster) -> None:
    dagster.feed(_15=1, _16=1)
    assert dagster.make(last=NEXT).success
    before = {asset: dagster.versions(asset) for asset in WITH_CONTENT}
    dagster.feed(_15=1, _16=2)
    again = dagster.make(last=NEXT)

    after = {asset: dagster.versions(asset) for asset in WITH_CONTENT}
    for asset in WITH_CONTENT:
        assert [day for day in DAYS if after[asset].get(day) != before[asset].get(day)] == [NEXT], asset
    file = dagster.pipeline.csv_path(NEXT).read_bytes()
    assert after["daily_sales_csv"][NEXT] == hashlib.md5(file, usedforsecurity=False).hexdigest()
    assert not dagster.versions("partition_ledger")
    # of an output Dagster would make an event more
    made = [event for event in again.get_asset_materialization_events() if event.partition]
    events = Counter((event.asset_key and event.asset_key.to_user_string(), event.partition) for event in made)
    assert events == dict.fromkeys([(asset, day) for asset in OF_A_DAY for day in (DAY, NEXT)], 1)


def test_a_file_that_is_written_again_alone_leaves_all_data_versions(dagster: Dagster) -> None:
    dagster.feed(_15=1)
    assert dagster.make(last=DAY).success
    before = {asset: dagster.versions(asset) for asset in WITH_CONTENT}
    dagster.pipeline.csv_path(DAY).unlink()
    healed = definitions.resolve_job_def("healing_job").execute_in_process(instance=dagster.instance)
    assert healed.success
    assert dagster.pipeline.csv_path(DAY).exists()
    assert {asset: dagster.versions(asset) for asset in WITH_CONTENT} == before


def test_the_feed_is_observed_by_what_looks_at_it_anyway_and_only_where_it_is_another(dagster: Dagster) -> None:
    dagster.feed(_15=1, _16=1)
    dagster.make(last=DAY)
    seen = dagster.versions(FEED)
    assert dagster.observed() == {DAY: 1, NEXT: 1}
    dagster.feed(_15=1, _16=2)
    definitions.resolve_job_def("healing_job").execute_in_process(instance=dagster.instance)
    assert dagster.observed() == {DAY: 1, NEXT: 2}
    assert [day for day in DAYS if dagster.versions(FEED).get(day) != seen.get(day)] == [NEXT]

    dagster.feed(_16=2)  # a day that went
    definitions.resolve_job_def("partition_health_job").execute_in_process(instance=dagster.instance)
    assert dagster.observed() == {DAY: 2, NEXT: 2}


def test_the_feed_can_be_observed_by_hand(dagster: Dagster) -> None:
    dagster.feed(_15=1, _16=1)
    (feed,) = [one for one in definitions.resolve_asset_graph().asset_nodes if one.key == FEED]
    assert feed.is_observable
    job = definitions.get_repository_def().get_implicit_job_def_for_assets([FEED])
    assert job
    assert job.get_subset(asset_selection={FEED}).execute_in_process(instance=dagster.instance).success
    assert dagster.observed() == {DAY: 1, NEXT: 1}


def test_an_asset_behind_the_days_is_asked_for_just_those_whose_content_is_another(dagster: Dagster) -> None:
    follower = dagster.example["best_sellers"]
    dagster.feed(_15=1, _16=1)
    assert not dagster.asked_for()
    dagster.make(last=NEXT)
    assert dagster.asked_for() == [DAY, NEXT]
    assert dagster.make(follower, last=NEXT).success
    assert not dagster.asked_for()

    dagster.make(last=NEXT)
    assert [dagster.state(follower, day) for day in DAYS] == ["FRESH", "FRESH", "MISSING"]
    assert not dagster.asked_for()
    dagster.feed(_15=1, _16=2)
    dagster.make(last=NEXT)
    assert [dagster.state(follower, day) for day in DAYS] == ["FRESH", "STALE", "MISSING"]
    assert dagster.asked_for() == [NEXT]
    dagster.feed(_15=1, _16=3)
    dagster.make(last=NEXT)
    assert dagster.asked_for() == [NEXT], "what changed while it was asked for is lost"
    assert not dagster.asked_for()


def test_an_asset_behind_the_days_waits_for_those_that_failed(dagster: Dagster) -> None:
    dagster.asked_for()
    dagster.feed(_15=1, _16=1, _17="many")
    assert not dagster.make().success
    assert dagster.asked_for() == [DAY, NEXT]

    dagster.feed(_15=2, _16=1, _17="many")
    dagster.make(last=DAY)
    dagster.feed(_15="many", _16=1, _17="many")
    dagster.make(last=DAY)
    assert not dagster.asked_for()
    dagster.feed(_15=2, _16=1, _17=1)
    assert dagster.make().success
    assert dagster.asked_for() == [DAY, THIRD]


@pytest.mark.parametrize(
    "calendar",
    [
        dg.DailyPartitionsDefinition("2025-12-01", timezone="Asia/Tokyo"),
        dg.WeeklyPartitionsDefinition("2025-12-01", timezone="Asia/Tokyo", day_offset=4),
    ],
    ids=["days before the first", "weeks with days that are missing"],
)
def test_an_asset_behind_the_days_is_not_asked_for_what_they_do_not_have(
    dagster: Dagster, calendar: dg.TimeWindowPartitionsDefinition
) -> None:
    @dg.asset(deps=["daily_sales_csv"], partitions_def=calendar, automation_condition=dagster.example["FOLLOWS"])
    def follower() -> None: ...

    dagster.feed(_15=1, _16=1)
    dagster.asked_for(follower)
    dagster.make(last=NEXT)
    of_a_day = isinstance(calendar, dg.DailyPartitionsDefinition)
    assert dagster.asked_for(follower) == ([DAY, NEXT] if of_a_day else [])
    dagster.feed(**{f"_{day}": 1 for day in range(15, 22)})
    dagster.make(last="2026-01-21")
    assert (DAY in dagster.asked_for(follower)) == (not of_a_day)


def test_days_that_are_pinned_or_outdated_are_shown_and_left_alone(dagster: Dagster) -> None:
    dagster.feed(_15=1, _16=1)
    assert dagster.make(first="2026-01-01", last=NEXT).success
    dagster.feed(_15=2, _16=1)
    assert dagster.make(last=NEXT).success
    assert dagster.pipeline.run_day(DAY, restore_run="1").success
    dagster.pipeline.execute(f"update partition_outputs set made_by = 'other SQL' where partition_date = '{NEXT}'")
    dagster.pipeline.execute("update partition_outputs set made_by = null where model like '%csv'")
    made = dagster.pipeline.contents()

    definitions.resolve_job_def("healing_job").execute_in_process(instance=dagster.instance)

    event = dagster.instance.get_latest_materialization_event(dg.AssetKey("partition_health"))
    assert event
    assert event.asset_materialization
    health = {name: shown.value for name, shown in event.asset_materialization.metadata.items()}
    assert {state: health[state] for state in charts.SHAPES if health[state]} == {
        "empty": 14,
        "pinned": 1,
        "outdated": 1,
    }
    assert f"| {DAY} | pinned | restored as run 1 left it, until it is released" in str(health["pinned_days"])
    assert f"| {NEXT} | outdated | made by another version of daily_sales" in str(health["wrong_days"])
    assert DAY not in str(health["wrong_days"])
    assert not health["days_to_run"]
    assert dagster.pipeline.contents() == made


def test_days_that_were_made_or_restored_beside_dagster_are_told_to_who_follows(dagster: Dagster) -> None:
    dagster.feed(_15=1, _16=1)
    dagster.asked_for()
    assert dagster.pipeline.run_day(DAY).success
    dagster.make(first=NEXT, last=NEXT)
    assert dagster.asked_for() == [DAY, NEXT]
    made = dagster.versions("daily_sales_csv")
    dagster.feed(_15=2, _16=1)
    dagster.make(last=NEXT)
    assert dagster.asked_for() == [DAY]

    assert dagster.pipeline.run_day(DAY, restore_run="1").success
    for _ in range(2):  # the second look has nothing to tell
        definitions.resolve_job_def("partition_health_job").execute_in_process(instance=dagster.instance)
    assert dagster.versions("daily_sales_csv") == made
    assert dagster.asked_for() == [DAY]
    events = dagster.instance.fetch_materializations(dg.AssetKey("daily_sales_csv"), limit=100).records
    assert Counter(one.partition_key for one in events) == {DAY: 3, NEXT: 2}
    assert events[0].asset_materialization
    assert events[0].asset_materialization.metadata["row_count"].value == 1
