"""A dbt-duckdb plugin: makes the folder a file is about to be exported to (COPY makes none)."""

from pathlib import Path

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.adapters.duckdb.utils import TargetConfig


class Plugin(BasePlugin):
    """Called by the `partitioned_csv` materialization through `adapter.store_relation`."""

    def store(self, target_config: TargetConfig) -> None:
        """Make the folder of `target_config.location.path`; a bucket's path needs none."""
        location = target_config.location
        if location and "://" not in location.path:
            Path(location.path).expanduser().parent.mkdir(parents=True, exist_ok=True)
