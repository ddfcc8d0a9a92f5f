"""Messages that tell of no escalation: what each kind says is known to its writer, by the message's `about`.

A writer looks once more, inside the transaction that takes the message: it answers with the letter, or with the reason
why nobody needs it any more. What takes long to draw it leaves for later (`Later`), so that no sweep waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tasks.mail.environment import spoken
from tasks.mail.letters import Letter

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from tasks.mail.letters import AnyRow
    from tasks.organisation.deployment import Deployment

    Writer = Callable[[Connection, Deployment, AnyRow, datetime], Letter | str]
    Check = Callable[[Connection, Deployment, AnyRow, datetime], str | None]

HEAVY = ("statement",)
"""Kinds whose letters take seconds to draw: they leave one by one, when nothing else waits."""


@dataclass(frozen=True, slots=True)
class Later:
    """The content of a letter that is drawn when the message has been taken, without a transaction."""

    draw: Callable[[Letter], Letter]


def letter_of(row: AnyRow, **said: Any) -> Letter:
    """The letter of a row of `messages`; `said` is what its kind has to say (`content`, `attachments`, ..)."""
    return Letter(
        id=row.id,
        key=row.key,
        message_id=row.message_id,
        kind=row.kind,
        name=row.name,
        email=row.email,
        language=spoken(row.language),
        subject=row.subject,
        attempts=row.attempts + 1,
        possible_repeat=row.possible_repeat,
        thread=None,
        items=(),
        corrections=(),
        **said,
    )


def finish(letter: Letter) -> Letter:
    """The letter with everything drawn."""
    return letter.content.draw(letter) if isinstance(letter.content, Later) else letter


def _found(module: str, name: str) -> Any:
    """A function of a module that is loaded when it is first needed: its module builds on this one."""

    def call(connection: Connection, deployment: Deployment, row: AnyRow, now: datetime) -> Any:
        return getattr(import_module(module), name)(connection, deployment, row, now)

    return call


WRITERS: dict[str, Writer] = {
    "digest": _found("tasks.digest.letter", "write"),
    "slip": _found("tasks.slips.letter", "write"),
    "statement": _found("tasks.statements.letters", "letter"),
}
"""Per kind, what the message says now, or the reason (one line, zh / en) why it is not sent any more."""

CHECKS: dict[str, Check] = {
    "digest": _found("tasks.digest.letter", "is_over"),
    "slip": _found("tasks.slips.letter", "is_settled"),
    "statement": _found("tasks.statements.letters", "check"),
}
"""Per kind, why a message that has waited since it was taken is not sent after all; a kind without one is sent."""
