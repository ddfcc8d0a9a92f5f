"""An audit: the whole record, shared by processes over ranges of cases; or what may have changed since the last one.

1. Cases, chunk by chunk, each read in one state of the database (`dossier.py`, `judge.py`).
2. What lies across cases: counters, duties, messages that tell of nothing, withdrawn penalties, the chain.
3. What came of it is written to the table `facts`: `audit` for everybody, `audit-cursor` for the next audit.

A case for which a sweep still has something to do is left for the next audit, which looks at it in any case.
"""

from __future__ import annotations

import gc
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from models.calendar.instants import iso
from models.store.database import open_engine, writing
from models.store.schema import cases, facts, links, penalties
from tasks.audit import chain, counts, duties, mails, touched
from tasks.audit.dossier import among, between, one_state, read
from tasks.audit.finding import PENALTY, Finding, in_order, said
from tasks.audit.judge import Judged, judge
from tasks.audit.people import Surroundings
from tasks.organisation.deployment import Deployment
from tasks.record.verify import Breach, verify, verify_since

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy.engine import Connection, Engine

    from models.settings import Settings

FACT = "audit"
CHUNK = 1000
"""So many cases are read at once."""
ALONE = 5 * CHUNK
"""So few are not worth a second process."""
RARELY = (200_000, 20, 100)
"""How seldom a process of the pool looks for what refers to itself: rows do not, and there are many."""
SWEEPS = 2
"""What has been due for less than so many sweeps is not late."""


@dataclass(slots=True)
class Audit:
    """What an audit found; `waiting` cases were left for the next one."""

    at: datetime
    whole: bool
    findings: list[Finding] = field(default_factory=list)
    cases: int = 0
    waiting: int = 0
    agreed_at: datetime | None = None
    agrees: bool = False
    """Whether everything agrees, what the last whole audit found included."""


def audit(
    engine: Engine, deployment: Deployment, as_of: datetime | None = None, *, whole: bool = True, processes: int = 2
) -> Audit:
    """Compare the record with the facts at `as_of` (None: as the clock goes), and remember what came of it."""
    now = as_of or _clock()
    with one_state(engine) as connection:
        cursor = touched.read(connection, deployment, now)
        newest = connection.execute(select(links.c.position, links.c.hash).order_by(links.c.position.desc()).limit(1))
        place = next(((row.position, row.hash.hex()) for row in newest), None)
        event = touched.newest_event(connection)
    part = _Part(engine, deployment, cursor.known_since, as_of, cursor.calendar_known_since)
    if whole or cursor.at is None:
        done = _whole(part, processes)
        following = 0
    else:
        done, following = _changed(part, cursor, now)
    whole = whole or cursor.at is None
    found = in_order(done.findings)
    elsewhere = any(_is_not_looked_at_again(one) for one in found)
    result = Audit(now, whole, found, done.cases, done.waiting)
    unsettled = elsewhere or len(done.suspects) > touched.MOST_SUSPECTS or (cursor.unsettled and not whole)
    result.agrees = not found and not unsettled
    updated = cursor.model_copy(
        update={
            "at": iso(now),
            "event": event,
            "place": place,
            "sample": following,
            "suspects": done.suspects[: touched.MOST_SUSPECTS],
            "unsettled": unsettled,
        }
    )
    _remember(engine, result, updated)
    return result


def _is_not_looked_at_again(one: Finding) -> bool:
    """Whether only a whole audit can tell that it was mended: a link, or a message that tells of nothing."""
    found = one.found or ""
    return (one.case is None and found.startswith(f"{chain.NAME}=")) or found.startswith(f"{mails.STRAY}=")


def _remember(engine: Engine, result: Audit, cursor: touched.Cursor) -> None:
    with writing(engine) as connection:
        known = json.loads(connection.scalar(select(facts.c.value).where(facts.c.name == FACT)) or "{}")
        agreed_at = iso(result.at) if result.agrees else known.get("agreed_at")
        result.agreed_at = datetime.fromisoformat(agreed_at) if agreed_at else None
        told = {"agreed_at": agreed_at, "agrees": result.agrees, "found": len(result.findings), "at": iso(result.at)}
        touched.remember(connection, FACT, json.dumps(told))
        touched.remember(connection, touched.CURSOR, cursor.model_dump_json())


