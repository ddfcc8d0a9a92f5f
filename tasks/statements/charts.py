"""What people would rather look at than read: a table's chart as a picture, with its message in words beside it.

Where no picture can be drawn (no matplotlib, no font) the same bars are given as shares, and the mail draws them as
table cells, which needs no font of ours.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from babel.dates import get_month_names

from models.wording.catalogue import say, spoken
from tasks.organisation.masking import masked_log
from tasks.statements import drawing
from tasks.statements.values import NOTHING, shown
from tasks.statistics.phrases import said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tasks.statistics.figures import Cell, FigureTable

log = masked_log("duban.statements")

MOST_CAUSES, MOST_BARS = 10, 16
"""A chart shows so many; the table has them all."""
NAME_LENGTH = 20
_DAY = re.compile(r"\d{4}-(\d\d)-(\d\d)")
_MONTH = re.compile(r"\d{4}-(\d\d)")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar where no picture can be drawn: `share` of the longest one, 0 to 1."""

    name: str
    text: str
    share: float


@dataclass(frozen=True, slots=True)
class Chart:
    """The chart of the table with that id; `message` says in words what it shows."""

    id: str
    title: str
    message: str
    bars: tuple[Bar, ...]
    png: bytes | None = None

    @property
    def content_id(self) -> str:
        """Names the picture inside its mail."""
        return f"{self.id}.{hashlib.sha256(self.png or b'').hexdigest()[:12]}@duban"


def chart(table: FigureTable, language: str) -> Chart | None:
    """The chart of a table; None when it asks for none, or when there is nothing to compare."""
    drawn = _DRAWN.get(table.chart or "")
    found = drawn(table, spoken(language)) if drawn else None
    if found is None:
        return None
    plain, draw = found
    try:
        return replace(plain, png=draw())
    except drawing.CannotDrawError as error:
        log.warning("charts are drawn as plain bars: %s", error)
        return plain


def label(text: str, tongue: str) -> str:
    """A bucket as the axis names it: `11-02` of a day, `3月` or `Mar` of a month."""
    if found := _DAY.fullmatch(text):
        return f"{found[1]}-{found[2]}"
    if found := _MONTH.fullmatch(text):
        return str(get_month_names("abbreviated", locale=tongue)[int(found[1])])
    return text


def _trend(table: FigureTable, tongue: str) -> tuple[Chart, Callable[[], bytes]] | None:
    names = [label(shown(row.cells[0], "text", tongue), tongue) for row in table.rows]
    received, closed = _column(table, "received"), _column(table, "closed")
    standing, year_ago = _column(table, "open_end"), _column(table, "received_year_ago")
    if not any(_numbers(received) + _numbers(closed) + _numbers(standing)):
        return None
    most = max(range(len(names)), key=lambda place: received[place] or 0)
    titles = {column.id: said(column.title, tongue) for column in table.columns}
    message = say(
        tongue,
        "statement.chart.trend",
        received=titles["received"],
        got=shown(sum(_numbers(received)), "count", tongue),
        closed=titles["closed"],
        done=shown(sum(_numbers(closed)), "count", tongue),
        top=names[most],
        most=shown(received[most] or 0, "count", tongue),
    )
    known = _numbers(standing)
    if known:
        first, last = (shown(one, "count", tongue) for one in (known[0], known[-1]))
        message += say(tongue, "statement.chart.trend_open", name=titles["open_end"], first=first, last=last)
    if _numbers(year_ago):
        whole = shown(sum(_numbers(year_ago)), "count", tongue)
        message += say(tongue, "statement.chart.trend_year_ago", name=titles["received_year_ago"], sum=whole)
    plain = Chart(table.id, said(table.title, tongue), message.strip(), _scaled(names, received, "count", tongue))
    return plain, lambda: drawing.trend(
        names,
        (titles["received"], received),
        (titles["closed"], closed),
        (titles["received_year_ago"], year_ago) if _numbers(year_ago) else None,
        (titles["open_end"], standing) if known else None,
    )


