"""Servers that run for the length of a test."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PATIENCE_SECONDS = 240


@contextmanager
def serving(
    command: Sequence[str | Path], port: int, cwd: Path, log: Path, environment: Mapping[str, str]
) -> Iterator[None]:
    """Start a server with all its processes, wait until it listens, and stop it at the end."""
    # Who runs the tests in the background of a shell makes them ignore it, and all processes they start
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        wait_until(lambda: process.poll() is not None or listens("127.0.0.1", port), " ".join(map(str, command)))
        assert process.poll() is None, log.read_text(encoding="utf-8")
        yield
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return int(any_port.getsockname()[1])


def listens(address: str, port: int) -> bool:
    """Tell whether somebody listens at a port."""
    with socket.socket() as client:
        client.settimeout(5)
        return client.connect_ex((address, port)) == 0


def wait_until(condition: Callable[[], bool], what: str, every_seconds: float = 0.3) -> None:
    """Return when `condition()` is true.

    Raises:
        TimeoutError: it was not for four minutes; `what` names it.

    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come about in {PATIENCE_SECONDS} s")
        time.sleep(every_seconds)
