"""What a dbt project made with the engine says of itself: its calendar, marts and exports, and the figures of a day."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from orchestration.dbt import manifest


@dataclass(frozen=True)
class Project:
    """The dbt project in `folder`, run with the profiles.yml in the folder `profiles`."""

    folder: Path
    profiles: Path

    @classmethod
    def at(cls, folder: Path, root: Path) -> "Project":
        """Return the project in a folder; its profiles are those of `DBT_PROFILES_DIR`, else its own, else `root`'s."""
        own = folder if (folder / "profiles.yml").exists() else root
        return cls(folder.resolve(), Path(os.environ.get("DBT_PROFILES_DIR") or own).resolve())

    @property
    def target(self) -> Path:
        """The folder of what is parsed and logged, apart from what the dbt commands of people leave in target/."""
        # for another target, other names of tables are parsed
        return self.folder / "target" / "-".join(["dagster", *filter(None, [os.environ.get("DBT_TARGET")])])

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """The vars of dbt_project.yml, where each setting has its one place."""
        project = yaml.safe_load((self.folder / "dbt_project.yml").read_text(encoding="utf-8"))
        return dict(project["vars"])

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """What dbt has parsed: its manifest.json."""
        return manifest(self)

    @property
    def is_on_lake(self) -> bool:
        """Whether any number of runs can work at once: only what each needs for itself is in a database of its own."""
        return bool(self.node(self.staged)["database"] != self.node(self.marts[0])["database"])

    @property
    def pool(self) -> str | None:
        """The pool of Dagster in which one run at a time has the warehouse; its limit is in dagster.yaml."""
        return None if self.is_on_lake else "duckdb"

    @property
    def timezone(self) -> str:
        """The time zone of the calendar."""
        return str(self.settings.get("timezone", "UTC"))

    @property
    def export_dir(self) -> str:
        """Where the files go, as it is set: `EXPORT_DIR`, else the var; a relative path is relative to `profiles`."""
        return (os.environ.get("EXPORT_DIR") or str(self.settings.get("export_dir", "data"))).rstrip("/")

    @property
    def feed(self) -> str:
        """The source of the raw rows, as `<source>.<table>`."""
        return str(self._pipeline["feed"])

    @property
    def staged(self) -> str:
        """The model of the feed's rows, typed."""
        return str(self._pipeline["staged"])

    @property
    def marts(self) -> Sequence[str]:
        """The models that keep the published rows."""
        return list(self._pipeline["marts"])

    @property
    def exports(self) -> Sequence[str]:
        """The models that write a file a day."""
        return list(self._pipeline.get("exports") or [])

    @property
    def day_column(self) -> str:
        """The column of the marts that has the day."""
        return str(self._pipeline.get("day") or "date")

    @cached_property
    def figures(self) -> Sequence[str]:
        """The figures of a day, each a column of the ledger."""
        return list(dict.fromkeys(name for mart in self.marts for name in self.figures_of(mart)))

    def figures_of(self, mart: str) -> Sequence[str]:
        """Return the figures that a mart declares."""
        return list(self.node(mart)["config"]["meta"].get("figures") or {})

    def path_of(self, export: str) -> str:
        """Return the path of an export below `export_dir`, with a day's fields as `strftime` has them."""
        return str(self.node(export)["config"]["meta"]["path"])

    @cached_property
    def rows_of(self) -> Mapping[str, str]:
        """The mart whose rows are those of a model: a mart's own, and those of an export made of one mart alone."""
        return {mart: mart for mart in self.marts} | {
            export: mart
            for export in self.exports
            for mart in self.marts
            if self.node(export)["depends_on"]["nodes"] == [self.node(mart)["unique_id"]]
        }

    @property
    def _pipeline(self) -> Mapping[str, Any]:
        return dict(self.settings["pipeline"])

    def node(self, model: str) -> Mapping[str, Any]:
        """Return what dbt knows of a model of the project."""
        return dict(self.manifest["nodes"][f"model.{self.manifest['metadata']['project_name']}.{model}"])
