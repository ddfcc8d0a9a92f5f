"""Cases of any kind from files: each row is a new case, one that is known, or a correction of one."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models.calendar.instants import local
from models.errors import RefusedError
from models.store.bulk import insert_many, update_many
from models.store.chain import insert_sealed
from models.store.in_array import in_array
from models.store.schema import cases, events
from models.timeline.case import Case
from models.timeline.story import Event
from tasks.intake import values
from tasks.intake.columns import KNOWN
from tasks.intake.known import COLUMNS, OF_CASE, Incoming, Known, Opening
from tasks.intake.lookup import Lookup, Opened
from tasks.intake.reasons import BadRowError
from tasks.intake.taken import Taken
from tasks.record import approvals, numbering
from tasks.record.cases import history
from tasks.record.keys import event_key, intake_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection

    from models.language.regulation import Regulation
    from tasks.intake.table import Row
    from tasks.intake.taken import Job

AMENDED = "amended"
IDENTITY = frozenset({"customer", "content", "item", "borrower"})
LOAN, COMPLAINT = "loan", "complaint"
LENT = "lent"
_KINDS = {"complaints": COMPLAINT, "loans": LOAN, "cases": ""}
_OPENED = {"complaints": "received_at", "loans": "lent_at", "cases": "opened_at"}
_OWN = frozenset({"number", "received_at", "lent_at", "opened_at", "regulation", "kind", "event", *OF_CASE})
"""Columns that are not kept among the fields of the case."""


class CaseImporter:
    """Takes cases, of one kind or of any. A number stands for a case; without one the receipt itself does.

    What the receipt is says `intake_key`.
    """

    chunk: int | None = 2_000

    def __init__(self, job: Job, what: str) -> None:
        self._job = job
        self._kind = _KINDS[what]
        self._opened = _OPENED[what]
        self._own = _OWN & {*KNOWN[what], *_OPENED.values()}
        self._single_line = frozenset(KNOWN[what]) - values.FREE_TEXT
        self._reserved: frozenset[str] | None = None
        self._told: dict[int, frozenset[str]] = {}
        self._told_in_chunk: dict[int, frozenset[str]] = {}
        self._name_sets: dict[frozenset[str], frozenset[str]] = {}
        self._connection: Connection

    def take(self, connection: Connection, rows: Sequence[Row]) -> Taken:
        """One chunk: read every row, find the cases that are known, write what is new."""
        taken = Taken()
        lookup = Lookup(connection, self._job.deployment, self._job.now)
        incoming: list[tuple[int, Incoming]] = []
        pins = self._pins(connection, rows)
        for place, row in enumerate(rows):
            try:
                how = self._how(row, lookup, pins)
                case = self.read(self._job.columns.values(row, how.rules), how, lookup)
                incoming.append((place, case.from_row(self._job.at_row(row))))
            except BadRowError as error:
                taken.refused[place] = error
        self.settle(connection, incoming, lookup, taken)
        return taken

    def settle(
        self, connection: Connection, incoming: Sequence[tuple[int, Incoming]], lookup: Lookup, taken: Taken
    ) -> None:
        """Open what is new of these rows, amend what they say otherwise; `taken` gets the outcome of each."""
        self._connection = connection
        by_number, by_key = self._stored(connection, [case for _place, case in incoming])
        new: list[Known] = []
        for place, case in incoming:
            known = by_number.get(case.number) if case.number else by_key.get(case.key)
            try:
                if known is None:
                    known = self._opening(case, lookup)
                    new.append(known)
                    if case.number:
                        by_number[case.number] = known
                    by_key.setdefault(case.key, known)
                    taken.accepted += 1
                elif self._amend(known, case, lookup):
                    taken.accepted += 1
                else:
                    taken.unchanged += 1
            except BadRowError as error:
                taken.refused[place] = error
        self._give_numbers(connection, new)
        touched = {id(known): known for known in (*by_number.values(), *by_key.values())}
        self._write(connection, new, list(touched.values()))

    def committed(self) -> None:
        """From now on another row of this file that contradicts one of these is told so."""
        self._told.update(self._told_in_chunk)

    # -- reading ----------------------------------------------------------------------------------------------

    def read(self, found: dict[str, str], how: Opened, lookup: Lookup, by: str | None = None) -> Incoming:
        """What a row says, by column: the case that it opens, recorded by whom it names or else `by`."""
        regulation_id, rules, event = how
        values.check_texts(found, self._single_line)
        number = values.case_number(found["number"]) if "number" in found else None
        opened_at = values.instant(found, self._opened, self._job.deployment.zone)
        kind = rules.opens(event) or rules.kind
        kept = lookup.kept(rules, found)
        fields = {key: text for key, text in kept.items() if key not in self._own}
        if (
            kind != LOAN
            and not number
            and not (fields if kind != COMPLAINT else fields.keys() & {"customer", "content"})
        ):
            raise BadRowError("anonymous")
        if "quantity" in fields:
            fields["quantity"] = values.quantity(fields["quantity"])
        department = kept.get("department")
        party = fields.get("borrower") if kind == LOAN else fields.get("customer") or fields.get("borrower")
        return Incoming(
            number=number,
            kind=kind,
            opening=Opening(event, opened_at, fields.get("recorded_by") or by),
            regulation=rules.regulation if "regulation" in found else None,
            regulation_id=regulation_id,
            rules=rules,
            level=kept.get("level"),
            department=department and lookup.department(department),
            handler=kept.get("handler"),
            party=party,
            fields=fields,
            key=intake_key(kind, opened_at, fields),
            is_named="event" in found or event == LENT,
        )

    def _pins(self, connection: Connection, rows: Sequence[Row]) -> dict[str, tuple[int, str]]:
        """The regulations and kinds of the cases that these rows name by their numbers."""
        cells = (self._job.columns.cell(row, "number") for row in rows)
        numbers = {number for number in cells if number and values.is_case_number(number)}
        if not numbers:
            return {}
        query = select(cases.c.number, cases.c.regulation_id, cases.c.kind).where(
            in_array(connection, cases.c.number, numbers), cases.c.regulation_id.is_not(None)
        )
        return {number: (regulation_id, kind) for number, regulation_id, kind in connection.execute(query)}

    def _how(self, row: Row, lookup: Lookup, pins: dict[str, tuple[int, str]]) -> Opened:
        """Under which regulation the row opens a case, and with which event; a case that there is has its own."""
        kind, event = (None if self._kind else self._job.columns.cell(row, name) for name in ("kind", "event"))
        named = self._job.columns.cell(row, "regulation")
        pin = None if named else pins.get(self._job.columns.cell(row, "number") or "")
        if pin is not None:
            rules = lookup.pinned(pin[0])
            if not self._kind:
                return lookup.opened(Opened(pin[0], rules, ""), kind or (pin[1] if event is None else None), event)
            if LOAN not in (self._kind, rules.kind) or rules.has_kind(self._kind):
                return Opened(pin[0], rules, _opening(rules, self._kind))
        if not self._kind:
            return lookup.opening(named or self._job.regulation, kind, event)
        regulation_id, rules = lookup.regulation(named or self._job.regulation, self._kind)
        return Opened(regulation_id, rules, _opening(rules, self._kind))

    # -- deciding ---------------------------------------------------------------------------------------------

    def _stored(
        self, connection: Connection, incoming: Sequence[Incoming]
    ) -> tuple[dict[str | None, Known], dict[str, Known]]:
        """The cases that these rows may mean, by number and by key; of several with one key the oldest."""
        numbers = {case.number for case in incoming if case.number}
        keys = {case.key for case in incoming if not case.number}
        by_number: dict[str | None, Known] = {}
        by_key: dict[str, Known] = {}
        by_id: dict[int, Known] = {}
        for column, wanted in ((cases.c.number, numbers), (cases.c.intake_key, keys)):
            if not wanted:
                continue
            found = connection.execute(
                select(*(cases.c[name] for name in COLUMNS)).where(in_array(connection, column, wanted))
            )
            for row in found:
                known = by_id.setdefault(row.id, Known(*row))
                known.told = self._told.get(row.id, frozenset())
                by_number[known.number] = known
                if known.key and (known.key not in by_key or (by_key[known.key].id or 0) > row.id):
                    by_key[known.key] = known
        return by_number, by_key

    def _opening(self, case: Incoming, lookup: Lookup) -> Known:
        if case.kind == LOAN:
            values.needed(case.fields, "item", "borrower")
        if not case.number and not numbering.can_number(case.rules.number):
            raise BadRowError("numberless", regulation=case.rules.regulation)
        level = lookup.level(case.level, case.rules) or next(iter(case.rules.levels), None)
        department = case.department
        if department is None and case.kind == LOAN:
            department = lookup.department_of(case.party)
        self._allowed(case, Case(case.fields, level, department, case.handler), case.rules)
        known = Known(
            id=None,
            number=case.number,
            kind=case.kind,
            regulation=case.rules.regulation,
            regulation_id=case.regulation_id,
            opened_at=case.opened_at,
            level=level,
            department=department,
            handler=case.handler,
            party=case.party,
            fields=dict(case.fields),
            key=case.key,
            pattern=case.rules.number,
            openings=[case.opening],
        )
        known.told = self._names(case)
        return known

    def _amend(self, known: Known, case: Incoming, lookup: Lookup) -> bool:
        """Put what the row says otherwise into the case; False when it says nothing new."""
        if known.kind != case.kind:
            raise BadRowError("kind_changed", number=known.number, kind=known.kind)
        if case.regulation and known.regulation and case.regulation != known.regulation:
            raise BadRowError("regulation_changed", old=known.regulation)
        rules = lookup.pinned(known.regulation_id) if known.regulation_id is not None and known.id else case.rules
        level = lookup.level(case.level, rules)
        changes = known.differences(case, level)
        follows = self._follows(known, case, rules, changes)
        if not case.number:  # the receipt is the same; what became of its words since is not taken back
            changes = {name: change for name, change in changes.items() if name not in IDENTITY}
        if changes:
            contradicted = [name for name in changes if name in known.told]
            if contradicted:
                titles = ("、" if self._job.columns.language == "zh" else ", ").join(
                    self._job.columns.title(name) for name in contradicted
                )
                raise BadRowError("contradicts", columns=titles)
            known.change(changes)
        if follows:
            known.openings.append(case.opening)
        known.told |= self._names(case)
        return bool(changes) or follows

    def _follows(self, known: Known, case: Incoming, rules: Regulation, changes: dict[str, list[Any]]) -> bool:
        """Whether the row tells of a second opening: what was asked for has now come (a loan that was requested)."""
        openings = {name for name in (rules.opening, *rules.openings) if rules.opens(name) == known.kind}
        if len(openings) > 1 and case.is_named:
            told = history(self._connection, known.id) if known.id is not None else []
            told += [Event(one.name, one.at) for one in known.openings]
            if any((one.name, one.at) == case.opening[:2] for one in told):
                return False
            if case.opening.at >= known.opened_at and all(one.name != case.opening.name for one in told):
                said = {name: new for name, (_old, new) in changes.items()}
                now = {"level": known.level, "department": known.department, "handler": known.handler, **known.fields}
                for facts in (now, {**now, **said}):
                    self._allowed(case, Case.told(facts, told), rules)
                return True
        if known.opened_at != case.opened_at:
            opened = local(known.opened_at, self._job.deployment.zone)
            raise BadRowError("opened_changed", number=known.number, old=opened)
        return False

    def _allowed(self, case: Incoming, known: Case, rules: Regulation) -> None:
        """Refuse what an approval guards and nobody has given: that a row says so makes no consent."""
        opening = Event(case.opening.name, case.opening.at, {}, 2**62)
        try:
            approvals.demanded(rules, known, opening, self._job.deployment.calendar)
        except RefusedError as error:
            raise BadRowError("unapproved", why=error) from None

    def _names(self, case: Incoming) -> frozenset[str]:
        """Which columns the row fills; equal sets are one object, for a file has few different ones."""
        names = frozenset([*case.fields, *(name for name in OF_CASE if getattr(case, name) is not None)])
        return self._name_sets.setdefault(names, names)

    # -- writing ----------------------------------------------------------------------------------------------

    def _give_numbers(self, connection: Connection, new: Sequence[Known]) -> None:
        waiting: dict[tuple[str, tuple[int, int]], list[Known]] = defaultdict(list)
        for known in new:
            if known.number is None:
                month = numbering.month_of(known.opened_at, self._job.deployment.zone)
                waiting[known.pattern, month].append(known)
        for (pattern, month), nameless in waiting.items():
            numbers = numbering.give(connection, pattern, month, len(nameless), self._numbers_of_file())
            for known, number in zip(nameless, numbers, strict=True):
                known.number = number

    def _numbers_of_file(self) -> frozenset[str]:
        """Every number that the file itself gives: none of them may be given to another of its rows."""
        if self._reserved is None:
            place = self._job.columns.position("number")
            self._reserved = (
                frozenset()
                if place is None
                else frozenset(row.cells[place].strip() for row in self._job.table.rows() if len(row.cells) > place)
            )
        return self._reserved

    def _write(self, connection: Connection, new: Sequence[Known], touched: Any) -> None:
        now = self._job.now
        insert_many(connection, cases, [known.values() for known in new])
        if new:
            of_new = in_array(connection, cases.c.number, [known.number for known in new])
            stored = connection.execute(select(cases.c.number, cases.c.id).where(of_new))
            ids = {number: case_id for number, case_id in stored}  # noqa: C416 -- rows are not quite pairs
            for known in new:
                known.id = ids[known.number]
        whence = self._job.provenance.columns()
        told = [
            {**_event(known.id, one.name, one.at, one.by, {}, now), **(one.whence or whence)}
            for known in touched
            for one in known.openings
        ]
        told += [
            {**_event(known.id, AMENDED, now, None, changes, now), **whence}
            for known in touched
            for changes in known.changes
        ]
        insert_sealed(connection, events, told, unless="(case_id, key)")
        opened = {id(known) for known in new}
        changed = [known for known in touched if known.changes and id(known) not in opened]
        update_many(connection, cases, [{"id": known.id, **known.changeable()} for known in changed])
        self._told_in_chunk = {known.id: known.told for known in touched if known.id is not None and known.told}


def _opening(rules: Regulation, kind: str) -> str:
    """The event that a file of that kind tells of."""
    return LENT if kind == LOAN and rules.opens(LENT) == LOAN else rules.opening_of(kind)


def _event(case_id: int | None, name: str, at: Any, by: str | None, fields: dict[str, Any], now: Any) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "name": name,
        "at": at,
        "by": by,
        "fields": fields,
        "recorded_at": now,
        "key": event_key(name, at, by, fields),
    }
