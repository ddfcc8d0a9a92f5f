"""The mail that acknowledges an answer: what it says was decided when the answer was taken in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from models.store.schema import messages
from models.wording.catalogue import say
from tasks.mail.about import letter_of
from tasks.mail.links import Links
from tasks.mail.subjects import one_line
from tasks.mail.tokens import reply_address

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from tasks.mail.letters import AnyRow, Letter
    from tasks.organisation.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What the mail says: what became of the answer, and how the mail can be answered where it was not understood."""

    outcome: str
    lines: tuple[str, ...]
    ways: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    """The cases, each with its page."""

    @property
    def urgency(self) -> str:
        """The colour of the bar."""
        return "calm" if self.outcome == "recorded" else "due"

    def title(self, language: str) -> str:
        """The outcome in a word or two."""
        return say(language, f"reply.title.{self.outcome}")


def write(connection: Connection, deployment: Deployment, row: AnyRow, _now: datetime) -> Letter | str:
    """The acknowledgement; it is answered like the mail that it is about."""
    about = row.about
    asked = connection.execute(select(messages).where(messages.c.id == UUID(about["message"]))).one()
    pages = Links(connection, deployment.settings.ui_address)
    links = tuple((number, pages.case(number)) for number in about["cases"])
    content = Acknowledgement(about["outcome"], tuple(about["lines"]), tuple(about["ways"]), links)
    thread = tuple(one_line(one, 250) for one in about["thread"])
    return letter_of(row, content=content, answers=thread, reply_to=reply_address(deployment.settings, asked))


def is_over(_connection: Connection, _deployment: Deployment, _row: AnyRow, _now: datetime) -> str | None:
    """An answer is always acknowledged."""
    return None
