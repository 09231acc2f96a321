"""The docs site: everything is described, and the page shows it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from browser import needs_browser, opened
from conftest import ROOT, Pipeline
from playwright.sync_api import expect
from servers import free_port, serving

OURS = {"sales_pipeline", "daily_partitions"}
SETTINGS = re.compile(r"^\| var \| default .*?\n\n", re.MULTILINE | re.DOTALL)


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


def test_the_settings_are_those_of_the_readme_and_of_the_project(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = [
        SETTINGS.search((ROOT / file).read_text(encoding="utf-8"))
        for file in ("README.md", "dbt_project/models/_overview.md")
    ]
    in_readme, in_docs = [table[0] for table in tables if table]
    assert in_docs == in_readme
    capsys.readouterr()
    assert pipeline.dbt("run-operation", "settings_table", adopt_feed=False).success
    assert in_docs.startswith(capsys.readouterr().out.strip())
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

        page.get_by_placeholder("Search for models...").fill("restatements")
        found = page.locator(".search-result", has_text="partition_restatements").first
        expect(found).to_be_visible()
        found.click()
        expect(page.locator("h1", has_text="partition_restatements")).to_be_visible()
