"""What the containers are made of: compose, and Dagster's storage in Postgres."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
import yaml
from containers import Container, Network, missing, network, running
from dagster_service import BIN, ROOT, DagsterService, copy_project, environment, run_dagster
from servers import PATIENCE_SECONDS, free_port, wait_until

INITDB = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None)
COMPOSE = shutil.which("docker-compose")
SERVICES = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))["services"]
PASSWORD = "with a space, a ' and a $"  # noqa: S105
SECONDS = PATIENCE_SECONDS / 4
ENDLESS = """-- depends_on: {{ ref("partition_ledger") }}
select a.range from range(1000000000) as a, range(1000000000) as b where hash(a.range, b.range) = 1
"""
WHY_NOT = missing() or ("" if INITDB else "needs a Postgres server, which is not on this machine")
apart = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)


@contextmanager
def serving_postgres(*addresses: str) -> Iterator[Mapping[str, str]]:
    """Start a Postgres server of its own; the variables that tell Dagster where it is."""
    assert INITDB is not None
    port = str(free_port())
    # it refuses to be root
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))  # not tmp_path, which other users cannot enter
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    shutil.chown(folder, user)
    server = INITDB.parent
    options = f"-p {port} -k {folder} -c listen_addresses={','.join(('127.0.0.1', *addresses))}"
    setup = ["-U", "dagster", "-A", "scram-sha-256", "--pwfile", str(folder / "password")]
    try:
        commands: list[list[str | Path]] = [
            [INITDB, "-D", folder / "db", *setup],
            [server / "pg_ctl", "-D", folder / "db", "-w", "-l", folder / "log", "-o", options, "start"],
            [server / "createdb", "-h", "127.0.0.1", "-p", port, "-U", "dagster", "dagster"],
        ]
        for command in commands:
            if command[0] == server / "pg_ctl":
                allowed = "".join(f"host all all {address}/24 scram-sha-256\n" for address in addresses)
                with (folder / "db" / "pg_hba.conf").open("a") as access:
                    access.write(allowed)
            environment = {**os.environ, "PGPASSWORD": PASSWORD}
            subprocess.run(command, user=user, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
        yield {
            "DAGSTER_PG_HOST": "127.0.0.1",
            "DAGSTER_PG_PORT": port,
            "DAGSTER_PG_USERNAME": "dagster",
            "DAGSTER_PG_PASSWORD": PASSWORD,
            "DAGSTER_PG_DB": "dagster",
        }
    finally:
        stop: list[str | Path] = [server / "pg_ctl", "-D", folder / "db", "-m", "immediate", "stop"]
        subprocess.run(stop, user=user, cwd=folder, check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(folder)


@pytest.fixture
def postgres() -> Iterator[Mapping[str, str]]:
    """A Postgres server of its own."""
    with serving_postgres() as variables:
        yield variables


def configure(project: Path) -> Path:
    """Configure Dagster as the Dockerfile does; its home."""
    configs = [project / "orchestration" / "dagster.yaml", ROOT / "deploy" / "server.yaml"]
    home = project / "data" / "dagster"
    (home / "dagster.yaml").write_text("".join(config.read_text(encoding="utf-8") for config in configs))
    return home


@pytest.mark.long
@pytest.mark.weekly
@pytest.mark.skipif(INITDB is None, reason="needs a Postgres server, which is not on this machine")
def test_a_day_is_materialized_with_its_events_in_postgres(tmp_path: Path, postgres: Mapping[str, str]) -> None:
    project = copy_project(tmp_path / "project")
    home = configure(project)

    job = ("job", "execute", "--job", "daily_partition_job")
    said = run_dagster(project, *job, "--tags", '{"dagster/partition": "2026-01-15"}', **postgres)

    assert said.returncode == 0, said.stderr[-3000:]
    where = {"host": "127.0.0.1", "port": postgres["DAGSTER_PG_PORT"], "dbname": "dagster"}
    with psycopg2.connect(user="dagster", password=PASSWORD, **where) as database:
        cursor = database.cursor()
        cursor.execute(
            "select count(*) from event_logs"
            " where dagster_event_type = 'ASSET_MATERIALIZATION' and partition = '2026-01-15'"
        )
        assert cursor.fetchall() == [(12,)]
    assert not list(home.glob("**/*.db"))


class Deployed:
    """What compose.yaml names, each apart from the others; the page is spoken to as `page`."""

    def __init__(self, project: Path, net: Network, variables: Mapping[str, str]) -> None:
        self.project = project
        (project / "password").write_text(PASSWORD, encoding="utf-8")
        known = {
            **variables,
            "DAGSTER_PG_HOST": "postgres",
            "DAGSTER_PG_PASSWORD_FILE": str(project / "password"),
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOME": str(project),
            **{name: environment(project)[name] for name in ("DAGSTER_HOME", "PYTHONPATH", "DAGSTER_EVENT_BATCH_SIZE")},
        }
        del known["DAGSTER_PG_PASSWORD"]
        self.containers = {
            name: Container(net, name, f"deploy/entry {SERVICES[name]['command']}", known, project, BIN.parent)
            for name in net.hosts
        }
        self.page = DagsterService(project, f"http://{net.hosts['webserver']}:3000")

    def wait_for_page(self) -> None:
        """Return when the page answers, and has the code."""

        def answers() -> bool:
            try:
                nodes = self.page.ask("{ assetNodes { assetKey { path } } }")
            except OSError:
                return False
            return bool(nodes)

        wait_until(answers, "the page")


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Code server, webserver and daemon as compose starts them, apart but for their ports, and a real Postgres."""
    project = copy_project(tmp_path_factory.mktemp("deployed"))
    shutil.copytree(ROOT / "deploy", project / "deploy")
    configure(project)
    with network("webserver", "daemon", "code") as net, serving_postgres(net.gateway) as variables:
        services = Deployed(project, net, variables)
        with running(list(services.containers.values())):
            services.wait_for_page()
            yield services


