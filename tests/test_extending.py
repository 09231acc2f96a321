"""The steps of docs/extending.md, each applied to a copy of the project as it stands there."""

import re
import subprocess
from datetime import datetime, timezone

import duckdb
import pytest
from conftest import ROOT, Pipeline

from report.page import render
from report.warehouse import read_facts

pytestmark = pytest.mark.long  # a copy of the project for each, parsed after each step
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
DAYS = ["2026-01-15", "2026-01-16"]
SALES = [f"{day},Tea,2,5.00" for day in DAYS]


@pytest.fixture
def project(copied: Pipeline) -> Pipeline:
    """A copy of the project, with two days made."""
    copied.write_feed(*SALES)
    outcome = copied.run(parse=True, start_date=DAYS[0])
    assert outcome.success, outcome.error
    return copied


def follow(project: Pipeline, section: str, *, only: slice = slice(None)) -> None:
    """Apply the diffs of a section."""
    diffs = re.findall(r"```diff\n(.*?)```", SECTIONS[section], re.DOTALL)[only]
    for of_file in re.split(r"^(?=--- )", "".join(diffs), flags=re.MULTILINE)[1:]:
        command = ["git", "apply", "--recount", "-"]
        applied = subprocess.run(
            command, input=of_file, text=True, cwd=project.project.parent, capture_output=True, check=False
        )
        assert applied.returncode == 0, applied.stderr


def run(project: Pipeline, *args: str) -> str:
    """Run as at the command line, and return what was said of errors."""
    outcome = project.run(*args, parse=True, start_date=DAYS[0])
    return "" if outcome.success else outcome.error


def states(project: Pipeline) -> dict[str, tuple[str, str | None]]:
    rows = project.query("select partition_date::varchar, status, reason from partition_health order by all")
    return {day: (status, reason) for day, status, reason in rows}


def test_a_column_of_the_feed_comes_through_to_the_file(project: Pipeline) -> None:
    follow(project, "A column of the feed")
    header = "date,product,quantity,price,store,discount\n"
    project.write_feed(*(f"{sale},North,12.5" for sale in SALES), f"{SALES[0]},South,much", header=header)
    assert "store is new: VARCHAR" in run(project)
    assert "2026-01-15 (1 of 2 rows rejected" in run(project, "--full-refresh")
    assert project.query("select rejected_reason, raw_text from rejected_rows") == [
        ("discount_not_a_number", "2026-01-15,Tea,2,5.00,South,much")
    ]
    project.write_feed(*(f"{sale},North,12.5" for sale in SALES), header=header)
    assert run(project) == ""
    wanted = "date,product,quantity,price,amount,store,discount\n{day},Tea,2,5.00,10.00,{store},12.50\n"
    assert [project.csv(day) for day in DAYS] == [wanted.format(day=day, store="North") for day in DAYS]
    project.write_feed(f"{SALES[0]},West,12.5", f"{SALES[1]},North,12.5", header=header)
    assert run(project) == ""
    assert [project.csv(day) for day in DAYS] == [
        wanted.format(day=day, store=store) for day, store in zip(DAYS, ("West", "North"), strict=True)
    ]


def test_a_feed_may_have_other_names_delimiters_commas_and_dates(project: Pipeline) -> None:
    before = project.contents()
    follow(project, "A feed with other names, another delimiter, a decimal comma, other dates")
    (project.root / "feed").mkdir()
    for day, more in (("15", "15.01.2026;Zu;viel;1;2\n"), ("16", "16.01.2026;Tee;2;5.00\n16.01.26;Tee;1;1,00\n")):
        text = f"Datum;Artikel;Menge;Preis\n{day}.01.2026;Tea;2;5,00\n"
        (project.root / "feed" / f"2026-01-{day}.csv").write_text(text + more, encoding="utf-8")
    project.use_feed(f"{project.root}/feed/%Y-%m-%d.csv")
    outcome = project.run(parse=True, start_date=DAYS[0], max_rejected_ratio=0.5)
    assert outcome.success, outcome.error
    assert project.contents() == before
    assert project.query(
        "select partition_date::varchar, rejected_reason, raw_text from rejected_rows order by all"
    ) == [
        ("2026-01-15", "malformed_line", "15.01.2026;Zu;viel;1;2"),
        ("2026-01-16", "price_not_a_number", "16.01.2026;Tee;2;5.00"),
        (None, "date_unreadable", "16.01.26;Tee;1;1,00"),
    ]


