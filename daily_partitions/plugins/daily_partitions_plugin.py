"""A dbt-duckdb plugin: all that the engine needs beside SQL, in one.

Named in profiles.yml with the folder it is in as one of `module_paths`; `max_wait_seconds` is how long a run waits for
the warehouse while another process has it.
"""

import os
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import csv_records
import duckdb
import exports
import feed_files
import lake_turn
import places
import progress
import readers
import warehouse_turn
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb.func import SPECIAL

PARTS = (warehouse_turn, lake_turn, exports, feed_files, progress)
# Each is null where all is well: at any other result of a function in Python, DuckDB imports pandas, which takes a
# third of a second
FUNCTIONS: dict[str, tuple[Any, ...]] = {
    **exports.FUNCTIONS,
    **csv_records.FUNCTIONS,
    **places.FUNCTIONS,
    **readers.FUNCTIONS,
}


class Plugin(BasePlugin):
    """Passes on what dbt-duckdb asks of a plugin to each of the parts."""

    def initialize(self, plugin_config: Mapping[str, Any]) -> None:
        """Make the parts, each with the whole configuration."""
        config = {"max_wait_seconds": 3600, **plugin_config}
        self._git_commit = git_commit(Path.cwd())
        self._parts = [part.Plugin(part.__name__, config, self.creds) for part in PARTS]

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Let each part look before the warehouse is opened."""
        for part in self._parts:
            part.update_connection_config(creds, config)

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Give SQL the functions, and let each part give its own."""
        for name, (function, arguments, result) in FUNCTIONS.items():
            conn.create_function(name, function, arguments, result, side_effects=True, null_handling=SPECIAL)
        for part in self._parts:
            part.configure_connection(conn)

    def configure_cursor(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Let each part set up a cursor, and tell SQL which folder relative paths are meant from, and the commit."""
        for name, value in {"started_in": str(Path.cwd()), "git_commit": self._git_commit}.items():
            text = value.replace("'", "''")
            cursor.execute(f"set variable {name} = '{text}'")
        for part in self._parts:
            part.configure_cursor(cursor)


def git_commit(folder: Path) -> str:
    """Return `GIT_COMMIT` of the environment, else the commit that git has checked out in a folder; empty if none."""
    commit = os.environ.get("GIT_COMMIT", "")
    if not commit:
        with suppress(OSError):  # there is no git
            asked = ["git", "-C", str(folder), "rev-parse", "HEAD"]
            commit = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return commit
