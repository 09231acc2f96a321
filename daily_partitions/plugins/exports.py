"""A dbt-duckdb plugin: writes the files of an export, several at once, and gets their places ready.

DuckDB writes the file of a day with one thread, as its rows are few and in order. COPY makes no folder, and SQL renames
and deletes no file.
"""

import errno
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.environments import Environment
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb.func import SPECIAL
from duckdb.sqltypes import BIGINT, VARCHAR
from progress import Progress


class Plugin(BasePlugin):
    """Gives SQL the function `exported(file_name, done, total, copies)`, which runs what each of `copies` says.

    `done` of `total` files of this name were written before. It is null where all is well, and else says what is wrong:
    an error raised in a function in Python is shown with its traceback.
    """

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Remember what each cursor is set up by."""
        self._credentials = creds

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Make the function known to all connections of the process."""
        begun: dict[str, Progress] = {}

        def export(copy: str) -> None:
            with conn.cursor() as cursor:
                Environment.initialize_cursor(self._credentials, cursor)  # with the time zone, for one
                cursor.execute(copy)

        def exported(file_name: str, done: int, total: int, copies: Sequence[str]) -> str | None:
            if done == 0:
                begun[file_name] = Progress(file_name, total)
            try:
                with conn.cursor() as cursor:
                    (threads,) = cursor.execute("select current_setting('threads')").fetchone() or (1,)
                with ThreadPoolExecutor(threads) as pool:
                    for count, _ in enumerate(pool.map(export, copies), start=1):
                        begun[file_name].is_at(done + count)
            except (duckdb.Error, OSError) as error:
                return str(error)
            return None

        define = partial(conn.create_function, side_effects=True, null_handling=SPECIAL)
        define("exported", exported, [VARCHAR, BIGINT, BIGINT, duckdb.list_type(VARCHAR)], VARCHAR)


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


FUNCTIONS = {
    "made_ready": (made_ready, [VARCHAR], VARCHAR),
    "put_in_place": (put_in_place, [VARCHAR, VARCHAR], VARCHAR),
    "deleted": (deleted, [VARCHAR], VARCHAR),
}
