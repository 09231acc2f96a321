"""The exported files, and the view that reads them back."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import ROOT, Pipeline

FEED = ["2026-01-15,Tea,2,5.00", '2026-01-15,"Tea, ""green""",1,4.00', "2026-01-15,,1,0.00", "2026-01-16,Cup,1,4.00"]


@pytest.mark.parametrize(
    "folder", ["plain", "with 'quotes' and spaces", "[a-z]*?{x}", "出力/売上", "50%Y", "trailing/"]
)
def test_the_export_folder_may_have_any_name(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    pipeline.exports = pipeline.root / "out" / folder
    monkeypatch.setenv("EXPORT_DIR", f"{pipeline.root}/out/{folder}")
    pipeline.write_feed(*FEED)
    assert pipeline.run_range("2026-01-15", "2026-01-16").success
    assert pipeline.csv("2026-01-16") == "date,product,quantity,price,amount\n2026-01-16,Cup,1,4.00,4.00\n"
    assert pipeline.query("select * from daily_sales_csv order by all") == pipeline.query(
        "select * from daily_sales order by all"
    )
    assert {path.name for path in (pipeline.root / "out").rglob("*") if path.is_file()} == {
        "sales.csv",
        "sales_summary.csv",
    }


def test_the_views_read_back_what_is_on_disk(pipeline: Pipeline) -> None:
    pipeline.write_feed(*FEED)
    assert pipeline.run_range("2026-01-14", "2026-01-16").success
    for mart in ("daily_sales", "daily_sales_summary"):
        assert pipeline.query(f"select * from {mart}_csv order by all") == pipeline.query(
            f"select * from {mart} order by all"
        )
    pipeline.csv_path("2026-01-16").write_text(
        "date,product,quantity,price,amount\n2026-01-16,Cup,9,4.00,36.00\n", encoding="utf-8"
    )
    assert pipeline.query("select quantity from daily_sales_csv where date = date '2026-01-16'") == [(9,)]


@pytest.mark.parametrize(
    "edited",
    [
        "date,product,quantity,price,amount\n2026-01-16,Cup,9,4.00,36.00\n",
        "date,product,quantity,price,amount\n2026-01-16,Cup,1,4.001,4.00\n",
        "day,product,quantity,price,amount\n2026-01-16,Cup,1,4.00,4.00\n",
        None,
    ],
    ids=["a row", "a digit", "the header", "the file"],
)
def test_dbt_test_finds_an_export_that_was_changed_by_hand(pipeline: Pipeline, kept: Path, edited: str | None) -> None:
    def make() -> None:
        pipeline.write_feed(*FEED)
        assert pipeline.run_range("2026-01-15", "2026-01-17").success
        assert pipeline.dbt("test", "--select", "daily_sales_csv").success

    pipeline.once(kept / "exported", make)
    if edited is None:
        pipeline.csv_path("2026-01-17").unlink()
    else:
        pipeline.csv_path("2026-01-16").write_text(edited, encoding="utf-8")
    assert not pipeline.dbt("test", "--select", "daily_sales_csv").success


@pytest.mark.long
def test_the_rows_have_their_order_even_where_duckdb_need_not_keep_it(pipeline: Pipeline) -> None:
    lines = [f"2026-01-{15 + n % 3},Product {n * 7919 % 100_000},1,{n % 9}.00" for n in range(300_000)]
    pipeline.write_feed(*lines)
    assert pipeline.run_range("2026-01-15", "2026-01-17").success
    before = pipeline.contents()
    for file in pipeline.exports.rglob("*.csv"):
        assert (rows := file.read_text(encoding="utf-8").splitlines()[1:]) == sorted(rows)

    pipeline.profiles = pipeline.root / "profiles"
    pipeline.profiles.mkdir()
    text = (ROOT / "profiles.yml").read_text(encoding="utf-8")
    text = text.replace("settings:", "settings:\n        preserve_insertion_order: false")
    (pipeline.profiles / "profiles.yml").write_text(text, encoding="utf-8")
    (pipeline.profiles / "dbt_project").symlink_to(ROOT / "dbt_project")
    assert pipeline.run_range("2026-01-15", "2026-01-17", parse=True).success
    assert pipeline.contents() == before


def test_no_temporary_file_is_left(pipeline: Pipeline) -> None:
    pipeline.write_feed(*FEED)
    assert pipeline.run_range("2026-01-15", "2026-01-16").success
    assert {name.split("/")[-1] for name in pipeline.files()} == {"sales.csv", "sales_summary.csv"}


def test_a_csv_is_seen_whole_at_every_moment_of_a_run(pipeline: Pipeline) -> None:
    def write_day(price: str) -> None:
        pipeline.write_feed(*[f"2026-01-15,Product number {n},1,{price}" for n in range(200_000)])

    write_day("1.00")
    assert pipeline.run_day("2026-01-15").success
    path = pipeline.csv_path("2026-01-15")
    whole = path.stat().st_size
    seen = set()
    with ThreadPoolExecutor(1) as executor:
        write_day("2.00")
        run = executor.submit(pipeline.run_day, "2026-01-15")
        while not run.done():
            seen.add(path.stat().st_size)
    assert run.result().success
    assert seen == {whole}


def test_a_file_has_its_order_whatever_the_order_of_the_table_is(pipeline: Pipeline) -> None:
    pipeline.write_feed(*(f"2026-01-15,{product},1,1.00" for product in "acebd"), *FEED)
    assert pipeline.run_day("2026-01-15").success
    before = pipeline.contents()
    for mart in ("daily_sales", "daily_sales_summary"):
        pipeline.execute(
            f"create temp table mixed as from {mart}; delete from {mart};"
            f" insert into {mart} from mixed order by hash(product)"
        )
    for name in ("sales.csv", "sales_summary.csv"):
        pipeline.csv_path("2026-01-15", name).unlink()
    assert pipeline.run().success
    assert {path: content for path, content in pipeline.contents().items() if path in before} == before


def test_a_link_in_the_export_folder_leads_nothing_outside_it(pipeline: Pipeline) -> None:
    pipeline.write_feed(*FEED)
    outside = pipeline.root / "outside"
    outside.mkdir()
    (outside / "kept.csv").write_text("kept", encoding="utf-8")
    folder = pipeline.csv_path("2026-01-15").parent
    folder.mkdir(parents=True)
    (folder / "tmp_sales.csv").symlink_to(outside / "new.csv")
    (folder / "sales.csv").symlink_to(outside / "kept.csv")
    assert pipeline.run_day("2026-01-15").success
    assert {path.name: path.read_text(encoding="utf-8") for path in outside.iterdir()} == {"kept.csv": "kept"}
    assert not (folder / "sales.csv").is_symlink()
    assert (folder / "sales.csv").is_file()
