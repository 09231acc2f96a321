"""Writes RESULTS.md from what was measured."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any


def write_report(results: Path, report: Path) -> None:
    """Write the tables of `results`, a JSON file of `bench.py`, as Markdown to `report`."""
    measured = json.loads(results.read_text(encoding="utf-8"))
    report.write_text("\n".join(lines(measured)) + "\n", encoding="utf-8")


def lines(measured: Mapping[str, Any]) -> Iterator[str]:
    """Give the report line by line."""
    versions = ", ".join(f"{name} {number}" for name, number in measured["versions"].items())
    load = max(measured["load"])
    yield "# Results"
    yield ""
    yield f"Measured by `make bench` on {measured['day']}: {measured['cores']} cores, {measured['memory']}"
    yield f"of memory, {measured['system']}; {versions}."
    yield ""
    runs = f"the median of {measured['runs']} runs" if measured["runs"] > 1 else "one run"
    yield f"A figure is {runs}, the contestants in turn; a ratio is to the first line of"
    yield "its table. *s* is by the clock, *CPU s* what the process used of all cores."
    yield f"The load average (15 minutes, what is measured included) was up to {load}."
    if load > 1.5 * measured["cores"]:
        yield "That is other work on the machine: by the clock all took longer than alone. Go by the ratios of CPU s."
    yield ""
    yield "![Seconds of a year and of one day](results.svg)"
    for table in measured["tables"]:
        yield ""
        yield f"## {table['title']}"
        yield ""
        yield table["note"]
        yield ""
        yield from table_lines(table)


def table_lines(table: Mapping[str, Any]) -> Iterator[str]:
    """Give the lines of a Markdown table."""
    if table["section"] == "size":
        yield "| | makes | MB | ratio |"
        yield "| --- | --- | ---: | ---: |"
    else:
        yield "| | makes | s | min to max | ratio | CPU s | ratio | peak MB |"
        yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    first = table["rows"][0]
    for row in table["rows"]:
        seconds = [sample["seconds"] for sample in row["samples"]]
        clock, cpu, peak = figure(row, "seconds"), figure(row, "cpu_seconds"), figure(row, "peak_mb")
        cells = [row["name"], row["what"], f"{clock:.2f}"]
        if table["section"] != "size":
            cells.append(f"{min(seconds):.2f} to {max(seconds):.2f}")
        cells.append(f"{clock / figure(first, 'seconds'):.2f}")
        if table["section"] != "size":
            cells += [shown(cpu), shown(cpu / figure(first, "cpu_seconds")), shown(peak, 0)]
        yield f"| {' | '.join(cells)} |"


def figure(row: Mapping[str, Any], name: str) -> float:
    """Return the median of a figure over a row's samples."""
    return float(median(sample[name] for sample in row["samples"]))


def shown(value: float, digits: int = 2) -> str:
    """Return a number as text; nothing for what was not measured."""
    return "" if math.isnan(value) else f"{value:.{digits}f}"
