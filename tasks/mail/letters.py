"""What a mail says, as plain values: everything a template may use, in the reader's language, masked for the reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.engine import Row

    AnyRow: TypeAlias = Row[Any]


@dataclass(frozen=True, slots=True)
class Told:
    """Who was told of this deadline before."""

    at: str
    step: str
    names: str


@dataclass(frozen=True, slots=True)
class Coming:
    """The next step, and the roles it goes to."""

    at: str
    step: str
    roles: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A lateness we told of that was none."""

    escalation_id: UUID
    told_at: str
    case: str
    title: str
    met_at: str


@dataclass(frozen=True, slots=True)
class Item:
    """One step of one deadline; texts are empty where there is nothing to say. Instants are local text.

    `owner` is the role that has to act, empty when the reader has it; `seconds_late` is negative before it is due.
    """

    case: str
    kind: str
    level: str
    department: str
    category: str
    channel: str
    party: str
    phone: str
    handler: str
    item: str
    quantity: str
    content: str
    regulation: str
    article: str
    title: str
    do: str
    owner: str
    record: str
    step: str
    step_name: str
    urgency: str
    starts_at: str
    opens_at: str
    due_at: str
    provisional: bool
    late: str
    left: str
    seconds_late: int
    penalty: str
    told: tuple[Told, ...]
    coming: Coming | None
    role: str
    instead_of: str
    instead_of_role: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail; one with a `content_id` stands inside the HTML (`cid:`)."""

    name: str
    media_type: str
    data: bytes
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one recipient, at attempt number `attempts`.

    `thread` is the Message-ID of the first mail of this case to this recipient. `content` is what a message says that
    tells of no escalation (a statement, a digest, a form); its template knows it.
    """

    id: UUID
    key: str
    message_id: str
    kind: str
    name: str
    email: str
    language: str
    subject: str
    attempts: int
    possible_repeat: bool
    thread: str | None
    items: tuple[Item, ...]
    corrections: tuple[Correction, ...]
    more: int = 0
    note: str | None = None
    content: Any = None
    attachments: tuple[Attachment, ...] = ()

    @property
    def item(self) -> Item:
        """The item of a mail about one step."""
        return self.items[0]
