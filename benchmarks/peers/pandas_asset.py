"""What the tutorial does: a pandas asset for each day, which reads the whole feed, filters, multiplies and writes.

Without Dagster around it, and in one process, which is in its favour.
"""

import argparse
from datetime import date, timedelta
from pathlib import Path

import pandas as pd


def daily_sales(feed: Path, exports: Path, day: str) -> None:
    """Write the day's `sales.csv` and `sales_summary.csv`."""
    sales = pd.read_csv(feed)
    sales = sales[sales["date"] == day].copy()
    sales["amount"] = (sales["quantity"] * sales["price"]).round(2)
    folder = exports / day.replace("-", "/")
    folder.mkdir(parents=True, exist_ok=True)
    sales.sort_values(list(sales.columns)).to_csv(folder / "sales.csv", index=False)
    summary = sales.groupby(["date", "product"], as_index=False).agg(
        row_count=("amount", "size"), quantity=("quantity", "sum"), amount=("amount", "sum")
    )
    summary.to_csv(folder / "sales_summary.csv", index=False)


def main() -> None:
    """Write the days from `--first` to `--last`, one after the other."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--feed", required=True, type=Path)
    parser.add_argument("--exports", required=True, type=Path)
    parser.add_argument("--first", required=True, type=date.fromisoformat)
    parser.add_argument("--last", required=True, type=date.fromisoformat)
    given = parser.parse_args()
    for n in range((given.last - given.first).days + 1):
        daily_sales(given.feed, given.exports, str(given.first + timedelta(days=n)))


if __name__ == "__main__":
    main()
