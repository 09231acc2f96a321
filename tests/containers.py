"""Processes apart from each other, as in containers, where there is no container engine: it takes root, and Linux.

Each has a network namespace of its own, with an address behind a bridge; process ids of its own, so that it is 1 and
all that it started ends with it; and a /tmp and /etc/hosts of its own. They share the folders that they are given.
"""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from servers import wait_until

NEEDED = ("ip", "unshare", "nsenter")
IP = shutil.which("ip") or "ip"


def missing() -> str:
    """Return why there can be no containers here, or nothing."""
    if os.geteuid() != 0:
        return "needs root, for namespaces"
    if absent := [tool for tool in NEEDED if not shutil.which(tool)]:
        return f"needs {', '.join(absent)}, which is not on this machine"
    name = f"probe{os.getpid()}"
    made = subprocess.run([IP, "link", "add", name, "type", "bridge"], check=False, capture_output=True).returncode
    subprocess.run([IP, "link", "delete", name], check=False, capture_output=True)
    return "" if made == 0 else "may not make network namespaces here"


@dataclass
class Network:
    """A bridge on this machine and who is behind it, by name."""

    bridge: str
    prefix: str
    hosts: dict[str, str] = field(default_factory=dict)

    @property
    def gateway(self) -> str:
        """The address of this machine, which also has the server that is called `postgres`."""
        return f"{self.prefix}.1"


@contextmanager
def network(*names: str) -> Iterator[Network]:
    """Make a network with a namespace for each name."""
    number = os.getpid() % 250
    made = Network(f"net{number}", f"10.213.{number}")
    with ExitStack() as undo:

        def ip(*words: str) -> None:
            subprocess.run([IP, *words], check=True)

        ip("link", "add", made.bridge, "type", "bridge")
        undo.callback(ip, "link", "delete", made.bridge)
        ip("address", "add", f"{made.gateway}/24", "dev", made.bridge)
        ip("link", "set", made.bridge, "up")
        for place, name in enumerate(names, start=2):
            space, made.hosts[name] = f"{made.bridge}-{name}", f"{made.prefix}.{place}"
            ip("netns", "add", space)
            undo.callback(ip, "netns", "delete", space)
            ip("link", "add", f"v{number}-{place}", "type", "veth", "peer", "name", "eth0", "netns", space)
            ip("link", "set", f"v{number}-{place}", "master", made.bridge, "up")
            ip("-n", space, "address", "add", f"{made.hosts[name]}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                ip("-n", space, "link", "set", device, "up")
        yield made


class Container:
    """A command in namespaces of its own, which can be started again."""

    def __init__(
        self,
        network: Network,
        name: str,
        command: str,
        env: Mapping[str, str],
        *folders: Path,
        seen_at: Path | None = None,
    ) -> None:
        """Prepare it; the first of its folders is seen at `seen_at` inside, if that is given, as in an image."""
        self.command, self._env, self._folders = command, dict(env), folders
        self._places = [seen_at or folders[0], *folders[1:]]
        self._log = folders[0] / f"{name}.log"
        self._inside = [IP, "netns", "exec", f"{network.bridge}-{name}"]
        self._hosts = folders[0] / "hosts"
        known = {"localhost": "127.0.0.1", "postgres": network.gateway, **network.hosts}
        self._hosts.write_text("".join(f"{address} {host}\n" for host, address in known.items()), encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the command, in the first of the folders."""
        places = list(enumerate(self._folders))
        steps = [
            "mount -t tmpfs tmpfs /mnt",
            *(f"mkdir /mnt/{place} && mount --bind {folder} /mnt/{place}" for place, folder in places),
            "mount -t tmpfs -o mode=1777 tmpfs /tmp",
            *(f"mkdir -p {seen} && mount --move /mnt/{place} {seen}" for place, seen in enumerate(self._places)),
            f"mount --bind {self._places[0] / self._hosts.name} /etc/hosts",
            f"cd {self._places[0]} && exec {self.command}",
        ]
        apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-ec", "\n".join(steps)]
        # Who runs the tests in the background of a shell makes them ignore it, and all processes they start
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.default_int_handler)
        with self._log.open("ab") as log:
            self.process = subprocess.Popen([*self._inside, *apart], env=self._env, stdout=log, stderr=log)

    def run(self, command: str) -> int:
        """Run a command inside, as a health check is, and return its exit code."""
        enter = ["nsenter", f"--target={self._first()}", "--all", "--wdns=" + str(self._places[0])]
        return subprocess.run([*enter, "sh", "-c", command], env=self._env, check=False, capture_output=True).returncode

    def stop(self) -> None:
        """Ask it to end, as `docker stop` does, and do not wait."""
        os.kill(self._first(), signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, and all that it started."""
        os.kill(self._first(), signal.SIGKILL)
        self.wait()

    def wait(self) -> int:
        """Return its exit code when it has ended."""
        assert self.process is not None
        process = self.process
        wait_until(lambda: process.poll() is not None, self.command)
        return process.returncode

    def is_running(self) -> bool:
        """Tell whether it has not ended."""
        return self.process is not None and self.process.poll() is None

    def printed(self) -> str:
        """Return what it has printed."""
        return self._log.read_text(encoding="utf-8")

    def _first(self) -> int:
        """Return the process that is number 1 inside: the only child of the one that made the namespaces."""
        assert self.process is not None
        process = self.process
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        wait_until(lambda: process.poll() is not None or bool(children.read_text()), "the container's first process")
        return int(children.read_text().split()[0])


@contextmanager
def running(containers: Sequence[Container]) -> Iterator[None]:
    """Start containers, and end at the end those that still run."""
    for container in containers:
        container.start()
    try:
        yield
    finally:
        for container in containers:
            if container.is_running():
                container.kill()