def _pareto(table: FigureTable, tongue: str) -> tuple[Chart, Callable[[], bytes]] | None:
    names = [_name(row.cells[0], tongue) for row in table.rows]
    counts = [one or 0 for one in _column(table, "received")]
    whole = sum(counts)
    if len(names) < 2 or not whole:  # noqa: PLR2004 -- one bar compares with nothing
        return None
    if len(names) > MOST_CAUSES:
        rest = counts[MOST_CAUSES - 1 :]
        names = [*names[: MOST_CAUSES - 1], say(tongue, "statement.chart.others", count=len(rest))]
        counts = [*counts[: MOST_CAUSES - 1], sum(rest)]
    cumulative = [sum(counts[: place + 1]) / whole for place in range(len(counts))]
    few = min(3, len(names))
    message = say(
        tongue,
        "statement.chart.pareto",
        name=names[0],
        cases=shown(counts[0], "count", tongue),
        share=shown(cumulative[0], "rate", tongue),
        few=few,
        sum=shown(cumulative[few - 1], "rate", tongue),
    )
    titles = {column.id: said(column.title, tongue) for column in table.columns}
    plain = Chart(table.id, said(table.title, tongue), message, _scaled(names, counts, "count", tongue))
    return plain, lambda: drawing.pareto(names, counts, cumulative, (titles["received"], titles["cumulative"]))


def _bars(table: FigureTable, tongue: str) -> tuple[Chart, Callable[[], bytes]] | None:
    at = {column.id: place for place, column in enumerate(table.columns)}
    rates = _column(table, "on_time_rate")
    found = sorted(
        (rate, place) for place, rate in enumerate(rates) if rate is not None and table.rows[place].cells[at["due"]]
    )
    if len(found) < 2:  # noqa: PLR2004 -- as above
        return None

    def told(place: int) -> dict[str, str]:
        cells = table.rows[place].cells
        return {
            "name": _name(cells[0], tongue),
            "rate": shown(rates[place], "rate", tongue),
            "met": shown(cells[at["on_time"]], "count", tongue),
            "due": shown(cells[at["due"]], "count", tongue),
        }

    overall = table.total[at["on_time_rate"]] if table.total else None
    worst = [say(tongue, "statement.chart.rate_of", **told(place)) for _, place in found[:3]]
    message = say(tongue, "statement.chart.lowest", worst=say(tongue, "list.comma").join(worst))
    lines = [(say(tongue, "statement.chart.target"), 1.0)]
    if isinstance(overall, float):
        below = sum(rate < overall for rate, _ in found)
        rate = shown(overall, "rate", tongue)
        message += say(tongue, "statement.chart.below", all=len(found), below=below, rate=rate)
        lines.insert(0, (say(tongue, "statement.chart.overall", rate=rate), overall))
    if len(found) > MOST_BARS:
        message += say(tongue, "statement.chart.cut", count=MOST_BARS)
    names = [told(place)["name"] for _, place in found[:MOST_BARS]]
    shares = [rate for rate, _ in found[:MOST_BARS]]
    texts = ["{rate} ({met}/{due})".format(**told(place)) for _, place in found[:MOST_BARS]]
    plain = Chart(
        table.id,
        said(table.title, tongue),
        message.strip(),
        tuple(Bar(*one) for one in zip(names, texts, shares, strict=True)),
    )
    return plain, lambda: drawing.bars(names, shares, texts, lines)


_DRAWN = {"trend": _trend, "pareto": _pareto, "bars": _bars}


def _column(table: FigureTable, name: str) -> list[float | None]:
    """The numbers of the column of that id, None where there is none."""
    place = next((place for place, column in enumerate(table.columns) if column.id == name), None)
    if place is None:
        return [None] * len(table.rows)
    return [value if isinstance(value := row.cells[place], int | float) else None for row in table.rows]


def _numbers(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _name(value: Cell, tongue: str) -> str:
    """A name as short as an axis needs it, in one line."""
    text = " ".join(shown(value, "text", tongue).split())
    return text if len(text) <= NAME_LENGTH else text[: NAME_LENGTH - 1] + "…"


def _scaled(names: Sequence[str], values: Sequence[float | None], kind: str, tongue: str) -> tuple[Bar, ...]:
    most = max(_numbers(values), default=0) or 1
    return tuple(
        Bar(name, NOTHING if value is None else shown(value, kind, tongue), (value or 0) / most)
        for name, value in zip(names, values, strict=True)
    )
