"""What a closed case says of its customer is erased; its clocks, its decisions and its figures stay.

1. The customer gets a name made by chance. Whoever came twice still came twice: cases of the same customer that keep
   their words (they are open, or younger) carry the same mark, until they are erased too.
2. Of the fields those stay that statistics count or the regulation's own conditions ask for; the rest goes, and so does
   whatever of them still holds the name or the telephone number.
3. The salt of each event gives way to the digest of what it said (`models/store/chain.py`): the chain holds.
4. An event `erased` of the case, in the chain like any other, says when it was done and seals what is left.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import exists, or_, select, true

from models.language.asked import CONDITIONS, TABLE, asked
from models.store.bulk import update_many
from models.store.chain import SALT, insert_sealed, left_digest, personal_digest
from models.store.database import writing
from models.store.schema import cases, events
from models.wording.catalogue import FIRST, SECOND, say
from tasks.organisation.registry import Pinned
from tasks.record.erased import ERASED, LEFT, MARK
from tasks.record.keys import event_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection, Engine, Row

    from models.language.regulation import Regulation
    from tasks.record.provenance import Provenance

AT_ONCE = 500
OVER = ("closed", "withdrawn")
COUNTED = frozenset({"channel", "category", "satisfaction", "outcome", "secrecy", "quantity", "until", "level"})
"""Fields that statistics count, or that belong to a clock."""
PERSONAL = frozenset({"customer", "phone", "mobile", "telephone", "address", "content", "note", "remark"})
"""Never kept, whoever asks for them."""
NO_CUSTOMERS = ("statement", "duty")
"""Kinds of cases that are the organisation's own."""
_SHORTEST = 2
"""Signs; a shorter name or number is in too many words to look for it."""


class Found(NamedTuple):
    """Which cases would be erased, and the numbers of those that are not over yet."""

    ids: list[int]
    running: list[str]


class Erased(NamedTuple):
    """How many cases and events lost what they said of people."""

    cases: int = 0
    events: int = 0


def of_customer(connection: Connection, customer: str, before: datetime | None = None) -> Found:
    """The cases of a customer that are over (closed before an instant, where one is given), and those that are not."""
    theirs = or_(cases.c.party == customer, cases.c.fields["customer"].as_string() == customer)
    running = select(cases.c.number).where(theirs, ~_is_over()).order_by(cases.c.id)
    return Found(_ids(connection, theirs, before), list(connection.scalars(running)))


def closed_before(connection: Connection, before: datetime) -> list[int]:
    """The cases of anybody that were closed before an instant and may still say of whom they are."""
    return _ids(connection, true(), before)


def _ids(connection: Connection, whose: ColumnElement[bool], before: datetime | None) -> list[int]:
    later = events.alias("later")
    since = exists().where(later.c.case_id == events.c.case_id, later.c.id > events.c.id)
    done = exists().where(events.c.case_id == cases.c.id, events.c.name == ERASED, ~since)
    query = select(cases.c.id).where(whose, _is_over(), ~done)
    if before is not None:
        query = query.where(cases.c.closed_at < before)
    return list(connection.scalars(query.order_by(cases.c.id)))


def _is_over() -> ColumnElement[bool]:
    """Whether a case is closed and nothing of it waits for a sweep."""
    waits = exists().where(events.c.case_id == cases.c.id, or_(events.c.applied_at.is_(None), events.c.link.is_(None)))
    kinds = cases.c.kind.not_in(NO_CUSTOMERS)
    return cases.c.status.in_(OVER) & cases.c.evaluated_at.is_not(None) & kinds & ~waits


def erase(engine: Engine, ids: list[int], *, now: datetime, provenance: Provenance) -> Erased:
    """Erase what these cases say of their customers, some in each transaction."""
    marks = _Marks()
    done = Erased()
    for start in range(0, len(ids), AT_ONCE):
        with writing(engine) as connection:
            some = _Erasing(connection, marks, now, provenance).all(ids[start : start + AT_ONCE])
        done = Erased(done.cases + some.cases, done.events + some.events)
    return done


class _Marks:
    """By which mark customers are known from now on; statistics tell them by name and telephone number."""

    def __init__(self) -> None:
        self._given: dict[tuple[str | None, str], str] = {}

    def of(self, case: Row[Any]) -> str:
        """The mark of a case's customer."""
        who = case.party, str(case.fields.get("phone") or "")
        return self._given.setdefault(who, case.fields.get(MARK) or secrets.token_hex(4))

    def known(self, case: Row[Any]) -> bool:
        """Whether the customer of a case has one."""
        return (case.party, str(case.fields.get("phone") or "")) in self._given


def _named(mark: str) -> str:
    return " ".join(say(one, "retention.erased", mark=mark) for one in (FIRST, SECOND))


