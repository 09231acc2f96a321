"""The limit that the benchmark compares with must do the pipeline's work, or it is no limit."""

import re
import runpy
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
from conftest import HEADER, ROOT, Pipeline

from benchmarks.feeds import COLUMNS

FIRST, LAST = "2026-01-01", "2026-03-31"


def test_the_bare_script_writes_the_same_bytes_as_the_pipeline(pipeline: Pipeline) -> None:
    sample = (ROOT / "seeds" / "raw_sales.csv").read_text(encoding="utf-8").splitlines()
    # it believes every row, so it gets those that can be read
    unreadable = runpy.run_path(str(ROOT / "seeds" / "make_raw_sales.py"))["UNREADABLE"].values()
    pipeline.write_feed(*(line for line in sample if f"{line}\n" != HEADER and line not in unreadable))
    assert pipeline.run_range(FIRST, LAST).success

    bare = pipeline.root / "bare"
    feed = f"read_csv('{pipeline.root / 'feed.csv'}', header = true, columns = {COLUMNS})"
    script = str(ROOT / "benchmarks" / "peers" / "bare_duckdb.py")
    places = ["--feed", feed, "--warehouse", str(pipeline.root / "bare.duckdb"), "--exports", str(bare)]
    subprocess.run([sys.executable, script, *places, "--first", FIRST, "--last", LAST], check=True)

    written = {str(path.relative_to(bare)): path.read_bytes() for path in bare.rglob("*.csv")}
    assert len(written) == 180
    assert written == {name: content for name, (content, _) in pipeline.files().items()}


def test_the_picture_shows_the_seconds_and_the_ratios_of_the_published_tables() -> None:
    drawn = ET.parse(ROOT / "benchmarks" / "results.svg").getroot()  # noqa: S314
    texts = [str(text.text) for text in drawn.iter("{http://www.w3.org/2000/svg}text") if text.get("class") != "scale"]
    published = (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    row = re.compile(r"^\| (.*?) \| .*? \| ([\d.]+) \| .*? \| ([\d.]+) \|", re.MULTILINE)
    expected: list[str] = []
    figures: list[float] = []
    for title, table in re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", published, re.MULTILINE | re.DOTALL):
        if title in texts:
            expected.append(title)
            for name, seconds, ratio in row.findall(table):
                expected.append(name)
                figures += [float(seconds), float(ratio)]
    said = [re.fullmatch(r"([\d.]+) s, ([\d.]+)x", text) for text in texts]
    assert [text for text, figure in zip(texts, said, strict=True) if not figure] == expected
    assert [float(one) for figure in said if figure for one in figure.groups()] == pytest.approx(figures, abs=0.06)
