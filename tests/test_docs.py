"""The pages in words: their links resolve, their commands work, everything is described, and the docs site shows it."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from browser import needs_browser, opened
from conftest import ROOT, Pipeline, Project
from dbt.contracts.graph.manifest import Manifest
from playwright.sync_api import expect
from servers import free_port, serving

OURS = {"sales_pipeline", "daily_partitions"}
SETTINGS = re.compile(r"^\| var \| default .*?\n\n", re.MULTILINE | re.DOTALL)

NOT_OURS = {".git", ".venv", ".venv-latest", ".work", "dbt_packages", "target", "logs", "data", "node_modules"}
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")


def files(*endings: str) -> list[Path]:
    """Return the files of the checkout with these endings, without what tools leave there."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in NOT_OURS and not name.endswith("_cache")]
        found += [Path(folder, name) for name in names if name.endswith(endings)]
    return sorted(found)


PAGES = files(".md")
GUIDES = [ROOT / "README.md", ROOT / "README.ja.md", *(page for page in PAGES if page.is_relative_to(ROOT / "docs"))]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    """Return the text of a page without its code blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE):
        text = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", heading).strip().lower()
        anchor = slug = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        number = 0
        while anchor in found:
            number += 1
            anchor = f"{slug}-{number}"
        found.add(anchor)
    return found


def code(page: Path) -> list[str]:
    """Return the commands of a page: the lines of its shell blocks, and what is in backquotes."""
    text = page.read_text(encoding="utf-8")
    blocks = [block for language, block in FENCE.findall(text) if language in {"sh", "bash"}]
    lines = [re.split(r"\s+# ", line)[0].strip() for block in blocks for line in block.splitlines()]
    return lines + SPAN.findall(prose(page))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_each_link_of_a_page_leads_somewhere(page: Path) -> None:
    text = SPAN.sub("", prose(page))
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|href)="([^"]+)"', text)
    dead = []
    for link in links:
        if re.match(r"[a-z]+:|#!/", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []


def test_each_page_that_code_names_is_there() -> None:
    dead = []
    for file in files(".py", ".sql", ".yml", ".yaml", ".toml", "Makefile", "Dockerfile"):
        for path, anchor in re.findall(r"\b(docs/[\w/-]+\.md)(#[\w-]+)?", file.read_text(encoding="utf-8")):
            page = ROOT / path
            if not page.exists() or (anchor and anchor[1:] not in anchors(page)):
                dead.append(f"{named(file)}: {path}{anchor}")
    assert dead == []


@pytest.mark.parametrize("name", ["README.md", "README.ja.md"])
def test_a_readme_is_short_and_leads_to_every_page(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    folder = ROOT / "docs" / "ja" if name.endswith(".ja.md") else ROOT / "docs"
    assert [page.name for page in folder.glob("*.md") if f"]({named(page)}" not in text] == []


def test_each_make_command_of_the_pages_is_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    unknown = []
    for page in PAGES:
        for command in code(page):
            if called := re.match(r"(?:\S+=\S+ )*make ([a-z-]+)(.*)", command):
                settings = re.findall(r"\b([A-Z]+)=", called[2])
                if called[1] not in targets or any(f"$({name})" not in makefile for name in settings):
                    unknown.append(f"{named(page)}: {command}")
    assert unknown == []


def typed(command: str) -> tuple[str, ...]:
    """Return the arguments of a dbt command without the places, which are others here."""
    _, *args = shlex.split(command)
    for option in ("--project-dir", "--target-path"):
        if option in args:
            at = args.index(option)
            del args[at : at + 2]
    return tuple(args)


@pytest.mark.long
def test_each_dbt_run_of_the_pages_works(pipeline: Pipeline) -> None:
    pipeline.write_feed("2026-01-14,Tea,1,2.00", "2026-01-15,Tea,2,5.00")
    written = {
        command for page in GUIDES for command in code(page) if re.search(r"\bdbt (run|show .*--inline)\b", command)
    }
    commands = {typed(command) for command in written if "…" not in command}
    assert len(commands) > 6
    for *args, last in sorted(commands):
        variables: dict[str, Any] = {}
        if args[-1:] == ["--vars"]:
            variables = {name: str(value) for name, value in yaml.safe_load(last).items()}
        outcome = pipeline.dbt(*(args[:-1] if variables else [*args, last]), **variables)
        assert outcome.success, f"{args} {last}: {outcome.error}"
        if "partition_date" in variables:
            assert pipeline.csv_path(variables["partition_date"]).exists()


def said(capsys: pytest.CaptureFixture[str], pipeline: Pipeline) -> str:
    """Return what was printed, as it reads where the exports are in `data`."""
    lines = capsys.readouterr().out.replace(str(pipeline.exports), "data").splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


def test_the_sample_gives_what_the_pages_show(pipeline: Pipeline, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline.use_feed(str(ROOT / "seeds" / "raw_sales.csv"))
    assert pipeline.dbt("parse").success
    capsys.readouterr()
    assert pipeline.run_range("2026-01-12", "2026-01-18").success
    head = "".join(pipeline.csv("2026-01-18").splitlines(keepends=True)[:5])
    shown = f"{said(capsys, pipeline)}\nThe first lines of data/2026/01/18/sales.csv:\n{head}"
    for name in ("README.md", "README.ja.md"):
        assert f"```text\n{shown}```" in (ROOT / name).read_text(encoding="utf-8")
    assert pipeline.run().success
    shown = said(capsys, pipeline)
    for name in ("running-days.md", "ja/running-days.md"):
        assert f"```text\n{shown}```" in (ROOT / "docs" / name).read_text(encoding="utf-8")
    empty = "select partition_date::varchar from partition_health where status = 'empty'"
    assert pipeline.query(empty) == [("2026-01-01",)]


def test_a_feed_of_your_own_as_the_readme_declares_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parsed: dict[str, Manifest]
) -> None:
    ignored = shutil.ignore_patterns("target", "logs")
    shutil.copytree(ROOT / "dbt_project", tmp_path / "dbt_project", symlinks=True, ignore=ignored)
    shutil.copy(ROOT / "profiles.yml", tmp_path)
    (tmp_path / "daily_partitions").symlink_to(ROOT / "daily_partitions")
    (tmp_path / "made").mkdir()
    blocks = FENCE.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    (declared,) = [yaml.safe_load(block) for language, block in blocks if language == "yaml"]
    path = tmp_path / "dbt_project" / "models" / "staging" / "_sources.yml"
    sources = yaml.safe_load(path.read_text(encoding="utf-8"))
    columns = {column["name"]: column for column in sources["sources"][0]["tables"][0]["columns"]}
    for column in declared:
        columns[column["name"]].update(column)
    path.write_text(yaml.safe_dump(sources), encoding="utf-8")
    copy = Project(tmp_path / "dbt_project", tmp_path, "RAW_SALES_PATH", "day,sku,qty,price\n")
    pipeline = Pipeline(tmp_path / "made", monkeypatch, parsed, copy)
    pipeline.write_feed("2026-01-15,Tea,2,5.00")
    outcome = pipeline.run_day("2026-01-15")
    assert outcome.success, outcome.error
    assert pipeline.csv("2026-01-15") == "date,product,quantity,price,amount\n2026-01-15,Tea,2,5.00,10.00\n"


@pytest.fixture
def manifest(pipeline: Pipeline) -> Mapping[str, Any]:
    """What dbt knows of the project. Parsed anew: a test parsed again alone loses its text."""
    assert pipeline.dbt("parse", "--no-partial-parse", parse=True).success
    return dict(json.loads((pipeline.root / "target" / "manifest.json").read_text(encoding="utf-8")))


def test_everything_is_described(manifest: Mapping[str, Any]) -> None:
    kinds = ("nodes", "sources", "exposures", "macros", "unit_tests")
    things = [thing for kind in kinds for thing in manifest[kind].values()]
    ours = [thing for thing in things if thing["package_name"] in OURS and thing["resource_type"] != "operation"]
    ours += manifest["groups"].values()
    assert {thing["resource_type"] for thing in ours} >= {"model", "test", "unit_test", "source", "exposure", "macro"}

    undescribed = [thing["unique_id"] for thing in ours if not thing["description"]]
    for thing in ours:
        parts = [*thing.get("columns", {}).values(), *thing.get("arguments", [])]
        undescribed += [f"{thing['unique_id']}.{part['name']}" for part in parts if not part["description"]]
    assert undescribed == []


def test_the_examples_in_the_descriptions_of_models_run(manifest: Mapping[str, Any], pipeline: Pipeline) -> None:
    pipeline.write_feed("2026-01-15,Tea,2,5.00", "2026-01-15,Cup,two,1.00")
    assert pipeline.run("--full-refresh", max_rejected_ratio=1).success
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    for model in models:
        (example,) = re.findall(r"```sql\n(.*?)```", model["description"], re.DOTALL)
        assert f"from {model['name']}" in example or model["config"]["materialized"] == "ephemeral"
        pipeline.query(example)


def test_the_arguments_described_are_those_the_macros_take(manifest: Mapping[str, Any]) -> None:
    for macro in manifest["macros"].values():
        if macro["package_name"] in OURS:
            signature = re.search(r"{%-?\s*(?:macro|test)\s+\w+\s*\((.*?)\)\s*-?%}", macro["macro_sql"], re.DOTALL)
            taken = re.findall(r"(\w+)\s*(?:=[^,]*)?(?:,|$)", signature[1]) if signature else []
            assert [argument["name"] for argument in macro["arguments"]] == taken, macro["name"]


def names_and_defaults(page: str) -> list[list[str]]:
    """Return var, default and environment variable of each row of a table of settings."""
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row[1:4]] for row in rows[1:]]


def test_the_settings_are_those_of_the_page_and_of_the_project(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = [
        SETTINGS.search((ROOT / file).read_text(encoding="utf-8"))
        for file in ("docs/settings.md", "dbt_project/models/_overview.md")
    ]
    on_page, in_docs = [table[0] for table in tables if table]
    assert in_docs == on_page
    capsys.readouterr()
    assert pipeline.dbt("run-operation", "settings_table", adopt_feed=False).success
    assert in_docs.startswith(capsys.readouterr().out.strip())
    in_japanese = (ROOT / "docs" / "ja" / "settings.md").read_text(encoding="utf-8")
    assert names_and_defaults(in_japanese) == names_and_defaults(on_page)
    project = yaml.safe_load((ROOT / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8"))
    for name, value in project["vars"].items():
        if name == "pipeline":
            continue
        assert f"| `{name}` | `{json.dumps(value) if isinstance(value, bool) else value}` |" in in_docs


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`make docs`, while another process has the warehouse; the address."""
    folder = tmp_path_factory.mktemp("docs")
    warehouse = folder / "warehouse.duckdb"
    holding = f"import duckdb; held = duckdb.connect({str(warehouse)!r}); input()"
    port = free_port()
    venv = Path(sys.executable).parents[1]
    overrides = [f"VENV={venv}", f"PORT={port}", f"SITE={folder / 'site'}", f"DOCS={folder / 'target'}"]
    command = ["make", "--old-file", str(venv / "ready"), "docs", *overrides]
    environment = {**os.environ, "DUCKDB_PATH": str(warehouse)}
    with subprocess.Popen([sys.executable, "-c", holding], stdin=subprocess.PIPE) as holder:
        try:
            with serving(command, port, ROOT, folder / "log", environment):
                yield f"http://127.0.0.1:{port}"
        finally:
            holder.communicate(b"\n")


