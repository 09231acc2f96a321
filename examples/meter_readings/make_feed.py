"""Write a year of hourly readings of three meters below `feed/`, a file a month; the same each time."""

import random
import sys
from datetime import datetime
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
FIRST, LAST = datetime(2026, 1, 1, tzinfo=BERLIN), datetime(2027, 1, 1, tzinfo=BERLIN)


def main(folder: Path) -> None:
    """Write the files."""
    chance = random.Random(1)
    hours = int((LAST.timestamp() - FIRST.timestamp()) / 3600)
    moments = [datetime.fromtimestamp(FIRST.timestamp() + 3600 * hour, BERLIN) for hour in range(hours)]
    folder.mkdir(parents=True, exist_ok=True)
    for month, those in groupby(moments, lambda moment: f"{moment:%Y-%m}"):
        readings = [(meter, moment.isoformat()) for moment in those for meter in "ABC"]
        lines = [f"{meter},{moment},{chance.randrange(4000) / 1000:.3f}" for meter, moment in readings]
        (folder / f"{month}.csv").write_text("\n".join(["meter_id,read_at,kwh", *lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("feed"))
