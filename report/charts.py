"""The pictures of the report, as SVG; on the page they follow its colours."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import vl_convert

from report.warehouse import Day, Figure, decimals

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
CELL = 18  # px, a day of the calendar
WIDE = 960  # px, the width of a page on a screen
NARROW = 320  # px, on a phone

# Each state has a shape of its own too, for who cannot tell the colours apart: paths in a box from -1 to 1
SHAPES = {
    "materialized": "M-.9,-.9H.9V.9H-.9Z",
    "empty": "M-.35,0A.35,.35,0,1,1,.35,0A.35,.35,0,1,1,-.35,0Z",
    "missing": "M-.9,-.9H.9V.9H-.9ZM-.6,-.6V.6H.6V-.6Z",
    "stale": "M0,-.95L1,.85H-1Z",
    "failed": "M-.95,-.6L-.6,-.95L0,-.35L.6,-.95L.95,-.6L.35,0L.95,.6L.6,.95L0,.35L-.6,.95L-.95,.6L-.35,0Z",
    "export_missing": "M0,-1L1,0L0,1L-1,0ZM0,-.55L-.55,0L0,.55L.55,0Z",
    "export_changed": "M0,-1L1,0L0,1L-1,0Z",
    "pinned": "M-.8,-.9H.8V.15L0,1L-.8,.15Z",
    "outdated": "M0,.95L-1,-.85H1Z",
}
LIGHT = {
    "page": "#f6f7f9",
    "card": "#ffffff",
    "text": "#1b2430",
    "muted": "#56616e",
    "line": "#dfe3e8",
    "accent": "#2a6fb0",
    "materialized": "#2f8573",
    "empty": "#84909c",
    "missing": "#5d6874",
    "stale": "#b45f06",
    "failed": "#c0262d",
    "export_missing": "#7a3fb5",
    "export_changed": "#7a3fb5",
    "pinned": "#2a6fb0",
    "outdated": "#8a6100",
}
DARK = {
    "page": "#0f1318",
    "card": "#171c23",
    "text": "#e8ecf1",
    "muted": "#a3adb9",
    "line": "#2c343e",
    "accent": "#6cb2f0",
    "materialized": "#3f9d88",
    "empty": "#6d7986",
    "missing": "#a3adb9",
    "stale": "#f0a13c",
    "failed": "#ff6b6b",
    "export_missing": "#b78cf2",
    "export_changed": "#b78cf2",
    "pinned": "#6cb2f0",
    "outdated": "#d3b04a",
}
# a week or day, by its month, and at the turn of the year that too
MONTH = (
    "monthAbbrevFormat(+substring(datum.value, 5, 7) - 1)"
    " + (substring(datum.value, 5, 7) == '01' ? ' ' + substring(datum.value, 0, 4) : '')"
)
OF_PAGE = {name: f"var(--{name})" for name in LIGHT}
Chart = dict[str, Any]  # a Vega-Lite specification


@dataclass(frozen=True)
class Bar:
    """A bar: its name, its length, and what is said of it when it is looked at."""

    name: str
    value: float
    label: str


def rows(count: int) -> str:
    """Return a count of rows in words."""
    return f"{count:,} row{'' if count == 1 else 's'}"


def money(amount: Decimal) -> str:
    """Return an amount with all its decimals, at least two, and commas between thousands."""
    return f"{amount:,.{max(2, decimals([amount]))}f}"


def words(status: str) -> str:
    """Return a state as it is read."""
    return status.replace("_", " ")


def describe(day: Day, figures: Sequence[Figure]) -> str:
    """Return what is known of a day, in a line."""
    recorded = [
        f"{figure.title} {figure.shown(day.figures[figure.name])}"
        for figure in figures
        if day.figures[figure.name] is not None
    ]
    published = "not published" if day.row_count is None else ", ".join([rows(day.row_count), *recorded])
    return " · ".join(filter(None, [f"{day.day:%a} {day.day}", words(day.status), published, day.reason]))


def calendar(
    days: Sequence[Day],
    colours: Mapping[str, str],
    figures: Sequence[Figure] = (),
    *,
    is_wide: bool,
    is_alone: bool = False,
) -> Chart:
    """Return the days by week and weekday, each with the shape and colour of its state.

    Wide: a column a week. Narrow: a row a week, in two halves side by side. Alone: with a legend, and no words or links
    by day.
    """
    weeks = sorted({_monday(day.day) for day in days})
    half = (len(weeks) + 1) // 2
    rows = [
        {
            "week": f"{_monday(day.day)}",
            "weekday": WEEKDAYS[day.day.weekday()],
            "half": weeks.index(_monday(day.day)) // half,
            "status": words(day.status),
            "label": describe(day, figures),
            "link": f"#{day.day}",
        }
        for day in days
    ]

    def by_state(looks: Mapping[str, str]) -> Mapping[str, Any]:
        scale = {"domain": [words(state) for state in SHAPES], "range": [looks[state] for state in SHAPES]}
        legend = {"title": None, "orient": "bottom", "symbolSize": 130} if is_alone else None
        return {"field": "status", "type": "nominal", "scale": scale, "legend": legend}

    week = {
        "field": "week",
        "type": "ordinal",
        "axis": {
            "values": [f"{week}" for week in weeks if week.day <= 7],  # noqa: PLR2004
            "labelExpr": MONTH,
            "orient": "top" if is_wide else "left",
            **({"labelAlign": "left", "labelOffset": -CELL / 2} if is_wide else {}),
        },
    }
    weekday = {
        "field": "weekday",
        "type": "ordinal",
        "sort": WEEKDAYS,
        "axis": {
            "values": WEEKDAYS[::2] if is_wide else WEEKDAYS,
            "labelExpr": "datum.value" if is_wide else "substring(datum.value, 0, 1)",
            "orient": "left" if is_wide else "top",
        },
    }
    cells = {
        "mark": {"type": "point", "filled": True, "opacity": 1, "aria": not is_alone, "size": (CELL - 4) ** 2},
        "encoding": {
            "x": week if is_wide else weekday,
            "y": weekday if is_wide else week,
            "color": by_state(colours),
            "shape": by_state(SHAPES),
            **({} if is_alone else {"description": {"field": "label"}, "href": {"field": "link"}}),
        },
        "width": {"step": CELL if is_wide else CELL - 2},
        "height": {"step": CELL},
    }
    if is_wide:
        return _chart(rows, colours, cells)
    halves = {"column": {"field": "half", "header": None}}
    return _chart(rows, colours, {"facet": halves, "spec": cells, "resolve": {"scale": {"y": "independent"}}})


def sums(days: Sequence[Day], figure: Figure, colours: Mapping[str, str], *, width: int) -> Chart:
    """Return a figure by day, or added up by week or month where the width has no room for a bar a day."""
    bars = _by_time(days, figure, most=width // 2)
    first_of_month = "07" if len(bars) < len(days) else "01"
    time_axis = {
        "values": [bar.name for bar in bars if bar.name[8:] <= first_of_month],
        "labelExpr": MONTH,
        "labelAlign": "left",
        "labelOverlap": "greedy",
        "labelSeparation": 8,
    }
    chart = {
        "mark": {"type": "bar", "color": colours["accent"]},
        "encoding": {
            "x": {"field": "name", "type": "ordinal", "axis": time_axis, "scale": {"paddingInner": 0.2}},
            "y": {"field": "value", "type": "quantitative", "axis": {"format": "~s", "tickCount": 4, "grid": True}},
            "description": {"field": "label"},
        },
        "width": width,
        "height": 200,
    }
    return _chart([vars(bar) for bar in bars], colours, chart)


def ranking(bars: Sequence[Bar], colours: Mapping[str, str], *, width: int) -> Chart:
    """Return bars side by side with their names, in the order given, and their values written beside them."""
    names = min(width // 2, 200)
    # room for a font that is wider than the one it is measured with
    axis = {"labelAlign": "left", "labelPadding": names, "labelLimit": names * 0.85, "maxExtent": names}
    chart = {
        "encoding": {
            "x": {"field": "value", "type": "quantitative", "axis": None},
            "y": {"field": "name", "type": "nominal", "sort": None, "axis": axis},
        },
        "layer": [
            {
                "mark": {"type": "bar", "color": colours["accent"], "height": 16},
                "encoding": {"description": {"field": "label"}},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "color": colours["muted"], "aria": False},
                "encoding": {"text": {"field": "value", "format": ",.0f"}},
            },
        ],
        "width": width - names - 60,
        "height": {"step": 26},
    }
    return _chart([vars(bar) for bar in bars], colours, chart)


def course(values: Sequence[Decimal], width: int, height: int) -> Sequence[tuple[float, float]]:
    """Return a point for each value, x and y in px: from left to right, the largest at the top."""
    lowest, highest = min(values), max(values)
    step, scale = width / len(values), height / float(highest - lowest or 1)
    return [
        (round(step * (number + 0.5), 1), round(scale * float(highest - value), 1))
        for number, value in enumerate(values)
    ]


def svg(chart: Chart) -> str:
    """Return a chart as an SVG element, each of its marks with an `aria-label`."""
    # a link into the page is one into the library's example data for vl-convert
    return re.sub('xlink:href="[^"#]*#', 'xlink:href="#', vl_convert.vegalite_to_svg(chart))


def _itself(day: date) -> date:
    return day


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _first_of_month(day: date) -> date:
    return day.replace(day=1)


def _by_time(days: Sequence[Day], figure: Figure, most: int) -> Sequence[Bar]:
    """Return a figure by day, or else by week or month, to have no more bars than `most`."""
    for kind, first_of in (("", _itself), ("week of ", _monday), ("month of ", _first_of_month)):
        totals: dict[date, Decimal] = defaultdict(Decimal)
        for day in days:
            totals[first_of(day.day)] += day.figures[figure.name] or 0
        bars = [
            Bar(f"{first}", float(total), f"{kind}{first} · {figure.title} {figure.shown(total)}")
            for first, total in totals.items()
        ]
        if len(bars) <= most:
            break
    return bars


def _chart(rows: Sequence[Mapping[str, Any]], colours: Mapping[str, str], chart: Chart) -> Chart:
    axis = {"title": None, "domain": False, "ticks": False, "grid": False, "labelAngle": 0, "aria": False}
    config = {
        "font": "system-ui, sans-serif",
        "view": {"stroke": None},
        "axis": {**axis, "labelColor": colours["muted"], "labelFontSize": 11, "gridColor": colours["line"]},
        "legend": {"labelColor": colours["muted"], "labelFontSize": 12},
    }
    return {"data": {"values": rows}, "background": colours["card"], "padding": 10, "config": config, **chart}
