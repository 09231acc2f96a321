"""A dbt-duckdb plugin: gets the place of a file ready that is about to be exported.

COPY makes no folder, and SQL deletes no file.
"""

import errno
import os
from pathlib import Path

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb.sqltypes import VARCHAR


class Plugin(BasePlugin):
    """Gives SQL the functions `made_ready(path)` and `deleted(path)`."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Make the functions known to all connections of the process."""
        conn.create_function("made_ready", made_ready, [VARCHAR], VARCHAR, side_effects=True)
        conn.create_function("deleted", deleted, [VARCHAR], VARCHAR, side_effects=True)


def made_ready(path: str) -> str:
    """Make the folder of a file; return why the file cannot be written there, if so. A bucket needs no folder."""
    if "://" in path:
        return ""
    file = Path(path).expanduser()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
        if not os.access(file.parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(file.parent))
    except OSError as error:
        return f"{error.strerror}: {error.filename}"
    return ""


def deleted(path: str) -> str:
    """Delete a file, and return its path."""
    Path(path).expanduser().unlink(missing_ok=True)
    return path
