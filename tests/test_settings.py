"""Texts in vars, environment variables and paths: they name things, and are never run."""

import json
import math
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import READ_AT_PARSING, Pipeline

ROW = "2026-01-15,Tea,2,5.00"
HOSTILE = "' or drop table daily_sales --\" {{ boom() }} {0} %Y $(touch x) *[a] ü\t売"


def everything_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_hostile_paths_are_names_and_nothing_else(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = pipeline.root / HOSTILE
    inside.mkdir()
    pipeline.write_feed(ROW)
    (pipeline.root / "feed.csv").rename(inside / "feed.csv")
    pipeline.exports = inside / "a/../exports"
    pipeline.warehouse = inside / "select 1.duckdb"
    # its %Y would be a field of the date, and its * a pattern
    pipeline.use_feed(str(inside / "feed.csv").replace("%Y", "??").replace("[a]", "[[]a]"))
    monkeypatch.setenv("EXPORT_DIR", str(pipeline.exports))
    monkeypatch.setenv("DUCKDB_PATH", str(pipeline.warehouse))
    outcome = pipeline.run_day("2026-01-15")
    assert outcome.success, outcome.error
    assert (
        (inside / "exports/2026/01/15/sales.csv")
        .read_text(encoding="utf-8")
        .endswith("\n2026-01-15,Tea,2,5.00,10.00\n")
    )
    assert everything_below(pipeline.root) - everything_below(inside) >= {HOSTILE}
    made = {"feed.csv", "exports", "select 1.duckdb", "select 1_readers.duckdb"}
    assert {path.split("/")[0] for path in everything_below(inside)} == made
    assert pipeline.query("select count(*) from daily_sales") == [(1,)]


@pytest.mark.parametrize("name", ["it's.duckdb", 'a".duckdb', "a;b.duckdb", "a?.duckdb", "a#b/ware.duckdb"])
def test_a_warehouse_is_refused_if_its_name_would_be_taken_for_something_else(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    pipeline.write_feed(ROW)
    monkeypatch.setenv("DUCKDB_PATH", f"{pipeline.root}/{name}")
    outcome = pipeline.dbt("run", parse=True, partition_date="2026-01-15")
    assert "DUCKDB_PATH may have no" in outcome.error
    assert everything_below(pipeline.root) - {"feed.csv"} == {
        path for path in everything_below(pipeline.root) if path.startswith(("target", "logs"))
    }


@pytest.mark.long
def test_a_feed_is_one_query_and_no_other_statement(pipeline: Pipeline) -> None:
    pipeline.write_feed(ROW)
    assert pipeline.run_day("2026-01-15").success
    before = everything_below(pipeline.root)
    for feed in (
        "(select 1 as date); drop table daily_sales; (select 1)",
        "(select 1) as a); drop table daily_sales; --)",
        "read_csv('{root}/feed.csv'); attach '{root}/stolen.duckdb' as stolen; select (1)",
        "from '{root}/feed.csv'; copy daily_sales to '{root}/stolen.csv'",
    ):
        pipeline.use_feed(feed.format(root=pipeline.root))
        assert not pipeline.run_day("2026-01-15").success, feed
        assert everything_below(pipeline.root) == before, feed
        assert pipeline.query("select count(*) from daily_sales") == [(1,)], feed


def test_a_file_whose_name_looks_like_a_call_is_a_file(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.write_feed(ROW)
    pipeline.use_feed("sales(1).csv")
    assert "nothing is at" in pipeline.run_day("2026-01-15").error
    monkeypatch.setenv("RAW_SALES_PATH", " ")
    assert (
        "The feed raw.sales is named by nothing" in pipeline.dbt("run", parse=True, partition_date="2026-01-15").error
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lookback_days", 10**12),
        ("lookback_days", math.inf),
        ("grace_minutes", 10**12),
        ("grace_minutes", True),
        ("max_rejected_ratio", math.nan),
        ("escape_formulas", "yes"),
        ("timezone", ["Asia/Tokyo"]),
        ("price_type", {"decimal": 2}),
        ("quantity_type", "decimal(18, 2)) as date); drop table daily_sales; --"),
        ("export_dir", "  "),
        ("start_date", "2026-01-01' or true"),
        ("x'; drop table daily_sales; --", 1),
        ("partition_date", "\uff19" * 10_000),
    ],
)
def test_a_var_of_any_form_is_refused_by_its_name(pipeline: Pipeline, name: str, value: object) -> None:
    pipeline.write_feed(ROW)
    outcome = pipeline.dbt("run", parse=name in READ_AT_PARSING, **{name: value})
    assert not outcome.success
    assert f"The var {name}: got '" in outcome.error
    assert len(outcome.error) < 1_000
    assert not pipeline.warehouse.exists() or pipeline.query("select 1 from duckdb_tables()") == []


@pytest.mark.long
def test_dbt_parses_the_same_whatever_is_set_but_the_feed_and_the_types(pipeline: Pipeline) -> None:
    others = {
        "start_date": "2025-01-01",
        "timezone": "UTC",
        "export_dir": "elsewhere",
        "readers_path": "none",
        "max_rejected_ratio": 1,
        "lookback_days": 3,
        "expected_until": "newest",
        "grace_minutes": 5,
        "escape_formulas": True,
        "adopt_feed": False,
        "kept_versions": 3,
        "rebuild_outdated": True,
        "release": True,
        "accepted_days": [{"partition_date": "2026-01-15", "rule": "too_many_rejected", "reason": "a bank holiday"}],
    }
    project = yaml.safe_load((pipeline.project / "dbt_project.yml").read_text(encoding="utf-8"))
    assert others.keys() | READ_AT_PARSING == project["vars"].keys() - {"pipeline"}

    def parsed(**variables: Any) -> Any:  # noqa: ANN401
        assert pipeline.dbt("parse", "--no-partial-parse", parse=True, **variables).success
        manifest = json.loads((pipeline.root / "target" / "manifest.json").read_text(encoding="utf-8"))
        del manifest["metadata"]
        for node in (*manifest["nodes"].values(), *manifest["unit_tests"].values()):
            node.get("depends_on", {}).pop("macros", None)  # those that were called, with these settings
        return json.loads(json.dumps(manifest), object_hook=without_times)

    assert parsed(**others) == parsed()


def without_times(thing: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in thing.items() if name != "created_at"}


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''-1", "Tea", "'tis", "a=b", ""]


@pytest.mark.parametrize("escaped", [False, True])
def test_cells_that_a_spreadsheet_would_run_are_escaped_on_export_if_asked_for(
    pipeline: Pipeline,
    escaped: bool,  # noqa: FBT001
) -> None:
    pipeline.write_feed(*[f'2026-01-15,"{product}",-1,1.00' for product in FORMULAS])
    yesterday = str(date(2026, 1, 16))
    assert pipeline.run_range("2026-01-15", yesterday, escape_formulas=escaped).success
    products = {product or None for product in FORMULAS}
    assert set(pipeline.query("select product from daily_sales")) == {(product,) for product in products}
    for model in ("daily_sales_csv", "daily_sales_summary_csv"):
        exported = {product for (product,) in pipeline.query(f"select product from {model}")}
        starts = {product[0] for product in exported if product}
        assert starts == ({"'", "T", "a"} if escaped else {*"=+-@\t\r'Ta"})
        # what was put before is what can be taken away
        assert {
            product[1:] if escaped and product in {f"'{text}" for text in FORMULAS[:8]} else product
            for product in exported
        } == products
    assert pipeline.dbt("test", escape_formulas=escaped).success
    outcome = pipeline.run(escape_formulas=escaped, start_date="2026-01-15", lookback_days=36500)
    assert pipeline.query("select distinct status from partition_health where partition_date = date '2026-01-15'") == [
        ("materialized",)
    ], outcome.error
