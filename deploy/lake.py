"""A lake on this machine alone, to look at: `make lake`.

A PostgreSQL for its catalog, an S3 server for its data and the exports, and the sample, made by two runs at once.
"""

import argparse
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Mapping
from pathlib import Path

from duckdb_extensions import import_extension  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
BUCKET = "daily-sales"
PATIENCE_SECONDS = 60
HALVES = [("2026-01-01", "2026-02-14"), ("2026-02-15", "2026-03-31")]


def main() -> int:
    """Run the sample on the lake, and leave the servers up if `--stay` is given; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "data" / "lake", help="where all of it is kept")
    parser.add_argument("--stay", action="store_true", help="leave the servers up until Ctrl-C")
    given = parser.parse_args()
    warnings.filterwarnings("ignore", module="platformdirs")  # where a machine has no XDG_RUNTIME_DIR
    for extension in ("httpfs", "postgres_scanner", "ducklake"):
        import_extension(extension)
    store = Store(given.folder / "bucket")
    try:
        store.start()
        lake = {
            **store.environment,
            "DBT_TARGET": "lake",
            "LAKE_CATALOG": catalog(given.folder / "catalog"),
            "LAKE_DATA_PATH": f"s3://{BUCKET}/lake/",
            "EXPORT_DIR": f"s3://{BUCKET}/exports",
        }
        runs = [start_run(given.folder / f"run {start}", lake, start, end) for start, end in HALVES]
        codes = [run.wait() for run in runs]
        say("The lake is there while this runs. Another terminal uses it, by make run or make ui, after this:\n")
        say("".join(f"export {name}='{value}'\n" for name, value in lake.items()))
        if given.stay:
            say("Ctrl-C ends it; what is in it is kept.")
            try:
                while True:
                    time.sleep(3600)
            except KeyboardInterrupt:
                pass
    finally:
        store.stop()
    return max(codes)


def start_run(place: Path, lake: Mapping[str, str], start: str, end: str) -> "subprocess.Popen[bytes]":
    """Start `dbt run` for the days from `start` to `end`, both included; what it parses and logs is in `place`."""
    places = [f"--project-dir={ROOT / 'dbt_project'}", f"--target-path={place}", f"--log-path={place}"]
    days = {"PARTITION_START": start, "PARTITION_END": end}
    return subprocess.Popen([BIN / "dbt", "--quiet", "run", *places], env={**os.environ, **lake, **days}, cwd=ROOT)


def catalog(folder: Path) -> str:
    """Start a PostgreSQL whose data is in `folder`, which ends with this process; return how libpq reaches its lake."""
    import pgserver  # noqa: PLC0415 which not every machine has

    folder.parent.mkdir(parents=True, exist_ok=True)
    server = pgserver.get_server(folder)  # type: ignore[attr-defined]
    if "lake" not in server.psql("select datname from pg_database"):
        server.psql("create database lake")
    return f"host={server.get_uri().rpartition('host=')[2]} user=postgres dbname=lake"


class Store:
    """An S3 server whose data is in a folder, and which lets in who has the key."""

    def __init__(self, folder: Path, *, key: str = "lake", secret: str = "") -> None:
        """Choose its ports, and a secret if none is given."""
        self.folder = folder
        self._key, self._secret, self._port = key, secret or secrets.token_hex(20), free_port()
        ports = [f"-{part}.port.grpc={free_port()}" for part in ("master", "volume", "filer", "s3")]
        ports += [f"-{part}.port={free_port()}" for part in ("master", "volume", "filer")]
        places = [f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false", "-volume.max=10"]
        s3 = ["-s3", f"-s3.port={self._port}", "-s3.domainName=localhost", f"-s3.config={folder}/identities.json"]
        # else a second server on a machine finds their ports taken
        s3 += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
        self._command = [str(BIN / "weed"), "server", *places, *ports, *s3]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables by which DuckDB reaches it."""
        return {
            "AWS_ACCESS_KEY_ID": self._key,
            "AWS_SECRET_ACCESS_KEY": self._secret,
            "AWS_REGION": "us-east-1",
            "DUCKDB_S3_ENDPOINT": f"localhost:{self._port}",
            "DUCKDB_S3_USE_SSL": "false",
        }

    def start(self) -> None:
        """Start it, and wait until it listens.

        Raises:
            TimeoutError: it does not within a minute.

        """
        self.folder.mkdir(parents=True, exist_ok=True)
        credentials = {"accessKey": self._key, "secretKey": self._secret}
        identities = {"identities": [{"name": "lake", "credentials": [credentials], "actions": ["Admin"]}]}
        (self.folder / "identities.json").write_text(json.dumps(identities), encoding="utf-8")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self._command, cwd=self.folder, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not listens(self._port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError(f"The S3 server did not start, see {self.folder}/log")
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait()


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return int(any_port.getsockname()[1])


def listens(port: int) -> bool:
    """Tell whether somebody listens at a port of this machine."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def say(text: str) -> None:
    """Print at once, also into a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
