"""The versions of days: by which runs they were made and why, and which rows went and came."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter

import duckdb

SHOWN_VERSIONS = 20  # of a day, the newest
SHOWN_ROWS = 50  # that a version removed from a mart, and as many that it added
# The page stays small: it has rows of so many versions at most, and so many rows in all, the newest first
VERSIONS_WITH_ROWS = 200
ROWS_IN_ALL = 5000

VERSIONS = """
select
    partition_date, run_number, run_id, changed_at, change, reason, git_commit, row_count_before, row_count,
    run_number_before,
    [{figures}]::decimal(38, 6)[][]
from partition_changes
left join (select run_id, partition_date, git_commit from partition_ledger) using (run_id, partition_date)
where partition_date between $start and $end
order by run_number desc
"""
# As `make diff` has it: what a run that died has done to a mart is part of the next version, and of the hashes of two
# versions of DuckDB none says that the rows are others
MART_CHANGES = """
with

    versions as (
        select
            unnest($days::date[]) as partition_date,
            unnest($runs::bigint[]) as run_number,
            unnest($runs_before::bigint[]) as run_before,
    ),

    differences as (
        select
            versions.partition_date, versions.run_number, model, changed_row::varchar as changed_row,
            sum(if(change = 'added', row_count, -row_count))::bigint as more,
        from versions
        join partition_row_changes as changes
            on changes.partition_date = versions.partition_date
            and changes.run_number > versions.run_before
            and changes.run_number <= versions.run_number
        group by all
        having more != 0
    ),

    sides as (
        select
            partition_date, run_number, model, more > 0 as is_added,
            sum(abs(more))::bigint as row_count,
            arg_min((changed_row, more), changed_row, $shown_rows) as first_rows,
        from differences
        group by all
    ),

    kept as (
        select
            partition_date, run_number, model,
            sum(row_count) filter (not is_added) as removed_count,
            sum(row_count) filter (is_added) as added_count,
            flatten(list(first_rows)) as first_rows,
        from sides
        group by all
    ),

    changed as (
        select partition_date, run_number, model
        from partition_outputs
        where row_count is not null and partition_date in (select partition_date from versions)
        window earlier as (partition by partition_date, model order by run_number)
        qualify
            row_count != lag(row_count) over earlier
            or (
                rows_hash != lag(rows_hash) over earlier
                and split_part(rows_hash, ' ', 1) = split_part(lag(rows_hash) over earlier, ' ', 1)
            )
    )

select
    partition_date, run_number, model,
    coalesce(removed_count, 0)::bigint, coalesce(added_count, 0)::bigint, coalesce(first_rows, []),
from versions
join (from kept full join changed using (partition_date, run_number, model)) using (partition_date, run_number)
order by model
"""


@dataclass(frozen=True)
class Row:
    """Equal rows that were removed or added: how many, and their values as text, by column."""

    change: str
    row_count: int
    values: Mapping[str, str | None]


@dataclass(frozen=True)
class MartChange:
    """What a version did to a mart: how many rows it removed and added, and the first of them.

    `rows` is empty if they are not kept any more.
    """

    model: str
    removed_count: int
    added_count: int
    rows: Sequence[Row]

    @property
    def columns(self) -> Sequence[str]:
        """The columns of the rows, in their order."""
        return list(dict.fromkeys(name for row in self.rows for name in row.values))

    @property
    def left_out_count(self) -> int:
        """How many rows there are beside the first."""
        return self.removed_count + self.added_count - sum(row.row_count for row in self.rows)


@dataclass(frozen=True)
class Change:
    """A figure before and after a version, and the difference. A figure is null while it was not recorded."""

    before: Decimal | None
    now: Decimal | None
    difference: Decimal | None


@dataclass(frozen=True)
class Version:
    """A row of partition_changes with its figures by name, and the commit it was made by.

    `run_before` made the rows that it replaced, null if there were none. `marts` are those that it changed, null if the
    report leaves them out.
    """

    day: date
    run_number: int
    run_id: str
    changed_at: datetime
    change: str
    reason: str | None
    git_commit: str | None
    row_count_before: int | None
    row_count: int
    run_before: int | None
    figures: Mapping[str, Change]
    marts: Sequence[MartChange] | None = None

    @property
    def key(self) -> tuple[date, int]:
        """Day and run."""
        return self.day, self.run_number

    @property
    def has_other_rows(self) -> bool:
        """Whether it has other rows than the version before, and not only other files."""
        return self.change in {"restated", "restored"}


@dataclass(frozen=True)
class History:
    """The first `SHOWN_VERSIONS` of each day, how many it has, and all with other rows than before. The newest first.

    Of `with_rows_count` versions the rows are there.
    """

    of_day: Mapping[date, Sequence[Version]]
    version_counts: Mapping[date, int]
    restatements: Sequence[Version]
    with_rows_count: int


def read_history(connection: duckdb.DuckDBPyConnection, start: date, end: date, figures: Sequence[str]) -> History:
    """Return the versions of the days from `start` to `end`, both included, with their rows as far as there is room."""
    changes = [f'["{name}_before", "{name}", "{name}_difference"]' for name in figures]
    sql = VERSIONS.format(figures=", ".join(changes))
    of_day: dict[date, list[Version]] = defaultdict(list)
    for row in connection.execute(sql, {"start": start, "end": end}).fetchall():
        changes_of = {name: Change(*change) for name, change in zip(figures, row[-1], strict=True)}
        version = Version(*[*row[:-1], changes_of])
        of_day[version.day].append(version)
    restatements = _newest(version for versions in of_day.values() for version in versions if version.has_other_rows)
    shown = {day: versions[:SHOWN_VERSIONS] for day, versions in of_day.items()}
    with_rows = _newest(version for versions in shown.values() for version in versions if version.has_other_rows)
    with_rows = with_rows[:VERSIONS_WITH_ROWS]
    marts = _mart_changes(connection, with_rows)
    row_count = 0
    for version in with_rows:
        row_count += sum(len(mart.rows) for mart in marts[version.key])
        if row_count > ROWS_IN_ALL:
            del marts[version.key]
    return History(
        of_day={
            day: [replace(version, marts=marts.get(version.key)) for version in versions]
            for day, versions in shown.items()
        },
        version_counts={day: len(versions) for day, versions in of_day.items()},
        restatements=restatements,
        with_rows_count=len(marts),
    )


def _newest(versions: Iterable[Version]) -> Sequence[Version]:
    return sorted(versions, key=attrgetter("run_number", "day"), reverse=True)


def _mart_changes(
    connection: duckdb.DuckDBPyConnection, versions: Sequence[Version]
) -> dict[tuple[date, int], list[MartChange]]:
    """Return which marts the versions changed, by day and run, as `make diff` finds it."""
    asked = {
        "days": [version.day for version in versions],
        "runs": [version.run_number for version in versions],
        "runs_before": [version.run_before for version in versions],
        "shown_rows": SHOWN_ROWS,
    }
    found = connection.execute(MART_CHANGES, asked).fetchall()
    marts: dict[tuple[date, int], list[MartChange]] = {version.key: [] for version in versions}
    for day, run_number, model, removed_count, added_count, rows in found:
        first_rows = [
            Row("added" if more > 0 else "removed", abs(more), json.loads(values))
            # what was removed stands before what came in its place
            for values, more in sorted(rows)
        ]
        marts[day, run_number].append(MartChange(model, removed_count, added_count, first_rows))
    return marts
