"""The status as a page: what is wrong with what to do, and how everything else stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.pages.runs import bilingual, cell, table_of
from flows.pages.shelf import Page
from models.calendar.instants import local
from tasks.health.telling import lines, verdict, what
from tasks.mail.links import STATUS

if TYPE_CHECKING:
    from datetime import tzinfo

    from models.language.words import Text
    from tasks.health.status import Status


def page(found: Status, zone: tzinfo, board: str) -> Page:
    """The page; `board` is the address of the overdue board."""
    said = verdict(found)
    parts = [
        f"## {'🟢' if found.healthy else '🔴'} {said.zh} · {said.en}",
        f"{bilingual('flow.as_of')} {local(found.now, zone)} · `duban status`",
    ]
    if found.problems:
        head = [bilingual(f"flow.head.{name}") for name in ("problem", "do")]
        rows = [(_both(what(one, found.now, zone)), _both(one.do)) for one in found.problems]
        parts.append(table_of(head, rows))
    rows = [(f"**{cell(label.zh)} {cell(label.en)}**", _both(told)) for label, told in lines(found, zone)]
    parts += [table_of(("", ""), rows), f"[{bilingual('flow.board.title')}]({board})"]
    return Page(STATUS, "\n\n".join(parts) + "\n", f"{said.zh} · {said.en}")


def _both(text: Text) -> str:
    """Chinese above English; once where they are the same."""
    return cell(text.zh) if text.zh == text.en else f"{cell(text.zh)}<br>{cell(text.en)}"
