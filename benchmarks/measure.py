"""Runs commands and takes their time, CPU time and memory."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Command:
    """A command, and where and with which variables it runs."""

    args: Sequence[str | Path]
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """One run: seconds by the clock, CPU seconds, and the most memory it had, in MB."""

    seconds: float
    cpu_seconds: float
    peak_mb: float

    def scaled(self, factor: float) -> "Sample":
        """Return what `factor` times the work would take."""
        return Sample(self.seconds * factor, self.cpu_seconds * factor, self.peak_mb)


@dataclass
class Row:
    """A contestant's line of a table; `samples` is filled run by run."""

    name: str
    what: str
    samples: list[Sample] = field(default_factory=list)

    def median(self, figure: str) -> float:
        """Return the median of `seconds`, `cpu_seconds` or `peak_mb` over the runs."""
        return float(median(getattr(sample, figure) for sample in self.samples))


@dataclass(frozen=True)
class Contestant:
    """Who runs: a line of the table, and a function that does run number `n` and returns its sample."""

    name: str
    what: str
    run: Callable[[int], Sample]


def run(command: Command) -> Sample:
    """Run a command and return its sample.

    Raises:
        RuntimeError: it failed; the message ends with what it printed last.

    """
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command.args,
            cwd=command.cwd,
            env={**os.environ, **command.env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        printed = output.read().decode(errors="replace")
    if process.returncode:
        raise RuntimeError(f"{' '.join(map(str, command.args))}\n{printed[-3000:]}")
    return Sample(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def interleaved(contestants: Sequence[Contestant], runs: int) -> list[Row]:
    """Let all contestants run in turn, `runs` times, so that what else the machine does hits all of them."""
    rows = [Row(contestant.name, contestant.what) for contestant in contestants]
    for n in range(runs):
        for contestant, row in zip(contestants, rows, strict=True):
            sample = contestant.run(n)
            row.samples.append(sample)
            print(f"  {n + 1}/{runs} {sample.seconds:8.2f} s {sample.cpu_seconds:8.2f} s CPU  {row.name}", flush=True)
    return rows
