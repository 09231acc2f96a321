"""Random histories of a pipeline: its feed, its settings, its tables and its files change, runs are made and die.

A `History` keeps a model of the feed and the settings. What the days should hold follows from it in plain Python,
without the pipeline's SQL, so that it can be asked after each run.
"""

import csv
import io
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import hypothesis
from conftest import Outcome, Pipeline
from hypothesis import HealthCheck, Phase, note, reproduce_failure
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

# Clocks go back at one in the morning in the Azores on the 26th, and at midnight in Beirut
DAYS = [f"2025-10-{day}" for day in range(24, 29)]
FORMS = ["csv", "parquet", "mixed", "query", "file a day", "folder a day", "hive"]
FILE_A_DAY = {"file a day", "folder a day"}
ONE_READ = {"csv", "parquet", "mixed", "query"}
ZONES = ["UTC", "Asia/Tokyo", "Asia/Beirut", "Atlantic/Azores"]
TYPES = [("bigint", "decimal(18, 2)"), ("bigint", "decimal(18, 3)"), ("decimal(12, 3)", "decimal(18, 3)")]
MOMENTS = [
    "START sql daily_table model main.partition_plan",
    "START sql table model main.partition_audit",
    "START sql daily_table model main.daily_sales_summary",
    "sales.csv",
    "START sql daily_table model main.partition_ledger",
]
RIGHT = {"materialized", "empty"}
HEADER = ("date", "product", "quantity", "price")

Line = tuple[str, ...]
Rows = Counter[Line]


@dataclass(frozen=True)
class Sale:
    """A row of the feed. `when` is a day, a moment in UTC, or text that is no date."""

    when: str
    product: str
    quantity: str
    price: str
    is_malformed: bool = False

    def day(self, zone: str) -> str | None:
        """Return the day that the row counts for."""
        if self.when.endswith("Z"):
            moment = datetime.strptime(self.when, "%Y-%m-%d %H:%M:%SZ").replace(tzinfo=timezone.utc)
            return str(moment.astimezone(ZoneInfo(zone)).date())
        return self.when if self.when.startswith("2025-") else None


def number(text: str, type_name: str) -> Decimal | None:
    """Return a number of the feed with the decimals of its type, or None if the row is to be rejected."""
    decimals = scale(type_name)
    try:
        value = Decimal(text)
    except ArithmeticError:
        return None
    exact = value.quantize(Decimal(1).scaleb(-decimals))
    return exact if exact == value else None


def scale(type_name: str) -> int:
    match = re.search(r", *(\d+)", type_name)
    return int(match[1]) if match else 0


