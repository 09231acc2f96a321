"""How the dbt project's models and data tests are shown as assets and checks."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject

from orchestration.dbt import ENGINE
from orchestration.partitions import calendar
from orchestration.project import Project

# dbt's groups are those of one package; of the engine's models, the folders say which belong together
GROUPS = {"run": "plan", "feed": "health", "health": "health"}


class Translator(DagsterDbtTranslator):
    """Names, groups, owners and descriptions are dbt's; it does not say what has partitions and what is a file."""

    def __init__(self, project: Project) -> None:
        """Show the models and data tests of a project."""
        super().__init__()
        self.project = project
        self._days = calendar(project)

    def key_of(self, model: str) -> dg.AssetKey:
        """Return the asset that a model of the engine is."""
        return self.get_asset_spec(self.project.manifest, f"model.{ENGINE}.{model}", None).key

    def sources(self) -> Sequence[dg.AssetSpec]:
        """Return the feeds, which are not dbt's work."""
        manifest = self.project.manifest
        return [self.get_asset_spec(manifest, source, None) for source in manifest["sources"]]

    def get_partitions_def(self, dbt_resource_props: Mapping[str, Any]) -> dg.PartitionsDefinition[str] | None:
        """Give the models that dbt tags `partitioned` a partition a day."""
        return self._days if "partitioned" in dbt_resource_props["tags"] else None

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Give the engine's models groups too."""
        group = super().get_group_name(dbt_resource_props)
        is_of_engine = dbt_resource_props["package_name"] == ENGINE
        return GROUPS.get(dbt_resource_props["fqn"][1]) if is_of_engine and not group else group

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        """Show which assets are files, and that the feed is not dbt's work."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        props = self.get_resource_props(manifest, unique_id)
        if unique_id.startswith("source."):
            return spec.replace_attributes(group_name=props["source_name"], kinds={"source"})
        is_file = props["config"]["materialized"] == "daily_file"
        return spec.merge_attributes(kinds={PurePath(props["config"]["meta"]["path"]).suffix[1:]}) if is_file else spec

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetCheckSpec | None:
        """Give a data test of a partitioned model a result a day."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return spec and dg.AssetCheckSpec(
            name=spec.name,
            asset=spec.asset_key,
            description=manifest["nodes"][unique_id]["description"] or None,
            metadata=spec.metadata,
            partitions_def=asset_spec.partitions_def,
        )