@pytest.mark.long
@needs_browser
def test_the_pages_open_lineage_draws_and_search_finds(site: str, tmp_path: Path) -> None:
    with opened(f"{site}/index.html#!/overview", viewport={"width": 1400, "height": 900}) as page:
        expect(page.get_by_role("heading", name="The way the data goes")).to_be_visible(timeout=60_000)
        page.get_by_role("link", name="daily_sales", exact=True).first.click()
        expect(page.locator("h1", has_text="daily_sales")).to_be_visible()
        # types as they are built, and who answers for it
        expect(page.get_by_text("DECIMAL(18,2)").first).to_be_visible()
        expect(page.get_by_text("sales-data@example.com")).to_be_visible()

        page.locator("[ng-click='onLauncherClick()']").click()
        canvas = page.locator("canvas").last
        expect(canvas).to_be_visible()
        page.wait_for_function(
            """() => [...document.querySelectorAll("canvas")].some((canvas) => {
                const { width, height } = canvas;
                const seen = width && canvas.getContext("2d").getImageData(0, 0, width, height).data;
                return seen && seen.some((value) => value > 0);
            })"""
        )
        page.screenshot(path=os.environ.get("SCREENSHOT", tmp_path / "lineage.png"))
        page.locator(".btn[ng-click='closeGraph()']").click()

        page.get_by_placeholder("Search for models...").fill("what a consumer has to read")
        found = page.locator(".search-result", has_text="partition_changes").first
        expect(found).to_be_visible()
        found.click()
        expect(page.locator("h1", has_text="partition_changes")).to_be_visible()
