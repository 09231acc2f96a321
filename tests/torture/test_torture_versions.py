"""Versions of days, brought back."""

import os
import random
from collections import Counter

import pytest
from conftest import Pipeline
from test_history import restored_versions

HISTORIES = 2 * int(os.environ.get("TORTURE_EXAMPLES", "100"))
DAYS = 25


@pytest.mark.parametrize("seed", range(HISTORIES // DAYS))
def test_versions_of_days_with_random_histories_brought_back(
    pipeline: Pipeline, happened: Counter[str], seed: int
) -> None:
    """Each version of 25 days with random histories, brought back in another order."""
    happened["the same bytes as then"] += restored_versions(pipeline, random.Random(seed), DAYS, runs=6)
