"""A dbt-duckdb plugin: one process at a time on the warehouse file, the others wait their turn."""

import sys
import threading
import time
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.adapters.exceptions.connection import FailedToConnectError

POLL_SECONDS = 0.2
# of a database file, as storage/storage_info.hpp has it: checksum, "DUCK", storage version and flags stand before
HEADER_BYTES = 84
VERSION_FIELD = slice(52, 84)
# Set by who runs dbt in a process of its own and wants it to stop: the wait is in a thread, which no signal reaches
interrupted = threading.Event()


class Plugin(BasePlugin):
    """Holds a connection from before dbt opens the warehouse until dbt has opened it.

    DuckDB gives all connections of one process the same open file, so once this connection is
    there, dbt's own cannot lose the file to another process.
    """

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Read `max_wait_seconds` (seconds) from the plugin's config in profiles.yml."""
        self.max_wait_seconds = float(plugin_config["max_wait_seconds"])
        self._turn: duckdb.DuckDBPyConnection | None = None
        self._read: list[duckdb.DuckDBPyConnection] = []

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Wait until the warehouse file is free, and take it.

        Raises:
            FailedToConnectError: the target attaches its own warehouse, the path has what dbt takes for something else
                than a name, another process kept the file for longer than `max_wait_seconds`, the run was interrupted,
                or DuckDB cannot open the file, which a newer one may have written.

        """
        files = [one for one in creds.attach or [] if "://" not in one.path and not one.path.startswith("ducklake:")]
        # before the first run there is nothing to read
        absent = [one for one in files if one.read_only and not Path(one.path).expanduser().exists()]
        creds.attach = [one for one in creds.attach or [] if one not in absent] or None
        if any(one.path == creds.path for one in files):
            raise FailedToConnectError(
                f"The target has the warehouse {creds.path} and attaches it too. A preview works in memory, beside it."
                ' This works: preview: {<<: *dev, path: ":memory:",'
                " attach: [{path: *warehouse, alias: warehouse, read_only: true}]}"
            )
        read = [one.path for one in files if one.read_only and one not in absent]
        # kept: to close one of two handles that a process has on a file gives up its lock on it
        self._read = [self._opened(path, config, read_only=True) for path in read]
        if creds.path == ":memory:":
            return
        # the database is named as the file, and dbt puts that name into SQL as it is
        if creds.database != Path(creds.path).stem or {"'", '"'} & set(creds.database):
            raise FailedToConnectError(
                f"The warehouse {creds.path}: DUCKDB_PATH may have no ? and #, and its file name no ; and no quotes"
            )
        Path(creds.path).expanduser().parent.mkdir(parents=True, exist_ok=True)
        self._turn = self._opened(creds.path, config)

    def _opened(self, path: str, config: dict[str, Any], *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
        deadline = time.monotonic() + self.max_wait_seconds
        told = False
        while True:
            try:
                return duckdb.connect(path, config=config, read_only=read_only)
            except duckdb.Error as error:
                if "created with an newer version" in str(error):
                    raise FailedToConnectError(
                        f"The warehouse {path} was written by DuckDB {written_by(path)}, and this is DuckDB"
                        f" v{duckdb.__version__}, which cannot read it. Run it with that version or a newer one (make"
                        " latest), or let this one make it anew from the feed: move the file away, and run every day by"
                        " dbt run. The CSVs stay as they are until then"
                    ) from error
                if "Could not set lock" not in str(error):
                    raise FailedToConnectError(
                        f"The warehouse {path} cannot be opened. {error}\nIt can be made anew from the feed: move"
                        " the file away, and run every day by dbt run. The CSVs stay as they are until then"
                    ) from error
                if time.monotonic() > deadline:
                    raise FailedToConnectError(
                        f"The warehouse {path} was still in use after {self.max_wait_seconds:.0f} s. {error}\n"
                        "Run the days again when that process has ended. WAREHOUSE_MAX_WAIT_SECONDS is how long to wait"
                        ". If it only reads, let it open the copy for readers beside the file: no run waits for that"
                    ) from error
                if not told:
                    # not the log: --quiet would hide why nothing happens
                    sys.stderr.write(f"Waiting for the warehouse, another process has it: {error}\n")
                    told = True
                if interrupted.wait(POLL_SECONDS):
                    raise FailedToConnectError(f"Interrupted while another process had the warehouse {path}") from error

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Let go: dbt's own connection holds the file now."""
        if self._turn is not None:
            self._turn.close()
            self._turn = None


def written_by(path: str) -> str:
    """Return the version of DuckDB that made a warehouse, as its header names it."""
    with Path(path).expanduser().open("rb") as file:
        return file.read(HEADER_BYTES)[VERSION_FIELD].rstrip(b"\0").decode(errors="replace")
