"""Draws results.svg from what was measured: a bar for each contestant, a panel for each table of a year or a day."""

import json
import sys
from pathlib import Path
from statistics import median

import matplotlib as mpl
from matplotlib import pyplot as plt

SECTIONS = ("year", "day")


def main() -> None:
    """Read the JSON of `bench.py`, the first argument, and write an SVG to the second."""
    results, plot = map(Path, sys.argv[1:])
    measured = json.loads(results.read_text(encoding="utf-8"))
    tables = [table for table in measured["tables"] if table["section"] in SECTIONS] or measured["tables"]
    mpl.rcParams["svg.hashsalt"] = "results"  # the same figures give the same bytes
    heights = [len(table["rows"]) + 1.5 for table in tables]
    figure, panels = plt.subplots(
        len(tables), figsize=(9, 0.3 * sum(heights)), layout="constrained", squeeze=False, height_ratios=heights
    )
    for table, panel in zip(tables, panels[:, 0], strict=True):
        names = [row["name"] for row in table["rows"]]
        seconds = [median(sample["seconds"] for sample in row["samples"]) for row in table["rows"]]
        colors = ["tab:blue" if name.startswith("this pipeline") else "silver" for name in names]
        bars = panel.barh(names, seconds, color=colors)
        panel.bar_label(
            bars, labels=[f"{one:.1f} s, {one / seconds[0]:.1f}x" for one in seconds], padding=3, fontsize=8
        )
        panel.invert_yaxis()
        panel.set_xscale("log")
        panel.set_xlim(right=max(seconds) * 4)
        panel.set_title(table["title"], loc="left", fontsize=9)
        panel.tick_params(labelsize=8)
        panel.spines[["top", "right"]].set_visible(False)
    figure.savefig(plot, metadata={"Date": None})


if __name__ == "__main__":
    main()
