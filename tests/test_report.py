"""The report: what it says of the days, to whom, and when it cannot."""

import json
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
from report.history import ROWS_IN_ALL, SHOWN_VERSIONS, VERSIONS_WITH_ROWS, Change, History
from report.page import render
from report.warehouse import Day, Facts, read_facts, tables_path

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


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory, parsed: dict[str, Manifest]) -> Iterator[Pipeline]:
    """Three days of which the rows of one change are kept: one restated twice, one restored, one made by other SQL."""
    settings = {"start_date": "2026-01-15", "timezone": "UTC", "kept_versions": 1}
    quoted = f'"{HOSTILE.replace(chr(34), chr(34) * 2)}"'
    others = [f"2026-01-16,Tea {number},1,1.00" for number in range(60)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_COMMIT", "0123456789abcdef")
        pipeline = Pipeline(tmp_path_factory.mktemp("changed"), patch, parsed)
        pipeline.write_feed("2026-01-15,Tea,2,5.00", "2026-01-16,Tea,1,5.00", "2026-01-17,Tea,1,5.00")
        assert pipeline.run_range("2026-01-15", "2026-01-17", **settings).success
        pipeline.write_feed("2026-01-15,Tea,3,5.00", "2026-01-16,Pen,2,1.50", *others, "2026-01-17,Tea,1,5.00")
        assert pipeline.run_range("2026-01-15", "2026-01-16", **settings).success
        pipeline.write_feed(*[f"2026-01-15,{quoted},1,4.00"] * 2, *others, "2026-01-17,Tea,1,5.00")
        assert pipeline.run_day("2026-01-15", **settings).success
        assert pipeline.run_day("2026-01-16", restore_run=1, **settings).success
        marts = "rows_hash is not null and partition_date = '2026-01-17'"
        pipeline.execute(f"update partition_outputs set made_by = 'other SQL' where {marts}")
        assert pipeline.run("--select", "tag:health", **settings).success
        yield pipeline


@pytest.fixture(scope="module")
def changed_file(changed: Pipeline) -> Path:
    """The report on these days."""
    file = changed.root / "report.html"
    written = report(changed.warehouse, file)
    assert (written.returncode, written.stderr) == (0, "")
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
    assert (facts.days[0].row_count, facts.days[0].figures) == (len(amounts), {"total_amount": sum(amounts)})
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
    (restated,) = facts.history.restatements
    assert (f"{restated.day}", restated.row_count_before, restated.row_count) == ("2026-01-15", 3, 4)
    assert restated.figures["total_amount"].difference == 5


def test_only_the_days_asked_for_are_told(published: Pipeline) -> None:
    facts = read_facts(published.warehouse, date(2026, 1, 16), date(2026, 1, 17))

    assert [day.day.day for day in facts.days] == [16, 17]
    assert [product.amount for product in facts.products] == [5]
    assert [reject.reason for reject in facts.rejects] == ["date_unreadable"]
    assert facts.history.restatements == []


def test_the_report_is_one_file_that_asks_for_nothing_else(page_file: Path) -> None:
    page = page_file.read_text(encoding="utf-8")
    elements = Elements(page)

    assert {link for link in elements.links if not link or link[0] != "#"} == {"data:,"}
    assert elements.tags["script"] == 1
    assert elements.tags["img"] == 0
    assert not re.findall(r"@import|url\(", page)


def test_the_report_leaves_the_warehouse_as_it_was(published: Pipeline, tmp_path: Path) -> None:
    before = (published.warehouse.read_bytes(), published.warehouse.stat().st_mtime_ns)
    assert report(published.warehouse, tmp_path / "report.html").returncode == 0
    assert (published.warehouse.read_bytes(), published.warehouse.stat().st_mtime_ns) == before


def test_a_run_and_the_report_do_not_wait_for_each_other(published: Pipeline, tmp_path: Path) -> None:
    output = tmp_path / "report.html"
    holding = f"import duckdb; held = duckdb.connect({str(published.warehouse)!r}); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        written = report(published.warehouse, output)
        holder.communicate(b"\n")
    assert "warehouse_readers.duckdb: 4 days, 2 of them wrong" in written.stdout


def test_the_copy_is_read_where_readers_have_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse, beside, elsewhere = (tmp_path / f"{name}.duckdb" for name in ("ware", "ware_readers", "copy"))
    monkeypatch.setenv("DUCKDB_PATH", str(warehouse))
    monkeypatch.delenv("READERS_PATH", raising=False)
    assert tables_path() == warehouse
    beside.touch()
    assert tables_path() == beside
    monkeypatch.setenv("READERS_PATH", str(elsewhere))
    assert tables_path() == warehouse
    elsewhere.touch()
    assert tables_path() == elsewhere
    monkeypatch.setenv("READERS_PATH", "none")
    assert tables_path() == warehouse


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


def test_a_version_is_compared_with_the_rows_that_it_replaced_as_make_diff_does(pipeline: Pipeline) -> None:
    day, settings = "2026-01-15", {"start_date": "2026-01-15"}
    pipeline.write_feed(f"{day},Tea,1,1.00")
    assert pipeline.run_day(day, **settings).success
    pipeline.execute("update daily_sales set product = 'Coffee'")
    # run 2 mends that, and changes nothing of the version
    assert pipeline.run(**settings).success
    pipeline.write_feed(f"{day},Tea,1,1.00", f"{day},Pen,2,1.50")
    assert pipeline.run_day(day, **settings).success

    newest, _ = read_facts(pipeline.warehouse).history.of_day[date(2026, 1, 15)]
    assert (newest.run_before, newest.run_number) == (2, 3)
    assert newest.marts is not None
    sales = newest.marts[0]
    assert [(row.change, row.values["product"]) for row in sales.rows] == [("added", "Pen")]


def test_a_version_says_who_made_it_and_what_it_did(changed: Pipeline) -> None:
    history = read_facts(changed.warehouse).history

    newest, second, first = history.of_day[date(2026, 1, 15)]
    ((run_id,),) = changed.query("select distinct run_id from partition_ledger where run_number = 3")
    made = (newest.run_number, newest.run_id, newest.git_commit, newest.reason, newest.change)
    assert made == (3, run_id, "0123456789abcdef", "asked for by name", "restated")
    assert (newest.run_before, newest.row_count_before, newest.row_count) == (2, 1, 2)
    assert newest.figures == {"total_amount": Change(Decimal(15), Decimal(8), Decimal(-7))}
    assert newest.marts is not None
    sales = newest.marts[0]
    assert (sales.model, sales.columns) == ("daily_sales", ["date", "product", "quantity", "price", "amount"])
    assert [(row.change, row.row_count, row.values["product"]) for row in sales.rows] == [
        ("added", 2, HOSTILE),
        ("removed", 1, "Tea"),
    ]
    assert second.marts is not None
    assert [(mart.model, mart.rows) for mart in second.marts] == [("daily_sales", []), ("daily_sales_summary", [])]
    assert (first.change, first.figures, first.marts) == (
        "published",
        {"total_amount": Change(None, Decimal(10), None)},
        None,
    )
    assert [(version.run_number, version.change) for version in history.restatements] == [
        (4, "restored"),
        (3, "restated"),
        (2, "restated"),
        (2, "restated"),
    ]


@pytest.mark.parametrize(("rows", "with_rows"), [(1, VERSIONS_WITH_ROWS), (40, ROWS_IN_ALL // 40)])
def test_the_page_says_where_it_was_cut(published: Pipeline, tmp_path: Path, rows: int, with_rows: int) -> None:
    warehouse, output = tmp_path / "warehouse.duckdb", tmp_path / "report.html"
    shutil.copy(published.warehouse, warehouse)
    add_versions(warehouse, days=12, versions=30, rows=rows)
    assert report(warehouse, output, "--start", "2025-01-01", "--end", "2025-01-31").stderr == ""
    page = output.read_text(encoding="utf-8")

    assert f"of the newest {with_rows} of 348 versions" in page
    left_out = re.findall(r"To keep this page small, the rows of (\d+) versions? (?:is|are) left out", page)
    assert sum(map(int, left_out)) == 12 * SHOWN_VERSIONS - with_rows
    assert len(re.findall("The newest 20 of 30 versions", page)) == 12
    assert len(page) < 1_500_000


def add_versions(warehouse: Path, days: int, versions: int, rows: int) -> None:
    """Write into a warehouse what as many runs would have left that each added rows to as many days of 2025."""
    new = "select date '2025-01-01' + day::int as partition_date, 1000 + run as run_number, 'run ' || run as run_id"
    new += f" from range({days}) as days(day), range({versions}) as runs(run)"
    of_new = ", ".join(f"new.{name} as {name}" for name in ("partition_date", "run_number", "run_id"))
    with duckdb.connect(str(warehouse)) as connection:
        for table, values, example in [
            (
                "partition_ledger",
                "new.run_number as row_count, new.run_number as total_amount",
                "status = 'materialized'",
            ),
            (
                "partition_outputs",
                "new.run_number as row_count, 'version ' || new.run_number as rows_hash",
                "model = 'daily_sales'",
            ),
        ]:
            connection.execute(
                f"insert into {table} by name select example.* replace ({of_new}, {values})"
                f" from ({new}) as new, (from {table} where {example} limit 1) as example"
            )
        connection.execute(
            "insert into partition_row_changes by name select new.*, 'daily_sales' as model, 'added' as change,"
            " 1 as row_count, to_json({product: number::varchar}) as changed_row"
            f" from ({new}) as new, range({rows}) as rows(number)"
        )
        connection.execute(
            "insert into partition_health by name select example.* replace (new.partition_date as partition_date)"
            f" from (select distinct partition_date from ({new})) as new, (from partition_health limit 1) as example"
        )


def test_days_without_sales_rejects_or_restatements_have_a_report_too() -> None:
    day = Day(date(2026, 1, 1), "empty", row_count=0)
    now = datetime(2026, 1, 2, tzinfo=timezone.utc)
    nothing = History({}, {}, [], 0)
    facts = Facts([day], figures=[], products=[], rejects=[], history=nothing, product_count=0, checked_at=now)

    page = render(facts, now)

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


@pytest.mark.long
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
        expect(status).to_have_text("Thu 2026-01-15 · materialized · 4 rows, total amount 1,249.57")

        page.locator("figure").first.focus()
        page.keyboard.press("ArrowRight")
        expect(status).to_have_text(
            "Fri 2026-01-16 · export missing · 1 row, total amount 5.00 · sales.csv is not there"
        )
        page.keyboard.press("Escape")
        expect(status).to_have_text("")
        # drawn, and in the colours of the scheme
        palette = charts.LIGHT if scheme == "light" else charts.DARK
        red, green, blue = (int(palette["materialized"][at : at + 2], 16) for at in (1, 3, 5))
        expect(marks.nth(0)).to_have_css("fill", f"rgb({red}, {green}, {blue})")
        page.get_by_text("2 wrong, and why").click()
        expect(page.get_by_role("region", name="Wrong days")).to_contain_text("never run")


@pytest.mark.long
@needs_browser
def test_the_page_fits_a_phone(page_file: Path, tmp_path: Path) -> None:
    phone = {"width": 360, "height": 740}
    with opened(page_file.as_uri(), viewport=phone) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == phone["width"]
        for figure in page.locator("figure:has(.wide)").all():
            expect(figure.locator(".narrow")).to_be_visible()
            expect(figure.locator(".wide")).to_be_hidden()
        page.screenshot(path=os.environ.get("SCREENSHOT", tmp_path / "report.png"), full_page=True)


@needs_browser
def test_a_restated_day_opens_and_shows_its_versions_rows_and_figures(changed_file: Path) -> None:
    with opened(changed_file.as_uri()) as page:
        marks = page.locator("figure").first.locator(".wide [role=graphics-symbol]")
        day = page.get_by_role("region", name="Thu 2026-01-15", exact=True)
        expect(day).to_be_hidden()
        marks.nth(0).click()
        expect(day).to_be_visible()
        assert page.url.endswith("#2026-01-15")

        versions = day.get_by_role("region", name="Versions of 2026-01-15").locator("tbody tr")
        expect(versions).to_have_count(3)
        for said in ("3 ", "restated", "asked for by name", "0123456789abcdef", "1 → 2", "15 → 8", "-7"):
            expect(versions.nth(0)).to_contain_text(said)
        expect(versions.nth(2)).to_contain_text("published")
        points = day.locator("figure [role=graphics-symbol]")
        expect(points).to_have_count(3)
        points.nth(2).hover()
        expect(page.get_by_role("status")).to_have_text("run 3 · restated · total amount 8")
        rows = day.get_by_role("region", name="Rows of daily_sales that run 3 removed and added").locator("tbody tr")
        expect(rows).to_have_text([re.compile("^added 2 times.*4.00"), re.compile("^removed.*Tea.*15.00$")])
        # the text of a product is a text
        expect(rows.nth(0).locator("td").nth(2)).to_have_text(HOSTILE)
        assert page.locator("img").count() == 0
        day.get_by_text("Rows that run 2 removed and added").click()
        expect(day.get_by_text("which are not kept so long").first).to_be_visible()

        marks.nth(1).click()
        expect(day).to_be_hidden()
        page.go_back()
        expect(day).to_be_visible()


@needs_browser
def test_a_restored_day_shows_what_it_took_back_and_how_to_release_it(changed: Pipeline, changed_file: Path) -> None:
    with opened(f"{changed_file.as_uri()}#2026-01-16") as page:
        day = page.get_by_role("region", name="Fri 2026-01-16", exact=True)
        expect(day).to_contain_text("pinned: restored as run 1 left it")
        expect(day).to_contain_text("make release DATE=2026-01-16")
        expect(day.get_by_role("region", name="Versions").locator("tbody tr").first).to_contain_text("restored")
        expect(day).to_contain_text("61 rows removed, 1 added")
        rows = day.get_by_role("region", name="Rows of daily_sales that run 4").locator("tbody tr")
        expect(rows).to_have_count(51)
        expect(day.get_by_text("… and 11 more").first).to_have_text(
            "… and 11 more: make diff DATE=2026-01-16 FROM=2 TO=4"
        )
    compared = {"partition_date": "2026-01-16", "from_run": 2, "to_run": 4}
    done = changed.dbt("run-operation", "diff", "--args", json.dumps(compared), "--target", "preview")
    assert done.success, done.error


@needs_browser
def test_an_outdated_day_says_what_makes_it_again(changed_file: Path) -> None:
    with opened(f"{changed_file.as_uri()}#2026-01-17") as page:
        day = page.get_by_role("region", name="Sat 2026-01-17", exact=True)
        expect(day).to_contain_text("outdated: made by another version of")
        expect(day).to_contain_text("make rebuild makes this day again")
        expect(day.locator("figure")).to_have_count(0)


@needs_browser
def test_a_day_is_opened_and_closed_by_the_keyboard(changed_file: Path) -> None:
    with opened(changed_file.as_uri()) as page:
        day = page.get_by_role("region", name="Fri 2026-01-16", exact=True)
        calendar = page.locator("#calendar")
        page.keyboard.press("Tab")
        expect(calendar).to_be_focused()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(day).to_be_focused()
        expect(calendar.locator(".wide [aria-current]")).to_have_attribute("xlink:href", "#2026-01-16")
        page.keyboard.press("Tab")
        expect(day.get_by_role("link", name="Close")).to_be_focused()
        page.keyboard.press("Enter")
        expect(day).to_be_hidden()
        expect(calendar).to_be_focused()
        # and from there on
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("status")).to_contain_text("Sat 2026-01-17")


@needs_browser
def test_a_day_opens_without_a_script(changed_file: Path) -> None:
    with opened(changed_file.as_uri(), java_script_enabled=False) as page:
        day = page.get_by_role("region", name="Thu 2026-01-15", exact=True)
        page.locator("figure").first.locator(".wide [role=graphics-symbol]").nth(0).click()
        expect(day).to_be_visible()
        expect(day).to_contain_text("added 2 times")
        day.get_by_role("link", name="Close").click()
        expect(day).to_be_hidden()
        page.get_by_text("All days as a table").click()
        page.get_by_role("region", name="All days").get_by_role("link", name="2026-01-15").click()
        expect(day).to_be_visible()
