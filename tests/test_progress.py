"""How a long run shows how far it is: in a terminal, in the log of Dagster, and nowhere else."""

import fcntl
import logging
import os
import pty
import struct
import sys
import termios
from pathlib import Path

import dagster as dg
import pytest
import yaml
from conftest import ROOT, Pipeline

from orchestration.definitions import definitions

DAYS = [f"2026-01-{day:02}" for day in range(1, 25)]
WINDOW = f"{{partition_start: {DAYS[0]}, partition_end: {DAYS[-1]}}}"
TOLD = "sales.csv: 10 of 24 days written, the last at about "


@pytest.fixture(autouse=True)
def _feed(pipeline: Pipeline) -> None:
    pipeline.write_feed(*[f"{day},Tea,1,1.00" for day in DAYS])


@pytest.fixture
def impatient(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is written to as often as there is anything to tell."""
    assert pipeline.run_day(DAYS[0]).success  # so that dbt has loaded the plugin
    monkeypatch.setattr(sys.modules["progress"], "LOG_SECONDS", 0)


@pytest.mark.long
def test_a_terminal_shows_how_many_days_are_written_and_how_long_the_rest_takes(pipeline: Pipeline) -> None:
    leader, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    with pipeline.start("--quiet", "run", "--vars", WINDOW, terminal=terminal) as process:
        os.close(terminal)
        shown = b""
        try:
            while seen := os.read(leader, 1 << 16):
                shown += seen
        except OSError:  # how Linux says that nobody writes to the terminal any more
            pass
    os.close(leader)
    assert process.returncode == 0, shown.decode()
    assert b"sales.csv:   0%|" in shown
    assert b"0/24 [00:00<" in shown


@pytest.mark.long
def test_where_there_is_no_terminal_nothing_but_the_summary_is_written(pipeline: Pipeline) -> None:
    with pipeline.start("--quiet", "run", "--vars", WINDOW) as process:
        shown, _ = process.communicate(timeout=120)
    assert process.returncode == 0, shown
    lines = shown.splitlines()
    assert lines[0].startswith("day ")
    assert len(lines) == 1 + len(DAYS) + 1


@pytest.mark.usefixtures("impatient")
def test_who_runs_dbt_in_a_process_of_its_own_finds_it_in_the_log(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="daily_partitions"):
        assert pipeline.run_range(DAYS[0], DAYS[-1]).success
    told = [message[:-8] for message in caplog.messages if message.startswith("sales.csv")]
    assert told == [TOLD.replace("10 of", f"{day} of") for day in range(1, len(DAYS))]


@pytest.mark.long
@pytest.mark.usefixtures("impatient", "pipeline")
def test_the_log_of_a_run_in_dagster_shows_it(tmp_path: Path) -> None:
    settings = yaml.safe_load((ROOT / "orchestration" / "dagster.yaml").read_text(encoding="utf-8"))
    window = {"dagster/asset_partition_range_start": DAYS[0], "dagster/asset_partition_range_end": DAYS[-1]}
    with dg.DagsterInstance.local_temp(str(tmp_path), {"python_logs": settings["python_logs"]}) as instance:
        result = dg.materialize([definitions.resolve_assets_def("daily_sales")], instance=instance, tags=window)
        messages = [record.user_message for record in instance.all_logs(result.run_id)]
    assert any(message.startswith(TOLD) for message in messages)
