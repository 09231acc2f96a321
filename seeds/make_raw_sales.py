"""Write the sample feed `raw_sales.csv`: three months of a made-up shop for tea and stationery.

The feed holds what real feeds hold: a closed day, returns, a free item, names with commas and quotes, and a few rows
nobody can read. The same seed gives the same bytes: `python seeds/make_raw_sales.py` changes nothing.
"""

import random
from datetime import date, timedelta
from pathlib import Path

FIRST_DAY = date(2026, 1, 1)
DAYS = 90
CLOSED = {date(2026, 1, 1)}
PRICES = {
    'Sencha, 100 g "first flush"': "18.90",
    "Genmaicha, 100 g": "9.50",
    "Hojicha, 100 g": "8.40",
    "Matcha, 30 g tin": "24.00",
    "Barley tea, 50 bags": "5.20",
    "Tea bowl": "42.00",
    "Bamboo whisk": "16.75",
    "Iron kettle": "118.00",
    "Fountain pen": "36.00",
    "Ink, 50 ml": "14.30",
    "Notebook A5": "6.80",
    "Notebook A6": "4.60",
    "Letter paper, 40 sheets": "7.25",
    "Brush pen": "3.95",
    "Washi tape": "2.10",
    "Wrapping cloth": "12.00",
    "Postcard": "1.20",
    "Loyalty sticker": "0.00",
}
# Lines as a till with a bad day writes them, each put into the middle of its day.
UNREADABLE = {
    date(2026, 1, 14): "2026-01-14,Notebook A5,two,6.80",
    date(2026, 1, 29): "2026-01-29,Matcha, 30 g tin,1,24.00",
    date(2026, 2, 10): "2026-02-10,Postcard,3,",
    date(2026, 2, 28): "2026-02-30,Brush pen,1,3.95",
    date(2026, 3, 17): "2026-03-17,Ink, 50 ml",
    date(2026, 3, 20): "2026-03-20,Washi tape,1,2.105",
}


def lines_of(day: date, rng: random.Random) -> list[str]:
    """Return the day's lines of the feed; more on weekends, some of them returns."""
    lines = []
    for _ in range(rng.randint(55, 80) if day.weekday() < 5 else rng.randint(80, 110)):
        product = rng.choice(list(PRICES))
        quantity = -1 if rng.random() < 0.02 else rng.choice([1, 1, 1, 1, 2, 2, 3, 5])
        name = '"' + product.replace('"', '""') + '"' if "," in product else product
        lines.append(f"{day},{name},{quantity},{PRICES[product]}")
    if day in UNREADABLE:
        lines.insert(len(lines) // 2, UNREADABLE[day])
    return lines


def main() -> None:
    """Write `raw_sales.csv` beside this script."""
    rng = random.Random(20260101)
    lines = ["date,product,quantity,price"]
    for day in (FIRST_DAY + timedelta(days=n) for n in range(DAYS)):
        if day not in CLOSED:
            lines += lines_of(day, rng)
    Path(__file__).with_name("raw_sales.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
