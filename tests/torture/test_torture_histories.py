"""Long histories of feed, settings, tables, files and runs, made by hypothesis.

`TORTURE_HISTORIES` is how many are tried (default 500, about half a minute each).
"""

import os
from collections import Counter

import hypothesis
from conftest import Pipeline
from histories import EACH, try_histories

HISTORIES = int(os.environ.get("TORTURE_HISTORIES", "500"))
STEPS = int(os.environ.get("TORTURE_STEPS", "30"))


def test_histories_end_with_the_days_of_a_fresh_run(pipeline: Pipeline, happened: Counter[str]) -> None:
    """Histories of 30 events: feed, settings, tables and files changed, runs of all kinds, runs killed."""
    limits = hypothesis.settings(EACH, max_examples=HISTORIES, stateful_step_count=STEPS)
    try_histories(pipeline, happened, limits)
