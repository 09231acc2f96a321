"""What the files of the feed and of the exports look like from outside, which costs next to nothing to ask."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dbt.contracts.graph.manifest import Manifest

if TYPE_CHECKING:
    from orchestration.project import Project


def feed_patterns(project: "Project", parsed: Manifest) -> Sequence[str]:
    """Return a pattern for the paths of the feed's files; none if it is a query or in a bucket."""
    source, table = project.feed.split(".")
    (found,) = [one for one in parsed.sources.values() if (one.source_name, one.name) == (source, table)]
    location = str({**found.meta, **found.config.meta}.get("external_location", ""))
    if not location.startswith("'"):
        return []
    return _patterns(project, location[1:-1].replace("''", "'").replace("{{", "{").replace("}}", "}"))


def export_patterns(project: "Project") -> Sequence[str]:
    """Return a pattern for the paths of each export's files; none if they are in a bucket."""
    paths = [project.path_of(export) for export in project.exports]
    return [pattern for path in paths for pattern in _patterns(project, f"{project.export_dir}/{path}")]


def fingerprints(patterns: Sequence[str]) -> Mapping[str, str]:
    """Return for each pattern a hash of the paths, sizes and times of change (ns) of the files that it fits."""
    return {pattern: _fingerprint(pattern) for pattern in patterns}


def _patterns(project: "Project", path: str) -> Sequence[str]:
    """Return a pattern with a `*` for each field of a date in the path, and for all files below if it is a folder."""
    if "://" in path:
        return []
    here = str(project.profiles / Path(path).expanduser())
    return [re.sub("%-?[A-Za-z]", "*", here)]


def _fingerprint(pattern: str) -> str:
    found, root = hashlib.sha256(), Path("/")
    files = {*root.glob(pattern.lstrip("/")), *root.glob(f"{pattern.lstrip('/')}/**/*")}
    for path in sorted(files):
        with suppress(FileNotFoundError):  # gone since
            seen = path.stat()
            found.update(f"{path} {seen.st_size} {seen.st_mtime_ns} {seen.st_ino}\n".encode())
    return found.hexdigest()[:16]
