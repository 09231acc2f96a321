"""A dbt-duckdb plugin: shows in a terminal how far a long run is and when it will have ended.

Where there is no terminal, it is quiet. Who runs dbt in a process of its own gets the same from the logger
`daily_partitions`, which Dagster shows in the log of the run.
"""

import logging
import sys
import time
from datetime import datetime, timedelta

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

LOG_SECONDS = 10.0
log = logging.getLogger("daily_partitions")


class Plugin(BasePlugin):
    """Gives long queries the progress bar of DuckDB."""

    def configure_cursor(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Let queries of more than two seconds show how far they are; DuckDB itself would do so in a file too."""
        if sys.stdout.isatty():
            cursor.execute("set enable_progress_bar = true")
            cursor.execute("set enable_progress_bar_print = true")


class Progress:
    """Of the files of one name, a day each, while they are written."""

    def __init__(self, file_name: str, total: int) -> None:
        """Begin with `total` files to write."""
        self.file_name, self.total = file_name, total
        self.started = self.logged = time.monotonic()
        self.bar = None
        if sys.stderr.isatty():
            from tqdm import tqdm  # type: ignore[import-untyped]  # noqa: PLC0415  # it takes a tenth of a second

            self.bar = tqdm(total=total, desc=file_name, unit="day", leave=False)

    def is_at(self, done: int) -> None:
        """Tell that `done` files are written."""
        total, now = self.total, time.monotonic()
        if self.bar:
            self.bar.update(done - self.bar.n)
            if done == total:
                self.bar.close()
        if 0 < done < total and now - self.logged >= LOG_SECONDS:
            self.logged = now
            left = timedelta(seconds=(now - self.started) / done * (total - done))
            end = datetime.now().astimezone() + left
            log.info("%s: %d of %d days written, the last at about %s", self.file_name, done, total, f"{end:%H:%M:%S}")
