"""A dbt-duckdb plugin: what the feed's files are, looked at once a run, and what the exported files are.

DuckDB tells a file's size and the second it was written in. That a file was written again within that second, or put
in another's place with its time, is told by what the file system knows beside: nanoseconds, time of change and inode.

Each function writes what it saw as JSON into a folder of this process, for SQL to read from there, and is null itself:
at any other result of a function in Python, DuckDB imports pandas. What is there already is not looked at again, so
that all of a run sees the same files.
"""

import hashlib
import json
import os
import re
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from csv_records import CHUNK_BYTES, first_line, names_in
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb.func import SPECIAL
from duckdb.sqltypes import BOOLEAN, DATE, VARCHAR

TEXTS = duckdb.list_type(VARCHAR)
# where a line has no delimiter it is one column, whatever stands in it
FIRST_LINE = r"""
    select line
    from read_csv(
        {file}, columns = {{'line': 'varchar'}}, auto_detect = false, header = false, delim = '\x00', quote = '',
        escape = '', strict_mode = false, parallel = false, ignore_errors = true, max_line_size = 65536,
        buffer_size = 131072
    )
    limit 1
"""
FIELD = re.compile("%-?[A-Za-z]")
WILDCARDS = {"**": ".*", "*": "[^/]*", "?": "[^/]"}


class Plugin(BasePlugin):
    """Gives SQL the functions `noted_files`, `noted_facts`, `noted_headers`, and the variable `noted`, their folder."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Make the folder, which goes when the process ends."""
        self._folder = tempfile.TemporaryDirectory(prefix="feed-files-")

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Make the functions known to all connections of the process."""
        define = partial(conn.create_function, side_effects=True, null_handling=SPECIAL)

        def noted_files(patterns: list[str], path: str, first: date, last: date, name: str) -> None:
            if not (out := self._out(name)).exists():
                with conn.cursor() as cursor:
                    files = list(listed(cursor, patterns))
                _write(out, files_of_days(files, path, first, last))

        def noted_facts(files: list[str] | None, hashes: bool, name: str) -> None:  # noqa: FBT001  # as SQL calls it
            _write(self._out(name), (facts(file) | (md5_of(file) if hashes else {}) for file in files or []))

        def noted_headers(files: list[str], delimiter: str, name: str) -> None:
            if not (out := self._out(name)).exists():
                with conn.cursor() as cursor:
                    _write(out, (header(cursor, file, delimiter) for file in files))

        define("noted_files", noted_files, [TEXTS, VARCHAR, DATE, DATE, VARCHAR], VARCHAR)
        define("noted_facts", noted_facts, [TEXTS, BOOLEAN, VARCHAR], VARCHAR)
        define("noted_headers", noted_headers, [TEXTS, VARCHAR, VARCHAR], VARCHAR)

    def configure_cursor(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Tell SQL the folder."""
        cursor.execute(f"set variable noted = '{self._folder.name}/'")

    def _out(self, name: str) -> Path:
        return Path(self._folder.name, f"{name}.json")


def listed(cursor: duckdb.DuckDBPyConnection, patterns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Give the facts of all files that match the patterns; those in a bucket are asked for by DuckDB."""
    found: set[str] = set()
    for pattern in patterns:
        found.update(file for (file,) in cursor.execute(f"select file from glob({_text(pattern)})").fetchall())
    visible = sorted(file for file in found if not Path(file).name.startswith((".", "_")))
    remote = [file for file in visible if "://" in file]
    if remote:
        texts = ", ".join(map(_text, remote))
        query = f"select filename, size, epoch_ns(last_modified) from read_blob([{texts}])"
        for file, size, modified_ns in cursor.execute(query).fetchall():
            yield {"file": file, "size": size, "modified_ns": modified_ns}
    yield from (facts(file) for file in visible if "://" not in file)


def facts(file: str) -> dict[str, Any]:
    """Return what tells whether a local file was written since: size in bytes, times in ns since 1970, and inode.

    Where no file is, only its name is returned.
    """
    try:
        seen = os.stat(file)  # noqa: PTH116  # of thousands of files a Path of each takes as long again
    except (FileNotFoundError, NotADirectoryError):
        return {"file": file}
    if stat.S_ISDIR(seen.st_mode):
        return {"file": file}
    return {
        "file": file,
        "size": seen.st_size,
        "modified_ns": seen.st_mtime_ns,
        "changed_ns": seen.st_ctime_ns,
        "inode": seen.st_ino,
    }


def md5_of(file: str) -> dict[str, Any]:
    """Return the MD5 of a local file, read piece by piece; DuckDB would hold all of it in memory."""
    md5 = hashlib.md5(usedforsecurity=False)
    try:
        with Path(file).open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                md5.update(chunk)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return {}
    return {"hash": md5.hexdigest()}


def files_of_days(
    files: Sequence[Mapping[str, Any]], path: str, first: date, last: date
) -> Iterator[Mapping[str, Any]]:
    """Give each file once for each day from `first` to `last` that it is of, by the fields of the date in `path`.

    A file of a path without such a field is given once, without a day, and so is one that is of none of the days.
    """
    fields = FIELD.findall(path)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)] if fields else []
    by_values: dict[tuple[str, ...], list[str]] = {}
    for day in days:
        by_values.setdefault(tuple(day.strftime(field) for field in fields), []).append(str(day))
    values = [sorted(set(those), key=len, reverse=True) for those in zip(*by_values, strict=True)]
    pattern = re.compile(path_pattern(path, values))
    for file in files:
        match = pattern.fullmatch(file["file"]) if days else None
        for of_day in by_values.get(match.groups(), [None]) if match else [None]:
            yield {**file, "partition_date": of_day}


def path_pattern(path: str, values: Sequence[Sequence[str]] = ()) -> str:
    """Return a glob as a regular expression, for the files it names and those in the folders it names.

    Each field of the date in it has one of its `values`, and is a group.
    """
    choices = iter(values)
    text = ""
    for literal, field in re.findall(r"([^%]+|%(?!-?[A-Za-z]))|(%-?[A-Za-z])", path.rstrip("/")):
        if field:
            text += f"({'|'.join(map(re.escape, next(choices, [])))})"
        else:
            text += "".join(map(_glob_pattern, re.findall(r"\*\*|\[[^]]+]|.", literal, re.DOTALL)))
    return f"(?s:{text}(?:/.*)?)"


def _glob_pattern(token: str) -> str:
    """Return one letter or wildcard of a glob as a regular expression."""
    if token in WILDCARDS:
        return WILDCARDS[token]
    if len(token) > 1:
        inner = token[1:-1].replace("\\", r"\\").replace("[", r"\[")
        letters = f"[^{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"
        try:
            re.compile(letters)
        except re.error:
            return re.escape(token)
        return letters
    return re.escape(token)


def header(cursor: duckdb.DuckDBPyConnection, file: str, delimiter: str) -> dict[str, Any]:
    """Return the first line of a CSV and the names in it, or neither if it has none; a bucket is read by DuckDB."""
    if "://" in file:
        (line,) = cursor.execute(FIRST_LINE.format(file=_text(file))).fetchone() or (None,)
    else:
        line = first_line(file)
    names = names_in(line, delimiter) if line and line.strip() else None
    return {"file": file, "line": line, "names": names}


def _text(value: str) -> str:
    """Return a text as SQL. As a parameter it would make DuckDB import pandas too."""
    return "'" + value.replace("'", "''") + "'"


def _write(out: Path, rows: Iterator[Mapping[str, Any]]) -> None:
    new = out.with_suffix(".new")
    new.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8", errors="surrogateescape")
    new.replace(out)
