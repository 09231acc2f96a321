# /// script
# requires-python = ">=3.10"
# dependencies = ["duckdb==1.5.5", "pandas>=2.2,<3", "pyarrow>=15", "pyspark>=4.1,<4.2"]
# ///
"""Let Spark sort a raw feed that is too large for one machine into a folder a day, which the pipeline reads.

    python examples/spark/feed_by_day.py 'raw/*.csv' feed --dbt .venv/bin/dbt
    RAW_SALES_PATH='feed/%Y-%m-%d' make heal

Spark moves rows and judges none. Its workers read the lines by DuckDB's CSV reader and find each row's day by the SQL
of the project, which dbt is asked for. A row goes into a Parquet file of its day, each column as the text it was. A
line that is no row goes into a CSV of its day, byte for byte, for the pipeline to reject. docs/spark.md says the rest.
"""

import argparse
import codecs
import csv
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.errors import PythonException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

# What the project says of its feed: the SQL for the day of a row, which is in raw_day, and for the text of the day in
# a malformed line, by the delimiter and by the number of the field
READING = """
{%- if execute -%}
    {%- set of_line = {} -%}
    {%- for delimiter in (",", "\t", daily_partitions.feed_meta("delimiter")) | select -%}
        {%- do of_line.update({delimiter: []}) -%}
        {%- for n in range(MOST) -%}
            {%- set names = [""] * n + [daily_partitions.day_source()] -%}
            {%- do of_line[delimiter].append(daily_partitions.day_field({"names": names, "delimiter": delimiter})) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ tojson({
        "column": daily_partitions.declared_day().source_name, "delimiter": daily_partitions.feed_meta("delimiter"),
        "day": daily_partitions.day_of_row("raw_day"), "of_line": of_line,
    }) }}
{%- endif -%}
"""
HEADER_BYTES = 1 << 16
CHUNK_BYTES = 1 << 25
TAB = "\t"
UNDATED = "undated"
# The pipeline refuses a file of no known kind by its name, and so it refuses a day that is not whole
UNFINISHED = "hand-over.unfinished"
LAST = "the last row of a chunk"


class RefusedError(Exception):
    """The feed cannot be handed over; the message says why."""


@dataclass(frozen=True)
class Kind:
    """What files with one header and one delimiter have in common, and the SQL for the day of their rows and lines.

    `day_of_row` is of the text `raw_day`, the field number `at`, and `day_of_line` of the whole text `line`.
    """

    header: bytes
    delimiter: str
    names: tuple[str, ...]
    at: int
    day_of_row: str
    day_of_line: str

    @property
    def end(self) -> bytes:
        """What its lines end with."""
        return b"\r\n" if self.header.endswith(b"\r") else b"\n"

    @property
    def columns(self) -> list[str]:
        """What is written: the day and the part, which become folders, and the columns of the feed."""
        return ["__day", "__part", *self.names]

    @property
    def schema(self) -> str:
        """The columns in Spark's SQL."""
        return ", ".join(f"`{name}` string" for name in self.columns)