def test_a_date_by_a_format_without_anything_between_its_fields_has_all_its_digits(project: Pipeline) -> None:
    declared = project.project / "models" / "staging" / "_sources.yml"
    column = "          - name: date\n"
    with_format = f'{column}            config: {{meta: {{format: "%Y%m%d"}}}}\n'
    declared.write_text(declared.read_text(encoding="utf-8").replace(column, with_format), encoding="utf-8")
    texts = ["20260115", "2026115", "02260115", "20260116"]
    project.write_feed(*(f"{text},{text},2,5.00" for text in texts))
    assert run(project) == ""
    assert project.query("select date::varchar, product from daily_sales order by all") == [
        ("2026-01-15", "20260115"),
        ("2026-01-16", "20260116"),
    ]
    assert project.query("select rejected_reason from rejected_rows") == [("date_unreadable",)] * 2


def test_a_mart_and_a_file_of_ones_own_are_made_watched_and_healed(project: Pipeline) -> None:
    before = project.contents()
    follow(project, "A mart and a file of one's own")
    settings = project.project / "dbt_project.yml"
    complete = settings.read_text(encoding="utf-8")
    settings.write_text(complete.replace(", sales_by_price]", "]"), encoding="utf-8")
    assert "sales_by_price is a daily_table, and the list of marts does not name it" in run(project)
    settings.write_text(complete, encoding="utf-8")
    assert run(project) == ""
    made = "2026/01/15/sales_by_price.parquet"
    assert {path: content for path, content in project.contents().items() if "price" not in path} == before
    assert duckdb.read_parquet(str(project.exports / made)).fetchall() == project.query(
        "select * from sales_by_price where date = '2026-01-15'"
    )
    newest = "(select max(run_number) from partition_plan)"
    assert project.query(f"select distinct reason from partition_plan where run_number = {newest}") == [
        ("stale: sales_by_price has never held the day",)
    ]

    (project.exports / made).unlink()
    (project.exports / "2026/01/16/sales_by_price.parquet").write_bytes(b"PAR1")
    assert project.run("--select", "tag:health", start_date=DAYS[0], parse=True).success
    assert states(project) == {
        "2026-01-15": ("export_missing", "sales_by_price.parquet is not there"),
        "2026-01-16": ("export_changed", "sales_by_price.parquet was changed by something else"),
    }
    assert run(project) == ""
    assert {state for state, _ in states(project).values()} == {"materialized"}
    project.execute("delete from sales_by_price where date = '2026-01-16'")
    assert run(project) == ""
    assert project.query("select count(*) from sales_by_price") == [(2,)]


def test_a_mart_may_have_columns_of_any_type_and_name_and_the_constraints_of_dbt(project: Pipeline) -> None:
    follow(project, "A mart and a file of one's own")
    models = project.project / "models"
    query = """
        select
            date, product as "order", {'pieces': sum(quantity), 'note': 'a, "b"'} as figures, list(price) as prices,
        from {{ ref("daily_sales") }}
        group by all
    """
    (models / "marts" / "sales_by_price.sql").write_text(query, encoding="utf-8")
    keys = '\n    columns: [{name: order, constraints: [{type: check, expression: length("order") < 9}]}]\n'
    with (models / "marts" / "sales_by_price.yml").open("a", encoding="utf-8") as declared:
        declared.write(keys)
    export = models / "exports" / "sales_by_price_parquet.yml"
    test = "    data_tests: [{daily_partitions.exported_as_published: {arguments: {mart: ref('sales_by_price')}}}]\n"
    csv = export.read_text(encoding="utf-8").replace("sales_by_price.parquet", "sales_by_price.csv") + test
    export.write_text(csv, encoding="utf-8")
    assert run(project) == ""
    for table in ("sales_by_price", "sales_by_price_parquet"):
        found = project.query(f"select date::varchar, * exclude date from {table} order by all")
        assert [row[1:3] for row in found] == [("Tea", {"pieces": 2, "note": 'a, "b"'})] * 2
    assert project.dbt("test", "--select", "sales_by_price_parquet", parse=True, start_date=DAYS[0]).success

    project.write_feed(*SALES, f"{DAYS[0]},Nine letters,1,1.00")
    assert "CHECK constraint failed" in run(project)
    assert project.query("select count(*) from sales_by_price") == [(2,)]
    project.write_feed(*SALES, f"{DAYS[0]},Cup,1,1.00")
    assert run(project) == ""
    assert "Cup" in project.csv(DAYS[0], "sales_by_price.csv")


