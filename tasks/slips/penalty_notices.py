"""The penalties of a month (奖罚通知单): of whom, who is told, and the notice of each department or person."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from models.language.rules import Rule
from models.settings import names_in
from models.store.schema import cases, penalties
from models.timeline.penalties import branch, has_cap, own_cap
from models.wording.catalogue import FIRST
from models.wording.phrases import said
from tasks.digest.line import due_text
from tasks.mail.penalties import beside_money, cap_words, turn
from tasks.mail.subjects import one_line
from tasks.mail.words import number
from tasks.organisation.directory import OPERATIONS, Recipient
from tasks.organisation.registry import Pinned
from tasks.slips.contents import PenaltyLine, PenaltyNotice

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, tzinfo

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

    from models.calendar.periods import Period
    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Directory, Person

DEPARTMENT_MANAGER = "department_manager"
LISTED = 200
"""So many lines a notice; the rest is in the total and counted."""


def _of(month: Period) -> ColumnElement[bool]:
    """What stands of the month, and what was withdrawn in it of earlier ones."""
    table = penalties.c
    new = and_(table.at >= month.since, table.at < month.until, table.withdrawn_at.is_(None))
    back = and_(table.at < month.since, table.withdrawn_at >= month.since, table.withdrawn_at < month.until)
    return or_(new, back)


def numbers(connection: Connection, deployment: Deployment, month: Period) -> dict[str, set[str]]:
    """Per department or person with penalties that month (or some carried into it), the numbers of the cases."""
    query = select(penalties.c.who, cases.c.number).join(cases, cases.c.id == penalties.c.case_id).where(_of(month))
    found: dict[str, set[str]] = defaultdict(set)
    for who, case in connection.execute(query.order_by(penalties.c.who)):
        found[who].add(case)
    for who in _carrying(connection, deployment, Pinned(connection), month) - set(found):
        found[who] = set()
    return dict(found)


def _is_capped(connection: Connection, deployment: Deployment, pinned: Pinned) -> bool:
    """Whether there is a cap of yuan a month: the organisation's, or that of a regulation with a penalty."""
    if deployment.settings.penalty_cap_month:
        return True
    used = select(cases.c.regulation_id).join(penalties, penalties.c.case_id == cases.c.id).distinct()
    return any(has_cap(pinned(one)) for one in connection.scalars(used.where(cases.c.regulation_id.is_not(None))))


def _carrying(connection: Connection, deployment: Deployment, pinned: Pinned, month: Period) -> set[str]:
    """Who has something to pay this month, or to carry on, of what was over the cap before."""
    if not _is_capped(connection, deployment, pinned):
        return set()
    earlier = select(penalties.c.who).where(penalties.c.withdrawn_at.is_(None), penalties.c.at < month.since)
    names = connection.scalars(earlier.group_by(penalties.c.who)).all()
    return {who for who in names if _capped(connection, deployment, pinned, month, who)[0] != "0"}


# -- who is told -----------------------------------------------------------------------------------------------


def recipients(directory: Directory, who: str, now: datetime) -> list[Recipient]:
    """The person with the penalties, and the manager of the department that has them or of theirs; or deputies."""
    people = directory.named(who)
    departments = {person.department for person in people} if people else {who}
    found = [_reached(directory, person, "handler", now) for person in people]
    found += [
        _reached(directory, person, DEPARTMENT_MANAGER, now)
        for person in directory.by_role.get(DEPARTMENT_MANAGER, ())
        if person.department in departments
    ]
    return _each_once(found)


def copies(directory: Directory, deployment: Deployment, now: datetime) -> list[Recipient]:
    """Who gets the notice of all: people of the named roles and named addresses; operations when nobody is left."""
    found: list[Recipient | None] = []
    for name in names_in(deployment.settings.slip_copies):
        if "@" in name:
            person = directory.by_email.get(name.lower())
            plain = Recipient(name.partition("@")[0], "", name, None, FIRST, None)
            found.append(_reached(directory, person, "", now) if person else plain)
        else:
            found += [_reached(directory, person, name, now) for person in directory.by_role.get(name, ())]
    reached = _each_once(found)
    if not reached and directory.operations_email:
        reached = [Recipient(OPERATIONS, OPERATIONS, directory.operations_email, None, FIRST, None)]
    return reached


def _reached(directory: Directory, person: Person, role: str, now: datetime) -> Recipient | None:
    """The person, or the deputy while they are absent; None when neither is there."""
    if not directory.is_absent(person, now):
        return Recipient(person.name, role, person.email, None, person.language, person.id)
    deputy = directory.by_email.get((person.deputy or "").lower())
    if deputy is None or directory.is_absent(deputy, now):
        return None
    return Recipient(deputy.name, role, deputy.email, person.name, deputy.language, deputy.id)


def _each_once(found: Iterable[Recipient | None]) -> list[Recipient]:
    return list({one.email.lower(): one for one in found if one}.values())


# -- the penalties --------------------------------------------------------------------------------------------


