"""Reads the header of a CSV, and counts its rows, by another road than DuckDB's reader."""

import codecs
import csv
import gzip
import io
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

import duckdb
import zstandard
from duckdb.sqltypes import BIGINT, BOOLEAN, VARCHAR

CHUNK_BYTES = 1 << 20
HEADER_BYTES = 1 << 16
# a file that is gone, or cut off in the middle of what is packed
UNREADABLE = (OSError, EOFError, zstandard.ZstdError)


def has_other_lines(paths: Sequence[str], rows: int) -> bool | None:
    """Return True if the files do not have `rows` lines together, each without its first one, or cannot be read."""
    left = rows
    for path in paths:
        try:
            with _opened(path) as stream:
                left -= _lines(stream, most=left + 1) - 1
        except UNREADABLE:
            return True
        if left < 0:
            break
    return True if left else None


def csv_records(path: str, delimiter: str, expected: int) -> str | None:
    """Return the rows of a CSV file without its header, if they are not as many as `expected`; blank lines are none.

    Of a file that cannot be read to its end it returns why.

    Where there are `expected` rows if each line is one, that is taken for right: counting lines costs little. Only a
    file with blank lines, or with line breaks in quotes, is taken apart. With -1 for `expected` each file is.
    """
    try:
        with _opened(path) as stream:
            if _lines(stream, most=expected + 1) - 1 == expected:
                return None
        csv.field_size_limit(sys.maxsize)
        with _opened(path) as stream, io.TextIOWrapper(stream, encoding="latin-1", newline="") as text:
            # Python 3.10 refuses a NUL
            rows = csv.reader((line.replace("\0", " ") for line in text), delimiter=delimiter, skipinitialspace=True)
            return str(max(sum(1 for row in rows if row) - 1, 0))
    except UNREADABLE as error:
        return f"{type(error).__name__}: {error}"


def first_line(path: str) -> str | None:
    """Return a CSV's first line; None if it has none that is UTF-8 and less than 64 KB."""
    with _opened(path) as stream:
        start = stream.read(HEADER_BYTES)
    line = re.split(b"[\r\n]", start.removeprefix(codecs.BOM_UTF8), maxsplit=1)[0]
    try:
        return line.decode() if line.strip() and len(line) < HEADER_BYTES else None
    except UnicodeDecodeError:
        return None


def names_in(line: str, delimiter: str) -> list[str]:
    """Return the names of the columns in a header, in lower case."""
    fields = next(csv.reader([line.replace("\0", " ")], delimiter=delimiter, skipinitialspace=True))
    return [field.strip().lower() for field in fields]


def _opened(path: str) -> BinaryIO:
    if path.lower().endswith(".gz"):
        return cast("BinaryIO", gzip.open(path))
    if path.lower().endswith(".zst"):
        return cast("BinaryIO", io.BufferedReader(_Unpacked(path), CHUNK_BYTES))
    return Path(path).open("rb")


class _Unpacked(io.RawIOBase):
    """A file packed by Zstandard. Other than the package's own reader it says when the file ends too early."""

    def __init__(self, path: str) -> None:
        self._file = Path(path).open("rb")  # noqa: SIM115
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._packed, self._left = b"", memoryview(b"")
        self._is_within = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  # of what Python calls a buffer
        while not self._left:
            self._packed = self._packed or self._file.read(CHUNK_BYTES)
            if not self._packed:
                if self._is_within:
                    raise EOFError("the file ends before what is packed in it does")
                return 0
            self._left, self._is_within = memoryview(self._frame.decompress(self._packed)), True
            self._packed = b""
            if self._frame.eof:
                self._packed, self._is_within = self._frame.unused_data, False
                self._frame = zstandard.ZstdDecompressor().decompressobj()
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def _lines(stream: BinaryIO, most: int) -> int:
    """Return how many lines there are; of more than `most` it is not said how many."""
    count, last = 0, b"\n"
    while count <= most and (chunk := stream.read(CHUNK_BYTES)):
        count += chunk.count(b"\n")
        last = chunk[-1:]
    return count + (last != b"\n")


FUNCTIONS = {
    "has_other_lines": (has_other_lines, [duckdb.list_type(VARCHAR), BIGINT], BOOLEAN),
    "csv_records": (csv_records, [VARCHAR, VARCHAR, BIGINT], VARCHAR),
}
