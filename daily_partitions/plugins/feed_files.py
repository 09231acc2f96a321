"""A dbt-duckdb plugin: what the feed's files are, looked at once a run, and what the exported files are.

DuckDB tells a file's size and the second it was written in. That a file was written again within that second, or put
in another's place with its time, is told by what the file system knows beside: nanoseconds, time of change and inode.

Each function writes what it saw as JSON into a folder of this process, for SQL to read from there. It is null itself
where all is well, since at any other result of a function in Python DuckDB imports pandas, and else says what is wrong
with the feed. What is there already is not looked at again, so that all of a run sees the same files.
"""

import hashlib
import json
import os
import re
import stat
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial, wraps
from operator import attrgetter
from pathlib import Path
from typing import Any

import duckdb
from csv_records import CHUNK_BYTES, UNREADABLE, first_line, names_in
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
# of a date, as DuckDB and Python both have them
FIELDS_OF_DATE = frozenset("aAbBdGjmuUVwWyY")
FIELDS_OF_YEAR = frozenset("GyY")
DIGITS = {"Y": 4, "G": 4, "j": 3, "u": 1, "w": 1}  # the others have two
WILDCARDS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
WILDCARD = re.compile(r"[*?[]")
TOKEN = re.compile(r"\*\*/|\*\*|\[[^]]+]|.", re.DOTALL)


