"""Dagster's storage in SQLite, with files that stay open and events that are written many at a time.

It stands apart from all else here, and can go when Dagster's own is as fast: that one opens and closes two files for
each event, and writes those of a batch one by one. It wrote 19 a second where this one wrote 450 (Dagster 1.13.27, and
1.13.29 likewise). A year of days has 10,000.
"""

import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from dagster import EventLogEntry
from dagster._core.events import ASSET_EVENTS
from dagster._core.storage.event_log import SqlEventLogStorageTable, SqliteEventLogStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event, func, select

OPEN_FILES = 8  # the index of all events, and the runs of late
BUSY_SECONDS = 60


class OpenSqliteStorage(DagsterSqliteStorage):
    """Dagster's storage below the folder `base_dir`: the same tables in the same files, as Dagster makes them."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Open the files, or make them, and have Dagster give many events at a time if nothing else was asked for."""
        os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")
        super().__init__(base_dir, inst_data)
        self._event_log_storage = OpenEventLog(self._event_log_storage._base_dir)  # noqa: SLF001

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Any) -> "OpenSqliteStorage":  # noqa: ANN401
        """Make the storage that dagster.yaml asks for."""
        return cls.from_local(inst_data=inst_data, **config_value)


class OpenEventLog(SqliteEventLogStorage):
    """The events; what is written, and how it is read, is Dagster's."""

    def __init__(self, base_dir: str) -> None:
        """Keep the events in the folder `base_dir`."""
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._tables: set[str] = set()
        super().__init__(base_dir)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Write events of one run, those of assets in one statement for each file.

        Dagster gives many at a time, up to `DAGSTER_EVENT_BATCH_SIZE`.
        """
        of_assets = [one for one in events if one.dagster_event_type in ASSET_EVENTS]
        for other in events:
            if other.dagster_event_type not in ASSET_EVENTS:
                self.store_event(other)
        if not of_assets:
            return
        insert, rows = SqlEventLogStorageTable.insert(), [self._event_to_row(one) for one in of_assets]
        with self.run_connection(of_assets[0].run_id) as connection:
            connection.execute(insert, rows)
        with self.index_transaction() as connection:
            connection.execute(insert, rows)
            last = connection.scalar(select(func.max(SqlEventLogStorageTable.c.id))) or 0
            ids = range(last - len(rows) + 1, last + 1)
            self._store_asset_event_tags(connection, of_assets, ids)
            # an asset is known by its newest event
            newest = {one.get_dagster_event().asset_key: (one, id_) for one, id_ in zip(of_assets, ids, strict=True)}
            for one, id_ in newest.values():
                self._store_asset_event(connection, one, id_)

    def has_table(self, table_name: str) -> bool:
        """Tell whether there is a table, which is asked several times for each event. What is there stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def wipe(self) -> None:
        """Delete all events."""
        self._close()
        super().wipe()

    def dispose(self) -> None:
        """Close the files."""
        self._close()
        super().dispose()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            engine = create_engine(self.conn_string_for_shard(shard), connect_args={"timeout": BUSY_SECONDS})
            event.listen(engine, "connect", _skip_syncing)
            self._initdb(engine)
            self._engines[shard] = engine
            if len(self._engines) > OPEN_FILES:
                self._engines.popitem(last=False)[1].dispose()
        self._engines.move_to_end(shard)
        return self._engines[shard]

    def _close(self) -> None:
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()


def _skip_syncing(connection: Any, _record: object) -> None:  # noqa: ANN401
    # a killed process loses nothing: what it committed is in the file's log. A loss of power may take the last events
    connection.execute("pragma synchronous = normal")