def notices(
    connection: Connection,
    deployment: Deployment,
    pinned: Pinned,
    month: Period,
    *,
    who: str,
    language: str,
    case_id: int | None = None,
) -> tuple[PenaltyNotice, ...]:
    """The notice of one department or person, or (with no name) of each that has any."""
    names = (
        "case_id",
        "rule",
        "who",
        "amount",
        "points",
        "seq",
        "share",
        "of",
        "measure",
        "at",
        "withdrawn_at",
        "note",
    )
    query = (
        select(*(penalties.c[name] for name in names), cases.c.number, cases.c.regulation_id)
        .join(cases, cases.c.id == penalties.c.case_id)
        .where(_of(month))
        .order_by(penalties.c.who, penalties.c.at, cases.c.number)
    )
    if who:
        query = query.where(penalties.c.who == who)
    if case_id is not None:
        query = query.where(penalties.c.case_id == case_id)
    groups: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(query):
        groups[row.who].append(row)
    if case_id is None:
        for name in _carrying(connection, deployment, pinned, month):
            if not who or name == who:
                groups.setdefault(name, [])
    is_capped = case_id is None and _is_capped(connection, deployment, pinned)
    found = []
    for name, rows in groups.items():
        notice = _notice(name, rows, pinned, month, deployment.zone, language)
        if is_capped:
            carried_in, to_pay, carried_over = _capped(connection, deployment, pinned, month, name)
            notice = replace(notice, carried_in=carried_in, to_pay=to_pay, carried_over=carried_over)
        found.append(notice)
    return tuple(found)


def _capped(
    connection: Connection, deployment: Deployment, pinned: Pinned, month: Period, who: str
) -> tuple[str, str, str]:
    """Carried in, to pay now (what the cap a month allows), carried over; as the statement counts it."""
    from tasks.statistics import penalties as counted  # noqa: PLC0415 -- loads numpy, which only a cap needs
    from tasks.statistics.stations import Window  # noqa: PLC0415 -- see above

    table = penalties.c
    names = (table.rule, table.seq, table.amount, table.points, table.at, cases.c.department, cases.c.regulation_id)
    query = select(*names).join(cases, cases.c.id == penalties.c.case_id).where(penalties.c.withdrawn_at.is_(None))
    by_department: dict[str | None, list[counted.PenaltyEntry]] = defaultdict(list)
    for row in connection.execute(query.where(penalties.c.who == who, penalties.c.at < month.until)):
        at, own = int(row.at.timestamp()), _own_cap(row, pinned)
        cap = {} if own is None else {"law": row.regulation_id, "cap": own}
        one = counted.PenaltyEntry(who, who == row.department, row.department, row.amount, row.points, at, **cap)
        by_department[row.department].append(one)
    window = Window(int(month.since.timestamp()), int(month.until.timestamp()))
    cap_month, zone = deployment.settings.penalty_cap_month, deployment.zone
    sums = [
        counted.sums_of(counted.Penalties.of_entries(some), window, cap_month, zone) for some in by_department.values()
    ]
    parts = zip(*((one.carried_in, one.charged, one.carried_over) for one in sums), strict=True)
    carried_in, to_pay, carried_over = (round(sum(values), 2) for values in parts) if sums else (0, 0, 0)
    return number(carried_in), number(to_pay), number(carried_over)


def _own_cap(row: Any, pinned: Pinned) -> float | None:
    rules = pinned(row.regulation_id) if row.regulation_id is not None else None
    rule = rules.rule(row.rule) if rules else None
    return own_cap(branch(rule.penalty, row.seq)) if isinstance(rule, Rule) else None


def _notice(who: str, rows: list[Any], pinned: Pinned, month: Period, zone: tzinfo, language: str) -> PenaltyNotice:
    new = [row for row in rows if row.at >= month.since]
    back = [row for row in rows if row.at < month.since]
    lines = [_line(row, pinned, zone, language, back=False) for row in new[:LISTED]]
    lines += [_line(row, pinned, zone, language, back=True) for row in back[:LISTED]]
    return PenaltyNotice(
        who=one_line(who),
        lines=tuple(lines),
        amount=number(round(sum(row.amount for row in new), 2)),
        points=number(round(sum(row.points for row in new), 2)),
        back=number(round(sum(row.amount for row in back), 2)) if back else "",
        back_points=number(round(sum(row.points for row in back), 2)) if back else "",
        more=len(rows) - len(lines),
    )


def _line(row: Any, pinned: Pinned, zone: tzinfo, language: str, *, back: bool) -> PenaltyLine:
    rules = pinned(row.regulation_id) if row.regulation_id is not None else None
    rule = rules.rule(row.rule) if rules else None
    return PenaltyLine(
        case=one_line(row.number),
        station=said(rule.title, language) if rule else row.rule,
        article=rule.cite.article if rule else "",
        at=due_text(row.at, zone),
        amount=number(row.amount) if row.amount else "",
        points=number(row.points) if row.points else "",
        beside=one_line(beside_money(row, rule, language)),
        turn=turn(row, rule),
        cap=cap_words(row, rule, rules, language),
        back=back,
        note=one_line(row.note or "") if back else "",
    )
