"""Recurring duties: what the calendar should have opened by now, against the cases that there are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models.calendar.hours import hours_of
from models.errors import DubanError
from models.store.schema import cases, duties
from models.timeline.duties import KIND, openings
from tasks.audit.finding import EXTRA, INSTANT, MISSING, NOTHING, Finding, said
from tasks.organisation.in_force import names_in_force
from tasks.record.keys import duty_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from sqlalchemy.engine import Connection, Row

    from models.language.rules import Duty
    from tasks.organisation.deployment import Deployment


def judge(connection: Connection, deployment: Deployment, now: datetime, grace: timedelta) -> Iterator[Finding]:
    """Each duty that was ever in force: nothing left out, nothing twice, nothing that no calendar gives."""
    opened: dict[tuple[str, str], list[Row[Any]]] = {}
    columns = ("number", "regulation", "fields", "opened_at", "intake_key", "department", "handler")
    for row in connection.execute(
        select(*(cases.c[name] for name in columns)).where(cases.c.kind == KIND).order_by(cases.c.id)
    ):
        opened.setdefault((row.regulation, str(row.fields.get("duty"))), []).append(row)
    in_force = set(names_in_force(deployment))
    for row in connection.execute(select(duties)).all():
        found = opened.get((row.regulation, row.duty), [])
        yield from _twice(row, found)
        try:
            pack = deployment.regulations.read(row.regulation)
        except DubanError:  # the sweep says so
            continue
        duty = next((one for one in pack.duties if one.id == row.duty), None)
        if duty is not None and pack.regulation in in_force:
            yield from _of_duty(row, duty, found, hours_of(pack, deployment.calendar), now, grace)


def _twice(row: Row[Any], found: list[Row[Any]]) -> Iterator[Finding]:
    """Two cases of one occurrence and one doer, and cases whose key is not that of what they say."""
    known: Counter[str] = Counter()
    for case in found:
        whose = {str(one or "") for one in (case.handler, case.department, "")}
        period = str(case.fields.get("period"))
        keys = {duty_key(row.regulation, row.duty, period, one): one for one in whose}
        known[case.intake_key or ""] += 1
        if case.intake_key not in keys or known[case.intake_key] > 1:
            yield Finding(EXTRA, case.number, row.duty, None, None, NOTHING, said("period", period))


def _of_duty(
    row: Row[Any], duty: Duty, found: list[Row[Any]], work: Any, now: datetime, grace: timedelta
) -> Iterator[Finding]:
    there = Counter(str(case.fields.get("period")) for case in found)
    known: set[str] = set()
    following = None
    for opening in openings(duty, row.started_at, None, work):
        if opening.at > now:
            following = opening.at
            break
        label = opening.occurrence.label
        known.add(label)
        if not there[label] and opening.at <= now - grace:
            yield Finding(
                MISSING, None, row.duty, None, None, f"{said('period', label)} {said('opened_at', opening.at)}", NOTHING
            )
        if opening.at > now - grace and not there[label]:
            return  # it waits for the sweep
    for case in found:
        label = str(case.fields.get("period"))
        if label not in known and case.opened_at >= row.started_at:
            yield Finding(EXTRA, case.number, row.duty, None, None, NOTHING, said("period", label))
    if row.next_at != following:
        yield Finding(INSTANT, None, row.duty, None, None, said("next_at", following), said("next_at", row.next_at))
