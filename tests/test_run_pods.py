"""Runs as pods of their own on a lake: what Dagster asks Kubernetes for, and that such pods work at once."""

import filecmp
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import yaml
from conftest import Pipeline
from containers import Network, network
from dagster_service import BIN, ROOT, DagsterService, copy_project, days_of, serving_dagster
from servers import wait_until
from test_deploy import apart, configure, serving_postgres

pytest.importorskip("dagster_k8s", reason="needs the package dagster-k8s")

from dagster_k8s.models import k8s_model_from_dict, k8s_snake_case_dict
from kubernetes import client
from pods import Node, container_context, launcher, retries, serving_jobs

VALUES = yaml.safe_load((ROOT / "deploy" / "helm-lake-values.yaml").read_text(encoding="utf-8"))
(DEPLOYMENT,) = VALUES["dagster-user-deployments"]["deployments"]
DAYS = [f"2026-01-{day:02}" for day in range(12, 16)]
FILES = [f"2026/01/{day[-2:]}/{name}" for day in DAYS for name in ("sales.csv", "sales_summary.csv")]


class Pods:
    """A Dagster, `service`, whose runs are pods. Each has a checkout of its own; they share catalog and data."""

    service: DagsterService

    def __init__(self, root: Path, net: Network, storage: Mapping[str, str]) -> None:
        self.bucket, kubeconfig = root / "bucket", root / "kubeconfig"
        self.bucket.mkdir()
        self.project, self.kubeconfig = copy_project(root / "project"), kubeconfig
        self.checkouts = {name: copy_project(root / name) for name in net.hosts}
        for checkout in self.checkouts.values():
            shutil.copytree(ROOT / "deploy", checkout / "deploy")
        password, port = storage["DAGSTER_PG_PASSWORD"], storage["DAGSTER_PG_PORT"]
        where = f"host={net.gateway} port={port} user=dagster"
        with closing(psycopg2.connect(f"{where} dbname=dagster", password=password)) as database:
            database.autocommit = True
            database.cursor().execute("create database lake")
        told = {
            **{name: value for name, value in storage.items() if name != "DAGSTER_PG_PASSWORD"},
            "DAGSTER_PG_HOST": net.gateway,
            "DBT_TARGET": "lake",
            "LAKE_CATALOG": f"{where} dbname=lake",
            "LAKE_DATA_PATH": str(self.bucket / "lake"),
            "EXPORT_DIR": str(self.bucket / "exports"),
            "RAW_SALES_PATH": "seeds/raw_sales.csv",
            "MAX_PARTITIONS_PER_RUN": "2",
        }
        context = container_context({**DEPLOYMENT, "env": [{"name": one, "value": told[one]} for one in told]})
        secrets = {
            "daily-sales-lake": {"PGPASSWORD": password},
            "dagster-postgresql-secret": {"postgresql-password": password},
        }
        image = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": "/tmp", "PYTHONPATH": str(self.project)}  # noqa: S108 its own
        self.node = Node(net, self.checkouts, self.project, image, secrets, self.bucket)
        config = configure(self.project) / "dagster.yaml"
        values = {**VALUES, "global": {"dagsterHome": str(config.parent)}}
        with config.open("a", encoding="utf-8") as more:
            yaml.safe_dump({"run_launcher": launcher(values, kubeconfig), "run_retries": retries(values)}, more)
        self.variables = {
            **told,
            "DAGSTER_PG_PASSWORD": password,
            "DAGSTER_CONTAINER_CONTEXT": json.dumps(context),
            "DAGSTER_CURRENT_IMAGE": "registry.example.com/daily-sales:1",
        }


@pytest.fixture(scope="module")
def pods(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pods]:
    """Four places for pods, and a Dagster that starts them."""
    with network("pod1", "pod2", "pod3", "pod4") as net, serving_postgres(net.gateway) as storage:
        pods = Pods(tmp_path_factory.mktemp("pods"), net, storage)
        with (
            serving_jobs(pods.node, pods.kubeconfig),
            serving_dagster(pods.project, **pods.variables) as pods.service,
        ):
            yield pods


