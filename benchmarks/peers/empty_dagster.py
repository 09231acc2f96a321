"""An empty dagster-dbt project: its definitions, and nothing else. `MANIFEST` names its manifest.json."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

MANIFEST = Path(os.environ["MANIFEST"])
PROJECT = Path(__file__).with_name("empty_dbt")


@dbt_assets(manifest=MANIFEST)
def models(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """Build the one model."""
    yield from dbt.cli(["build"], context=context).stream()


defs = dg.Definitions(assets=[models], resources={"dbt": DbtCliResource(PROJECT)})
