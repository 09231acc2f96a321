"""The code location: everything that Dagster shows."""

import warnings
from pathlib import Path

import dagster as dg

from orchestration import defs

with warnings.catch_warnings():
    # what Dagster's own loading of components says of itself
    warnings.simplefilter("ignore", dg.PreviewWarning)
    warnings.simplefilter("ignore", dg.BetaWarning)
    definitions = dg.ComponentTree.from_module(defs, Path(__file__).parents[1]).build_defs()
