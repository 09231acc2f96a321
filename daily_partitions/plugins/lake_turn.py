"""A dbt-duckdb plugin: many runs at once on one lake, each with its days, and one at a time changing what they share.

The locks are advisory locks of the catalog's PostgreSQL. They belong to a session: they are free again at once when the
process that holds them has died.
"""

import logging
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import date
from functools import partial, wraps
from typing import Any

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.adapters.exceptions.connection import FailedToConnectError
from duckdb.func import SPECIAL
from duckdb.sqltypes import BOOLEAN, VARCHAR
from warehouse_turn import POLL_SECONDS, interrupted

SCHEME = "ducklake:postgres:"
# the first of the two numbers of a lock: of the whole calendar and the turn, and of a day, whose second is its ordinal
WHOLE, DAY = 4101, 4102
CALENDAR, TURN = 0, 1
# so that a worker whose network is gone is found out within half a minute, by itself and by the catalog
KEEPALIVES = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 25_000}
log = logging.getLogger("daily_partitions")
_sessions: list["Session"] = []  # of this process: dbt opens its connection anew for each invocation


class LakeError(Exception):
    """What has to be said of the catalog, in a sentence."""


class Plugin(BasePlugin):
    """Gives SQL the functions `days_taken`, `day_taken`, `turn_taken`, `turn_given` and `days_given`.

    All are null where all is well, and else text that says what is wrong: an error raised in a function in Python is
    shown with its traceback, and at any result but null DuckDB imports pandas.
    """

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Read `max_wait_seconds` (seconds) from the plugin's config in profiles.yml."""
        self._max_wait_seconds = float(plugin_config["max_wait_seconds"])
        self._session: Session | None = None

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Open a session of locks beside the lake's catalog, if the target has one that is written to.

        Raises:
            FailedToConnectError: the catalog cannot be reached, or what the lake needs is not installed.

        """
        close_sessions()
        lakes = [one for one in creds.attach or [] if one.path.startswith(SCHEME)]
        if not lakes:
            return
        try:
            load_extensions()
            if lakes[0].read_only:
                return
            self._session = Session(lakes[0].path.removeprefix(SCHEME), self._max_wait_seconds)
            # of two that attach an empty catalog at once, both would make its tables
            self._session.take_turn()
        except (LakeError, duckdb.Error) as error:
            raise FailedToConnectError(str(error)) from error
        _sessions.append(self._session)

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Make the functions known to all connections of the process."""
        if self._session is not None:
            define = partial(conn.create_function, side_effects=True, null_handling=SPECIAL)
            define("days_taken", told(self._session.take_days), [duckdb.list_type(VARCHAR), BOOLEAN], VARCHAR)
            define("day_taken", told(self._session.day_of_others), [VARCHAR], VARCHAR)
            define("days_of_others", told(self._session.days_of_others), [], VARCHAR)
            define("turn_taken", told(self._session.take_turn), [], VARCHAR)
            define("turn_given", told(self._session.give_turn), [], VARCHAR)
            define("days_given", close_sessions, [], VARCHAR)

    def configure_cursor(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Give the turn that was taken to attach: a cursor is made when all is attached."""
        if self._session is not None and not self._session.is_attached:
            self._session.is_attached = True
            self._session.give_turn()


def close_sessions() -> None:
    """Give back all that this process holds: a run that has ended, in a process that goes on."""
    while _sessions:
        _sessions.pop().close()


def told(function: Callable[..., str | None]) -> Callable[..., str | None]:
    """Return a function that returns what it has to say of an error."""

    @wraps(function)  # DuckDB asks how many arguments it has
    def tell(*values: Any) -> str | None:  # noqa: ANN401 as SQL has them
        try:
            return function(*values)
        except LakeError as error:
            return str(error)

    return tell


def load_extensions() -> None:
    """Put DuckDB's extensions in place that were installed as packages, if DuckDB has them not yet.

    Raises:
        LakeError: the packages are not installed, and DuckDB cannot fetch the extensions.

    """
    with duckdb.connect() as connection:
        for name in ("postgres_scanner", "ducklake"):
            try:
                connection.load_extension(name)
            except duckdb.Error:
                try:
                    from duckdb_extensions import import_extension  # type: ignore[import-untyped] # noqa: PLC0415

                    import_extension(name, con=connection)
                except (ImportError, duckdb.Error, OSError) as error:
                    package = f"duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}"
                    raise LakeError(
                        f"DuckDB's extension {name} is not installed, and a lake needs it. This brings it:"
                        f" pip install duckdb-extensions {package}. {error}"
                    ) from error


class Session:
    """A connection to the catalog's PostgreSQL and the locks it holds, for one dbt invocation."""

    def __init__(self, catalog: str, max_wait_seconds: float) -> None:
        """Connect to `catalog`, a connection string of libpq.

        Raises:
            LakeError: it cannot be reached.

        """
        try:
            import psycopg2.errors  # noqa: PLC0415 who has no lake does not have it
        except ImportError as error:
            raise LakeError(
                "The package psycopg2 is not installed, and a lake needs it. This brings it:"
                " pip install psycopg2-binary"
            ) from error

        self._psycopg2 = psycopg2
        self._max_wait_seconds = max_wait_seconds
        self.is_attached = False
        self._has_turn_since: float | None = None
        self._turns = 0
        self._seconds = 0.0
        name = f"daily_partitions {socket.gethostname()} {os.getpid()}"
        try:
            self._connection: psycopg2.extensions.connection = psycopg2.connect(
                catalog, application_name=name, **KEEPALIVES
            )
            self._connection.autocommit = True
            self._asked("set lock_timeout = %s", round(max_wait_seconds * 1000))
        except psycopg2.Error as error:
            raise LakeError(
                f"The lake's catalog cannot be reached. {str(error).strip()}. LAKE_CATALOG names it as libpq does,"
                " for example 'host=db.example dbname=lake user=pipeline'; the password is in PGPASSWORD or ~/.pgpass"
            ) from error

    def take_days(self, days: Sequence[str], is_alone: bool) -> None:  # noqa: FBT001 as SQL calls it
        """Wait for days (YYYY-MM-DD), or for the whole calendar if the run is to be alone.

        Raises:
            LakeError: another run had one of them for longer than may be waited, or the catalog is gone.

        """
        self._wait_for(WHOLE, CALENDAR, "the whole calendar", shared=not is_alone)
        for day in sorted(days):  # in one order: two that wait for each other would wait for ever
            self._wait_for(DAY, date.fromisoformat(day).toordinal(), day)

    def day_of_others(self, day: str) -> str | None:
        """Take a day (YYYY-MM-DD) if no other run has it; return `taken` if one has."""
        is_ours = self._asked("select pg_try_advisory_lock(%s, %s)", DAY, date.fromisoformat(day).toordinal())
        return None if is_ours else "taken"

    def days_of_others(self) -> str | None:
        """Return the days (YYYY-MM-DD, between commas) that other runs have now, or None if there is no other."""
        numbers = self._asked(
            "select array_agg(objid) from pg_locks where locktype = 'advisory' and classid = %s and granted"
            " and pid != pg_backend_pid()"
            " and database = (select oid from pg_database where datname = current_database())",
            DAY,
        )
        return ",".join(str(date.fromordinal(number)) for number in numbers) if numbers else None

    def take_turn(self) -> None:
        """Wait until no other run changes what all share.

        Raises:
            LakeError: the catalog is gone, and with it the days of this run, or another kept the turn for too long.

        """
        if self._has_turn_since is None:
            if not self._asked("select pg_try_advisory_lock(%s, %s)", WHOLE, TURN):
                self._wait_for_turn()
            self._has_turn_since = time.monotonic()
            self._turns += 1

    def give_turn(self) -> None:
        """Let others change what all share."""
        if self._has_turn_since is not None:
            self._seconds += time.monotonic() - self._has_turn_since
            self._has_turn_since = None
            self._asked("select pg_advisory_unlock(%s, %s)", WHOLE, TURN)

    def close(self) -> None:
        """Give back all that is held."""
        log.info("%s turns of %.3f s in all", self._turns, self._seconds)
        with suppress(self._psycopg2.Error):  # it is gone
            self._connection.close()

    def _wait_for_turn(self) -> None:
        """Wait in a thread of its own: to who waits in libpq no signal comes through."""
        with ThreadPoolExecutor(1) as other:
            turn = other.submit(self._asked, "select pg_advisory_lock(%s, %s)", WHOLE, TURN)
            try:
                while not wait([turn], POLL_SECONDS).done and not interrupted.is_set():
                    pass
            finally:
                if not turn.done():
                    self._connection.cancel()
        if interrupted.is_set():
            raise LakeError("Interrupted while another run changed what all share")
        turn.result()

    def _wait_for(self, kind: int, number: int, what: str, *, shared: bool = False) -> None:
        lock = "pg_try_advisory_lock_shared" if shared else "pg_try_advisory_lock"
        deadline = time.monotonic() + self._max_wait_seconds
        is_named = False
        while not self._asked(f"select {lock}(%s, %s)", kind, number):
            holder = self._asked(
                "select string_agg(application_name, ', ') from pg_locks join pg_stat_activity using (pid)"
                " where locktype = 'advisory' and classid = %s and objid = %s and granted",
                kind,
                number,
            )
            if time.monotonic() > deadline:
                raise LakeError(
                    f"Another run had {what} for longer than {self._max_wait_seconds:.0f} s: {holder}. Run the days"
                    " again when it has ended. WAREHOUSE_MAX_WAIT_SECONDS is how long to wait"
                )
            if not is_named:
                sys.stderr.write(f"Waiting for {what}, another run has it: {holder}\n")
                is_named = True
            if interrupted.wait(POLL_SECONDS):
                raise LakeError(f"Interrupted while another run had {what}: {holder}")

    def _asked(self, sql: str, *values: int) -> Any:  # noqa: ANN401 of any type
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchone()[0] if cursor.description else None
        except self._psycopg2.errors.OutOfMemory as error:
            raise LakeError(
                "The lake's catalog has no room for the locks of so many days, so nothing was planned. Run fewer"
                " days at once, all days alone (dbt run --full-refresh), or give its PostgreSQL more"
                " max_locks_per_transaction"
            ) from error
        except self._psycopg2.Error as error:
            raise LakeError(
                f"The lake's catalog no longer answers, so the days of this run may be another's by now. What was"
                f" published stands, nothing else was. Run the days again. {str(error).strip()}"
            ) from error
