"""Whether feed, exports and warehouse are in each other's place."""

import os
import posixpath
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import PurePosixPath

import duckdb
from duckdb.sqltypes import DATE, VARCHAR
from feed_files import WILDCARD, path_pattern

TEXTS = duckdb.list_type(VARCHAR)
SCHEMES = {"s3a": "s3", "s3n": "s3", "gcs": "gs"}
_REAL: dict[PurePosixPath, PurePosixPath] = {}  # folders without links, of one call


def overlap(  # noqa: PLR0913, PLR0917  # as SQL calls it
    files: list[str] | None,
    patterns: list[str],
    folder: str,
    paths: list[str],
    first: date,
    last: date,
    databases: list[str],
) -> str | None:
    """Return what is or would be in two places, in words; None if nothing is.

    `files` are those of the feed and `patterns` say which others would be of it; below `folder` each day from `first`
    to `last` has exports at these `paths`, which have the day's fields as strftime has them. `databases` are the
    warehouse and, behind it, its copy for readers. Links are followed, as what reads and writes there does.
    """
    _REAL.clear()
    exports = set(export_places(folder, paths, first, last))
    feed = {real_path(file) for file in files or []}
    found = [re.compile(path_pattern(real_pattern(pattern))) for pattern in patterns]
    in_feed = [place for place in exports if place in feed or any(pattern.fullmatch(place) for pattern in found)]
    if in_feed:
        return f"{min(in_feed)} is a file of the feed, or would be, and an export too"
    taken: dict[str, str] = {}
    for what, database in zip(("the warehouse", "the copy for readers"), databases, strict=False):
        place = real_path(database)
        if database == ":memory:":
            continue
        if place in exports:
            taken[place] = "an export"
        elif place in feed or any(pattern.fullmatch(place) for pattern in found):
            taken[place] = "a file of the feed"
        if place in taken:
            return f"{database} is {what} and {taken[place]} too"
        taken[place] = what
    return None


def export_places(folder: str, paths: Sequence[str], first: date, last: date) -> Iterator[str]:
    """Give where the exports of these days really are, or will be."""
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        for path in paths:
            yield real_path(f"{folder.rstrip('/')}/{day.strftime(path)}")


def real_pattern(pattern: str) -> str:
    """Return a glob without links and dots in what stands before its first wildcard."""
    wildcard = WILDCARD.search(pattern)
    if not wildcard:
        return real_path(pattern)
    base = pattern[: wildcard.start()].rpartition("/")[0]
    return real_path(base or "/").rstrip("/") + pattern[len(base) :]


def real_path(path: str) -> str:
    """Return a path, or an address in a bucket, in its one form."""
    scheme, is_remote, rest = path.partition("://")
    if is_remote:
        return f"{SCHEMES.get(scheme.lower(), scheme.lower())}://{posixpath.normpath(rest)}"
    whole = PurePosixPath(os.path.abspath(os.path.expanduser(path)))  # noqa: PTH100, PTH111  # of what need not be there
    return os.path.realpath(whole) if os.path.islink(whole) else str(_real_folder(whole.parent) / whole.name)  # noqa: PTH114


def _real_folder(folder: PurePosixPath) -> PurePosixPath:
    # as realpath, which would look at each folder above again for each of thousands of files
    if folder == folder.parent:
        return folder
    if folder not in _REAL:
        is_link = os.path.islink(folder)  # noqa: PTH114
        _REAL[folder] = (
            PurePosixPath(os.path.realpath(folder)) if is_link else _real_folder(folder.parent) / folder.name
        )
    return _REAL[folder]


FUNCTIONS = {"overlap": (overlap, [TEXTS, TEXTS, VARCHAR, TEXTS, DATE, DATE, TEXTS], VARCHAR)}
