"""A dbt-duckdb plugin: one process at a time on the warehouse file, the others wait their turn."""

import sys
import threading
import time
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin

POLL_SECONDS = 0.2
# Set by who runs dbt in a process of its own and wants it to stop: the wait is in a thread, which no signal reaches
interrupted = threading.Event()


class Plugin(BasePlugin):
    """Holds a connection from before dbt opens the warehouse until dbt has opened it.

    DuckDB gives all connections of one process the same open file, so once this connection is
    there, dbt's own cannot lose the file to another process.
    """

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Read `max_wait_seconds` (seconds; default 3600) from the plugin's config in profiles.yml."""
        self.max_wait_seconds = float(plugin_config.get("max_wait_seconds", 3600))
        self._turn: duckdb.DuckDBPyConnection | None = None

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Wait until the warehouse file is free, and take it.

        Raises:
            RuntimeError: another process kept the file for longer than `max_wait_seconds`, or the run was interrupted.

        """
        if creds.path == ":memory:":
            return
        Path(creds.path).expanduser().parent.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + self.max_wait_seconds
        told = False
        while self._turn is None:
            try:
                self._turn = duckdb.connect(creds.path, config=config)
            except duckdb.IOException as error:
                if "Could not set lock" not in str(error):
                    raise
                if time.monotonic() > deadline:
                    raise RuntimeError(
                        f"the warehouse {creds.path} was still in use after {self.max_wait_seconds:.0f} s: {error}"
                    ) from error
                if not told:
                    # not the log: --quiet would hide why nothing happens
                    sys.stderr.write(f"Waiting for the warehouse, another process has it: {error}\n")
                    told = True
                if interrupted.wait(POLL_SECONDS):
                    raise RuntimeError(f"interrupted while another process had the warehouse {creds.path}") from error

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Let go: dbt's own connection holds the file now."""
        if self._turn is not None:
            self._turn.close()
            self._turn = None
