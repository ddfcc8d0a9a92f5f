"""What a mail says, as plain values: everything a template may use, in the reader's language, masked for the reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from models.wording.catalogue import say

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.engine import Row

    AnyRow: TypeAlias = Row[Any]


@dataclass(frozen=True, slots=True)
class EarlierNotice:
    """Who was told of this deadline before."""

    at: str
    step: str
    names: str

    def __str__(self) -> str:
        return f"{self.at} {self.step} → {self.names}"


@dataclass(frozen=True, slots=True)
class NextStep:
    """The next step, and the roles it goes to."""

    at: str
    step: str
    roles: str

    def __str__(self) -> str:
        return f"{self.at} {self.step} → {self.roles}"


@dataclass(frozen=True, slots=True)
class Correction:
    """A lateness we told of that was none."""

    escalation_id: UUID
    told_at: str
    case: str
    title: str
    met_at: str

    def text(self, language: str) -> str:
        """What was told, and that it is void."""
        met = say(language, "mail.aside", text=self.met_at) if self.met_at else ""
        words = {"told_at": self.told_at, "case": self.case, "title": self.title, "met": met}
        return say(language, "mail.correction.text", **words)


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
    others: tuple[tuple[str, str], ...]
    """What else its clock asks for, as the regulation calls it."""
    regulation: str
    article: str
    title: str
    do: str
    owner: str
    record: str
    answer: tuple[str, ...]
    """How it is answered by reply, one way a line; empty where nothing is asked."""
    link: str
    """The page of the case."""
    form: str
    """The form in which operations record it, filled in; empty for everybody else."""
    is_operations: bool
    """Whether the reader is operations, who record by hand."""
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
    decided: str
    """The newest decision in the case: what, by whom, by which door, and whether that person was verified."""
    told: tuple[EarlierNotice, ...]
    coming: NextStep | None
    role: str
    instead_of: str
    instead_of_role: str

    def clock(self, language: str) -> str:
        """Where its clock stands: how late it is, how much time is left, or since when it runs."""
        if self.late:
            return say(language, "mail.late", time=self.late)
        if self.left:
            return say(language, "mail.clock.left", time=self.left, due=self.due_at)
        if self.due_at:
            return say(language, "mail.clock.now", due=self.due_at)
        return say(language, "mail.clock.since", since=self.starts_at)

    def distance(self, language: str) -> str:
        """The clock in a word or two, for the margin of a list."""
        if self.late:
            return say(language, "mail.late", time=self.late)
        if self.left:
            return say(language, "mail.left", time=self.left)
        return say(language, f"mail.urgency.{self.urgency}")

    def act(self, language: str) -> str:
        """What the reader is to do now."""
        what = self.do or self.title
        if self.owner:
            return say(language, "mail.act.owner", owner=self.owner, what=what)
        if self.step == "opens":
            key = "mail.act.opens" if self.due_at else "mail.act.check"
            return say(language, key, due=self.due_at, what=what)
        if not self.late and self.due_at:
            return say(language, "mail.act.before", due=self.due_at, what=what)
        return what

    def facts(self, language: str) -> list[tuple[str, str]]:
        """What is known of the case beside its number, as names and values; what is not known is left out."""
        quantity = f" × {self.quantity}" if self.quantity else ""
        provisional = say(language, "mail.provisional") if self.provisional else ""
        found = {
            "department": self.department,
            "handler": self.handler,
            "category": self.category,
            "channel": self.channel,
            "borrower" if self.kind == "loan" else "customer": self.party,
            "phone": self.phone,
            "item": self.item and f"{self.item}{quantity}",
            "regulation": f"{self.regulation} {self.article}".rstrip(),
            "since": self.starts_at,
            "opens": self.opens_at,
            "due": self.due_at and f"{self.due_at}{provisional}",
            "penalty": self.penalty,
            "decided": self.decided,
        }
        named = [(say(language, f"mail.fact.{name}"), value) for name, value in found.items() if value]
        return [*named, *self.others]


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
    reply_to: str | None = None
    """Where an answer by reply goes, for mails that ask for something."""
    asks: bool = False
    """Whether it asks for something that can be answered."""
    by_reply: bool = False
    """Whether it says so: answers reach Duban."""
    answers: tuple[str, ...] = ()
    """The Message-IDs of the mails that an acknowledgement belongs to; the last is what it answers."""

    @property
    def item(self) -> Item:
        """The item of a mail about one step."""
        return self.items[0]

    @property
    def why(self) -> str:
        """Why the reader gets a mail about one step: their role, and in whose stead."""
        item, stead = self.item, ""
        if item.instead_of:
            stead = say(self.language, "mail.escalation.stead", name=item.instead_of)
        elif item.instead_of_role:
            stead = say(self.language, "mail.escalation.stead_of_role", role=item.instead_of_role)
        role = item.role or say(self.language, "mail.role.unknown")
        return say(self.language, "mail.escalation.why", name=self.name, role=role, stead=stead)