@contextmanager
def waiting_run(deployed: Deployed, day: str) -> Iterator[str]:
    """Launch a run of a day, which cannot go on until the end of the block: another process has the warehouse."""
    warehouse = deployed.project / "data" / "warehouse.duckdb"
    holding = f"import duckdb, sys; held = duckdb.connect({str(warehouse)!r}); print(flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", holding], stdin=pipe, stdout=pipe) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        try:
            run = deployed.page.launch_day(day)
            wait_until(lambda: "Waiting for the warehouse" in deployed.page.printed(run), "the run's turn to wait")
            yield run
        finally:
            holder.communicate()


@pytest.mark.long
@pytest.mark.weekly
@apart
def test_a_range_of_days_is_terminated_across_containers_within_seconds_and_leaves_the_warehouse_to_the_next(
    deployed: Deployed,
) -> None:
    page = deployed.page
    endless = deployed.project / "dbt_project" / "tests" / "endless.sql"
    endless.parent.mkdir(exist_ok=True)
    endless.write_text(ENDLESS, encoding="utf-8")
    run = page.launch_range("2026-01-01", "2026-03-31")
    wait_until(lambda: "START test endless" in page.printed(run), "the endless test")
    endless.unlink()

    terminated = time.monotonic()
    page.terminate(run)

    assert page.wait_for_run(run) == "CANCELED"
    assert time.monotonic() - terminated < SECONDS
    assert page.wait_for_run(page.launch_day("2026-01-15")) == "SUCCESS"


@pytest.mark.long
@pytest.mark.weekly
@apart
def test_a_redeploy_of_webserver_and_daemon_leaves_a_running_day_alone(deployed: Deployed) -> None:
    with waiting_run(deployed, "2026-01-16") as run:
        for name in ("webserver", "daemon"):
            deployed.containers[name].stop()
            deployed.containers[name].wait()
            deployed.containers[name].start()
        deployed.wait_for_page()

    assert deployed.page.wait_for_run(run) == "SUCCESS"