def main(arguments: list[str] | None = None) -> None:
    """Hand the feed over, or say in a sentence why not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("feed", nargs="+", help="files, folders or patterns of CSV or TSV, .gz too: the whole feed")
    parser.add_argument("target", help="the folder that gets a folder a day, such as 2026-01-15")
    parser.add_argument("--dbt", default="dbt", help="the pipeline's dbt (default: %(default)s)")
    parser.add_argument("--project-dir", default="dbt_project", help="its project (default: %(default)s)")
    parser.add_argument(
        "--line-breaks", action="store_true", help="there are line breaks in quotes: each file is read by one task"
    )
    parser.add_argument(
        "--may-empty-days", action="store_true", help="let days vanish though there are dates that cannot be read"
    )
    options = parser.parse_args(arguments)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = SparkSession.builder.appName("feed_by_day").getOrCreate()
    try:
        said = hand_over(spark, options)
    except (RefusedError, PythonException) as error:
        told = re.search(r"RefusedError: (.*)", str(error))
        if isinstance(error, PythonException) and not told:
            raise
        sys.exit(f"{told[1] if told else error} Nothing was handed over.")
    finally:
        spark.stop()
    sys.stdout.write(f"{said}\n")


def hand_over(spark: SparkSession, options: argparse.Namespace) -> str:
    """Write the feed by day beside the target, count it, put it in place, and return what was done."""
    target = Place(spark, options.target.rstrip("/"))
    unpublished = Place(spark, f"{target.path}.unpublished")
    # one that was killed may still be writing into another
    beside = unpublished.child(str(uuid4()))
    kinds = kinds_of(spark, options)
    if options.line_breaks:
        for name in ("spark.sql.files.maxPartitionBytes", "spark.sql.files.openCostInBytes"):
            spark.conf.set(name, str(1 << 50))  # so that each file is a partition
    unpublished.delete()
    try:
        rows = lines = 0
        for n, (kind, files) in enumerate(kinds.items()):
            good, bad = write(spark, kind, files, f"{beside.path}/{n}", line_breaks=options.line_breaks)
            rows, lines = rows + good, lines + bad
        days = publish(beside, target, may_empty_days=options.may_empty_days)
    finally:
        unpublished.delete()
    return f"{rows + lines} rows in, {rows} handed over as rows and {lines} as lines that are none. {days}"


def write(spark: SparkSession, kind: Kind, files: list[str], path: str, *, line_breaks: bool) -> tuple[int, int]:
    """Write files of a kind by day, and return how many rows and how many malformed lines were written.

    Raises:
        RefusedError: It is not all that the files hold.

    """
    by_day(spark, kind, files, line_breaks=line_breaks).write.partitionBy("__day", "__part").parquet(f"{path}/rows")
    written = spark.read.schema(kind.schema).parquet(f"{path}/rows")
    bad = written.where("__part = 'lines'").select("__day", f.unhex(f"`{kind.names[0]}`").cast("string").alias("value"))
    # without line breaks in quotes a row is a line, and no column need be read
    rows, of_rows = counted(written.where("__part = 'rows'"), kind.names if line_breaks else ())
    lines, of_lines = counted(bad, ["value"])
    feed = spark.read.text(files, lineSep="\n").where("trim('\r' from value) != ''").count() - len(files)
    if feed != of_rows + of_lines:
        raise RefusedError(
            f"{files[0]} and the files like it have {feed} lines, and {of_rows + of_lines} came out by day."
            " Did the feed change meanwhile? Try it again."
        )
    if lines:
        ending = "tsv" if kind.delimiter == TAB else "csv"
        with_headers(spark, bad, kind).write.partitionBy("__day").text(f"{path}/{ending}")
    return rows, lines


def kinds_of(spark: SparkSession, options: argparse.Namespace) -> dict[Kind, list[str]]:
    """Return the files of the feed by what they have in common.

    Raises:
        RefusedError: There is none, or one is no CSV, has no header, or lacks the column that tells the day.

    """
    headers: dict[str, bytes] = {}
    for file in sorted({file for path in options.feed for file in Place(spark, path).files()}):
        header = Place(spark, file).head().removeprefix(codecs.BOM_UTF8).split(b"\n")[0]
        if not re.search(r"[.](csv|tsv)([.]gz)?$", file.lower()):
            raise RefusedError(f"{file} is neither CSV nor TSV.")
        if not header.strip() or b"\r" in header[:-1]:
            raise RefusedError(f"{file} has no header, or its lines end with a carriage return alone.")
        headers[file] = header
    if not headers:
        raise RefusedError(f"No file is at {' '.join(options.feed)}.")

    reading = reading_of(options, most=max(len(re.split(rb"\W", header)) for header in headers.values()))
    kinds: dict[Kind, list[str]] = {}
    for file, header in headers.items():
        delimiter = reading["delimiter"] or (TAB if ".tsv" in file.lower()[-7:] else ",")
        fields = next(csv.reader([header.decode()], delimiter=delimiter, skipinitialspace=True))
        names = [field.strip().lower() or f"column_{n}" for n, field in enumerate(fields, 1)]
        if reading["column"] not in names or len(set(names)) < len(names):
            raise RefusedError(f"{file} needs a column {reading['column']}, and no name twice: {', '.join(names)}.")
        at = names.index(reading["column"])
        day_of_line = reading["day"].replace("raw_day", f"({reading['of_line'][delimiter][at]})")
        kinds.setdefault(Kind(header, delimiter, tuple(names), at, reading["day"], day_of_line), []).append(file)
    return kinds


def reading_of(options: argparse.Namespace, most: int) -> dict[str, Any]:
    """Ask dbt how the project reads the day of a row, and of a malformed line in which it is one of `most` fields."""
    asked = READING.replace("MOST", str(most))
    with tempfile.TemporaryDirectory() as scratch:
        told = subprocess.run(  # noqa: S603
            [options.dbt, "--quiet", "compile", "--project-dir", options.project_dir, "--inline", asked],
            # the warehouse may be in use
            env={"DBT_TARGET_PATH": scratch, "DBT_LOG_PATH": scratch, **os.environ, "DUCKDB_PATH": ":memory:"},
            check=False,
            capture_output=True,
            text=True,
        )
    if told.returncode:
        raise RefusedError(f"dbt does not say how the project reads its feed: {told.stdout}{told.stderr}")
    return dict(json.loads(told.stdout))


def by_day(spark: SparkSession, kind: Kind, files: list[str], *, line_breaks: bool) -> DataFrame:
    """Return rows and malformed lines with their days; a large day is written by many tasks, a small one by one.

    The first column of a malformed line is its bytes in hexadecimal, the others are null.
    """
    split = f.concat_ws(" ", "_metadata.file_block_start", "_metadata.file_path")
    lines = spark.read.text(files, lineSep="\n").select(f.col("value").cast("binary"), split.alias("split"))

    def dated(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for chunk in chunks(batches, kind, line_breaks=line_breaks):
            yield from rows_of(chunk, kind)

    return lines.mapInArrow(dated, kind.schema).hint("rebalance", "__day")


@dataclass
class Chunk:
    """A CSV of some lines of a file, or of all where a row may have many; without blank ones, they are `lines`."""

    path: Path
    source: str
    line_breaks: bool
    lines: int = 0


def chunks(batches: Iterable[pa.RecordBatch], kind: Kind, *, line_breaks: bool) -> Iterator[Chunk]:
    """Give the lines as CSVs, each with the header, and with a row at the end that shows that no quote is open."""
    last = kind.delimiter.join([LAST] * len(kind.names)).encode() + kind.end
    with tempfile.TemporaryDirectory(prefix="feed-by-day-") as folder:
        path = Path(folder, "chunk.csv")
        for split, pieces in groupby(pieces_of(batches), key=lambda piece: piece[0]):
            block, source = split.split(" ", 1)
            is_first, is_open = block == "0", True
            while is_open:
                chunk, is_open = Chunk(path, source, line_breaks), False
                with path.open("wb") as file:
                    file.write(kind.header + b"\n")
                    for _, lines in pieces:
                        if is_first:  # a file begins with its header
                            del lines[0]
                            is_first = False
                        chunk.lines += len(lines) - lines.count(b"") - lines.count(b"\r")
                        file.writelines(line + b"\n" for line in lines)
                        newest = lines[-1] if lines else kind.header
                        if file.tell() > CHUNK_BYTES and not line_breaks:
                            is_open = True
                            break
                    if not newest.endswith(kind.end[:-1]):  # the last line of a file may end with nothing
                        file.seek(-1, os.SEEK_CUR)
                        file.write(kind.end)
                    file.write(last)
                if chunk.lines:
                    yield chunk


def pieces_of(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[str, list[bytes]]]:
    """Give the lines of each batch by the split of a file that they are of."""
    for batch in batches:
        runs, start = pc.run_end_encode(batch.column("split")), 0
        for split, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
            yield split, batch.column("value").slice(start, end - start).to_pylist()
            start = end


def rows_of(chunk: Chunk, kind: Kind) -> Iterator[pa.RecordBatch]:
    """Give the rows and the malformed lines of a chunk, as the pipeline would find them in it.

    Raises:
        RefusedError: A quote is open, or DuckDB cannot go on.

    """
    texts = ", ".join(f"f{n}: 'varchar'" for n in range(len(kind.names)))
    fields = ", ".join(f"f{n}" for n in range(len(kind.names)))
    rows = f"""
        select coalesce(strftime({kind.day_of_row}, '%Y-%m-%d'), '{UNDATED}'), 'rows', {fields}
        from (
            select *, f{kind.at} as raw_day
            from read_csv(
                '{chunk.path}', columns = {{{texts}}}, auto_detect = false, header = true, delim = '{kind.delimiter}',
                quote = '"', escape = '"', store_rejects = true
            )
        )
    """
    lines = f"""
        select start, line, is_open, coalesce(strftime({kind.day_of_line}, '%Y-%m-%d'), '{UNDATED}')
        from (
            select
                line_byte_position - 1 as start,
                any_value(trim(csv_line, e'\r\n')) as line,
                bool_or(error_type in ('UNQUOTED VALUE', 'LINE SIZE OVER MAXIMUM')) as is_open,
            from reject_errors
            group by all
        )
    """
    read, ended = 0, False
    with duckdb.connect(config={"threads": 1, "memory_limit": "512MB"}) as connection:
        try:
            connection.execute("set TimeZone = 'UTC'")
            for batch in connection.execute(rows).to_arrow_reader(100_000):
                is_last = pc.fill_null(pc.equal(batch.column(2), LAST), fill_value=False)
                ended = ended or bool(pc.any(is_last).as_py())
                found = batch.filter(pc.invert(is_last))
                read += found.num_rows
                yield pa.RecordBatch.from_arrays(found.columns, kind.columns)
            malformed = connection.execute(lines).fetchall()
        except duckdb.Error as error:
            raise RefusedError(f"DuckDB cannot read {chunk.source}: {str(error).splitlines()[0]}") from error

    if (
        not ended
        or any(is_open and re.search(r"[\r\n]", line) for _, line, is_open, _ in malformed)
        or (not chunk.line_breaks and read + len(malformed) != chunk.lines)
    ):
        raise RefusedError(
            f"A line of {chunk.source} ends within quotes. If quotes hold line breaks there, say --line-breaks;"
            " else close the quote: the rows behind it cannot be told apart."
        )
    if malformed:
        with chunk.path.open("rb") as file:
            texts = []
            for start, line, _, _ in malformed:
                file.seek(start)
                # DuckDB may begin with the end of the line before
                text = next(text for text in file if text.strip(b"\r\n"))
                text += b"".join(file.readline() for _ in range(line.count("\n")))
                # the last line of a file may end with nothing
                texts.append((text.rstrip(b"\r\n") + kind.end[:-1]).hex())
        nulls = [pa.nulls(len(malformed), pa.string())] * (len(kind.names) - 1)
        days = pa.array([day for *_, day in malformed])
        parts = pa.array(["lines"] * len(malformed))
        yield pa.RecordBatch.from_arrays([days, parts, pa.array(texts), *nulls], kind.columns)


def counted(rows: DataFrame, columns: Iterable[str]) -> tuple[int, int]:
    """Return how many rows there are, and how many lines that are not blank they take by the breaks in `columns`."""
    breaks = [f.coalesce(f.regexp_count(f"`{name}`", f.lit("\n(?!\r?\n)")), f.lit(0)) for name in columns]
    row = rows.select(f.count("*"), f.sum(sum(breaks, f.lit(1)))).head()
    return (row[0], row[1] or 0) if row else (0, 0)


def with_headers(spark: SparkSession, lines: DataFrame, kind: Kind) -> DataFrame:
    """Return the lines of each day behind a header, so that the CSV of a day begins with it."""
    header = spark.createDataFrame([(kind.header.decode(),)], "value string")
    first = lines.select("__day").distinct().crossJoin(header).withColumn("n", f.lit(0))
    return (
        first.unionByName(lines.withColumn("n", f.lit(1)))
        .repartition("__day")
        .sortWithinPartitions("__day", "n")
        .select("__day", "value")
    )


def publish(beside: "Place", target: "Place", *, may_empty_days: bool) -> str:
    """Put all days in their places; who reads a day meanwhile, or after this was killed, is refused.

    Raises:
        RefusedError: No row has a day, or days would vanish while there are dates that cannot be read.

    """
    new = files_by_day(beside)
    undated = new.pop(UNDATED, [])
    if not new:
        raise RefusedError("The feed has no row with a date that can be read.")
    gone = {name for name in target.names() if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", name)} - new.keys()
    if gone and undated and not may_empty_days:
        raise RefusedError(
            f"No row is left of {', '.join(sorted(gone))}, and there are rows whose date cannot be read. If they are of"
            " other days, say --may-empty-days."
        )
    # with the newest day that is complete, which is the one that is run next
    today = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    newest = max((day for day in new if day < today), default=min(new))
    new[newest] += undated

    days = {day: target.child(day) for day in sorted(gone | new.keys())}
    for place in days.values():
        place.child(UNFINISHED).create()
    for day, place in days.items():
        for name in place.names():
            if name != UNFINISHED:
                place.child(name).delete()
        for file in new.get(day, []):
            place.take(file)
    for day, place in days.items():
        (place if day in gone else place.child(UNFINISHED)).delete()
    return f"{len(new)} days are in {target.path}" + (
        f", with rows without a day among those of {newest}." if undated else "."
    )


def files_by_day(beside: "Place") -> dict[str, list[str]]:
    """Return what has been written for each day; of malformed lines, the CSVs with their headers."""
    found: dict[str, list[str]] = {}
    for file in beside.files():
        if "/__part=lines/" not in file:
            found.setdefault(file.split("/__day=")[1].split("/")[0], []).append(file)
    return found


@cache
def hadoop_of(spark: SparkSession) -> tuple[Any, Any, Any]:
    """Return Hadoop's classes for paths and for codecs, and its settings; to look for a class takes several calls."""
    context: Any = spark.sparkContext
    hadoop = context._jvm.org.apache.hadoop  # noqa: SLF001
    return hadoop.fs.Path, hadoop.io.compress.CompressionCodecFactory, context._jsc.hadoopConfiguration()  # noqa: SLF001


