"""Play one story: record what happens at its instants, let the sweep run in between, read what came of it.

Before an event is recorded the sweep has done all that was due before its instant, as it goes when sweeps run all the
time; an event at the instant of a step comes before that step.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from models.errors import DubanError, RefusedError
from models.language.conditions import text_of
from models.language.rules import DUTY_OPENED, Rule
from models.language.words import is_hole
from models.store.database import reading, writing
from models.store.schema import cases, deadlines, escalations, events, penalties
from models.wording.vocabulary import event_id
from tasks.engine.sweep import replay
from tasks.intake.by_hand import append_by_hand, open_by_hand
from tasks.record.cases import Entry, entries
from tasks.record.keys import event_key
from tasks.record.provenance import Channel, Provenance
from tasks.record.recording import OWN_COLUMNS
from tasks.scenarios.scenario import NOBODY, StoryOpening

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row
    from sqlalchemy.engine import Engine

    from models.language.regulation import Regulation
    from tasks.organisation.deployment import Deployment
    from tasks.scenarios.scenario import Happening, Story

DUTY = "duty"
SECOND = timedelta(seconds=1)
AT_HAND = Provenance(Channel.CLI)
"""A story is told at the command line."""


class Played(NamedTuple):
    """What is on record at the end: rows of the tables, events by case, the story's cases by name, what went wrong."""

    failures: list[str]
    named: dict[str, int]
    recorded: list[tuple[int, str, datetime]]
    events: dict[int, list[Entry]]
    cases: list[Row[Any]]
    deadlines: list[Row[Any]]
    escalations: list[Row[Any]]
    penalties: list[Row[Any]]


def play(engine: Engine, deployment: Deployment, pack: Regulation, story: Story) -> Played:
    """The whole story, from its first instant (or `since`) until `now`."""
    player = _Player(engine, deployment, pack)
    happenings: list[StoryOpening | Happening] = sorted((*story.open, *story.events), key=lambda each: each.at)
    begin = min([each.at for each in happenings] + [story.since or story.now])
    player.catch_up(player.utc(begin) - SECOND)
    for each in happenings:
        player.catch_up(player.utc(each.at) - SECOND)
        if isinstance(each, StoryOpening):
            player.open(each)
        else:
            player.event(each)
    player.catch_up(player.utc(story.now))
    return player.read()


def needs_calendar(pack: Regulation, story: Story) -> bool:
    """Whether the story is about duties: then the calendar opens those of the pack, else they would be in the way."""
    if not story.open or story.since or story.expect.duties:
        return True
    duties = {duty.id for duty in pack.duties}
    named = story.expect.rules | {each.case or "" for each in story.events}
    started = {rule.id for rule in pack.rules if any(match.event == DUTY_OPENED for match in rule.start)}
    return bool(named & (duties | started))


def named(pack: Regulation, story: Story) -> list[str]:
    """The people whom the story or the pack calls by a name: in the fields of roles, and who take turns."""
    fields = {role.person for role in pack.roles.values() if role.person}
    told: tuple[StoryOpening | Happening, ...] = (*story.open, *story.events)
    people = [str(one.fields[name]) for one in told for name in fields if one.fields.get(name)]
    people = [name for name in people if name not in NOBODY]
    return people + [name for duty in pack.duties for name in duty.rotation if not is_hole(name)]


