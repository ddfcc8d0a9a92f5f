"""Messages that tell of no escalation: what each kind says is known to its writer, by the message's `about`.

A writer looks once more, inside the transaction that takes the message: it answers with the letter, or with the reason
why nobody needs it any more. What takes long to draw it leaves for later (`Later`), so that no sweep waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from tasks.mail.environment import spoken
from tasks.mail.letters import Letter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from tasks.mail.letters import AnyRow
    from tasks.organisation.deployment import Deployment

    Write = Callable[[Connection, Deployment, AnyRow, datetime], Letter | str]
    Check = Callable[[Connection, Deployment, AnyRow, datetime], str | None]
    Writers = Mapping[str, "LetterWriter"]


class LetterWriter(NamedTuple):
    """How the messages of one kind are written.

    `write`: what a message says now, or the reason (one line, zh / en) why it is not sent any more. `check`: why one
    that has waited since it was taken is not sent after all. `heavy`: its letters take seconds to draw; they leave one
    by one, when nothing else waits.
    """

    write: Write
    check: Check
    heavy: bool = False


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
