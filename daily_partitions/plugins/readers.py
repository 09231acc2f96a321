"""A copy of the warehouse for those who only read. No run waits for them, nor they for a run."""

import os
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import duckdb
from duckdb.sqltypes import VARCHAR


def copied_for_readers(warehouse: str, path: str, scratch: Sequence[str]) -> str | None:
    """Put a copy of the warehouse at `path`, whole, without the tables `scratch`; return why it could not be, if so.

    Nothing may write to the warehouse meanwhile, and all of it must be in its file (`force checkpoint`). Who has the
    copy of before open keeps reading that.
    """
    source, place = Path(warehouse).expanduser(), Path(path).expanduser()
    # under a name that a run of another warehouse does not take
    new = place.with_name(f"{place.name}.{os.getpid()}.unfinished")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        for left in place.parent.glob(f"{place.name}.*.unfinished*"):
            left.unlink()  # by a run that was killed
        shutil.copyfile(source, new)  # a copy of rows by DuckDB takes seven times as long
        with duckdb.connect(str(new)) as copy:
            name_without_catalog(copy, source.stem)
            for table in scratch:
                copy.execute(f"drop table if exists {table}")
        new.replace(place)
    except (OSError, duckdb.Error) as error:
        new.unlink(missing_ok=True)
        return str(error)
    return None


def name_without_catalog(copy: duckdb.DuckDBPyConnection, catalog: str) -> None:
    """Let the views name what they read without the warehouse's name, so that they work under any name it is given.

    A view that DuckDB prints in a form that it does not read stays as it was.
    """
    named = re.compile(rf'(?<![\w."])("{re.escape(catalog)}"|{re.escape(catalog)})\.(?=[\w"]+\.)')
    for (sql,) in copy.execute("select sql from duckdb_views() where not internal").fetchall():
        if named.search(sql):
            with suppress(duckdb.Error):
                copy.execute(named.sub("", sql).replace("CREATE VIEW", "CREATE OR REPLACE VIEW", 1))


FUNCTIONS = {"copied_for_readers": (copied_for_readers, [VARCHAR, VARCHAR, duckdb.list_type(VARCHAR)], VARCHAR)}
