"""Draws results.svg from what was measured: a bar for each contestant, a panel for each table of a year or a day."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from math import ceil, floor, log10
from pathlib import Path
from typing import Any

from benchmarks.report import figure

SECTIONS = ("year", "day")
WIDTH, LEFT, RIGHT = 900, 200, 140  # pixels: of all, and beside the bars for names and figures
ROW, BAR, TITLE = 18, 12, 42
STYLE = (
    "text { font: 11px sans-serif } .title { font-weight: bold } .name { text-anchor: end }"
    " .scale { fill: gray; text-anchor: middle } path { stroke: gainsboro }"
    " rect { fill: silver } .ours { fill: steelblue }"
)


def write_picture(results: Path, picture: Path) -> None:
    """Draw `results`, a JSON file of `bench.py`, as an SVG to `picture`."""
    measured = json.loads(results.read_text(encoding="utf-8"))
    picture.write_text("\n".join(lines(measured)) + "\n", encoding="utf-8")


def lines(measured: Mapping[str, Any]) -> Iterator[str]:
    """Give the picture line by line, with a line for each bar: the same figures give the same bytes."""
    tables = [table for table in measured["tables"] if table["section"] in SECTIONS] or measured["tables"]
    seconds = [figure(row, "seconds") for table in tables for row in table["rows"]]
    # one logarithmic scale for all panels, with whole powers of ten as its ends
    least, most = floor(log10(min(seconds))), ceil(log10(max(seconds)))
    decade = (WIDTH - LEFT - RIGHT) / max(most - least, 1)

    height = sum(TITLE + ROW * len(table["rows"]) for table in tables) + ROW
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}">'
    yield f"<style>{STYLE}</style>"
    yield '<rect width="100%" height="100%" style="fill: white" />'
    top = 0
    for table in tables:
        yield f'<text class="title" x="{LEFT}" y="{top + 18}">{escape(table["title"])}</text>'
        top += TITLE
        bottom = top + ROW * len(table["rows"])
        ticks = {power: round(LEFT + (power - least) * decade) for power in range(least, most + 1)}
        yield f'<path d="{" ".join(f"M{x} {top}V{bottom}" for x in ticks.values())}" />'
        yield "".join(
            f'<text class="scale" x="{x}" y="{top - 5}">{10.0**power:g} s</text>' for power, x in ticks.items()
        )
        for row in table["rows"]:
            yield bar(row, figure(table["rows"][0], "seconds"), top, least, decade)
            top += ROW
    yield "</svg>"


def bar(row: Mapping[str, Any], first: float, top: int, least: int, decade: float) -> str:
    """Give a contestant's name, bar and figure; `first` are the seconds its ratio is to, `decade` the pixels of one."""
    seconds = figure(row, "seconds")
    length = (log10(seconds) - least) * decade
    ours = ' class="ours"' if row["name"].startswith("this pipeline") else ""
    place = f'x="{LEFT}" y="{top + 3}" width="{length:.1f}" height="{BAR}"'
    return (
        f'<text class="name" x="{LEFT - 6}" y="{top + 13}">{escape(row["name"])}</text><rect{ours} {place} />'
        f'<text x="{LEFT + length + 5:.1f}" y="{top + 13}">{seconds:.1f} s, {seconds / first:.1f}x</text>'
    )