class _Player:
    """What is known while a story goes on."""

    def __init__(self, engine: Engine, deployment: Deployment, pack: Regulation) -> None:
        self.engine = engine
        self.deployment = deployment
        self.pack = pack
        self.now: datetime | None = None
        self.failures: list[str] = []
        self.named: dict[str, int] = {}
        self.recorded: list[tuple[int, str, datetime]] = []

    def utc(self, local: datetime) -> datetime:
        """An instant of the story."""
        return local.replace(tzinfo=self.deployment.zone).astimezone(UTC)

    def catch_up(self, until: datetime) -> None:
        """Let the sweep do what has become due."""
        if self.now is None or until > self.now:
            replay(self.engine, self.deployment, self.now or until, until)
            self.now = until

    def open(self, each: StoryOpening) -> None:
        """Open a case by hand."""
        name = each.event or self.pack.opening
        at = self.utc(each.at)
        fields = self._opening_fields(each, name)
        if each.imported:
            self.named[each.case] = self._imported_case(each, name, fields)
            self.recorded.append((self.named[each.case], name, at))
            return
        try:
            with writing(self.engine) as connection:
                told: dict[str, Any] = {"at": at, "by": each.by, "fields": fields, "now": at}
                done = open_by_hand(connection, self.deployment, name, **told, provenance=AT_HAND)
                case_id = connection.scalar(select(cases.c.id).where(cases.c.number == done.number))
        except DubanError as error:
            self._refused(f"{name} of case {each.case}", each.refused, error)
            return
        self.named[each.case] = int(case_id or 0)
        self.recorded.append((self.named[each.case], event_id(name, self.pack) or name, at))
        self._allowed(f"{name} of case {each.case}", each.refused)

    def event(self, each: Happening) -> None:
        """Record an event."""
        at = self.utc(each.at)
        what = f"{each.event} at {each.at:%Y-%m-%d %H:%M}"
        case = self._case(each, at)
        if case is None:
            self.failures.append(f"{what}: there is no case {each.case or 'to record it on'} yet")
            return
        if each.imported:
            self._import(case.id, each.event, at, each.by, written(each.fields))
            self.recorded.append((case.id, each.event, at))
            return
        try:
            with writing(self.engine) as connection:
                told: dict[str, Any] = {"at": at, "by": each.by, "fields": written(each.fields), "now": at}
                append_by_hand(connection, self.deployment, case.number, each.event, **told, provenance=AT_HAND)
        except DubanError as error:
            self._refused(what, each.refused, error)
            return
        self.recorded.append((case.id, each.event, at))
        self._allowed(what, each.refused)

    def read(self) -> Played:
        """Everything on record."""
        with reading(self.engine) as connection:
            tables = [
                connection.execute(select(table).order_by(*order)).all()
                for table, order in (
                    (cases, (cases.c.id,)),
                    (deadlines, (deadlines.c.case_id, deadlines.c.rule, deadlines.c.round)),
                    (escalations, (escalations.c.scheduled_at, escalations.c.rule, escalations.c.step)),
                    (penalties, (penalties.c.at, penalties.c.id)),
                )
            ]
            known = {case.id: entries(connection, case.id) for case in tables[0]}
        return Played(self.failures, self.named, self.recorded, known, *(list(rows) for rows in tables))

    def _imported_case(self, each: StoryOpening, name: str, fields: Mapping[str, str]) -> int:
        """A case as another program inserts it."""
        own = {key: fields[key] for key in OWN_COLUMNS if key in fields}
        kept = {key: value for key, value in fields.items() if key not in OWN_COLUMNS}
        row = {"number": each.case, **own, "kind": self.pack.opens(name), "opened_at": self.utc(each.at)}
        with writing(self.engine) as connection:
            case_id = connection.scalar(cases.insert().values(**row, fields=kept).returning(cases.c.id))
        self._import(int(case_id or 0), name, self.utc(each.at), each.by, {})
        return int(case_id or 0)

    def _import(self, case_id: int, name: str, at: datetime, by: str | None, fields: Mapping[str, str]) -> None:
        """An event as another program inserts it."""
        key = event_key(name, at, by, fields)
        row = {"case_id": case_id, "name": name, "at": at, "by": by, "fields": dict(fields), "recorded_at": at}
        with writing(self.engine) as connection:
            connection.execute(events.insert().values(**row, key=key))

    def _opening_fields(self, each: StoryOpening, name: str) -> dict[str, str]:
        """What the story gives, and what every case has: a department, who holds its roles, what it is about."""
        given = {"regulation": self.pack.regulation, "department": each.department, **written(each.fields)}
        if each.level:
            given["level"] = each.level
        persons = {role.person: role_id for role_id, role in reversed(self.pack.roles.items()) if role.person}
        own = {role.person: role_id for role_id, role in self.pack.roles.items() if role.person == role_id}
        for field, role_id in {**persons, **own}.items():
            given.setdefault(field, role_id)
        if name == "lent":
            given.setdefault("borrower", "borrower")
            given.setdefault("item", each.case)
        else:
            given.setdefault("content", each.case)
        return given

    def _case(self, each: Happening, at: datetime) -> Row[Any] | None:
        """The case that is meant; a duty's newest case by the duty's id, or by the event when nothing was opened."""
        name = each.case
        with reading(self.engine) as connection:
            if name is None or name in self.named:
                wanted = self.named.get(name) if name else next(iter(self.named.values()), None)
                if wanted is not None:
                    return connection.execute(select(cases).where(cases.c.id == wanted)).one_or_none()
            newest = connection.execute(
                select(cases).where(cases.c.kind == DUTY, cases.c.opened_at <= at).order_by(cases.c.opened_at.desc())
            ).all()
        for case in sorted(newest, key=lambda one: bool(one.handler) and one.handler != each.by):
            duty = self.pack.rule(str(case.fields.get("duty") or ""))
            takes = isinstance(duty, Rule) and any(match.event == each.event for match in duty.stops)
            if name in (case.number, case.fields.get("duty")) or (name is None and takes):
                return case
        return newest[0] if newest and name is None else None

    def _refused(self, what: str, wanted: str | None, error: DubanError) -> None:
        if wanted is None:
            self.failures.append(f"{what}: was refused: {error}")
        elif not isinstance(error, RefusedError) or wanted not in str(error):
            self.failures.append(f"{what}: {wanted} has to forbid it, but: {error}")

    def _allowed(self, what: str, wanted: str | None) -> None:
        if wanted is not None:
            self.failures.append(f"{what}: {wanted} has to forbid it, but it was recorded")


def written(fields: Mapping[str, Any]) -> dict[str, str]:
    """Fields as somebody types them."""
    return {name: _typed(value) for name, value in fields.items() if value is not None}


def _typed(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return text_of(value)
