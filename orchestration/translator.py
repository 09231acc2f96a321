"""How the dbt project's models and data tests are shown as assets and checks."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from pathlib import PurePath
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject

from orchestration.dbt import ENGINE
from orchestration.downstream import following
from orchestration.feed import feed_key, observable
from orchestration.partitions import calendar
from orchestration.project import Project

LATE_HOURS = 6  # after midnight, when the newest day should be there
OF_EACH_DAY = (
    "\n\nOne partition a day. After the newest day of the feed none is owed: `partition_health` has the calendar."
)
OF_ALL_DAYS = (
    "\n\nMade anew by itself when what it is made of has changed and every day is healthy: `downstream_sensor`. The"
    " check `has_the_newest_days` says when it is behind, *Automation* why."
)
WITH_ITS_DAY = "Run with each day that is made, for that day; it cannot be executed alone."


class Translator(DagsterDbtTranslator):
    """Names, groups and owners are dbt's; it does not say what has partitions, what is a file and what follows."""

    def __init__(self, project: Project) -> None:
        """Show the models and data tests of a project."""
        super().__init__()
        self.project = project
        self._days = calendar(project)

    def key_of(self, model: str) -> dg.AssetKey:
        """Return the asset that a model of the engine is."""
        return self.get_asset_key(self.project.manifest["nodes"][f"model.{ENGINE}.{model}"])

    def contents(self) -> Mapping[str, dg.AssetKey]:
        """Return the assets that are marts and files, by their models."""
        return {
            name: self.get_asset_key(self.project.node(name)) for name in (*self.project.marts, *self.project.exports)
        }

    def sources(self) -> Sequence[dg.AssetSpec | dg.SourceAsset]:
        """Return what is not dbt's work: the feed, and what else models of one's own read."""
        manifest, feed = self.project.manifest, feed_key(self.project)
        specs = [self.get_asset_spec(manifest, source, None) for source in manifest["sources"]]
        return [observable(spec, self.project) if spec.key == feed else spec for spec in specs]

    def get_partitions_def(self, dbt_resource_props: Mapping[str, Any]) -> dg.PartitionsDefinition[str] | None:
        """Give the models that dbt tags `partitioned` a partition a day."""
        return self._days if "partitioned" in dbt_resource_props["tags"] else None

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """Say what the model is, without its SQL, and when it is made."""
        told = OF_EACH_DAY if "partitioned" in dbt_resource_props["tags"] else ""
        return str(dbt_resource_props["description"]).strip() + (OF_ALL_DAYS if _follows(dbt_resource_props) else told)

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Put what makes a day right into one group; without a group of dbt's, files are one and the rest another."""
        if dbt_resource_props["package_name"] == ENGINE:
            return ENGINE
        of_its_kind = "files" if _is_file(dbt_resource_props) else dbt_resource_props["package_name"]
        return super().get_group_name(dbt_resource_props) or of_its_kind

    def get_automation_condition(self, dbt_resource_props: Mapping[str, Any]) -> dg.AutomationCondition[Any] | None:
        """Let what is made of all days follow them, if all are healthy."""
        if not _follows(dbt_resource_props):
            return None
        return following(self.get_asset_key(dbt_resource_props), self.key_of("partition_health"))

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        """Show which assets are files, that the feed is not dbt's work, and what is made of what."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        props = self.get_resource_props(manifest, unique_id)
        if unique_id.startswith("source."):
            return spec.replace_attributes(group_name="feed", kinds={"source"})
        spec = spec.replace_attributes(deps=[dep for dep in spec.deps if dep.asset_key not in self._behind(props)])
        if props["name"] in [*self.project.marts, *self.project.exports]:
            late = dg.FreshnessPolicy.cron(f"0 {LATE_HOURS} * * *", timedelta(hours=LATE_HOURS), self.project.timezone)
            spec = spec.replace_attributes(freshness_policy=late)
        return self._as_file(spec, props["config"]["meta"]["path"]) if _is_file(props) else spec

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetCheckSpec | None:
        """Give a data test of a partitioned model a result a day."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        said = [manifest["nodes"][unique_id]["description"], WITH_ITS_DAY if asset_spec.partitions_def else ""]
        return spec and dg.AssetCheckSpec(
            name=spec.name,
            asset=spec.asset_key,
            description="\n\n".join(filter(None, said)) or None,
            metadata=spec.metadata,
            partitions_def=asset_spec.partitions_def,
        )

    def _behind(self, props: Mapping[str, Any]) -> AbstractSet[dg.AssetKey]:
        """Return what a model may wait for and is not made of, which would make circles of the groups.

        To the project's models that is all of the engine's: that their days are planned, and have passed. To a run of
        given days it is what the feed holds of all others.
        """
        models = [node for node in self.project.manifest["nodes"].values() if node["resource_type"] == "model"]
        tags = {self.get_asset_key(one): one["tags"] for one in models if one["package_name"] == ENGINE}
        if props["package_name"] == ENGINE:
            tags = {key: of_model for key, of_model in tags.items() if "health" in of_model}
        return set() if "partitioned" not in props["tags"] else set(tags)

    def _as_file(self, spec: dg.AssetSpec, path: str) -> dg.AssetSpec:
        """Show where the file of a day is, instead of the view that reads the files."""
        of_table = {"dagster/table_name", "dagster/storage_kind"}
        metadata = {name: shown for name, shown in spec.metadata.items() if name not in of_table}
        return spec.replace_attributes(
            metadata={**metadata, "dagster/uri": f"{self.project.export_dir}/{path}"},
            kinds={"dbt", PurePath(path).suffix[1:]},
        )


def _is_file(props: Mapping[str, Any]) -> bool:
    return bool(props["config"].get("materialized") == "daily_file")


def _follows(props: Mapping[str, Any]) -> bool:
    return props["resource_type"] == "model" and not {"partitioned", "health"} & set(props["tags"])
