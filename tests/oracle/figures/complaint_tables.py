"""The tables about complaints: table -> row -> column -> value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.oracle.figures.part import CONTACTS, Part
from tests.oracle.figures.penalties import penalties
from tests.oracle.figures.shared import (
    TOTAL,
    Compared,
    Rows,
    Tables,
    always,
    clocks,
    counts,
    department,
    durations,
    grouped,
    on_time_rate,
    share,
)
from tests.oracle.figures.time import buckets, period

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.oracle.figures.part import Owned

DIMENSIONS = ("level", "channel", "category", "department", "handler")
LONGEST = 10


def complaint_tables(three: Compared) -> Tables:
    """Every table about complaints."""
    now = three.now
    return {
        "headlines": complaint_headlines(three),
        "balance": {
            "opening": three.cells(lambda part: len(part.open_at(part.period.since))),
            "received": three.cells(lambda part: len(part.received)),
            "reopened": three.cells(lambda part: len(part.reopened)),
            "closed": three.cells(lambda part: len(part.closed())),
            "withdrawn": three.cells(lambda part: len(part.closed("withdrawn"))),
            "closing": three.cells(lambda part: len(part.open_end)),
        },
        "trend": _trend(three),
        **{f"by_{name}": _by(now, name) for name in DIMENSIONS},
        "milestones": _milestones(now),
        "clocks": clocks(three),
        "breaches": _breaches(now),
        "on_time_by_department": _on_time_by_department(three),
        "revisits": _revisits(now),
        "satisfaction": _satisfaction(now),
        "repeats": _repeats(now),
        "pareto": _pareto(now),
        "penalties_by_department": penalties(now),
        "longest_open": _longest_open(now),
        "postponements": _postponements(now),
    }


def _trend(three: Compared) -> Rows:
    earlier = [
        sum(bucket.has(case.opened) for case in three.year_ago.received) for bucket in buckets(three.year_ago.period)
    ]
    rows = {}
    for number, bucket in enumerate(buckets(period(three.now.period.label))):
        part = Part(three.now.cases, bucket)
        began = bucket.since < three.now.period.until
        rows[bucket.label] = {
            "received": len(part.received) if began else None,
            "closed": len(part.closed()) if began else None,
            "open_end": len(part.open_end) if began else None,
            "received_year_ago": earlier[number] if three.recorded[1] and number < len(earlier) else None,
        }
    return rows


def _by(part: Part, name: str) -> Rows:
    columns = {"received": part.received, "closed": part.closed(), "open_end": part.open_end}
    columns |= {"overdue_end": part.overdue_end, "due": part.due, "on_time": part.on_time}
    rows = counts(columns, lambda one: getattr(one, "case", one).row[name])
    for row in rows.values():
        row["on_time_rate"] = share(row.pop("on_time"), row.pop("due"))
    return rows


def _milestones(part: Part) -> Rows:
    """Of each case the first one, when it lies in the period; a revisit since the newest result before it."""
    rows = {}
    for step in ("first_contact", "result_returned", "revisited"):
        spans, done = [], 0
        for case in part.cases:
            name = "second_contact" if step == "revisited" and case.regulation == "workshop-complaints" else step
            first = next((event.at for event in case.events if event.name == name), None)
            if first is None or not part.period.has(first):
                continue
            done += 1
            results = [event.at for event in case.events if event.name == "result_returned" and event.at <= first]
            since = case.opened if step != "revisited" else max(results, default=None)
            if since is not None:
                spans.append((since, first))
        events = CONTACTS if step == "revisited" else (step,)
        rate = on_time_rate(part, lambda one, events=events: any(name in one.deadline.stops for name in events))
        rows[step] = {"done": done, "on_time_rate": rate, **durations(spans)}
    return rows


def _breaches(part: Part) -> Rows:
    rows = counts({"late": part.late, "overdue": part.missed}, lambda one: one.key)
    for row in rows.values():
        row["breaches"] = row["late"] + row["overdue"]
    return rows


def _on_time_by_department(three: Compared) -> Rows:
    now = three.now
    columns = {"due": now.due, "on_time": now.on_time, "late": now.late, "overdue": now.missed}
    rows = counts(columns, department)
    for key, row in rows.items():
        row.update(three.rates(always if key == TOTAL else lambda one, key=key: department(one) == key))
    return rows


def _revisits(part: Part) -> Rows:
    def own(found: list[Owned]) -> list[Owned]:
        return [one for one in found if any(name in one.deadline.stops for name in CONTACTS)]

    columns = {"due": own(part.due), "revisited": own([*part.on_time, *part.late]), "on_time": own(part.on_time)}
    rows = counts({**columns, "given_up": part.given_up}, department)
    for row in rows.values():
        row.update({"revisit_rate": share(row["revisited"], row["due"]), "target": 1.0})
    return rows


def _satisfaction(part: Part) -> Rows:
    def said(name: str, value: str) -> list[Any]:
        return [one for one in part.judged if one.event.fields.get(name) == value]

    columns = {
        "judged": part.judged,
        "satisfied": said("satisfaction", "satisfied"),
        "dissatisfied": said("satisfaction", "dissatisfied"),
        "unresolved": said("outcome", "unresolved"),
    }
    rows = counts(columns, department)
    for row in rows.values():
        row["satisfaction_rate"] = share(row["satisfied"], row["judged"])
    return rows


def _repeats(part: Part) -> Rows:
    columns = {"received": part.received, "repeated": part.again, "reopened": part.reopened}
    rows = counts(columns, lambda case: case.row["category"])
    for row in rows.values():
        row["share"] = share(row["repeated"], row["received"])
    return {key: row for key, row in rows.items() if key == TOTAL or row["repeated"] or row["reopened"]}


def _pareto(part: Part) -> Rows:
    found = grouped(part.received, lambda case: case.row["category"])
    rows, so_far = {}, 0
    for key, count in sorted(found.items(), key=lambda pair: (-pair[1], not pair[0], pair[0])):
        so_far += count
        shares = (share(one, len(part.received)) for one in (count, so_far))
        rows[key] = {"received": count, **dict(zip(("share", "cumulative"), shares, strict=True))}
    return rows


def _longest_open(part: Part) -> Rows:
    today = part.period.until.date()
    return {
        case.row["number"]: {
            "department": case.row["department"],
            "handler": case.row["handler"],
            "days_open": (today - case.opened.date()).days,
            "late_clocks": part.late_clocks(case),
        }
        for case in sorted(part.open_end, key=lambda case: case.opened)[:LONGEST]
    }


def _postponements(part: Part) -> Rows:
    waiting = []
    for case in part.open_end:
        own = [event for event in case.events if event.name.startswith("postponement_")]
        answered = max((event.at for event in own if event.name != "postponement_requested"), default=None)
        asked = (event for event in own if event.name == "postponement_requested")
        waiting += [case for event in asked if answered is None or event.at > answered]
    columns = {name: part.told(f"postponement_{event}") for name, event in (
        ("asked", "requested"), ("granted", "approved"), ("refused", "refused"),
    )}  # fmt: skip
    return counts({**columns, "unanswered": waiting}, department)


def complaint_headlines(three: Compared) -> Rows:
    """The figures on top about complaints."""

    def revisit_rate(part: Part) -> float | None:
        return _revisits(part)[TOTAL]["revisit_rate"]

    figures: dict[str, Callable[[Part], Any]] = {
        "on_time_rate": lambda part: on_time_rate(part, always),
        "received": lambda part: len(part.received),
        "closed": lambda part: len(part.closed()),
        "closing": lambda part: len(part.open_end),
        "overdue_end": lambda part: len(part.overdue_end),
        "breaches": lambda part: len(part.late) + len(part.missed),
        "revisit_rate": revisit_rate,
        "satisfaction_rate": lambda part: _satisfaction(part)[TOTAL]["satisfaction_rate"],
        "repeated": lambda part: len(part.again),
        "reopened": lambda part: len(part.reopened),
        "penalties": lambda part: penalties(part)[TOTAL]["amount"],
    }
    return {name: three.cells(figure) for name, figure in figures.items()}
