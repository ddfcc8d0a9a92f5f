"""The tables of a statement from what counts in its period: table -> row -> column -> value, `*` the row of totals."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.oracle.clocks import FINES
from tests.oracle.figures.part import CONTACTS, Part, part_of
from tests.oracle.figures.time import buckets, quantile, working_time
from tests.oracle.loans import BLOCKED_AFTER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from tests.oracle.figures.cases import Case
    from tests.oracle.figures.part import Owned
    from tests.oracle.figures.time import Period

Cells = dict[str, Any]
Rows = dict[str, Cells]
Tables = dict[str, Rows]
TOTAL = "*"
DIMENSIONS = ("level", "channel", "category", "department", "handler")
FINED = {
    "standard-complaints/first-contact",
    "workshop-complaints/first-contact",
    "workshop-complaints/second-contact",
}
LONGEST = 10


class Compared(NamedTuple):
    """The period, the one before, and the same one a year ago."""

    now: Part
    before: Part
    year_ago: Part
    recorded: tuple[bool, bool]
    """Whether there was a record before, and a year ago."""

    def cells(self, figure: Callable[[Part], Any]) -> Cells:
        """A figure of all three; None where there is no record."""
        return {
            "value": figure(self.now),
            "before": figure(self.before) if self.recorded[0] else None,
            "year_ago": figure(self.year_ago) if self.recorded[1] else None,
        }

    def rates(self, which: Callable[[Owned], bool]) -> Cells:
        """On-time rates of all three."""
        found = self.cells(lambda part: _on_time_rate(part, which))
        return {"on_time_rate": found["value"], "rate_before": found["before"], "rate_year_ago": found["year_ago"]}

    def where(self, holds: Callable[[Case], bool]) -> Compared:
        """The same of some cases."""
        return Compared(*(part.where(holds) for part in self[:3]), self.recorded)  # type: ignore[arg-type]


def compared(everything: list[Case], kind: str, periods: Sequence[Period], regulation: str = "") -> Compared:
    """All cases of a kind in the three periods."""
    own = [case for case in everything if regulation in ("", case.regulation)]
    first = min(case.opened for case in own)
    parts = (part_of(everything, kind, period, regulation) for period in periods)
    return Compared(*parts, (first < periods[1].until, first < periods[2].until))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _on_time_rate(part: Part, which: Callable[[Owned], bool]) -> float | None:
    return _share(sum(map(which, part.on_time)), sum(map(which, part.due)))


def _always(_one: object) -> bool:
    return True


def _grouped(found: Iterable[Any], of: Callable[[Any], str]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for one in found:
        counts[of(one)] += 1
    return counts


def _counts(columns: dict[str, Iterable[Any]], of: Callable[[Any], str]) -> Rows:
    """How many of each column belong to each row, and in all; rows of nothing do not exist."""
    rows: Rows = defaultdict(lambda: dict.fromkeys(columns, 0))
    for column, found in columns.items():
        for key, count in _grouped(found, of).items():
            rows[key][column] = count
    rows[TOTAL] = {column: sum(row[column] for row in rows.values()) for column in columns}
    return dict(rows)


def _department(one: Any) -> str:
    return getattr(one, "case", one).row["department"]


def _durations(spans: Sequence[tuple[datetime, datetime]]) -> Cells:
    elapsed = [until - since for since, until in spans]
    working = [working_time(since, until) for since, until in spans]
    return {
        "median": quantile(elapsed, 0.5),
        "p95": quantile(elapsed, 0.95),
        "working_median": quantile(working, 0.5),
        "working_p95": quantile(working, 0.95),
    }


# -- complaints ------------------------------------------------------------------------------------------------


def complaint_tables(three: Compared) -> Tables:
    """Every table about complaints."""
    now = three.now
    return {
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
        "clocks": _clocks(three),
        "breaches": _breaches(now),
        "on_time_by_department": _on_time_by_department(three),
        "revisits": _revisits(now),
        "satisfaction": _satisfaction(now),
        "repeats": _repeats(now),
        "pareto": _pareto(now),
        "penalties_by_department": _penalties(now),
        "longest_open": _longest_open(now),
        "postponements": _postponements(now),
    }


def _trend(three: Compared) -> Rows:
    earlier = [
        sum(bucket.has(case.opened) for case in three.year_ago.received) for bucket in buckets(three.year_ago.period)
    ]
    rows = {}
    for number, bucket in enumerate(buckets(three.now.period)):
        part = Part(three.now.cases, bucket)
        rows[bucket.label] = {
            "received": len(part.received),
            "closed": len(part.closed()),
            "open_end": len(part.open_end),
            "received_year_ago": earlier[number] if three.recorded[1] and number < len(earlier) else None,
        }
    return rows


def _by(part: Part, name: str) -> Rows:
    columns = {"received": part.received, "closed": part.closed(), "open_end": part.open_end}
    columns |= {"overdue_end": part.overdue_end, "due": part.due, "on_time": part.on_time}
    rows = _counts(columns, lambda one: getattr(one, "case", one).row[name])
    for row in rows.values():
        row["on_time_rate"] = _share(row.pop("on_time"), row.pop("due"))
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
        rate = _on_time_rate(part, lambda one, events=events: any(name in one.deadline.stops for name in events))
        rows[step] = {"done": done, "on_time_rate": rate, **_durations(spans)}
    return rows


def _clocks(three: Compared) -> Rows:
    now = three.now
    columns = {"due": now.due, "on_time": now.on_time, "late": now.late, "overdue": now.missed}
    rows = _counts(columns, lambda one: one.key)
    for key, row in rows.items():
        if key == TOTAL:
            row.update(three.rates(_always))
            continue
        row.update(three.rates(lambda one, key=key: one.key == key))
        met = [one.deadline for one in (*now.on_time, *now.late) if one.key == key]
        row.update(_durations([(one.start, one.met) for one in met if one.met]))
    return rows


def _breaches(part: Part) -> Rows:
    rows = _counts({"late": part.late, "overdue": part.missed}, lambda one: one.key)
    for row in rows.values():
        row["breaches"] = row["late"] + row["overdue"]
    return rows


def _on_time_by_department(three: Compared) -> Rows:
    now = three.now
    columns = {"due": now.due, "on_time": now.on_time, "late": now.late, "overdue": now.missed}
    rows = _counts(columns, _department)
    for key, row in rows.items():
        row.update(three.rates(_always if key == TOTAL else lambda one, key=key: _department(one) == key))
    return rows


def _revisits(part: Part) -> Rows:
    def own(found: list[Owned]) -> list[Owned]:
        return [one for one in found if any(name in one.deadline.stops for name in CONTACTS)]

    columns = {"due": own(part.due), "revisited": own([*part.on_time, *part.late]), "on_time": own(part.on_time)}
    rows = _counts({**columns, "given_up": part.given_up}, _department)
    for row in rows.values():
        row.update({"revisit_rate": _share(row["revisited"], row["due"]), "target": 1.0})
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
    rows = _counts(columns, _department)
    for row in rows.values():
        row["satisfaction_rate"] = _share(row["satisfied"], row["judged"])
    return rows


def _repeats(part: Part) -> Rows:
    columns = {"received": part.received, "repeated": part.again, "reopened": part.reopened}
    rows = _counts(columns, lambda case: case.row["category"])
    for row in rows.values():
        row["share"] = _share(row["repeated"], row["received"])
    return {key: row for key, row in rows.items() if key == TOTAL or row["repeated"] or row["reopened"]}


def _pareto(part: Part) -> Rows:
    counts = _grouped(part.received, lambda case: case.row["category"])
    rows, so_far = {}, 0
    for key, count in sorted(counts.items(), key=lambda pair: (-pair[1], not pair[0], pair[0])):
        so_far += count
        share, cumulative = _share(count, len(part.received)), _share(so_far, len(part.received))
        rows[key] = {"received": count, "share": share, "cumulative": cumulative}
    return rows


def _penalties(part: Part) -> Rows:
    """What breaches of the fined rules cost, without a cap; charged to the department, also to none."""
    fined = [one for one in (*part.late, *part.missed) if one.key in FINED]
    rows = _counts({"fines": fined}, lambda one: f"{_department(one)}/{_department(one)}")
    for key, row in rows.items():
        own = [one for one in fined if key in (TOTAL, f"{_department(one)}/{_department(one)}")]
        row["amount"] = float(sum(FINES[one.case.row["level"]] for one in own))
        row.update({"points": 0, "carried_in": 0, "charged": row["amount"], "carried_over": 0})
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
    return _counts({**columns, "unanswered": waiting}, _department)


# -- loans -----------------------------------------------------------------------------------------------------


def loan_tables(three: Compared) -> Tables:
    """Every table about loans."""
    now = three.now
    columns: dict[str, Callable[[Part], list[Any]]] = {
        "opening": lambda part: part.open_at(part.period.since),
        "lent": lambda part: part.received,
        "reopened": lambda part: part.reopened,
        "returned": lambda part: part.closed("returned"),
        "lost": lambda part: part.closed("lost"),
        "other": lambda part: part.closed("closed", "withdrawn"),
        "closing": lambda part: part.open_end,
        "renewed": lambda part: part.told("renewed"),
        "overdue_end": lambda part: part.overdue_end,
    }
    by_department = {"out_end" if name == "closing" else name: of(now) for name, of in columns.items()}
    return {
        "loans_balance": {name: three.cells(lambda part, of=of: len(of(part))) for name, of in columns.items()},
        "loans_by_department": _counts(by_department, _department),
        "loans_clocks": _clocks(three),
        "not_returned": _not_returned(now),
        "suspended": _suspended(now),
    }


def _not_returned(part: Part) -> Rows:
    today, rows = part.period.until.date(), {}
    for case in part.open_end:
        due = case.deadlines[-1].due.date()
        late = max((today - due).days, 0)
        rows[case.row["number"]] = {
            "thing": case.row["item"],
            "borrower": case.row["borrower"],
            "department": case.row["department"],
            "due_on": due.isoformat(),
            "days_late": late,
        }
    return dict(sorted(rows.items(), key=lambda pair: (-pair[1]["days_late"], pair[1]["due_on"], pair[0])))


def _suspended(part: Part) -> Rows:
    """Whoever has something so late that the regulation lends them nothing else."""
    today = part.period.until.date()
    late: dict[str, list[int]] = defaultdict(list)
    for case in part.overdue_end:
        days = (today - case.deadlines[-1].due.date()).days
        if days >= BLOCKED_AFTER[case.regulation]:
            late[f"{case.regulation}/{case.row['borrower']}/{case.row['department']}"].append(days)
    return {key: {"late_loans": len(days), "days_late": max(days)} for key, days in late.items()}
