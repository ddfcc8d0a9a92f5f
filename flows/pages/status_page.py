"""The status as a page: what is wrong with what to do, and how everything else stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.pages.runs import bilingual, cell, table_of
from flows.pages.shelf import Page
from models.calendar.instants import local
from tasks.health.telling import lines, verdict, what
from tasks.mail.links import STATUS

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from models.language.words import Text
    from tasks.health.problem import Problem
    from tasks.health.status import Status

SHORT = 40
"""Signs that a line of the table has room for."""


def page(found: Status, zone: tzinfo, board: str) -> Page:
    """The page; `board` is the address of the overdue board."""
    said = verdict(found)
    parts = [
        f"## {said.zh} · {said.en}",
        f"{bilingual('flow.as_of')} {local(found.now, zone)} · [{bilingual('flow.board.title')}]({board})",
    ]
    if found.problems:
        parts.append("\n".join(_problem(one, found.now, zone) for one in found.problems))
    rows = [(f"**{_side_by_side(label)}**", "<br>".join(map(_both, told))) for label, told in lines(found, zone)]
    parts.append(table_of(("", ""), rows))
    return Page(STATUS, "\n\n".join(parts) + "\n", f"{said.zh} · {said.en}")


def _problem(one: Problem, now: datetime, zone: tzinfo) -> str:
    """No row of a table: a sentence only breaks outside of one."""
    told = what(one, now, zone)
    return f"1. **{cell(told.zh)}**<br>{cell(told.en)}<br>→ {cell(one.do.zh)}<br>→ {cell(one.do.en)}"


def _side_by_side(text: Text) -> str:
    return f"{cell(text.zh)} {cell(text.en)}"


def _both(text: Text) -> str:
    """Chinese and English beside each other where there is room, else one above the other."""
    if text.zh == text.en:
        return cell(text.zh)
    return f"{cell(text.zh)}{' · ' if len(text.zh + text.en) <= SHORT else '<br>'}{cell(text.en)}"
