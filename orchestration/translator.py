"""How the dbt project's models and data tests are shown as assets and checks."""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject

from orchestration.partitions import DAYS


class Translator(DagsterDbtTranslator):
    """Names, groups, owners and descriptions are dbt's; it does not say what has partitions and what is a file."""

    def get_partitions_def(self, dbt_resource_props: Mapping[str, Any]) -> dg.PartitionsDefinition[str] | None:
        """Give the models that dbt tags `partitioned` a partition a day."""
        return DAYS if "partitioned" in dbt_resource_props["tags"] else None

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        """Show which assets are files, and that the feed is not dbt's work."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        if unique_id.startswith("source."):
            return spec.replace_attributes(group_name="raw", kinds={"source"})
        is_file = self.get_resource_props(manifest, unique_id)["config"]["materialized"] == "partitioned_csv"
        return spec.merge_attributes(kinds={"csv"}) if is_file else spec

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
