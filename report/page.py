"""The facts as one HTML page that needs nothing but itself."""

from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import jinja2
from markupsafe import Markup

from report import charts
from report.warehouse import SHOWN, Facts

NO_NAME = "(no product)"


def render(facts: Facts, written_at: datetime) -> str:
    """Return the page. The SVGs follow the reader's colour scheme; each picture's figures are in a table too."""
    colours = charts.OF_PAGE
    products = [
        charts.Bar(
            product.product or NO_NAME,
            float(product.amount),
            f"{product.product or NO_NAME} · amount {charts.money(product.amount)}"
            f" · {product.quantity.normalize():,f} pieces in {product.row_count:,} sales",
        )
        for product in facts.products
    ]
    rejects = [
        charts.Bar(
            charts.words(reject.reason),
            reject.row_count,
            f"{charts.words(reject.reason)} · {charts.rows(reject.row_count)} on {reject.day_count or 'no'}"
            f" day{'' if reject.day_count == 1 else 's'}",
        )
        for reject in facts.rejects
    ]
    # a picture for a screen, and one for a phone
    pictures = {
        "calendar": [charts.calendar(facts.days, colours, facts.figures, is_wide=is_wide) for is_wide in (True, False)],
        "sums": [
            charts.sums(facts.days, figure, colours, width=width)
            for figure in facts.figures[:1]
            for width in (charts.WIDE, charts.NARROW - 60)
        ],
        "products": [charts.ranking(products, colours, width=width) for width in (charts.WIDE // 2, charts.NARROW)],
        "rejects": [charts.ranking(rejects, colours, width=width) for width in (charts.WIDE // 2, charts.NARROW)],
    }
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    templates.filters.update(money=charts.money, rows=charts.rows, words=charts.words, course=charts.course)
    return templates.get_template("page.html").render(
        facts=facts,
        written_at=written_at,
        counts=Counter(day.status for day in facts.days),
        wrong_days=[day for day in facts.days if not day.is_healthy],
        row_count=sum(day.row_count or 0 for day in facts.days),
        total=sum(
            (day.figures[figure.name] or Decimal() for figure in facts.figures[:1] for day in facts.days), Decimal()
        ),
        restatements=facts.history.restatements[:SHOWN],
        rejected_count=sum(reject.row_count for reject in facts.rejects),
        # made by the plotting library, which escapes what is in them
        pictures={name: [Markup(charts.svg(chart)) for chart in both] for name, both in pictures.items()},  # noqa: S704
        shapes=charts.SHAPES,
        light=charts.LIGHT,
        dark=charts.DARK,
        no_name=NO_NAME,
    )
