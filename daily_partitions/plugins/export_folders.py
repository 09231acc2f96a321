"""A dbt-duckdb plugin: gets the place of a file ready that is about to be exported, and puts it there.

COPY makes no folder, and SQL renames and deletes no file.
"""

import errno
import os
from functools import partial
from pathlib import Path

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb.func import SPECIAL
from duckdb.sqltypes import VARCHAR


class Plugin(BasePlugin):
    """Gives SQL the functions `made_ready(path)`, `put_in_place(file, path)` and `deleted(path)`.

    All are null where all is well: at any other result of a function in Python, DuckDB imports pandas.
    """

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Make the functions known to all connections of the process."""
        define = partial(conn.create_function, side_effects=True, null_handling=SPECIAL)
        define("made_ready", made_ready, [VARCHAR], VARCHAR)
        define("put_in_place", put_in_place, [VARCHAR, VARCHAR], VARCHAR)
        define("deleted", deleted, [VARCHAR], VARCHAR)


def made_ready(path: str) -> str | None:
    """Make the folder of a file; return why the file cannot be written there, if so. A bucket needs no folder."""
    if "://" in path:
        return None
    file = Path(path).expanduser()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
        if not os.access(file.parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(file.parent))
    except OSError as error:
        return f"{error.strerror}: {error.filename}"
    return None


def put_in_place(file: str, path: str) -> None:
    """Give a file its name, in place of the one that has it; a link of that name is replaced and not followed."""
    Path(file).expanduser().replace(Path(path).expanduser())


def deleted(path: str) -> None:
    """Delete a file, if it is there."""
    Path(path).expanduser().unlink(missing_ok=True)
