"""Feeds of sales, made by DuckDB: the same arguments give the same rows."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

ROOT = Path(__file__).parents[1]
REAL_FEED = ROOT.parent / "shared" / "data" / "online_retail"
SEED = 20260101
PRODUCTS = 4000
COLUMNS = "{date: 'date', product: 'varchar', quantity: 'bigint', price: 'decimal(18, 2)'}"


@dataclass(frozen=True)
class Feed:
    """A feed at `path` with `rows` rows of the days from `first` to `last`; `form` is csv, parquet or hive."""

    path: Path
    form: str
    rows: int
    first: date
    last: date

    @property
    def sql(self) -> str:
        """What to select from, for those who are told so in SQL; DuckDB is told the types too."""
        if self.form == "csv":
            return f"read_csv('{self.path}', header = true, columns = {COLUMNS})"
        return f"read_parquet('{self.path}{'/**/*.parquet' if self.form == 'hive' else ''}')"

    def totals(self, first: date, last: date) -> tuple[int, float]:
        """Return the number of rows, and the sum of their amounts, of the days from `first` to `last`."""
        query = "select count(*), coalesce(round(sum(quantity * price), 2), 0)::double from"
        found = duckdb.sql(f"{query} {self.sql} where date between '{first}' and '{last}'").fetchone()
        assert found
        return int(found[0]), float(found[1])


def make_feed(folder: Path, form: str, rows: int, first: date, last: date) -> Feed:
    """Return a feed of made-up sales in the order of their days, equally many each day; made if it is not there yet."""
    days = (last - first).days + 1
    sales = f"""
        select
            date '{first}' + cast(n * {days} // {rows} as integer) as date,
            'Product ' || lpad(cast(product as varchar), 4, '0') as product,
            cast(if(hash(n, {SEED}, 'back') % 50 = 0, -1, 1 + hash(n, {SEED}, 'pieces') % 12) as bigint) as quantity,
            cast((50 + hash(product, {SEED}, 'price') % 10000) / 100 as decimal(18, 2)) as price,
        from (select range as n, hash(range, {SEED}, 'product') % {PRODUCTS} as product from range({rows}))
    """
    return Feed(_write(folder / f"{rows}-rows-{days}-days", form, sales), form, rows, first, last)


def real_feed(folder: Path, form: str) -> Feed | None:
    """Return the real shop's feed, or None where it is not; prices in whole pence, which all contestants can hold."""
    if not REAL_FEED.exists():
        return None
    sales = f"""
        select
            cast(InvoiceDate as date) as date,
            coalesce(Description, '') as product,
            cast(Quantity as bigint) as quantity,
            cast(UnitPrice as decimal(18, 2)) as price,
        from read_csv('{REAL_FEED}/*.csv.gz', header = true, quote = '"')
        order by InvoiceDate
    """
    path = _write(folder / "real-shop", form, sales)
    feed = Feed(path, form, 0, date.min, date.max)
    found = duckdb.sql(f"select count(*), min(date), max(date) from {feed.sql}").fetchone()
    assert found
    return Feed(path, form, *found)


def _write(stem: Path, form: str, sales: str) -> Path:
    path = stem.with_suffix(f".{form}")
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f"making-{path.name}")  # so that what is there is whole
    parquet = stem.with_suffix(".parquet")
    if form == "parquet":
        duckdb.execute(f"copy ({sales}) to '{made}' (format parquet)")
    else:
        source = parquet if parquet.exists() else _write(stem, "parquet", sales)
        options = "format csv, header" if form == "csv" else "format parquet, partition_by (date), overwrite true"
        with duckdb.connect() as connection:
            if form == "hive":  # one file a day
                connection.execute("set threads = 1")
            connection.execute(f"copy (from '{source}') to '{made}' ({options})")
    made.rename(path)
    return path
