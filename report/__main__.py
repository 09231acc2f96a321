"""`python -m report`: writes the report, and says where."""

import argparse
import sys
from datetime import date, datetime, timezone
from pathlib import Path

from report.page import render
from report.warehouse import WarehouseError, read_facts, tables_path


def main() -> int:
    """Write the report on the days asked for, and return the exit code: 1 if there is nothing to tell."""
    parser = argparse.ArgumentParser(prog="python -m report", description="Write a page about the days.")
    parser.add_argument("--output", type=Path, default=Path("data/report.html"), help="the file (default: %(default)s)")
    parser.add_argument("--start", type=date.fromisoformat, help="the first day, YYYY-MM-DD (default: 53 weeks back)")
    parser.add_argument("--end", type=date.fromisoformat, help="the last day (default: the newest)")
    asked = parser.parse_args()
    tables = tables_path()
    try:
        facts = read_facts(tables, asked.start, asked.end)
    except WarehouseError as nothing:
        sys.stderr.write(f"{nothing}\n")
        return 1
    page = render(facts, datetime.now(timezone.utc))
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    asked.output.write_text(page, encoding="utf-8")
    wrong = sum(not day.is_healthy for day in facts.days)
    sys.stdout.write(f"Wrote {asked.output} from {tables}: {len(facts.days)} days, {wrong} of them wrong\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