class _Erasing:
    """One transaction of it."""

    def __init__(self, connection: Connection, marks: _Marks, now: datetime, provenance: Provenance) -> None:
        self.connection = connection
        self.marks = marks
        self.now = now
        self.provenance = provenance
        self.pinned = Pinned(connection)
        self._kept: dict[int, frozenset[str]] = {}

    def all(self, ids: list[int]) -> Erased:
        """These cases, if they are still over: one that was reopened meanwhile is left alone."""
        still = self.connection.execute(select(cases).where(cases.c.id.in_(ids), _is_over())).all()
        said = self._said([case.id for case in still])
        update_many(self.connection, cases, [self._case(case) for case in still])
        self._mark_others(still)
        changed = [left for case in still for row in said.get(case.id, ()) if (left := self._event(case, row))]
        update_many(self.connection, events, [{name: row[name] for name in _SET} for row in changed])
        seals: dict[int, dict[str, str]] = {case.id: {} for case in still}
        for row in changed:
            seals[row["case_id"]][str(row["id"])] = left_digest(events.name, row).hex()
        insert_sealed(self.connection, events, [self._told(key, own) for key, own in seals.items()])
        return Erased(len(still), len(changed))

    def _said(self, ids: list[int]) -> dict[int, list[Row[Any]]]:
        found: dict[int, list[Row[Any]]] = {}
        for row in self.connection.execute(select(events).where(events.c.case_id.in_(ids)).order_by(events.c.id)):
            found.setdefault(row.case_id, []).append(row)
        return found

    def _case(self, case: Row[Any]) -> dict[str, Any]:
        mark = self.marks.of(case)
        left = self._left(case, case.fields) | {MARK: mark}
        return {
            "id": case.id,
            "party": _named(mark) if case.party else None,
            "fields": left | ({"customer": _named(mark)} if "customer" in case.fields else {}),
            "intake_key": case.intake_key if case.fields.get("content") else None,
        }

    def _mark_others(self, still: Sequence[Row[Any]]) -> None:
        """Cases of the same customers that keep what they say."""
        kinds, parties = {case.kind for case in still}, {case.party for case in still if case.party}
        others = select(cases.c.id, cases.c.party, cases.c.fields).where(
            cases.c.kind.in_(kinds), cases.c.party.in_(parties)
        )
        found = [case for case in self.connection.execute(others) if self.marks.known(case)]
        marked = [{"id": case.id, "fields": {**case.fields, MARK: self.marks.of(case)}} for case in found]
        update_many(self.connection, cases, marked)

    def _event(self, case: Row[Any], row: Row[Any]) -> dict[str, Any] | None:
        """An event without what it said of people, and without the key that was made of it; None when it said nothing.

        Its salt becomes the digest of what it said.
        """
        own = dict(row._mapping)  # noqa: SLF001 -- SQLAlchemy's public name for a row as a mapping
        left = {"fields": self._left(case, row.fields), "by": None if _speaks_of(row.by, case) else row.by}
        if row.name == ERASED or len(row.salt) != SALT or left == {"fields": row.fields, "by": row.by}:
            return None
        return own | left | {"salt": personal_digest(events.name, own, row.salt), "key": secrets.token_hex(32)}

    def _left(self, case: Row[Any], fields: dict[str, Any]) -> dict[str, Any]:
        """The fields that stay."""
        keep = self._keep(case.regulation_id)
        return {name: value for name, value in fields.items() if name in keep and not _speaks_of(value, case)}

    def _keep(self, regulation_id: int) -> frozenset[str]:
        if regulation_id not in self._kept:
            self._kept[regulation_id] = kept_fields(self.pinned(regulation_id))
        return self._kept[regulation_id]

    def _told(self, case_id: int, left: dict[str, str]) -> dict[str, Any]:
        return {
            "case_id": case_id,
            "name": ERASED,
            "at": self.now,
            "by": None,
            "fields": {LEFT: left},
            "recorded_at": self.now,
            "applied_at": self.now,
            "key": event_key(ERASED, self.now, None, {}),
            **self.provenance.columns(),
        }


_SET = ("id", "by", "fields", "key", "salt")


def kept_fields(regulation: Regulation) -> frozenset[str]:
    """The fields that a closed case keeps: what is counted, and what the regulation's own conditions ask for."""
    found = set(COUNTED)
    for _, key, what in asked(regulation):
        found |= set(_names(key, what))
    return frozenset(found - PERSONAL)


def _names(key: str, what: Any) -> Iterable[str]:
    if key == TABLE:
        return (what.by,)
    return what if key in CONDITIONS else (what,)


def _speaks_of(value: Any, case: Row[Any]) -> bool:
    """Whether a value holds the customer's name or telephone number."""
    told = str(value)
    theirs = (case.party, case.fields.get("customer"), case.fields.get("phone"))
    return any(len(word) >= _SHORTEST and word in told for word in map(str, filter(None, theirs)))
