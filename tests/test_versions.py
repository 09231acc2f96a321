"""The versions of the lock file beside the newest that pyproject.toml lets in, which `make latest` installs."""

import os
import subprocess
from pathlib import Path

import jinja2
import pytest
import yaml
from conftest import ROOT
from dbt.context import exceptions_jinja
from dbt_common.exceptions import CompilationError

LOCKED, NEWEST = (ROOT / name / "bin" for name in (".venv", ".venv-latest"))
DUCKDB_VERSION = "import duckdb; print(duckdb.__version__)"
DAYS = ["2026-01-05", "2026-01-06"]
LEDGER = "select partition_date::varchar, count(*) from partition_ledger group by all order by all"

needs_both = pytest.mark.skipif(
    not all((folder / "dbt").exists() for folder in (LOCKED, NEWEST)), reason="needs .venv-latest, by make latest"
)


def python(versions: Path, code: str, *args: str) -> str:
    """Return what Python prints with these versions."""
    command = [str(versions / "python"), "-c", code, *args]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def query(versions: Path, warehouse: Path, sql: str) -> str:
    """Return the rows of a query on a warehouse, read with these versions."""
    code = "import duckdb, sys; print(duckdb.connect(sys.argv[1], read_only=True).execute(sys.argv[2]).fetchall())"
    return python(versions, code, str(warehouse), sql)


class Sample:
    """The sample feed, run with either versions into the same folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.warehouse = root / "warehouse.duckdb"
        self.exports = root / "exports"

    def run(self, versions: Path, day: str | None = None, end: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a day, a range, or the days that are wrong."""
        days = {"PARTITION_START": day, "PARTITION_END": end} if end else {"PARTITION_DATE": day} if day else {}
        own = {"DUCKDB_PATH": str(self.warehouse), "EXPORT_DIR": str(self.exports)}
        unset = {"RAW_SALES_PATH", "PARTITION_DATE", "PARTITION_START", "PARTITION_END"}
        kept = {name: value for name, value in os.environ.items() if name not in unset}
        # what one version parsed is nothing to the other
        places = ["--target-path", str(self.root / versions.parent.name), "--log-path", str(self.root / "logs")]
        return subprocess.run(
            [str(versions / "dbt"), "--quiet", "run", "--project-dir", str(ROOT / "dbt_project"), *places],
            cwd=ROOT,
            env={**kept, **own, **{name: value for name, value in days.items() if value}},
            check=False,
            capture_output=True,
            text=True,
        )

    def contents(self) -> dict[str, bytes]:
        """Return the bytes of every exported file."""
        return {
            str(path.relative_to(self.exports)): path.read_bytes() for path in self.exports.rglob("*") if path.is_file()
        }


@pytest.mark.long
@pytest.mark.weekly
@needs_both
def test_the_sample_gives_the_same_bytes_on_both_versions(tmp_path: Path) -> None:
    contents = []
    for versions in (LOCKED, NEWEST):
        sample = Sample(tmp_path / versions.parent.name)
        run = sample.run(versions, "2026-01-01", "2026-03-31")
        assert run.returncode == 0, run.stdout
        contents.append(sample.contents())
    assert len(contents[0]) == 90 * 2
    assert contents[0] == contents[1]


@pytest.mark.long
@pytest.mark.weekly
@needs_both
def test_a_warehouse_goes_from_the_locked_version_to_the_newest_and_back(tmp_path: Path) -> None:
    sample = Sample(tmp_path)
    for versions, day in [(LOCKED, DAYS[0]), (NEWEST, DAYS[1]), (LOCKED, DAYS[0])]:
        run = sample.run(versions, day)
        assert run.returncode == 0, run.stdout
    rows = str([(DAYS[0], 2), (DAYS[1], 1)])
    assert query(LOCKED, sample.warehouse, LEDGER) == rows
    assert query(LOCKED, tmp_path / "warehouse_readers.duckdb", LEDGER) == rows


@pytest.mark.long
@pytest.mark.weekly
@needs_both
def test_a_warehouse_made_by_a_newer_duckdb_is_refused_by_name_and_left_as_it_is(tmp_path: Path) -> None:
    locked, newest = (python(versions, DUCKDB_VERSION) for versions in (LOCKED, NEWEST))
    if locked.split(".")[0] == newest.split(".")[0]:
        pytest.skip(f"DuckDB {locked} reads what {newest} writes")
    sample = Sample(tmp_path)
    assert sample.run(NEWEST, DAYS[0]).returncode == 0
    before, exports = sample.warehouse.read_bytes(), sample.contents()

    refused = sample.run(LOCKED, DAYS[1])

    assert refused.returncode != 0
    assert (
        f"The warehouse {sample.warehouse} was written by DuckDB v{newest}, and this is DuckDB v{locked}, which cannot"
        " read it" in refused.stdout
    )
    assert "Traceback" not in refused.stdout + refused.stderr
    assert sample.warehouse.read_bytes() == before
    assert sample.contents() == exports

    sample.warehouse.rename(tmp_path / "moved away")
    made_anew = sample.run(LOCKED, DAYS[0])
    assert made_anew.returncode == 0, made_anew.stdout
    assert sample.contents() == exports


@pytest.mark.parametrize("project", [".", "examples/meter_readings"])
def test_dbt_v2_is_refused_by_name_as_soon_as_it_reads_the_profile(project: str) -> None:
    (profile,) = yaml.safe_load((ROOT / project / "profiles.yml").read_text(encoding="utf-8")).values()
    path = jinja2.Template(profile["outputs"]["dev"]["path"])
    with pytest.raises(CompilationError, match=r"dbt v2 cannot run this pipeline.*this is 2\.0\.9.*Use dbt-core 1\.11"):
        path.render(dbt_version="2.0.9", exceptions=exceptions_jinja)