class FeedError(Exception):
    """The feed cannot be read as it is."""


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
                    files = list(listed(cursor, patterns, is_by_day=bool(FIELD.search(path))))
                _write(out, files_of_days(files, path, first, last))

        def noted_facts(files: list[str] | None, hashes: bool, name: str) -> None:  # noqa: FBT001  # as SQL calls it
            _write(self._out(name), (facts(file) | (md5_of(file) if hashes else {}) for file in files or []))

        def noted_headers(files: list[str], delimiter: str, name: str) -> None:
            if not (out := self._out(name)).exists():
                with conn.cursor() as cursor:
                    _write(out, (header(cursor, file, delimiter) for file in files))

        define("noted_files", told(noted_files), [TEXTS, VARCHAR, DATE, DATE, VARCHAR], VARCHAR)
        define("noted_facts", told(noted_facts), [TEXTS, BOOLEAN, VARCHAR], VARCHAR)
        define("noted_headers", told(noted_headers), [TEXTS, VARCHAR, VARCHAR], VARCHAR)

    def configure_cursor(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Tell SQL the folder."""
        cursor.execute(f"set variable noted = '{self._folder.name}/'")

    def _out(self, name: str) -> Path:
        return Path(self._folder.name, f"{name}.json")


def told(function: Callable[..., None]) -> Callable[..., str | None]:
    """Return a function that returns what is wrong with the feed: DuckDB would show an error with its traceback."""

    @wraps(function)  # DuckDB asks how many arguments it has
    def tell(*values: Any) -> str | None:  # noqa: ANN401  # as SQL has them
        try:
            function(*values)
        except OSError as error:
            return (
                f"cannot be read: {error.strerror}: {error.filename}" if error.filename else f"cannot be read: {error}"
            )
        except FeedError as error:
            return str(error)
        return None

    return tell


def listed(cursor: duckdb.DuckDBPyConnection, patterns: Sequence[str], *, is_by_day: bool) -> Iterator[dict[str, Any]]:
    """Give the facts of all files that match the patterns; those in a bucket are asked for by DuckDB.

    A file that is there under several names, by links, is given once, unless its name tells the day.
    """
    local, remote = set[str](), set[str]()
    for pattern in patterns:
        if "://" not in pattern:
            local.update(files_at(pattern))
            continue
        for each in [pattern] if "**" in pattern else [pattern, f"{pattern.rstrip('/')}/**"]:
            root, named = _root(each), cursor.execute(f"select file from glob({_text(each)})").fetchall()
            remote.update(file for (file,) in named if not any(map(_is_hidden, file[len(root) :].split("/"))))
    if remote:
        texts = ", ".join(map(_text, sorted(remote)))
        query = f"select filename, size, epoch_ns(last_modified) from read_blob([{texts}])"
        for file, size, modified_ns in cursor.execute(query).fetchall():
            yield {"file": file, "size": size, "modified_ns": modified_ns}
    yield from map(facts, sorted(local) if is_by_day else _once(local))


def files_at(pattern: str) -> Iterator[str]:
    """Give the local files that a glob names, and those below the folders that it names, which may be links.

    What begins with `.` or `_` is hidden from wildcards, and so is what is below a hidden folder.

    Raises:
        OSError: a folder cannot be read.

    """
    root = _root(pattern)
    yield from _files_at(root, [part for part in pattern[len(root) :].split("/") if part])


def _files_at(place: str, parts: Sequence[str]) -> Iterator[str]:
    if not parts:
        if os.path.isfile(place):  # noqa: PTH113  # of thousands of files a Path of each takes as long again
            yield place
        else:
            yield from _files_below(place)
    elif parts[0] == "**":
        for folder in _folders(place):
            yield from _files_at(folder, parts[1:]) if parts[1:] else _files_in(folder)
    elif not WILDCARD.search(parts[0]):
        yield from _files_at(f"{place.rstrip('/')}/{parts[0]}", parts[1:])
    else:
        fits = re.compile("(?s:" + "".join(map(_glob_pattern, TOKEN.findall(parts[0]))) + ")")
        for entry in _entries(place):
            is_hidden = _is_hidden(entry.name) and entry.name[0] != parts[0][0]
            if entry.name == parts[0] or (fits.fullmatch(entry.name) and not is_hidden):
                if not parts[1:] and entry.is_file():
                    yield entry.path
                elif entry.is_dir():
                    yield from _files_at(entry.path, parts[1:]) if parts[1:] else _files_below(entry.path)


def _files_below(place: str) -> Iterator[str]:
    for folder in _folders(place):
        yield from _files_in(folder)


def _files_in(folder: str) -> Iterator[str]:
    yield from (entry.path for entry in _entries(folder) if not _is_hidden(entry.name) and entry.is_file())


def _folders(place: str) -> Iterator[str]:
    """Give a folder and those below it, each once though links lead to it too, or back: by its own name, if it has one.

    The name of a folder may tell the day of the files in it.
    """
    seen: set[tuple[int, int]] = set()
    left = deque([place])
    while left:
        folder = left.popleft()
        try:
            found = os.stat(folder)  # noqa: PTH116
        except (FileNotFoundError, NotADirectoryError):
            continue
        if stat.S_ISDIR(found.st_mode) and (found.st_dev, found.st_ino) not in seen:
            seen.add((found.st_dev, found.st_ino))
            yield folder
            for entry in sorted(_entries(folder), key=attrgetter("name")):
                if not _is_hidden(entry.name) and entry.is_dir():
                    (left.append if entry.is_symlink() else left.appendleft)(entry.path)


def _entries(folder: str) -> Sequence[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_hidden(name: str) -> bool:
    """Tell whether a name is one that Spark and others leave out: `_temporary`, `.trash`, but not `_key=value`."""
    return name.startswith((".", "_")) and "=" not in name


def _root(pattern: str) -> str:
    """Return the folder before the first wildcard of a glob, or all of it if it has none or is there by this name."""
    if os.path.lexists(pattern):
        return pattern.rstrip("/") or "/"
    before = WILDCARD.split(pattern, maxsplit=1)[0]
    return before if before == pattern else before[: before.rfind("/") + 1]


def _once(files: Iterable[str]) -> Sequence[str]:
    """Return each file by one of its names, its own if that is among them."""
    real_folders: dict[str, str] = {}
    by_place: dict[str, str] = {}
    for file in sorted(files):
        folder, _, name = file.rpartition("/")
        if folder not in real_folders:
            real_folders[folder] = os.path.realpath(folder or "/")
        place = os.path.realpath(file) if os.path.islink(file) else f"{real_folders[folder].rstrip('/')}/{name}"  # noqa: PTH114
        if place not in by_place or place == file:
            by_place[place] = file
    return sorted(by_place.values())


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

    A file of a path without such a field is given once, without a day, and so is one that is of another day.

    Raises:
        FeedError: the path does not tell a day, or a file is of no day by its name.

    """
    fields = FIELD.findall(path)
    check_fields(path, fields)
    pattern = re.compile(path_pattern(path, [_pattern_of(field) for field in fields]))
    days: dict[tuple[str, ...], list[str | None]] = {}
    for day in (first + timedelta(days=n) for n in range((last - first).days + 1 if fields else 0)):
        days.setdefault(tuple(day.strftime(field) for field in fields), []).append(str(day))
    for file in files:
        match = pattern.fullmatch(file["file"]) if fields else None
        of_days = days.get(match.groups()) if match else None
        if fields and not of_days and not (match and is_any_day(fields, match.groups())):
            raise FeedError(
                f"has a file of which the name tells no day: {file['file']}. It is to be named as {path}; what is no"
                " part of the feed belongs elsewhere, or may begin with _"
            )
        for of_day in of_days or [None]:
            yield {**file, "partition_date": of_day}


def check_fields(path: str, fields: Sequence[str]) -> None:
    """See that the fields in a path tell a day.

    Raises:
        FeedError: they do not.

    """
    others = [field for field in fields if field[-1] not in FIELDS_OF_DATE]
    if others:
        fault = f"{others[0]} in its path, which is no part of a date. All files of a day are named by a folder or by *"
    elif fields and not FIELDS_OF_YEAR & {field[-1] for field in fields}:
        fault = (
            f"{fields[0]} in its path, and nothing there tells the year. If it is no part of a date, write ? for the %"
        )
    elif unclear := re.search("%-[a-z]%-?[A-Za-z]", path):
        fault = (
            f"{unclear[0]} in its path, which cannot be told apart in a name. Put something between them, or %m and %d"
        )
    else:
        return
    raise FeedError(f"has {fault}: {path}")


def is_any_day(fields: Sequence[str], values: Sequence[str]) -> bool:
    """Tell whether there is such a day. What a week is of a year is taken for right."""
    letters = [field[-1] for field in fields]
    if {"U", "V", "W", "G", "u", "w"} & set(letters):
        return True
    try:
        day = datetime.strptime(" ".join(values), " ".join(f"%{letter}" for letter in letters))  # noqa: DTZ007
    except ValueError:
        return False
    return [day.strftime(field) for field in fields] == list(values)


def _pattern_of(field: str) -> str:
    """Return what a field of a date looks like, as a regular expression."""
    if field[-1] in "aAbB":
        return r"[^\W\d]+"
    digits = DIGITS.get(field[-1], 2)
    return rf"\d{{1,{digits}}}" if "-" in field else rf"\d{{{digits}}}"


def path_pattern(path: str, fields: Sequence[str] = ()) -> str:
    """Return a glob as a regular expression, for the files it names and those in the folders it names.

    Each field of the date in it is a group, and has its own pattern in `fields`.
    """
    patterns = iter(fields)
    text = ""
    for literal, field in re.findall(r"([^%]+|%(?!-?[A-Za-z]))|(%-?[A-Za-z])", path.rstrip("/")):
        if field:
            text += f"({next(patterns, '')})"
        else:
            text += "".join(map(_glob_pattern, TOKEN.findall(literal)))
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
    """Return the first line of a CSV and the names in it, or neither if it has none; a bucket is read by DuckDB.

    Raises:
        FeedError: it cannot be opened, or is not compressed as its name says.

    """
    if "://" in file:
        (line,) = cursor.execute(FIRST_LINE.format(file=_text(file))).fetchone() or (None,)
    else:
        try:
            line = first_line(file)
        except UNREADABLE as error:
            raise FeedError(f"cannot be read: {file}: {error}") from error
    names = names_in(line, delimiter) if line and line.strip() else None
    return {"file": file, "line": line, "names": names}


def _text(value: str) -> str:
    """Return a text as SQL. As a parameter it would make DuckDB import pandas too."""
    return "'" + value.replace("'", "''") + "'"


def _write(out: Path, rows: Iterator[Mapping[str, Any]]) -> None:
    new = out.with_suffix(".new")
    new.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8", errors="surrogateescape")
    new.replace(out)