def written(lines: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue().encode()


whens = (
    st.sampled_from(DAYS)
    | st.builds(
        "{} {}Z".format, st.sampled_from(DAYS), st.sampled_from(["00:30:00", "01:30:00", "15:30:00", "21:30:00"])
    )
    | st.sampled_from(DAYS)
    | st.sampled_from([*DAYS, "28.10.2025"])
)
products = st.sampled_from(["Tea", "Bowl", "Tea", "", "=Sum", "'-1", 'O"K', "a,b", "Tée"])
quantities = st.sampled_from(["1", "2", "-1", "10", "3", "1.5", "many"])
prices = st.sampled_from(["1.00", "9.00", "2.5", "10.00", "0.05", "2.125"])
sales = st.builds(Sale, whens, products, quantities, prices, st.sampled_from([False] * 9 + [True]))
which = st.integers(0, 23)
days = st.sampled_from(DAYS)


class History(RuleBasedStateMachine):
    """A pipeline, what happens to it, and what its days should hold."""

    def __init__(self, pipeline: Pipeline, happened: Counter[str]) -> None:
        super().__init__()
        self.pipeline, self.happened = pipeline, happened
        pipeline.clean()
        self.sales: list[Sale] = []
        self.bare: set[str] = set()
        self.form = "csv"
        self.folder = "feed"
        self.settings: dict[str, Any] = {}
        self.tick = datetime(2026, 2, 1, tzinfo=timezone.utc).timestamp()
        self.runs: set[str] = set()
        self.failed_with: dict[str, Rows] = {}
        self.kills = 0
        self.left_behind: set[str] = set()  # made by other types than today's, before a calendar that began later then
        self.asked: dict[str, list[tuple[Any, ...]]] = {}
        self.warehouse_then: list[tuple[int, int, int]] = []

    # What the feed holds, and what should come out

    def source(self, day: str) -> list[Sale]:
        """Return the rows of the feed that count for a day."""
        return [sale for sale in self.sales if sale.day(self.settings["timezone"]) == day]

    def undated(self) -> list[Sale]:
        """Return the rows of the feed whose date cannot be read."""
        # in a hive-partitioned folder each row has a date
        return [] if self.form == "hive" else [sale for sale in self.sales if sale.day("UTC") is None]

    def numbers(self, sale: Sale) -> tuple[Decimal, Decimal] | None:
        """Return quantity and price of a row, or None if it is to be rejected."""
        quantity = number(sale.quantity, self.settings["quantity_type"])
        price = number(sale.price, self.settings["price_type"])
        return None if sale.is_malformed or quantity is None or price is None else (quantity, price)

    def content(self, day: str) -> Rows:
        """Return the rows of a day as far as it matters when a day that failed is tried again."""
        rows: Rows = Counter()
        for sale in self.source(day):
            read = self.numbers(sale)
            rows[(sale.product, *map(str, read or (sale.quantity, sale.price, "rejected")))] += 1
        return rows

    def rejected(self, day: str) -> int:
        """Return how many rows of a day are to be rejected."""
        return sum(self.numbers(sale) is None for sale in self.source(day))

    def published(self, day: str) -> tuple[list[Line], list[Line]]:
        """Return the rows of a day in `daily_sales` and in `daily_sales_summary`, in the order of the files."""
        escapes = self.settings["escape_formulas"]
        rows = [
            (shown(sale.product, escapes=escapes), *read, read[0] * read[1] + 0)
            for sale in self.source(day)
            if (read := self.numbers(sale))
        ]
        rows.sort(key=lambda row: (row[0] == "", row))
        summary: dict[str, tuple[int, Decimal, Decimal]] = {}
        for product, quantity, _, amount in rows:
            count, pieces, turnover = summary.get(product, (0, Decimal(0), Decimal(0)))
            summary[product] = (count + 1, pieces + quantity, turnover + amount)
        return (
            [(day, row[0], *(f"{field:f}" for field in row[1:])) for row in rows],
            [(day, product, str(n), f"{pieces:f}", f"{amount:f}") for product, (n, pieces, amount) in summary.items()],
        )

    def expected_files(self, day: str) -> dict[str, bytes]:
        """Return the files that a day should have, by name."""
        rows, summary = self.published(day)
        return {
            "sales.csv": written([("date", "product", "quantity", "price", "amount"), *rows]),
            "sales_summary.csv": written([("date", "product", "row_count", "quantity", "amount"), *summary]),
        }

    # What came out

    def files(self, day: str) -> dict[str, bytes]:
        """Return the files that a day has, by name."""
        folder = self.pipeline.csv_path(day).parent
        return {path.name: path.read_bytes() for path in sorted(folder.glob("*")) if path.is_file()}

    def tables(self) -> dict[str, tuple[Rows, Rows]]:
        """Return the rows of each day in both marts."""
        found: dict[str, tuple[Rows, Rows]] = {}
        for place, name in enumerate(["daily_sales", "daily_sales_summary"]):
            for row in self.rows_of(name, "columns(*)::varchar"):
                line = (row[0], row[1] or "", *row[2:])
                found.setdefault(line[0], (Counter(), Counter()))[place][line] += 1
        return found

    def faults(self, day: str, tables: dict[str, tuple[Rows, Rows]]) -> list[str]:
        """Return what of a day is not as it should be."""
        files, wanted = self.files(day), self.expected_files(day)
        faults = [
            f"{name} is {files.get(name)!r}, not {content!r}"
            for name, content in wanted.items()
            if files.get(name) != content
        ]
        if litter := set(files) - set(wanted):
            faults.append(f"{litter} beside the files")
        escapes = self.settings["escape_formulas"]
        for name, rows, lines in zip(
            ("daily_sales", "daily_sales_summary"),
            tables.get(day, (Counter(), Counter())),
            self.published(day),
            strict=True,
        ):
            shown_rows: Rows = Counter()
            for row, count in rows.items():
                shown_rows[(row[0], shown(row[1], escapes=escapes), *row[2:])] += count
            if shown_rows != Counter(lines):
                faults.append(f"{name} has {sorted(rows.elements())}, not {lines}")
        return faults

    def rows_of(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        """Return rows of a table, none if it is not there yet. As opening takes long, each query is asked once."""
        warehouse = self.pipeline.warehouse
        written = [path.stat() for path in sorted(warehouse.parent.glob(f"{warehouse.name}*"))]
        now = [(facts.st_ino, facts.st_size, facts.st_mtime_ns) for facts in written]
        if now != self.warehouse_then:
            self.asked, self.warehouse_then = {}, now
        sql = f"select {columns} from {table} order by all"
        if sql not in self.asked:
            try:
                self.asked[sql] = self.pipeline.query(sql)
            except (duckdb.CatalogException, duckdb.IOException):
                self.asked[sql] = []
        return self.asked[sql]

    def recorded(self, *, by_name: bool = False) -> None:
        """Look at what runs have recorded since: a day fails if it breaks a rule, and only then."""
        columns = "run_id, partition_date::varchar, action, status, source_rows, rejected_count, previous_row_count"
        ledger = self.rows_of("partition_ledger", columns)
        is_empty = not any(self.source(day) for day in self.calendar())
        for run_id, day, action, status, source_rows, rejected_count, previous_rows in ledger:
            if run_id in self.runs or action != "run":
                continue
            self.tell(f"  {day}: {status}")
            rejected = self.rejected(day)
            assert (source_rows, rejected_count) == (len(self.source(day)), rejected), f"{day} as it was read"
            is_emptied = source_rows == 0 and (previous_rows or 0) > 0
            must_fail = rejected > self.settings["max_rejected_ratio"] * source_rows
            must_fail |= is_emptied and bool(self.undated()) and self.form in ONE_READ
            must_fail |= is_emptied and is_empty and not by_name
            may_fail = must_fail or (is_emptied and (is_empty or bool(self.undated())))
            assert status == "failed" if must_fail else may_fail or status == "materialized", f"{day}: {status}"
            if status == "failed":
                self.failed_with[day] = self.content(day)
            else:
                self.failed_with.pop(day, None)
        self.runs |= {row[0] for row in ledger}

    def newest_failed(self, before: set[str]) -> set[str]:
        """Return the days that failed in other runs than those before."""
        return {
            day
            for run_id, day, status in self.rows_of("partition_ledger", "run_id, partition_date::varchar, status")
            if status == "failed" and run_id not in before
        }

    def calendar(self) -> list[str]:
        """Return the days that have something to be looked at."""
        found = {sale.day(self.settings["timezone"]) for sale in self.sales} | set(self.tables())
        found |= {day for (day,) in self.rows_of("partition_ledger", "partition_date::varchar")}
        return sorted(day for day in found if day and day >= self.settings["start_date"])

    def states(self) -> dict[str, str]:
        """Return the state of each day, as it was last looked at."""
        return dict(self.rows_of("partition_health", "partition_date::varchar, status"))

    # Runs

    def run(self, *args: str, **window: str) -> Outcome:
        """Run, and see that it fails if and only if a day does."""
        before = set(self.runs)
        outcome = self.pipeline.run(*args, **self.settings, **window)
        failed = self.newest_failed(before)
        self.recorded(by_name=bool(window))
        stands = not window and "that failed before stand as they were" in outcome.error
        assert not stands or "failed" in self.states().values(), outcome.error
        is_unreadable = "No date of the feed" in outcome.error
        assert not is_unreadable or (self.undated() and not any(sale.day("UTC") for sale in self.sales)), outcome.error
        assert outcome.success == (not failed and not stands and not is_unreadable), f"{failed}: {outcome.error}"
        return outcome

    def look(self) -> None:
        """See that health names each day that is wrong."""
        outcome = self.pipeline.run("--select", "tag:health", **self.settings)
        assert outcome.success, outcome.error
        states, tables = self.states(), self.tables()
        self.tell(f"  health {states}")
        for day in self.calendar():
            assert day in states, f"health does not know {day}"
            if states[day] in RIGHT:
                assert not self.faults(day, tables), f"{day} is called {states[day]}: {self.faults(day, tables)}"

    def healed(self, *, also_looks: bool, twice: bool = False) -> None:
        """Run without days, and see that all that can be right is."""
        if also_looks:
            self.look()
        before, files = self.tables(), {day: self.files(day) for day in self.all_days()}
        facts, planned = self.pipeline.files(), self.plans()
        self.run()
        self.all_is_right(before, files, "heal")
        self.left_alone(facts, planned)
        if twice:
            facts, planned = self.pipeline.files(), self.plans()
            self.run()
            # a day that has just failed keeps its rows; what is wrong with its files is mended by the run after
            exports = set(self.rows_of("partition_plan where action = 'export'", "run_id, partition_date::varchar"))
            again = {(run, day) for run, day in self.plans() & exports if day in self.failed_with}
            assert self.plans() - planned <= again, f"planned again: {self.plans() - planned}"
            self.left_alone(facts, planned)

    def left_alone(self, facts: dict[str, tuple[bytes, int]], planned: set[tuple[str, str]]) -> None:
        """See that since then no file was touched but those of the days that were planned."""
        touched = {day for _, day in self.plans() - planned}
        now = self.pipeline.files()
        for path in facts.keys() | now.keys():
            if path[:10].replace("/", "-") not in touched:
                assert now.get(path) == facts.get(path), f"{path} was not planned, and touched"

    def all_is_right(
        self, before: dict[str, tuple[Rows, Rows]], files: dict[str, dict[str, bytes]], after: str
    ) -> None:
        """See that all days are what the feed says, and those that failed what they were."""
        states, tables = self.states(), self.tables()
        self.tell(f"  after {after}: {states}")
        for day in self.calendar():
            assert day in states, f"health does not know {day}"
        for day, status in states.items():
            if status == "failed":
                assert self.failed_with.get(day) == self.content(day), f"{day} was not tried again"
                self.kept(day, before, files)
                continue
            if status == "missing":
                # to run it would make of a day that did not come an empty one
                assert day not in {planned for _, planned in self.plans()}, f"{day} is missing after {after}"
                assert not any(self.source(one) for one in self.calendar() if one >= day), f"{day} came, and is missing"
                continue
            is_left_behind = status == "outdated" and day in self.left_behind
            assert status in RIGHT or is_left_behind, f"{day} is {status} after {after}"
            faults = self.faults(day, tables)
            assert not faults, f"{day} is called {status} after {after}: {faults}"
            assert is_left_behind or (status == "empty") == (not self.published(day)[0]), f"{day} is called {status}"
        for day in self.all_days():
            if day < self.settings["start_date"]:
                self.kept(day, before, files)
        rejected = dict(
            self.rows_of(
                "(select partition_date::varchar as day, count(*) as n from rejected_rows"
                " where partition_date is not null group by all)",
                "day, n",
            )
        )
        for day in self.calendar():
            assert rejected.get(day, 0) == self.rejected(day), f"rejected of {day}"
        assert not (self.pipeline.root / "elsewhere.csv").exists(), "an export went through a link"

    def kept(self, day: str, before: dict[str, tuple[Rows, Rows]], files: dict[str, dict[str, bytes]]) -> None:
        """See that a day that was not to be touched has what it had; a file of it that was wrong may be mended."""
        now = self.tables().get(day, (Counter(), Counter()))
        for had, has in zip(before.get(day, (Counter(), Counter())), now, strict=True):
            assert numeric(had) == numeric(has), f"{day} was not to be touched, had {had} and has {has}"
        escapes = self.settings["escape_formulas"]
        for name, rows in zip(["sales.csv", "sales_summary.csv"], now, strict=True):
            had_file, has_file = files.get(day, {}).get(name), self.files(day).get(name)
            if had_file != has_file:
                assert day >= self.settings["start_date"], f"{name} of {day} was touched"
                assert has_file is not None, f"{name} of {day} is gone"
                lines = [(row[0], shown(row[1], escapes=escapes), *row[2:]) for row in rows.elements()]
                assert sorted(has_file.splitlines()[1:]) == sorted(written(lines).splitlines()), f"{name} of {day}"

    def plans(self) -> set[tuple[str, str]]:
        """Return all that was ever planned."""
        return set(self.rows_of("partition_plan", "run_id, partition_date::varchar"))

    def all_days(self) -> list[str]:
        """Return the days of the feed, of the tables and of the calendar."""
        return sorted(
            set(DAYS) | set(self.tables()) | {sale.day(self.settings["timezone"]) or DAYS[0] for sale in self.sales}
        )

    def tell(self, what: str) -> None:
        """Say what came of a step, where a history that failed is printed."""
        note(what)

    # The feed as files

    def feed_path(self) -> str:
        """Return where the feed is, as `RAW_SALES_PATH` names it."""
        root = self.pipeline.root / self.folder
        read = f"read_csv('{root}/feed.csv', auto_detect = false, header = true, delim = ',', quote = '\"', columns ="
        read += " {'day': 'varchar', 'sku': 'varchar', 'n': 'varchar', 'each': 'varchar'})"
        return {
            "csv": f"{root}/feed.csv",
            "parquet": f"{root}/feed.parquet",
            "mixed": f"{root}/*",
            "query": f"(select day as date, sku as product, n as quantity, each as price from {read})",
            "file a day": f"{root}/%Y-%m-%d.csv",
            "folder a day": f"{root}/%Y-%m-%d/*",
            "hive": str(root),
        }[self.form]

    def feed_files(self) -> dict[str, bytes]:
        """Return the files of the feed and what is in them."""
        if self.form in {"csv", "parquet", "mixed", "query"}:
            return {
                "csv": {"feed.csv": feed_csv(self.sales)},
                "parquet": {"feed.parquet": feed_parquet(self.sales)},
                "mixed": {"a.csv": feed_csv(self.sales[::2]), "b.parquet": feed_parquet(self.sales[1::2])},
                "query": {"feed.csv": feed_csv(well_formed(self.sales), ("day", "sku", "n", "each"))},
            }[self.form]
        split: dict[str, list[Sale]] = {day: [] for day in self.bare}
        for sale in self.sales:
            if day := sale.day(self.settings["timezone"]):
                split.setdefault(day, []).append(sale)
        if not split:
            split = {DAYS[-1]: []}
        split[min(split)].extend(self.undated())
        files: dict[str, bytes] = {}
        for day, rows in split.items():
            if self.form == "file a day":
                files[f"{day}.csv"] = feed_csv(rows)
            elif self.form == "folder a day":
                files |= {f"{day}/{n}.csv": feed_csv(rows[n::2]) for n in (0, 1)}
            else:
                files[f"date={day}/part.csv"] = feed_csv(rows, HEADER[1:])
        return files

    def write(self, time: str = "newer") -> None:
        """Bring the files of the feed to what the model says; what is the same stays untouched."""
        root = self.pipeline.root / self.folder
        wanted = self.feed_files()
        found = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
        for name in found - set(wanted):
            (root / name).unlink()
        for name, content in wanted.items():
            path = root / name
            was = path.stat().st_mtime_ns if path.exists() else 0
            if was and path.read_bytes() == content:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            self.tick += 2
            newer = int(self.tick * 10**9)
            moved = {
                "same": was,
                "newer": newer,
                "older": was - 3600 * 10**9,
                "same second": was // 10**9 * 10**9 + (was + 10**6) % 10**9,
            }
            os.utime(path, ns=(newer, moved[time] if was else newer))

    def change_form(self, form: str) -> None:
        """Give the same rows in another form, and nothing of the form before."""
        self.form = form
        shutil.rmtree(self.pipeline.root / self.folder, ignore_errors=True)
        self.pipeline.use_feed(self.feed_path())
        self.write()

    # What happens

    @initialize(
        rows=st.lists(sales, min_size=1, max_size=14),
        form=st.sampled_from(FORMS),
        zone=st.sampled_from(ZONES),
        types=st.sampled_from(TYPES),
        kills=st.sampled_from([0, 0, 0, 0, 0, 1]),
        starts=st.booleans(),
    )
    def begin(  # noqa: PLR0913
        self, *, rows: list[Sale], form: str, zone: str, types: tuple[str, str], kills: int, starts: bool
    ) -> None:
        """Begin with some rows, in a pipeline that has run or has not."""
        self.kills = kills
        self.sales = rows
        self.settings = {
            "timezone": zone,
            "start_date": DAYS[0],
            "quantity_type": types[0],
            "price_type": types[1],
            "max_rejected_ratio": 1.0,
            "escape_formulas": False,
        }
        self.change_form(form)
        if starts:
            self.healed(also_looks=False)

    @rule(rows=st.lists(sales, min_size=1, max_size=4))
    def add_rows(self, rows: list[Sale]) -> None:
        """Let rows come late."""
        self.sales = [*self.sales, *rows][-24:]
        self.write()

    @precondition(lambda self: self.sales)
    @rule(at=which)
    def delete_row(self, at: int) -> None:
        """Take a row out of the feed."""
        del self.sales[at % len(self.sales)]
        self.write()

    @precondition(lambda self: self.sales)
    @rule(at=which, row=sales)
    def replace_row(self, at: int, row: Sale) -> None:
        """Correct a row."""
        self.sales[at % len(self.sales)] = row
        self.write()

    @precondition(lambda self: self.sales)
    @rule(at=which, when=whens)
    def move_row(self, at: int, when: str) -> None:
        """Let a row be of another day."""
        at %= len(self.sales)
        self.sales[at] = replace(self.sales[at], when=when)
        self.write()

    @precondition(lambda self: self.sales)
    @rule(at=which, time=st.sampled_from(["newer", "older", "same second"]))
    def edit_price_to_one_as_long(self, at: int, time: str) -> None:
        """Correct a price so that no file has another size, and perhaps an older time."""
        self.edit_price(at, time)

    def edit_price(self, at: int, time: str) -> None:
        """Correct a price, and give the file one of several times."""
        at %= len(self.sales)
        price = self.sales[at].price
        self.sales[at] = replace(self.sales[at], price=("7" if price[0] != "7" else "8") + price[1:])
        self.write(time)

    @rule(day=days)
    def delete_all_of_a_day(self, day: str) -> None:
        """Let a day have no rows, and no file where each day has one."""
        self.sales = [sale for sale in self.sales if sale.day(self.settings["timezone"]) != day]
        self.write()

    @rule()
    def empty_the_feed(self) -> None:
        """Take out half of the rows, or all if there are few."""
        self.sales = [] if len(self.sales) < 6 else self.sales[::2]
        self.write()

    @rule(day=days)
    def add_or_delete_a_file_with_a_header_alone(self, day: str) -> None:
        """Let a day without rows have a file all the same, or no longer."""
        self.bare ^= {day}
        self.write()

    @rule()
    def shuffle_and_touch_the_feed(self) -> None:
        """Change the feed without changing what it says."""
        self.sales.reverse()
        self.write()
        for path in (self.pipeline.root / self.folder).rglob("*.*"):
            self.tick += 2
            os.utime(path, (self.tick, self.tick))

    @rule(form=st.sampled_from(FORMS))
    def change_the_form(self, form: str) -> None:
        """Bring the feed as other files."""
        self.change_form(form)

    @precondition(lambda self: self.form in FILE_A_DAY and self.sales)
    @rule(at=which)
    def bring_the_feed_in_another_folder_with_the_times_it_had(self, at: int) -> None:
        """Move the feed, with a price corrected that is as long."""
        here = self.pipeline.root / self.folder
        self.folder = "feed2" if self.folder == "feed" else "feed"
        here.rename(self.pipeline.root / self.folder)
        self.pipeline.use_feed(self.feed_path())
        self.edit_price(at, "same")

    @rule(zone=st.sampled_from(ZONES), splits_anew=st.booleans())
    def change_timezone(self, zone: str, *, splits_anew: bool) -> None:
        """Move days; a feed of a file a day is split anew, or first refused because it was not."""
        before = self.feed_files()
        self.settings["timezone"] = zone
        is_misplaced = self.form in FILE_A_DAY and {
            name: sorted(content.splitlines()) for name, content in before.items()
        } != {name: sorted(content.splitlines()) for name, content in self.feed_files().items()}
        if is_misplaced and not splits_anew:
            files = self.pipeline.files()
            outcome = self.pipeline.run(**self.settings)
            assert "holds a row of" in outcome.error, f"a file holds rows of another day: {outcome.error}"
            assert self.pipeline.files() == files
        self.write()

    @rule(ratio=st.sampled_from([0.4, 1.0]))
    def change_max_rejected_ratio(self, ratio: float) -> None:
        """Let more or fewer rows be rejected."""
        self.settings["max_rejected_ratio"] = ratio

    @rule(escapes=st.booleans())
    def change_escape_formulas(self, *, escapes: bool) -> None:
        """Write the files another way."""
        self.settings["escape_formulas"] = escapes

    @rule(start=st.sampled_from([DAYS[0], DAYS[2]]))
    def change_start_date(self, start: str) -> None:
        """Begin the calendar later or earlier."""
        self.settings["start_date"] = start

    @rule(types=st.sampled_from(TYPES), way=st.sampled_from(["as documented", "tried first", "taken back"]))
    def change_types(self, types: tuple[str, str], way: str) -> None:
        """Change the types by a full refresh, as docs/settings.md says, or find that a run without one is refused."""
        before = dict(self.settings)
        self.settings.update(quantity_type=types[0], price_type=types[1])
        if self.settings == before or not self.rows_of("daily_sales", "1"):
            self.settings = before
            return
        if way != "as documented":
            outcome = self.pipeline.run(**self.settings)
            assert "has other columns than its table" in outcome.error, f"the types are others: {outcome.error}"
            if way == "taken back":
                self.settings = before
                return
        runs = set(self.runs)
        outcome = self.pipeline.run("--full-refresh", **self.settings)
        if "do not fit the new types" in outcome.error:
            self.settings = before
        else:
            failed = self.newest_failed(runs)
            self.recorded()
            assert outcome.success == (not failed), outcome.error
            self.left_behind |= {day for day in self.all_days() if day < self.settings["start_date"]}

    # Tables and files by hand

    @precondition(lambda self: self.tables())
    @rule(at=which, table=st.sampled_from(["daily_sales", "daily_sales_summary"]))
    def insert_a_day_in_another_order(self, at: int, table: str) -> None:
        """Put the same rows of a day in another order into a table."""
        day = self.a_day(at)
        if not self.rows_of(table, "1"):
            return
        self.pipeline.execute(
            f"begin; create temp table t as select * from {table} where date = '{day}';"
            f" delete from {table} where date = '{day}'; insert into {table} select * from t order by all desc; commit"
        )

    @precondition(lambda self: self.tables())
    @rule(at=which, table=st.sampled_from(["daily_sales", "daily_sales_summary"]), every=st.booleans())
    def delete_rows_by_hand(self, at: int, table: str, *, every: bool) -> None:
        """Delete a row, or all rows, of a published day."""
        day = self.a_day(at)
        if not self.rows_of(table, "1"):
            return
        some = "" if every else f" and rowid = (select min(rowid) from {table} where date = '{day}')"
        self.pipeline.execute(f"delete from {table} where date = '{day}'{some}")

    @precondition(lambda self: self.tables())
    @rule(
        at=which,
        change=st.sampled_from(
            [
                "update {} set product = 'Cup' where date = '{}'",
                "update {} set quantity = quantity + 1 where date = '{}'",
                "insert into {0} select * from {0} where date = '{1}'",
                "update {} set date = '2025-10-26' where date = '{}'",
            ]
        ),
        table=st.sampled_from(["daily_sales", "daily_sales_summary"]),
    )
    def change_rows_by_hand(self, at: int, change: str, table: str) -> None:
        """Change the rows of a published day in a table."""
        if self.rows_of(table, "1"):
            self.pipeline.execute(change.format(table, self.a_day(at)))

    @rule(at=which, how=st.sampled_from(["delete", "edit", "edit in the same second", "append", "touch", "empty"]))
    def change_a_file_by_hand(self, at: int, how: str) -> None:
        """Delete, change or touch an exported file."""
        paths = sorted(self.pipeline.exports.rglob("sales*.csv"))
        if not paths:
            return
        path = paths[at % len(paths)]
        was = path.stat().st_mtime_ns
        content = path.read_bytes()
        later = was + 7 * 10**9
        if how == "delete":
            path.unlink()
            return
        if how == "edit in the same second":
            later = was // 10**9 * 10**9 + (was + 10**6) % 10**9
        changed = {
            "edit": content.replace(b"a", b"o"),
            "edit in the same second": content.replace(b"a", b"o"),
            "append": content + b"2025-10-24,x,1,1,1\n",
            "touch": content,
            "empty": b"",
        }[how]
        path.write_bytes(changed)
        os.utime(path, ns=(later, later))

    @rule(at=which)
    def put_a_dangling_link(self, at: int) -> None:
        """Put a link to nowhere where an export is written first."""
        folders = sorted({path.parent for path in self.pipeline.exports.rglob("sales*.csv")})
        if folders:
            link = folders[at % len(folders)] / "tmp_sales.csv"
            link.unlink(missing_ok=True)
            link.symlink_to(self.pipeline.root / "elsewhere.csv")

    @precondition(lambda self: self.tables())
    @rule()
    def let_the_newest_run_have_had_a_clock_ahead(self) -> None:
        """Let the newest run be of a clock that was a month ahead."""
        newest = "(select run_id from partition_plan order by rowid desc limit 1)"
        ahead = {"partition_plan": ["planned_at"], "partition_ledger": ["started_at", "finished_at"]}
        for table, columns in ahead.items():
            if not self.rows_of(table, "1"):
                continue  # a run that was killed has planned and recorded nothing
            times = ", ".join(f"{column} = {column} + interval 30 day" for column in columns)
            self.pipeline.execute(f"update {table} set {times} where run_id = {newest}")

    def a_day(self, at: int) -> str:
        """Return a published day."""
        tables = sorted(day for day in self.tables() if day >= self.settings["start_date"]) or [DAYS[-1]]
        return tables[at % len(tables)]

    # Runs

    @rule(first=days, last=days)
    def run_some_days(self, first: str, last: str) -> None:
        """Run a day or a range, and see that these are right and no other was touched."""
        first, last = sorted((max(first, self.settings["start_date"]), max(last, self.settings["start_date"])))
        before, tables = self.pipeline.contents(), self.tables()
        self.run(**({"partition_date": first} if first == last else {"partition_start": first, "partition_end": last}))
        now, states = self.tables(), self.states()
        for day in self.all_days():
            if not first <= day <= last:
                assert now.get(day) == tables.get(day), f"{day} was touched"
            elif day not in self.failed_with:
                assert not self.faults(day, now), f"{day} after its run: {self.faults(day, now)}"
                assert states[day] in RIGHT, f"{day} is {states[day]} after its run"
        for path, content in self.pipeline.contents().items():
            if not first <= path[:10].replace("/", "-") <= last:
                assert before.get(path) == content, f"{path} was touched"

    @rule(also_looks=st.booleans(), twice=st.sampled_from([False, False, True]))
    def heal(self, *, also_looks: bool, twice: bool) -> None:
        """Run without days."""
        self.healed(also_looks=also_looks, twice=twice)

    @rule()
    def full_refresh(self) -> None:
        """Run every day of the feed anew."""
        before, files = self.tables(), {day: self.files(day) for day in self.all_days()}
        self.run("--full-refresh")
        self.all_is_right(before, files, "full refresh")

    @precondition(lambda self: self.kills)
    @rule(moment=st.sampled_from(MOMENTS))
    def kill_a_run(self, moment: str) -> None:
        """Kill a run without days."""
        self.kills -= 1
        with self.pipeline.start("run", "--debug", "--vars", json.dumps(self.settings)) as process:
            assert process.stdout is not None
            was_there = any(moment in line for line in process.stdout)
            process.kill()
        self.tell("  killed" if was_there else "  ended before")
        self.recorded()

    def teardown(self) -> None:
        """End each history with a heal."""
        if not self.settings:
            return
        self.tell(f"in the end: {self.form}, {self.settings}, {self.sales}")
        self.healed(also_looks=len(self.sales) % 2 == 0, twice=True)
        days_that_failed = any(state == "failed" for state in self.states().values())
        self.happened["with failed days that kept what they had" if days_that_failed else "all days right"] += 1


def shown(product: str, *, escapes: bool) -> str:
    """Return a product as it is in a file."""
    return "'" + product if escapes and re.match(r"'*[=+@\t\r\n-]", product) else product


def numeric(rows: Rows) -> Rows:
    """Return rows with numbers that do not show how many decimals their type has."""
    return Counter({(*row[:2], *(str(Decimal(field).normalize()) for field in row[2:])): n for row, n in rows.items()})


def feed_csv(rows: Sequence[Sale], header: Line = HEADER) -> bytes:
    """Return a CSV; without a column for the date if the header has none."""
    lines: list[Line] = [header]
    for row in rows:
        fields = (row.when, row.product, row.quantity, row.price)[4 - len(header) :]
        lines.append((*fields, "more") if row.is_malformed else fields)
    return written(lines)


def well_formed(rows: Sequence[Sale]) -> list[Sale]:
    """Return rows that are as bad, but in a line that can be split: another would stop a subquery."""
    return [replace(row, is_malformed=False, quantity="many") if row.is_malformed else row for row in rows]


def feed_parquet(rows: Sequence[Sale]) -> bytes:
    """Return a Parquet file with typed columns, in which what cannot be read is null."""
    path = Path(os.environ["DUCKDB_PATH"]).with_name("typed.parquet")
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            "create table feed (date timestamptz, product varchar, quantity decimal(12, 3), price decimal(12, 3))"
        )
        for row in rows:
            when = row.when if row.when.endswith("Z") else f"{row.when} 12:00:00Z" if row.day("UTC") else None
            connection.execute(
                "insert into feed values (try_cast(? as timestamptz), nullif(?, ''), try_cast(? as decimal(12, 3)), ?)",
                [when, row.product, "many" if row.is_malformed else row.quantity, row.price],
            )
        connection.execute(f"copy feed to '{path}' (format parquet)")
    content = path.read_bytes()
    path.unlink()
    return content


def try_histories(pipeline: Pipeline, happened: Counter[str], limits: hypothesis.settings) -> None:
    """Let histories happen to the pipeline, as many and as long as `limits` say.

    What fails prints its steps, and at its end a `@reproduce_failure(version, blob)`: with the blob in `HISTORY`, the
    same test does these steps again.
    """

    class HistoryHere(History):
        def __init__(self) -> None:
            super().__init__(pipeline, happened)

    if blob := os.environ.get("HISTORY"):
        reproduce_failure(hypothesis.__version__, blob.encode())(HistoryHere)
    run_state_machine_as_test(HistoryHere, settings=limits)


# what fails is shown as it was made: to make it smaller takes hundreds of runs
EACH = hypothesis.settings(
    phases=[Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    report_multiple_bugs=False,
)
