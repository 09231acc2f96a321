"""What the dbt project says of itself: its marts and exports, its day column, and the figures of a day."""

from collections.abc import Mapping
from typing import Any

from orchestration.dbt import manifest, settings

MANIFEST = manifest()
PIPELINE: Mapping[str, Any] = settings()["pipeline"]
MARTS: list[str] = PIPELINE["marts"]
EXPORTS: list[str] = PIPELINE.get("exports") or []
DAY_COLUMN: str = PIPELINE.get("day") or "date"


def node(model: str) -> Mapping[str, Any]:
    """Return what the manifest has of a model of the project."""
    return dict(MANIFEST["nodes"][f"model.{MANIFEST['metadata']['project_name']}.{model}"])


# each is a column of the ledger
FIGURES = list(dict.fromkeys(name for mart in MARTS for name in node(mart)["config"]["meta"].get("figures") or {}))
# the mart whose rows are those of the model: a mart's own, and those of an export that is made of one mart alone
ROWS_OF = {mart: mart for mart in MARTS} | {
    export: mart
    for export in EXPORTS
    for mart in MARTS
    if node(export)["depends_on"]["nodes"] == [node(mart)["unique_id"]]
}
