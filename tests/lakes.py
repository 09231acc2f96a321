"""A pipeline on a lake: a DuckLake whose catalog is in a real PostgreSQL, and its data in a folder."""

import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import SALES as SALES_PROJECT
from conftest import Pipeline, Project
from dbt.contracts.graph.manifest import Manifest
from servers import wait_until

LAKE, EMPTY = "lake", "template0"


class Catalog:
    """A PostgreSQL server of this test process, with the databases that catalogs are in."""

    def __init__(self, folder: Path) -> None:
        """Start it, on a socket in `folder`."""
        pgserver = pytest.importorskip("pgserver", reason="needs the package pgserver, a PostgreSQL")
        self._psycopg2 = pytest.importorskip("psycopg2", reason="needs the package psycopg2-binary")
        self.server = pgserver.get_server(folder, cleanup_mode="delete")
        self._host = self.server.get_uri().rpartition("host=")[2]

    def name(self, database: str) -> str:
        """Return what libpq connects to."""
        return f"host={self._host} user=postgres dbname={database}"

    @contextmanager
    def session(self, database: str = "postgres") -> Iterator[Any]:
        """A cursor, of which each statement is a transaction."""
        connection = self._psycopg2.connect(self.name(database))
        connection.autocommit = True
        try:
            yield connection.cursor()
        finally:
            connection.close()

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a statement, and return its rows."""
        with self.session() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []

    def has(self, database: str) -> bool:
        """Tell whether there is a database."""
        return bool(self.execute(f"select 1 from pg_database where datname = '{database}'"))

    def locks(self) -> int:
        """Return how many days runs have."""
        ((count,),) = self.execute("select count(*) from pg_locks where locktype = 'advisory' and classid = 4102")
        return int(count)

    def kill(self) -> None:
        """End the server at once, as a crash does, with all that is connected to it."""
        number = self.server.get_pid()
        os.kill(number, signal.SIGQUIT)
        wait_until(lambda: not Path(f"/proc/{number}").exists(), "the end of PostgreSQL")

    def start(self) -> None:
        """Start it again."""
        self.server.ensure_postgres_running()

    def copy(self, database: str, to: str) -> None:
        """Put a copy of a database in the place of another."""
        self.execute(f"drop database if exists {to} with (force)")
        self.execute(f"create database {to} template {database}")


@cache
def catalog() -> Catalog:
    """Return the server, which is started when it is first needed, and deleted when the process ends."""
    return Catalog(Path(tempfile.mkdtemp(prefix="catalog-")))


class OnLake(Pipeline):
    """A pipeline whose warehouse is a lake, which is empty."""

    def __init__(
        self,
        root: Path,
        monkeypatch: pytest.MonkeyPatch,
        parsed: dict[str, Manifest],
        project: Project = SALES_PROJECT,
    ) -> None:
        super().__init__(root, monkeypatch, parsed, project)
        catalog().copy(EMPTY, LAKE)
        self.environment: Mapping[str, str] = {
            "DBT_TARGET": "lake",
            "LAKE_CATALOG": catalog().name(LAKE),
            "LAKE_DATA_PATH": str(root / "lake"),
        }
        for name, value in self.environment.items():
            monkeypatch.setenv(name, value)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query on the lake."""
        with self.connected() as connection:
            return connection.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        """Change the lake behind the pipeline's back."""
        with self.connected() as connection:
            connection.execute(sql)

    def connected(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of DuckDB to the lake that knows nothing of the pipeline."""
        connection = duckdb.connect()
        connection.execute(f"attach 'ducklake:postgres:{catalog().name(LAKE)}' as lake; use lake")
        return connection

    def once(self, kept: Path, make: Callable[[], None]) -> None:
        """Keep the catalog beside the files."""
        template = f"kept_{abs(hash(kept))}"
        if catalog().has(template):
            catalog().copy(template, LAKE)
        super().once(kept, make)
        if not catalog().has(template):
            catalog().copy(LAKE, template)

    def clean(self) -> None:
        """Empty the lake too."""
        super().clean()
        catalog().copy(EMPTY, LAKE)