class Place:
    """A file, a folder or a pattern, wherever Spark can read."""

    def __init__(self, spark: SparkSession, path: str) -> None:
        """Find the file system that knows the path."""
        self.path, self._spark = path, spark
        self._make_path, self._codecs, self._conf = hadoop_of(spark)
        self._at = self._make_path(path)
        self._fs = self._at.getFileSystem(self._conf)

    def child(self, name: str) -> "Place":
        """Return what is in the folder by this name."""
        return Place(self._spark, f"{self.path}/{name}")

    def files(self) -> list[str]:
        """Return the files that match, and those below folders that do; what begins with a point or `_` is none."""
        found = []
        for status in self._fs.globStatus(self._at) or []:
            listed = self._fs.listFiles(status.getPath(), True)  # noqa: FBT003
            while listed.hasNext():
                path = listed.next().getPath()
                if not path.getName().startswith((".", "_")):
                    found.append(path.toString())
        return found

    def names(self) -> list[str]:
        """Return what is in the folder, if there is one."""
        if not self._fs.exists(self._at):
            return []
        return sorted(status.getPath().getName() for status in self._fs.listStatus(self._at))

    def head(self) -> bytes:
        """Return the first bytes of the file, unpacked."""
        stream = self._fs.open(self._at)
        codec = self._codecs(self._conf).getCodec(self._at)
        try:
            return bytes((codec.createInputStream(stream) if codec else stream).readNBytes(HEADER_BYTES))
        finally:
            stream.close()

    def create(self) -> None:
        """Make an empty file, and its folder."""
        self._fs.create(self._at, True).close()  # noqa: FBT003

    def take(self, file: str) -> None:
        """Move a file into the folder. Its name is its own, so that who had listed the old ones does not read it."""
        ending = re.search("/(csv|tsv)/__day=", file)
        name = f"{uuid4()}.{ending[1] if ending else 'parquet'}"
        if not self._fs.rename(self._make_path(file), self._make_path(f"{self.path}/{name}")):
            raise OSError(f"{file} could not be moved to {self.path}/{name}.")

    def delete(self) -> None:
        """Delete the file, or the folder with all that is in it, if it is there."""
        self._fs.delete(self._at, True)  # noqa: FBT003


if __name__ == "__main__":
    main()
