"""The CSVs against an oracle: pandas reads the whole feed for each day, filters, multiplies and writes."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from conftest import REAL_FEED, REAL_SALES, ROOT, Pipeline, needs_the_real_feed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def oracle(feed: pd.DataFrame, day: str) -> pd.DataFrame:
    """Return the rows of the day's `sales.csv`; `feed` has text columns date, product, quantity, price."""
    sales = feed[feed["date"].str[:10] == day].copy()
    sales["date"] = day
    sales["quantity"] = sales["quantity"].map(int)
    sales["price"] = sales["price"].map(Decimal)
    # + 0: a Decimal can be -0.00, money cannot
    sales["amount"] = sales["quantity"] * sales["price"] + 0
    # an empty product comes last
    sales["nameless"] = sales["product"] == ""
    sales = sales.sort_values(["nameless", "product", "quantity", "price"])
    return sales[["date", "product", "quantity", "price", "amount"]]


def differs(text: str, expected: pd.DataFrame) -> bool:
    """Tell whether a CSV holds other fields than expected; how they are quoted is a matter of taste."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    return rows != [list(expected.columns), *expected.astype(str).to_numpy().tolist()]


def days_between(first: str, last: str) -> list[str]:
    start = date.fromisoformat(first)
    return [str(start + timedelta(days=n)) for n in range((date.fromisoformat(last) - start).days + 1)]


names = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
sales = st.tuples(
    st.sampled_from(days_between("2026-01-14", "2026-01-17")),
    names,
    st.integers(-(10**11), 10**11) | st.integers(-3, 9),
    st.decimals(-10_000, 10_000, places=2, allow_nan=False, allow_infinity=False),
)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(sales, max_size=40))
def test_a_random_feed_gives_the_oracles_csvs(pipeline: Pipeline, rows: list[tuple[str, str, int, Decimal]]) -> None:
    feed = pd.DataFrame(
        [(day, name, str(quantity), str(price)) for day, name, quantity, price in rows],
        columns=["date", "product", "quantity", "price"],
        dtype=str,
    )
    feed.to_csv(pipeline.root / "feed.csv", index=False, quoting=csv.QUOTE_ALL, lineterminator="\n")
    assert pipeline.run_range("2026-01-15", "2026-01-17").success
    assert pipeline.query("select count(*) from rejected_rows") == [(0,)]
    for day in days_between("2026-01-15", "2026-01-17"):
        assert not differs(pipeline.csv(day), oracle(feed, day))
    assert not pipeline.csv_path("2026-01-14").exists()


junk = st.text(st.characters(codec="utf-8", exclude_characters='\0\r\n"'), max_size=8)
fields = junk | st.sampled_from(
    ["2026-01-15", "2026-01-16T23:00:00Z", "15/01/2026", "", "1", "-2", "0.50", "1e3", "1,5", "NaN"]
)


@pytest.mark.long
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.lists(fields, max_size=6).map(",".join), max_size=60))
def test_every_line_of_a_random_feed_is_published_or_rejected(pipeline: Pipeline, lines: list[str]) -> None:
    pipeline.write_feed(*lines)
    outcome = pipeline.run("--full-refresh", max_rejected_ratio=1)
    assert outcome.success or "No date of the feed" in outcome.error
    published, rejected = (
        pipeline.query(f"select count(*) from {table}")[0][0] for table in ("daily_sales", "rejected_rows")
    )
    assert published + rejected == len([line for line in lines if line])


@pytest.mark.long
@needs_the_real_feed
def test_a_real_shops_feed_gives_the_oracles_csvs(pipeline: Pipeline) -> None:
    pipeline.use_feed(REAL_SALES)
    assert pipeline.run_range("2010-12-01", "2011-06-30", start_date="2010-12-01", price_type="decimal(18, 3)").success

    files = sorted(REAL_FEED.glob("*.csv.gz"))
    feed = pd.concat([pd.read_csv(path, dtype=str, keep_default_na=False) for path in files])
    feed = feed.rename(
        columns={"InvoiceDate": "date", "StockCode": "product", "Quantity": "quantity", "UnitPrice": "price"}
    )
    feed["price"] = feed["price"].map(lambda price: f"{Decimal(price):.3f}")
    days = days_between("2010-12-01", "2011-06-30")
    assert [day for day in days if differs(pipeline.csv(day), oracle(feed, day))] == []
    assert len(list(pipeline.exports.rglob("sales.csv"))) == len(days)
    assert pipeline.query("select count(*) from daily_sales") == [(len(feed),)]


def test_the_sample_feed_gives_the_oracles_csvs_byte_for_byte(pipeline: Pipeline) -> None:
    path = ROOT / "seeds" / "raw_sales.csv"
    pipeline.use_feed(str(path))
    assert pipeline.run_range("2026-01-01", "2026-01-13").success
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    readable = "".join(line for line in lines if line < "2026-01-14" or line.startswith("date"))
    feed = pd.read_csv(io.StringIO(readable), dtype=str, keep_default_na=False)
    for day in days_between("2026-01-01", "2026-01-13"):
        assert pipeline.csv(day) == oracle(feed, day).to_csv(index=False, lineterminator="\n")


def test_the_script_of_the_sample_feed_makes_the_same_bytes_again(tmp_path: Path) -> None:
    script = (ROOT / "seeds" / "make_raw_sales.py").read_text(encoding="utf-8")
    copy = tmp_path / "make_raw_sales.py"
    copy.write_text(script, encoding="utf-8")
    exec(compile(script, str(copy), "exec"), {"__name__": "__main__", "__file__": str(copy)})  # noqa: S102
    assert (tmp_path / "raw_sales.csv").read_bytes() == (ROOT / "seeds" / "raw_sales.csv").read_bytes()