@pytest.mark.long
@pytest.mark.weekly
@apart
def test_a_redeploy_lets_the_running_day_end_and_the_next_one_waits_for_the_new_code_server(deployed: Deployed) -> None:
    code, daemon = deployed.containers["code"], deployed.containers["daemon"]
    with waiting_run(deployed, "2026-01-17") as run:
        daemon.stop()
        daemon.wait()
        code.stop()
        next_one = deployed.page.launch_day("2026-01-18")

    assert deployed.page.wait_for_run(run) == "SUCCESS"
    code.wait()
    daemon.start()
    code.start()
    assert deployed.page.wait_for_run(next_one) == "SUCCESS"


@pytest.mark.long
@pytest.mark.weekly
@apart
def test_a_day_whose_code_server_is_killed_is_run_again_by_the_new_one(deployed: Deployed) -> None:
    deployed.wait_for_page()
    code = deployed.containers["code"]
    with waiting_run(deployed, "2026-01-19") as run:
        code.kill()
    code.start()

    assert deployed.page.wait_for_run(run) == "SUCCESS"


@pytest.mark.long
@pytest.mark.weekly
@apart
@pytest.mark.parametrize("name", ["code", "webserver", "daemon"])
def test_each_container_is_found_healthy(deployed: Deployed, name: str) -> None:
    check = SERVICES[name]["healthcheck"]["test"]
    wait_until(lambda: deployed.containers[name].run(check) == 0, f"the health of {name}")


@pytest.mark.skipif(COMPOSE is None, reason="needs docker-compose, which is not on this machine")
def test_compose_accepts_the_file_and_the_page_is_for_this_machine_only() -> None:
    said = compose({"DAGSTER_PG_PASSWORD_FILE": "/chosen"})
    assert said.returncode == 0, said.stderr
    published = [
        port for service in yaml.safe_load(said.stdout)["services"].values() for port in service.get("ports", [])
    ]
    assert ["127.0.0.1" in str(port) for port in published] == [True]


@pytest.mark.skipif(COMPOSE is None, reason="needs docker-compose, which is not on this machine")
def test_compose_passes_on_what_the_pipeline_reads_and_takes_the_key_to_a_bucket_from_files() -> None:
    given = {
        "DAGSTER_PG_PASSWORD_FILE": "/chosen",
        "AWS_ACCESS_KEY_ID_FILE": "/id",
        "AWS_SECRET_ACCESS_KEY_FILE": "/key",
    }
    said = compose({**given, "MAX_PARTITIONS_PER_RUN": "31"}, "compose.s3-secrets.yaml")
    assert said.returncode == 0, said.stderr
    read = yaml.safe_load(said.stdout)
    assert read["services"]["code"]["environment"]["MAX_PARTITIONS_PER_RUN"] in {"31", None}  # as it is called
    assert {one["source"] for one in read["services"]["code"]["secrets"]} == read["secrets"].keys()


@pytest.mark.parametrize("name", ["DAGSTER_PG_PASSWORD", "AWS_SECRET_ACCESS_KEY"])
def test_a_secret_in_a_file_is_a_variable_of_the_command_and_of_no_other_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text(f"{PASSWORD}\n", encoding="utf-8")
    said = subprocess.run(
        [ROOT / "deploy" / "entry", "env"],
        env={f"{name}_FILE": str(tmp_path / "secret"), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{name}={PASSWORD}\n" in said.stdout
    assert "_FILE" not in said.stdout


@pytest.mark.skipif(COMPOSE is None, reason="needs docker-compose, which is not on this machine")
def test_compose_asks_for_a_password() -> None:
    said = compose({})
    assert said.returncode != 0
    assert "put a password for Dagster's Postgres into a file" in said.stderr


def compose(variables: Mapping[str, str], *beside: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(COMPOSE), *(f"--file={ROOT / 'deploy' / name}" for name in ("compose.yaml", *beside)), "config"],
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        check=False,
    )
