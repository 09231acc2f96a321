"""The report: what it says of the days, to whom, and when it cannot."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timezone
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal

import duckdb
import pytest
from browser import needs_browser, opened
from conftest import ROOT, Pipeline
from dbt.contracts.graph.manifest import Manifest
from playwright.sync_api import expect

from report import charts
from report.page import render
from report.warehouse import Day, Facts, read_facts

HOSTILE = '<img src=x onerror="alert(1)"></svg><script>alert(2)</script>'
FEED = [
    "2026-01-15,Tea,2,5.00",
    "2026-01-15,Pen,1,1234.56",
    f'2026-01-15,"{HOSTILE.replace(chr(34), chr(34) * 2)}",1,0.01',
    "2026-01-16,Tea,1,5.00",
    "2026-01-17,Tea,-1,5.00",
    *["2026-01-18,Tea,1,5.00"] * 30,
    f"2026-01-18,{'x' * 300},many,1.00",
    "some day,Tea,1,1.00",
]


def report(warehouse: Path, output: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    """Write the report in a process of its own, as `make report` does."""
    return subprocess.run(
        [sys.executable, "-m", "report", "--output", str(output), *args],
        cwd=ROOT,
        env={**os.environ, "DUCKDB_PATH": str(warehouse)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, parsed: dict[str, Manifest]) -> Iterator[Pipeline]:
    """Four days: one published twice with other content, one without its file, one never run, one with a bad row."""
    settings = {"start_date": "2026-01-15", "timezone": "UTC"}
    with pytest.MonkeyPatch.context() as patch:
        pipeline = Pipeline(tmp_path_factory.mktemp("published"), patch, parsed)
        pipeline.write_feed(*FEED)
        assert pipeline.run_range("2026-01-15", "2026-01-16", **settings).success
        assert pipeline.run_day("2026-01-18", **settings).success
        pipeline.write_feed("2026-01-15,Tea,1,5.00", *FEED)
        assert pipeline.run_day("2026-01-15", **settings).success
        pipeline.csv_path("2026-01-16").unlink()
        assert pipeline.run("--select", "tag:health", **settings).success
        yield pipeline


@pytest.fixture(scope="module")
def page_file(published: Pipeline) -> Path:
    """The report on these days."""
    file = published.root / "report.html"
    written = report(published.warehouse, file)
    assert (written.returncode, written.stderr) == (0, "")
    assert "4 days, 2 of them wrong" in written.stdout
    return file


class Elements(HTMLParser):
    """The elements of a page, and what they link to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.links: set[str | None] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: Sequence[tuple[str, str | None]]) -> None:
        """Count the element."""
        self.tags[tag] += 1
        self.links |= {value for name, value in attributes if name in {"src", "href", "xlink:href"}}


def test_the_facts_are_those_of_the_files(published: Pipeline) -> None:
    facts = read_facts(published.warehouse)

    assert [(f"{day.day}", day.status) for day in facts.days] == [
        ("2026-01-15", "materialized"),
        ("2026-01-16", "export_missing"),
        ("2026-01-17", "missing"),
        ("2026-01-18", "materialized"),
    ]
    amounts = [Decimal(line.rsplit(",", 1)[1]) for line in published.csv("2026-01-15").splitlines()[1:]]
    assert (facts.days[0].row_count, facts.days[0].total_amount) == (len(amounts), sum(amounts))
    assert facts.days[2].row_count is None
    assert [(product.product, product.amount) for product in facts.products] == [
        ("Pen", Decimal("1234.56")),
        ("Tea", Decimal("170.00")),
        (HOSTILE, Decimal("0.01")),
    ]
    assert {(reject.reason, reject.row_count, reject.day_count) for reject in facts.rejects} == {
        ("quantity_not_a_number", 1, 1),
        ("date_unreadable", 1, 0),
    }
    (restated,) = facts.restatements
    assert (f"{restated.day}", restated.row_count_before, restated.row_count) == ("2026-01-15", 3, 4)
    assert restated.difference == 5


def test_only_the_days_asked_for_are_told(published: Pipeline) -> None:
    facts = read_facts(published.warehouse, date(2026, 1, 16), date(2026, 1, 17))

    assert [day.day.day for day in facts.days] == [16, 17]
    assert [product.amount for product in facts.products] == [5]
    assert [reject.reason for reject in facts.rejects] == ["date_unreadable"]
    assert facts.restatements == []


def test_the_report_is_one_file_that_asks_for_nothing_else(page_file: Path) -> None:
    page = page_file.read_text(encoding="utf-8")
    elements = Elements(page)

    assert elements.links == {"data:,"}
    assert elements.tags["script"] == 1
    assert elements.tags["img"] == 0
    assert not re.findall(r"@import|url\(", page)


