"""The overdue board: every deadline that has passed and still runs, the most severe and longest overdue first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from flows.pages.runs import bilingual, cell, table_of
from flows.pages.shelf import Page
from models.calendar.instants import from_iso, local
from models.language.rules import Rule
from models.timeline.case import Case
from models.timeline.story import SILENT
from models.wording.catalogue import FIRST, SECOND, say
from models.wording.phrases import step_title
from models.wording.troubles import APART
from tasks.digest.unwatched import in_trouble
from tasks.health import overdue
from tasks.mail.links import BOARD, Links, case_key
from tasks.organisation.masking import masked_text
from tasks.organisation.registry import Pinned

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta, tzinfo

    from sqlalchemy.engine import Connection

    from models.language.regulation import Regulation
    from models.language.words import Text
    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Directory

LIMIT = 200
HEAD = ("case", "deadline", "overdue", "who", "next", "level")


class Overdue(NamedTuple):
    """One line of the board: titles and names in words, instants in UTC. Neither customer nor phone is on it."""

    case: str
    title: tuple[str, ...]
    """In Chinese and English, as `level` and `next_step`."""
    level: tuple[str, ...]
    department: str
    who: str
    due_at: datetime
    next_at: datetime | None
    next_step: tuple[str, ...]


class Unwatched(NamedTuple):
    """A case that nothing watches, and why."""

    case: str
    regulation: str
    department: str
    trouble: list[str]
    """In Chinese and in English, or what an error says."""


class Board(NamedTuple):
    """What stands on the board: its lines, how many there are, and the cases that are not watched."""

    lines: list[Overdue]
    total: int
    unwatched: list[Unwatched]
    unwatched_total: int

    @property
    def cases(self) -> list[str]:
        """The numbers of the cases to which it links."""
        shown = [*(line.case for line in self.lines), *(one.case for one in self.unwatched)]
        return list(dict.fromkeys(shown))


def board(connection: Connection, deployment: Deployment, now: datetime, limit: int = LIMIT) -> Board:
    """The board at an instant, at most `limit` lines of each kind."""
    levels = overdue.levels(connection)
    blind = in_trouble(connection)
    return Board(
        lines=_lines(connection, deployment, now, overdue.longest(connection, levels, limit)),
        total=sum(one.late for one in levels),
        unwatched=[_unwatched(connection, row) for row in blind[:limit]],
        unwatched_total=len(blind),
    )


def overdue_of(connection: Connection, deployment: Deployment, case_id: int, now: datetime) -> list[Overdue]:
    """The overdue deadlines of one case."""
    return _lines(connection, deployment, now, overdue.of_case(connection, case_id))


def _lines(connection: Connection, deployment: Deployment, now: datetime, rows: Sequence[Any]) -> list[Overdue]:
    if not rows:
        return []
    directory, pinned = deployment.directory(connection), Pinned(connection)
    return [_line(row, pinned(row.regulation_id), directory, now) for row in rows if row.regulation_id is not None]


def _line(row: Any, rules: Regulation, directory: Directory, now: datetime) -> Overdue:
    rule = rules.rule(row.rule)
    level = rules.levels.get(row.level or "")
    coming = next(((at, step) for at, step in row.plan if step not in SILENT), None)
    return Overdue(
        case=row.number,
        title=_both(rule.title) if rule else (row.rule,),
        level=_both(level) if level else (row.level or "",),
        department=row.department or "",
        who=_who(row, rule, rules, directory, now),
        due_at=row.due_at,
        next_at=from_iso(coming[0]) if coming else None,
        next_step=tuple(step_title(coming[1], language) for language in (FIRST, SECOND)) if coming else (),
    )


def _who(row: Any, rule: Any, rules: Regulation, directory: Directory, now: datetime) -> str:
    """By name, whoever the rule makes responsible and is there, or stands in for them."""
    if not isinstance(rule, Rule):
        return ""
    facts = Case.of(row, key=row.case_id).facts
    people, _ = directory.resolve((rule.responsible,), rules, facts, now)
    return "、".join(dict.fromkeys(one.name for one in people))


def _unwatched(connection: Connection, row: Any) -> Unwatched:
    rules = Pinned(connection)(row.regulation_id) if row.regulation_id is not None else None
    title = rules.title.zh if rules else row.regulation or ""
    return Unwatched(row.number, title, row.department or "", str(masked_text(row.trouble)).split(APART))


def page(found: Board, deployment: Deployment, now: datetime, links: Links) -> Page:
    """The board as operations read it."""
    links.look_up(case_key(number) for number in found.cases)
    count = f"{found.total} {bilingual('flow.board.running', joint=' · ')}"
    parts = [f"{bilingual('flow.as_of')} {local(now, deployment.zone)}"]
    description = bilingual("flow.board.count", joint=" · ", count=found.total)
    if found.unwatched:
        told = bilingual("flow.board.unwatched", joint=" · ", count=found.unwatched_total)
        rows = [_blind(one, links) for one in found.unwatched]
        parts += [f"## {told}{_shown(rows, found.unwatched_total)}", "\n".join(rows)]
        description += f"；{told}"
    parts.append(f"## {bilingual('flow.board.title', joint=' · ')}")
    if found.total:
        lines = [_row(line, deployment.zone, now, links) for line in found.lines]
        head = [bilingual(f"flow.head.{name}") for name in HEAD]
        parts += [f"**{count}**{_shown(lines, found.total)}", table_of(head, lines)]
    else:
        parts.append(bilingual("flow.board.nothing", joint=""))
    return Page(BOARD, "\n\n".join(parts) + "\n", description)


def _shown(rows: Sequence[object], total: int) -> str:
    """How many are left out."""
    return f"（{bilingual('flow.board.shown', joint=' · ', count=len(rows))}）" if total > len(rows) else ""


def _blind(one: Unwatched, links: Links) -> str:
    """No row of a table, for what is missing takes a sentence, which only breaks outside of one."""
    place = " · ".join(cell(part) for part in (one.regulation, one.department) if part)
    return "<br>".join([f"- {_linked(one.case, links)} {place}", *map(cell, one.trouble)])


def _row(line: Overdue, zone: tzinfo, now: datetime, links: Links) -> list[str]:
    """The page breaks no line by itself, and has room for half of it: so each language has its own."""
    late = [rounded(now - line.due_at, language) for language in (FIRST, SECOND)]
    coming = [*line.next_step, f"{line.next_at.astimezone(zone):%m-%d %H:%M}"] if line.next_at else []
    stacks = (line.title, late, [line.who], coming, [*line.level, line.department])
    return [_linked(line.case, links), *("<br>".join(cell(part) for part in stack if part) for stack in stacks)]


def rounded(length: timedelta, language: str) -> str:
    """A length in the largest unit of which there is one: `3 天`, `3 d`."""
    left = max(0, int(length.total_seconds()))
    unit, seconds = next(((unit, one) for unit, one in _UNITS if left >= one), _UNITS[-1])
    return say(language, f"duration.measured.{unit}", count=left // seconds)


_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def _linked(number: str, links: Links) -> str:
    return f"[{cell(number)}]({links.case(number)})"


def _both(text: Text) -> tuple[str, str]:
    return text.zh, text.en
