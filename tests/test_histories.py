"""A few short histories of feed, settings, tables, files and runs. `tests/torture` has many long ones."""

from collections import Counter

import hypothesis
import pytest
from conftest import Pipeline
from histories import EACH, try_histories


@pytest.mark.long
@pytest.mark.weekly
def test_a_few_histories_end_with_the_days_of_a_fresh_run(pipeline: Pipeline, happened: Counter[str]) -> None:
    """Histories of 12 events: feed, settings, tables and files changed, runs of all kinds, runs killed."""
    limits = hypothesis.settings(EACH, max_examples=4, stateful_step_count=12, derandomize=True, database=None)
    try_histories(pipeline, happened, limits)