@dataclass(slots=True)
class _Part:
    """One process' part of an audit: its connection, and what it judges by."""

    engine: Engine
    deployment: Deployment
    since: datetime | None
    as_of: datetime | None
    calendar_since: datetime | None = None

    @property
    def grace(self) -> timedelta:
        """How long something may wait for a sweep."""
        return timedelta(seconds=SWEEPS * self.deployment.settings.sweep_seconds)

    def range(self, first: int, last: int) -> Judged:
        """The cases of a range of ids."""
        with one_state(self.engine) as connection:
            return self._judge(connection, between(first, last))

    def some(self, ids: Sequence[int]) -> Judged:
        """These cases."""
        with one_state(self.engine) as connection:
            return self._judge(connection, among(connection, ids))

    def _judge(self, connection: Connection, where: Any) -> Judged:
        directory = self.deployment.directory(connection)
        dossiers = read(connection, where)
        now = self.as_of or _clock()  # after the first statement: nothing that was read is newer
        around = Surroundings(
            directory,
            self.since,
            self.deployment.settings.catch_up_after,
            self.calendar_since,
            touched.is_recomputed(connection, self.deployment),
        )
        return judge(connection, dossiers, self.deployment.calendar, around, now, self.grace)

    def counting(self, which: counts.Counting) -> list[Finding]:
        """One counter."""
        with one_state(self.engine) as connection:
            return counts.judge(connection, which, self.deployment.calendar, self.as_of or _clock())

    def chain(self) -> tuple[Breach, ...]:
        """The whole chain."""
        with one_state(self.engine) as connection:
            return verify(connection).breaches

    def across(self, since: datetime | None) -> list[Finding]:
        """Duties, messages that tell of nothing (decided since then), penalties withdrawn without a reason."""
        now = self.as_of or _clock()
        with one_state(self.engine) as connection:
            found = list(duties.judge(connection, self.deployment, now, self.grace))
            found += mails.stray(connection, since)
            return found + list(_unexplained(connection))


def _unexplained(connection: Connection) -> Iterator[Finding]:
    query = select(penalties.c.rule, penalties.c.round, penalties.c.who, cases.c.number)
    query = query.join(cases, cases.c.id == penalties.c.case_id)
    bare = or_(penalties.c.note.is_(None), penalties.c.note == "")
    for row in connection.execute(query.where(penalties.c.withdrawn_at.is_not(None), bare)):
        yield Finding(PENALTY, row.number, row.rule, row.round, None, said("note", "*"), said("note", None))


def _clock() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


# -- the whole record ------------------------------------------------------------------------------------------


def _whole(part: _Part, processes: int) -> Judged:
    with one_state(part.engine) as connection:
        last = connection.scalar(select(func.max(cases.c.id))) or 0
        counters = counts.countings(connection)
    ranges = [(first, min(first + CHUNK - 1, last)) for first in range(0, last + 1, CHUNK)]
    if last <= ALONE or processes < 2:  # noqa: PLR2004 -- one process is this one
        parts = [part.range(*one) for one in ranges]
        found = [one for which in counters for one in part.counting(which)]
        breaches, across = part.chain(), part.across(None)
    else:
        given = (part.deployment.settings, part.since, part.as_of, part.calendar_since)
        with ProcessPoolExecutor(processes, get_context("spawn"), _begin, given) as pool:
            chained = pool.submit(_call, "chain")  # the longest first
            counted = [pool.submit(_call, "counting", which) for which in counters]
            alone = pool.submit(_call, "across", None)
            parts = list(pool.map(_call, ["range"] * len(ranges), *zip(*ranges, strict=True)))
            found = [one for future in counted for one in future.result()]
            breaches, across = chained.result(), alone.result()
    return _joined(part, parts, [*found, *across], breaches)


def _joined(part: _Part, parts: list[Judged], found: list[Finding], breaches: tuple[Breach, ...]) -> Judged:
    found = [*(one for own in parts for one in own.findings), *found]
    with one_state(part.engine) as connection:
        found += chain.findings(connection, breaches, found)
        suspects = {key for own in parts for key in own.suspects}
        numbers = {one.case for one in found if one.case is not None}
        for some in _pieces(sorted(numbers), CHUNK):
            suspects |= set(connection.scalars(select(cases.c.id).where(cases.c.number.in_(some))))
    count, waiting = (sum(getattr(own, name) for own in parts) for name in ("cases", "waiting"))
    return Judged(found, count, waiting, sorted(suspects))


_mine: _Part | None = None
"""Of a process of the pool."""


def _begin(settings: Settings, *judging: datetime | None) -> None:
    global _mine  # noqa: PLW0603 -- how a pool hands its processes what all calls need
    gc.freeze()
    gc.set_threshold(*RARELY)
    _mine = _Part(open_engine(settings.url), Deployment(settings), *judging)


def _call(what: str, *given: Any) -> Any:
    method: Callable[..., Any] = getattr(_mine, what)
    return method(*given)


# -- what may have changed -------------------------------------------------------------------------------------


def _changed(part: _Part, cursor: touched.Cursor, now: datetime) -> tuple[Judged, int]:
    """The cases that were touched and a sample; and where the next sample begins."""
    with one_state(part.engine) as connection:
        ids = touched.touched(connection, cursor, now)
        more, following = touched.sample(connection, cursor)
        breaches = verify_since(connection, cursor.place, ids | set(more)).breaches
        if short := {one.link for one in breaches if one.kind == "missing" and one.link is not None}:
            ids |= touched.cases_of(connection, short)
            breaches = verify_since(connection, cursor.place, ids | set(more)).breaches
        counters = counts.countings_of(connection, sorted(ids)) if ids else []
    parts = [part.some(some) for some in _pieces(sorted(ids | set(more)), CHUNK)]
    found = [one for which in counters for one in part.counting(which)]
    since = datetime.fromisoformat(cursor.at) - touched.OVERLAP if cursor.at else None
    return _joined(part, parts, [*found, *part.across(since)], breaches), following


def _pieces(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