@pytest.mark.parametrize("test", ["unique", "not_null"])
def test_a_data_test_of_dbt_that_fails_holds_back_no_file(project: Pipeline, test: str) -> None:
    declared = project.project / "models" / "marts" / "daily_sales.yml"
    before = declared.read_text(encoding="utf-8")
    after = before.replace("      - name: product\n", f"      - name: product\n        data_tests: [{test}]\n")
    assert before != after
    declared.write_text(after, encoding="utf-8")
    project.write_feed("2026-01-15,Pen,1,1.00", "2026-01-15,Pen,2,1.00", "2026-01-15,,2,1.00")
    outcome = project.dbt("build", parse=True, partition_date=DAYS[0], start_date=DAYS[0])
    assert not outcome.success
    assert "Got 1 result, configured to fail if != 0" in outcome.error
    assert "Pen" in project.csv(DAYS[0])
    assert project.query("select max(row_count) from partition_ledger") == [(3,)]


def test_a_rule_of_ones_own_fails_a_day_until_it_is_accepted(project: Pipeline) -> None:
    week_before = [f"2026-01-15,Cup,{n},1.00" for n in range(1, 4)]
    project.write_feed(*week_before, *SALES, "2026-01-22,Tea,1,1.00", "2026-01-23,Tea,1,1.00")
    follow(project, "A rule", only=slice(1))
    error = run(project)
    assert "1 of 8 days failed their audit" in error
    assert "2026-01-22 (1 rows, and 4 on the same weekday a week before)" in error
    assert "rejected_rows" not in error
    assert project.csv_path("2026-01-23").exists()
    assert not project.csv_path("2026-01-22").exists()
    assert "1 days that failed before stand as they were: 2026-01-22" in run(project)

    follow(project, "A rule", only=slice(1, 2))
    assert run(project) == ""
    accepted = "fewer_than_half: 1 rows, and 4 on the same weekday a week before, accepted: a bank holiday"
    assert project.query("select status, accepted from partition_ledger where accepted is not null") == [
        ("materialized", accepted)
    ]
    assert states(project)["2026-01-22"] == ("materialized", None)
    shown = "select accepted from partition_health where partition_date = '2026-01-22'"
    assert project.query(shown) == [(accepted,)]
    project.csv_path("2026-01-22").unlink()
    assert run(project) == ""
    assert project.query(shown) == [(accepted,)]
    assert [day.accepted for day in read_facts(project.warehouse).days if day.accepted] == [accepted]


@pytest.mark.weekly
def test_a_model_that_follows_reads_just_the_days_that_changed(project: Pipeline) -> None:
    follow(project, "A model that follows the days that changed")

    def read_by(*args: str, **variables: str | bool) -> dict[str, tuple[str | None, int | None]]:
        """Run, and return the days that the model has read, with their best sellers and how many pieces."""
        if "best_sellers" in {name for (name,) in project.query("select table_name from duckdb_tables()")}:
            project.execute("update best_sellers set product = 'as it was'")
        outcome = project.run(*args, parse=True, start_date=DAYS[0], **variables)
        assert outcome.success, outcome.error
        rows = project.query("select date::varchar, product, quantity::int from best_sellers order by all")
        assert [day for day, *_ in rows] == DAYS
        return {day: (product, quantity) for day, product, quantity in rows if product != "as it was"}

    day, restated = DAYS
    assert read_by() == dict.fromkeys(DAYS, ("Tea", 2))
    assert read_by() == {}
    assert read_by(partition_date=day) == {}  # it comes out as it was
    project.write_feed(*SALES, f"{restated},Cup,3,1.00")
    assert read_by() == {restated: ("Cup", 3)}
    project.write_feed(SALES[1], f"{restated},Cup,3,1.00")
    assert read_by() == {day: (None, None)}
    assert read_by(partition_date=restated, restore_run="1") == {restated: ("Tea", 2)}
    assert read_by(partition_date=restated, release=True) == {}
    assert read_by() == {restated: ("Cup", 3)}