@pytest.mark.long
@pytest.mark.weekly
@apart
def test_pods_that_share_nothing_but_catalog_and_data_make_their_days_at_once(pods: Pods, pipeline: Pipeline) -> None:
    runs = pods.service.backfill("daily_sales_csv", DAYS)
    said = [pod.printed() for pod in pods.node.pods.values()]
    assert [run["status"] for run in runs] == ["SUCCESS", "SUCCESS"], said
    assert sorted(map(days_of, runs)) == [(DAYS[0], DAYS[1]), (DAYS[2], DAYS[3])]
    (began, ended), (other_began, other_ended) = ((run["startTime"], run["endTime"]) for run in runs)
    assert began < other_ended
    assert other_began < ended
    # each has worked in its own checkout, and none in that of webserver and daemon
    for place in list(pods.checkouts.values())[:2]:
        assert list((place / "dbt_project" / "target" / "dagster-lake").glob("run-*"))
    assert not list((pods.project / "dbt_project" / "target" / "dagster-lake").glob("run-*"))
    assert pods.service.days_by_status("daily_sales_csv")["MATERIALIZED"] == [(DAYS[0], DAYS[-1])]

    pipeline.use_feed(str(pods.project / "seeds" / "raw_sales.csv"))
    assert pipeline.run_range(DAYS[0], DAYS[-1]).success
    same, *others = filecmp.cmpfiles(pods.bucket / "exports", pipeline.exports, FILES, shallow=False)
    assert same == FILES, others
    rows = dict(pipeline.query("select partition_date::varchar, row_count from partition_ledger"))
    assert {day: metadata["row_count"] for day, metadata in pods.service.days("daily_sales", DAYS).items()} == rows

    for job in pods.node.jobs.values():
        check_job(job)


@pytest.mark.long
@pytest.mark.weekly
@apart
def test_a_run_whose_pod_is_lost_is_launched_again_and_makes_its_day(pods: Pods) -> None:
    day, known = "2026-01-20", set(pods.node.pods)
    lost = pods.service.launch_day(day)
    wait_until(lambda: len(pods.node.pods) > len(known), "the pod")
    (pod,) = (pods.node.pods[job] for job in pods.node.pods.keys() - known)
    wait_until(lambda: "START sql daily_table model main.daily_sales " in pod.printed(), "the publishing")
    pod.kill()

    assert pods.service.wait_for_run(lost) == "FAILURE"
    wait_until(lambda: len(pods.service.runs("daily_partition_job")) > 1, "the second attempt")
    again = pods.service.runs("daily_partition_job")[0]["runId"]
    assert pods.service.wait_for_run(again) == "SUCCESS", list(pods.node.pods.values())[-1].printed()
    assert pods.service.days("daily_sales_csv", [day])[day]["row_count"] > 0


def check_job(job: Mapping[str, Any]) -> None:
    """See that a job as it was sent is one that Kubernetes' own client knows, and that all it needs is environment."""
    read = k8s_model_from_dict(client.V1Job, k8s_snake_case_dict(client.V1Job, job))
    assert client.ApiClient().sanitize_for_serialization(read) == job
    pod = read.spec.template.spec
    assert not pod.volumes
    assert pod.termination_grace_period_seconds == 60
    assert pod.security_context.run_as_non_root
    assert read.spec.backoff_limit == 0  # Dagster launches it again, and knows
    (container,) = pod.containers
    assert not container.volume_mounts
    assert container.image == "registry.example.com/daily-sales:1"
    assert container.args[:3] == ["dagster", "api", "execute_run"]
    assert container.resources.limits == {"memory": "4Gi"}
    assert [source.secret_ref.name for source in container.env_from] == ["daily-sales-lake"]
    variables = {variable.name: variable for variable in container.env}
    assert variables["DAGSTER_PG_PASSWORD"].value_from.secret_key_ref.name == "dagster-postgresql-secret"
    assert {one["name"] for one in DEPLOYMENT["env"]} <= variables.keys()


def test_the_values_name_all_that_a_lake_needs_and_no_pool() -> None:
    told = {one["name"] for one in DEPLOYMENT["env"]}
    assert {"DBT_TARGET", "LAKE_CATALOG", "LAKE_DATA_PATH", "EXPORT_DIR", "RAW_SALES_PATH"} <= told
    assert not {"volumes", "volumeMounts"} & DEPLOYMENT.keys()
    assert "pools" not in yaml.safe_dump(VALUES)
