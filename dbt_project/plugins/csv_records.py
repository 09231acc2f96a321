"""A dbt-duckdb plugin: counts the rows of a CSV by another road than the reader that DuckDB reads it with."""

import csv
import gzip
import io
import sys
from pathlib import Path
from typing import BinaryIO, cast

import duckdb
import zstandard
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb.sqltypes import BIGINT, VARCHAR

CHUNK_BYTES = 1 << 20


class Plugin(BasePlugin):
    """Gives SQL the function `csv_records(path, delimiter, expected)`."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Make the function known to all connections of the process."""
        conn.create_function("csv_records", csv_records, [VARCHAR, VARCHAR, BIGINT], BIGINT, side_effects=True)


def csv_records(path: str, delimiter: str, expected: int) -> int:
    """Return the rows of a CSV file without its header; blank lines are none.

    Where there are `expected` rows if each line is one, that is the answer: counting lines costs little. Only a file
    with blank lines, or with line breaks in quotes, is taken apart. With -1 for `expected` each file is.
    """
    with _opened(path) as stream:
        if _lines(stream) - 1 == expected:
            return expected
    csv.field_size_limit(sys.maxsize)
    with _opened(path) as stream, io.TextIOWrapper(stream, encoding="latin-1", newline="") as text:
        # Python 3.10 refuses a NUL
        rows = csv.reader((line.replace("\0", " ") for line in text), delimiter=delimiter, skipinitialspace=True)
        return max(sum(1 for row in rows if row) - 1, 0)


def _opened(path: str) -> BinaryIO:
    if path.lower().endswith(".gz"):
        return cast("BinaryIO", gzip.open(path))
    if path.lower().endswith(".zst"):
        stream = Path(path).open("rb")  # noqa: SIM115
        return cast("BinaryIO", zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True))
    return Path(path).open("rb")


def _lines(stream: BinaryIO) -> int:
    count, last = 0, b"\n"
    while chunk := stream.read(CHUNK_BYTES):
        count += chunk.count(b"\n")
        last = chunk[-1:]
    return count + (last != b"\n")