def test_a_figure_of_the_day_is_recorded_and_shown(project: Pipeline, capsys: pytest.CaptureFixture[str]) -> None:
    follow(project, "A figure of the day")
    project.write_feed(*SALES, "2026-01-16,Cup,3,1.00")
    capsys.readouterr()
    assert project.preview(start_date=DAYS[0]).success
    assert "total amount now             then       pieces now             then" in capsys.readouterr().out
    assert run(project) == ""
    for table in ("partition_ledger", "partition_health"):
        newest = f"select pieces::int, total_amount::int from {table} where pieces is not null"
        assert project.query(newest) == [(5, 13)], table
    (change,) = project.query("select pieces_before, pieces::int from partition_changes where change = 'restated'")
    assert change == (None, 5)
    page = render(read_facts(project.warehouse), datetime.now(timezone.utc))
    assert "<th>Total amount</th><th>Difference</th><th>Pieces</th><th>Difference</th>" in page
    assert "total amount 13, pieces 5" in page


def test_a_file_goes_to_another_path(project: Pipeline) -> None:
    before = {day: project.csv(day) for day in DAYS}
    follow(project, "Another path or format")
    assert run(project) == ""
    assert {day: (project.exports / f"{day[:7]}/sales-{day[8:]}.csv").read_text() for day in DAYS} == before


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        (
            "models/exports/daily_sales_csv.sql",
            'ref("daily_sales")',
            'ref("stg_sales")',
            "The export daily_sales_csv is made of rows of the run",
        ),
        (
            "models/staging/stg_sales.sql",
            '"staged_table"',
            '"table"',
            "stg_sales is the staged model, and not a staged_table",
        ),
        ("models/exports/daily_sales_summary_csv.yml", "sales_summary.csv", "sales.csv", "have one path"),
        (
            "models/marts/daily_sales.yml",
            "total_amount:",
            "row_count:",
            "The figure row_count of daily_sales has a name",
        ),
        (
            "models/staging/_sources.yml",
            "- name: product",
            "- name: raw_text",
            "The column raw_text of raw.sales has a name",
        ),
        (
            "models/marts/daily_sales_summary.sql",
            "    date,",
            "    date::timestamp as date,",
            "no column date that is a date",
        ),
        (
            "../profiles.yml",
            '      path: ":memory:"\n',
            "",
            "A preview works",
        ),
    ],
)
def test_what_would_be_wrong_in_silence_is_refused(
    project: Pipeline, file: str, before: str, after: str, said: str
) -> None:
    made = project.contents()
    path = project.project / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    target = ["--target", "preview"] if said == "A preview works" else []
    outcome = project.dbt("run", *target, "--full-refresh", parse=True, start_date=DAYS[0])
    assert said in outcome.error
    assert project.contents() == made


def test_a_figure_that_is_given_up_keeps_what_was_recorded(project: Pipeline) -> None:
    sums = project.query("select partition_date, total_amount from partition_ledger order by all")
    path = project.project / "models" / "marts" / "daily_sales.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("total_amount:", "sum_of_amounts:"), encoding="utf-8")
    project.write_feed(*SALES, "2026-01-16,Cup,3,1.00")
    assert run(project) == ""
    assert (
        project.query("select partition_date, total_amount from partition_ledger where total_amount > 0 order by all")
        == sums
    )
    assert project.query("select sum_of_amounts::int from partition_ledger where sum_of_amounts is not null") == [(13,)]
