"""What the containers are made of: compose, and Dagster's storage in Postgres."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg2
import pytest
from dagster_service import ROOT, copy_project, run_dagster
from servers import free_port

INITDB = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None)
COMPOSE = shutil.which("docker-compose")


@pytest.fixture
def postgres() -> Iterator[Mapping[str, str]]:
    """A Postgres server of its own; the variables that tell Dagster where it is."""
    assert INITDB is not None
    port = str(free_port())
    # it refuses to be root
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))  # not tmp_path, which other users cannot enter
    shutil.chown(folder, user)
    server = INITDB.parent
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
    try:
        commands: list[list[str | Path]] = [
            [INITDB, "-D", folder / "db", "-U", "dagster", "-A", "trust"],
            [server / "pg_ctl", "-D", folder / "db", "-w", "-l", folder / "log", "-o", options, "start"],
            [server / "createdb", "-h", "127.0.0.1", "-p", port, "-U", "dagster", "dagster"],
        ]
        for command in commands:
            subprocess.run(command, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        yield {
            "DAGSTER_PG_HOST": "127.0.0.1",
            "DAGSTER_PG_PORT": port,
            "DAGSTER_PG_USERNAME": "dagster",
            "DAGSTER_PG_PASSWORD": "not asked for",
            "DAGSTER_PG_DB": "dagster",
        }
    finally:
        stop: list[str | Path] = [server / "pg_ctl", "-D", folder / "db", "-m", "immediate", "stop"]
        subprocess.run(stop, user=user, cwd=folder, check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(folder)


@pytest.mark.skipif(INITDB is None, reason="needs a Postgres server, which is not on this machine")
def test_a_day_is_materialized_with_its_events_in_postgres(tmp_path: Path, postgres: Mapping[str, str]) -> None:
    project = copy_project(tmp_path / "project")
    configs = [
        ROOT / "orchestration" / "dagster.yaml",
        ROOT / "deploy" / "postgres.yaml",
    ]  # as the Dockerfile joins them
    home = project / "data" / "dagster"
    (home / "dagster.yaml").write_text(
        "".join(config.read_text(encoding="utf-8") for config in configs), encoding="utf-8"
    )

    job = ("job", "execute", "--job", "daily_partition_job")
    said = run_dagster(project, *job, "--tags", '{"dagster/partition": "2026-01-15"}', **postgres)

    assert said.returncode == 0, said.stderr[-3000:]
    with psycopg2.connect(
        host="127.0.0.1", port=postgres["DAGSTER_PG_PORT"], user="dagster", dbname="dagster"
    ) as database:
        cursor = database.cursor()
        cursor.execute(
            "select count(*) from event_logs"
            " where dagster_event_type = 'ASSET_MATERIALIZATION' and partition = '2026-01-15'"
        )
        assert cursor.fetchall() == [(11,)]
    assert not list(home.glob("**/*.db"))


@pytest.mark.skipif(COMPOSE is None, reason="needs docker-compose, which is not on this machine")
def test_compose_accepts_the_file_and_the_page_is_for_this_machine_only() -> None:
    said = compose({"DAGSTER_PG_PASSWORD": "chosen"})
    assert said.returncode == 0, said.stderr
    assert "127.0.0.1:3000:3000" in said.stdout
    assert said.stdout.count("published") + said.stdout.count("127.0.0.1:") == 1


@pytest.mark.skipif(COMPOSE is None, reason="needs docker-compose, which is not on this machine")
def test_compose_asks_for_a_password() -> None:
    said = compose({})
    assert said.returncode != 0
    assert "choose a password" in said.stderr


def compose(variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(COMPOSE), "--file", ROOT / "deploy" / "compose.yaml", "config"],
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        check=False,
    )