def test_the_report_leaves_the_warehouse_as_it_was(published: Pipeline, tmp_path: Path) -> None:
    before = (published.warehouse.read_bytes(), published.warehouse.stat().st_mtime_ns)
    assert report(published.warehouse, tmp_path / "report.html").returncode == 0
    assert (published.warehouse.read_bytes(), published.warehouse.stat().st_mtime_ns) == before


def test_what_cannot_be_told_is_said_in_a_sentence(published: Pipeline, tmp_path: Path) -> None:
    output = tmp_path / "report.html"
    warehouse = tmp_path / "warehouse.duckdb"
    shutil.copy(published.warehouse, warehouse)
    outside = report(warehouse, output, "--start", "2027-01-01", "--end", "2027-01-31")
    assert outside.stderr == "Health knows no day from 2027-01-01 to 2027-01-31: its newest is 2026-01-18.\n"

    holding = f"import duckdb; held = duckdb.connect({str(warehouse)!r}); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        in_use = report(warehouse, output)
        holder.communicate(b"\n")
    assert in_use.stderr == f"A run has the warehouse {warehouse} now: try again when it has ended.\n"

    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("drop table partition_health")
    unfinished = report(warehouse, output)
    assert unfinished.stderr.startswith("No run has come to its end in the warehouse")

    warehouse.unlink()
    nothing = report(warehouse, output)
    assert nothing.stderr.startswith(f"There is no warehouse at {warehouse}: run some days first")
    assert {done.returncode for done in (outside, in_use, unfinished, nothing)} == {1}
    assert not output.exists()


def test_days_without_sales_rejects_or_restatements_have_a_report_too() -> None:
    day = Day(date(2026, 1, 1), "empty", row_count=0, total_amount=Decimal())
    facts = Facts([day], products=[], rejects=[], restatements=[], product_count=0, restatement_count=0)

    page = render(facts, datetime(2026, 1, 2, tzinfo=timezone.utc))

    for said in ("No day is wrong", "Nothing was sold", "No row was rejected", "No day was published twice"):
        assert said in page


@pytest.mark.parametrize("palette", [charts.LIGHT, charts.DARK], ids=["light", "dark"])
def test_every_state_has_a_shape_of_its_own_and_a_colour_that_can_be_seen(palette: Mapping[str, str]) -> None:
    docs = (ROOT / "daily_partitions/models/_docs.md").read_text(encoding="utf-8")
    states = re.search(r"{% docs health_status %}(.*?){% enddocs %}", docs, re.DOTALL)
    assert states
    assert list(charts.SHAPES) == re.findall(r"^\| `(\w+)`", states[1], re.MULTILINE)
    assert len(set(charts.SHAPES.values())) == len(charts.SHAPES)
    # WCAG 2.2: 3 for graphics, 4.5 for text
    assert min(contrast(palette[state], palette["card"]) for state in [*charts.SHAPES, "accent"]) >= 3
    for name in ("text", "muted", "accent"):
        assert min(contrast(palette[name], palette[ground]) for ground in ("page", "card")) >= 4.5


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours `#rrggbb`, as WCAG defines it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_day_says_what_it_is_to_the_mouse_and_to_the_keyboard(
    page_file: Path, scheme: Literal["light", "dark"]
) -> None:
    with opened(page_file.as_uri(), color_scheme=scheme) as page:
        wide = page.locator("figure").first.locator(".wide")
        marks = wide.locator("[role=graphics-symbol]")
        expect(marks).to_have_count(4)
        marks.nth(0).hover()
        status = page.get_by_role("status")
        expect(status).to_have_text("Thu 2026-01-15 · materialized · 4 rows, amount 1,249.57")

        page.locator("figure").first.focus()
        page.keyboard.press("ArrowRight")
        expect(status).to_have_text("Fri 2026-01-16 · export missing · 1 row, amount 5.00 · sales.csv is not there")
        page.keyboard.press("Escape")
        expect(status).to_have_text("")
        # drawn, and in the colours of the scheme
        palette = charts.LIGHT if scheme == "light" else charts.DARK
        red, green, blue = (int(palette["materialized"][at : at + 2], 16) for at in (1, 3, 5))
        expect(marks.nth(0)).to_have_css("fill", f"rgb({red}, {green}, {blue})")
        page.get_by_text("2 wrong, and why").click()
        expect(page.get_by_role("region", name="Wrong days")).to_contain_text("never run")


@needs_browser
def test_the_page_fits_a_phone(page_file: Path, tmp_path: Path) -> None:
    phone = {"width": 360, "height": 740}
    with opened(page_file.as_uri(), viewport=phone) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == phone["width"]
        for figure in page.locator("figure").all():
            expect(figure.locator(".narrow")).to_be_visible()
            expect(figure.locator(".wide")).to_be_hidden()
        page.screenshot(path=os.environ.get("SCREENSHOT", tmp_path / "report.png"), full_page=True)
