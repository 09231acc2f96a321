"""Pods without Kubernetes: a server that takes jobs over HTTP as its API does, and runs each as a container does.

Of Kubernetes there is only this much: a job has one pod, with the environment that its spec and the secrets give it,
and a checkout, a /tmp, a HOME and a network of its own.
"""

import json
import shlex
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml
from containers import Container, Network
from dagster_service import BIN

JOBS = "/apis/batch/v1/namespaces/"


@dataclass
class Node:
    """Where pods run: on hosts of a network, each of which has one, with a checkout that the others do not see.

    A checkout is seen at `seen_at`. `image` is the environment that a pod has anyway, `secrets` are what its spec may
    name, and `shared` is the folder that stands for a bucket.
    """

    net: Network
    checkouts: Mapping[str, Path]
    seen_at: Path
    image: Mapping[str, str]
    secrets: Mapping[str, Mapping[str, str]]
    shared: Path
    jobs: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    pods: dict[str, Container] = field(default_factory=dict)

    def start(self, job: Mapping[str, Any]) -> None:
        """Run the pod of a job on a host that has none yet."""
        (container,) = job["spec"]["template"]["spec"]["containers"]
        host, checkout = list(self.checkouts.items())[len(self.pods)]
        # as the image's ENTRYPOINT gets it
        command = shlex.join(["deploy/entry", *container["args"]])
        variables = {**self.image, **self.environment(container)}
        folders = (checkout, BIN.parent, self.shared)
        pod = Container(self.net, host, command, variables, *folders, seen_at=self.seen_at)
        pod.start()
        self.jobs[job["metadata"]["name"]], self.pods[job["metadata"]["name"]] = job, pod

    def environment(self, container: Mapping[str, Any]) -> Mapping[str, str]:
        """Return the variables of a container by its spec."""
        found: dict[str, str] = {}
        for source in container["envFrom"]:
            found |= self.secrets[source["secretRef"]["name"]]
        for variable in container["env"]:
            secret = variable.get("valueFrom", {}).get("secretKeyRef")
            found[variable["name"]] = self.secrets[secret["name"]][secret["key"]] if secret else variable["value"]
        return found

    def status(self, job: str) -> Mapping[str, int]:
        """Return what Kubernetes tells of a job."""
        pod = self.pods[job]
        return {"active": 1} if pod.is_running() else {"failed" if pod.wait() else "succeeded": 1}


@contextmanager
def serving_jobs(node: Node, kubeconfig: Path) -> Iterator[None]:
    """Take jobs for a node at an address of this machine, which a kubeconfig names."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            job = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            node.start(job)
            self.answer(201, job)

        def do_GET(self) -> None:
            name = self.path.removesuffix("/status").rpartition("/")[2]
            known = self.path.startswith(JOBS) and name in node.jobs
            self.answer(200, {**node.jobs[name], "status": node.status(name)}) if known else self.answer(404, {})

        def answer(self, code: int, body: Mapping[str, Any]) -> None:
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    config = {
        "clusters": [{"name": "here", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
        "current-context": "here",
        "users": [{"name": "me", "user": {}}],
    }
    kubeconfig.write_text(yaml.safe_dump(config), encoding="utf-8")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        for pod in node.pods.values():
            if pod.is_running():
                pod.kill()


def launcher(values: Mapping[str, Any], kubeconfig: Path) -> Mapping[str, Any]:
    """Return what Dagster's chart makes of Helm values for dagster.yaml, but for where Kubernetes is."""
    config = values["runLauncher"]["config"]["k8sRunLauncher"]
    return {
        "module": "dagster_k8s",
        "class": values["runLauncher"]["type"],
        "config": {
            "load_incluster_config": False,
            "kubeconfig_file": str(kubeconfig),
            "job_namespace": "sales",
            "image_pull_policy": config["imagePullPolicy"],
            "service_account_name": "daily-sales-dagster",
            "dagster_home": values["global"]["dagsterHome"],
            "instance_config_map": "daily-sales-dagster-instance",
            "postgres_password_secret": "dagster-postgresql-secret",
            "run_k8s_config": {
                "pod_spec_config": config["runK8sConfig"]["podSpecConfig"],
                "job_spec_config": config["runK8sConfig"]["jobSpecConfig"],
            },
        },
    }


def retries(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return which runs are launched again, as the chart tells Dagster."""
    told = values["dagsterDaemon"]["runRetries"]
    return {
        "enabled": told["enabled"],
        "max_retries": told["maxRetries"],
        "retry_on_asset_or_op_failure": told["retryOnAssetOrOpFailure"],
    }


def container_context(deployment: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the chart tells a code server to ask for its runs."""
    return {
        "k8s": {
            "image_pull_policy": deployment["image"]["pullPolicy"],
            "env": deployment["env"],
            "env_secrets": names(deployment["envSecrets"]),
            "resources": deployment["resources"],
            "security_context": deployment["securityContext"],
            "run_k8s_config": {"pod_spec_config": {"securityContext": deployment["podSecurityContext"]}},
        }
    }


def names(items: Sequence[Mapping[str, str]]) -> list[str]:
    """Return the names of what Kubernetes lists by name."""
    return [item["name"] for item in items]
