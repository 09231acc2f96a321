"""A dbt-duckdb plugin: all that the engine needs beside SQL, in one.

Named in profiles.yml with the folder it is in as one of `module_paths`; `max_wait_seconds` is how long a run waits for
the warehouse while another process has it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import csv_records
import duckdb
import export_folders
import feed_files
import places
import progress
import readers
import warehouse_turn
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin

PARTS = (warehouse_turn, export_folders, csv_records, feed_files, places, progress, readers)


class Plugin(BasePlugin):
    """Passes on what dbt-duckdb asks of a plugin to each of the parts."""

    def initialize(self, plugin_config: Mapping[str, Any]) -> None:
        """Make the parts, each with the whole configuration."""
        config = {"max_wait_seconds": 3600, **plugin_config}
        self._parts = [part.Plugin(part.__name__, config, self.creds) for part in PARTS]

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Let each part look before the warehouse is opened."""
        for part in self._parts:
            part.update_connection_config(creds, config)

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Let each part give SQL its functions."""
        for part in self._parts:
            part.configure_connection(conn)

    def configure_cursor(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Let each part set up a cursor, and tell SQL which folder relative paths are meant from."""
        folder = str(Path.cwd()).replace("'", "''")
        cursor.execute(f"set variable started_in = '{folder}'")
        for part in self._parts:
            part.configure_cursor(cursor)
