"""Puts cases with fired steps and their messages into a database, as a sweep would: what deliveries are tested on."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models import SHIPPED
from models.calendar.instants import iso, local
from models.packs.load import load_regulation
from models.store.database import reading, writing
from models.store.schema import cases, deadlines, escalations, message_items, messages, regulations
from tasks.mail.subjects import message_id, subject

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment


START = datetime(2026, 11, 2, 1, 5, tzinfo=UTC)
DUE = START + timedelta(minutes=10)
_serial = itertools.count(1)


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    at: datetime = DUE

    def __call__(self) -> datetime:
        """What it shows."""
        return self.at

    async def sleep(self, seconds: float) -> None:
        """Pass so many seconds at once."""
        self.at += timedelta(seconds=seconds)


@dataclass
class Office:
    """A database with one regulation, into which cases and messages are posted."""

    engine: Engine
    deployment: Deployment
    pack: str = "standard-complaints"
    regulation_id: int = 0
    mail_from: str = "Duban 督办 <duban@example.org>"
    posted: list[uuid.UUID] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Pin the regulation."""
        self.regulation = load_regulation(SHIPPED / f"{self.pack}.yaml")
        with writing(self.engine) as connection:
            self.regulation_id = connection.execute(
                regulations.insert().values(
                    name=self.pack,
                    version=1,
                    content_hash=self.regulation.content_hash,
                    kind=self.regulation.kind,
                    body=self.regulation.model_dump_json(by_alias=True),
                    loaded_at=START,
                )
            ).inserted_primary_key[0]

    def case(self, number: str, rule: str = "first-contact", due_at: datetime | None = DUE, **columns: Any) -> int:
        """A case with one breached deadline; columns of both tables may be given."""
        fields = {"customer": "李小明", "phone": "13812345678", "channel": "phone", "content": "三次维修仍有异响"}
        own = {name: columns.pop(name) for name in list(columns) if name in deadlines.c}
        values = {
            "number": number,
            "kind": self.regulation.kind,
            "regulation": self.pack,
            "regulation_id": self.regulation_id,
            "level": "major" if self.regulation.levels else None,
            "department": "城东店",
            "handler": "王强",
            "party": "李小明",
            "opened_at": START,
            "fields": fields,
        } | columns
        with writing(self.engine) as connection:
            key: int = connection.execute(cases.insert().values(values)).inserted_primary_key[0]
            connection.execute(
                deadlines.insert().values(
                    {
                        "case_id": key,
                        "rule": rule,
                        "round": 1,
                        "starts_at": START,
                        "due_at": due_at,
                        "state": "breached",
                        "plan": [],
                    }
                    | own
                )
            )
        return key

    def escalation(
        self, case_id: int, email: str = "zhao@example.com", step: str = "due", *, at: datetime = DUE, **recipient: Any
    ) -> uuid.UUID:
        """A step that fired for one recipient, without a message."""
        with reading(self.engine) as connection:
            deadline = connection.execute(select(deadlines).where(deadlines.c.case_id == case_id)).first()
        assert deadline is not None
        told = {"name": "赵经理", "role": "department_manager", "email": email, "instead_of": None} | recipient
        key = uuid.uuid4()
        with writing(self.engine) as connection:
            connection.execute(
                escalations.insert().values(
                    id=key,
                    case_id=case_id,
                    rule=deadline.rule,
                    round=deadline.round,
                    step=step,
                    due_at=deadline.due_at,
                    scheduled_at=at,
                    fired_at=at,
                    recipients=[told],
                    reason="逾期未办 (overdue)",
                )
            )
        return key

    def message(self, *told: uuid.UUID, kind: str = "escalation", language: str = "zh", **columns: Any) -> uuid.UUID:
        """A queued message about these escalations, to the recipient of the first."""
        with reading(self.engine) as connection:
            rows = connection.execute(
                select(escalations, cases.c.number).join(cases, cases.c.id == escalations.c.case_id)
            ).all()
        row = next(row for row in rows if row.id == told[0])
        recipient = row.recipients[0]
        key = f"{row.number}/{row.rule}/{row.step}/{iso(row.due_at)}/{recipient['email']}/{next(_serial)}"
        rule = self.regulation.rule(row.rule)
        assert rule is not None
        facts = {
            "number": row.number,
            "title": getattr(rule.title, language),
            "step": row.step,
            "level": "",
            "due": local(row.due_at, self.deployment.zone) if row.due_at else "",
            "late": False,
        }
        made = uuid.UUID(bytes=hashlib.blake2b(key.encode(), digest_size=16).digest())
        with writing(self.engine) as connection:
            connection.execute(
                messages.insert().values(
                    {
                        "id": made,
                        "key": key,
                        "message_id": message_id(key, self.mail_from),
                        "kind": kind,
                        "name": recipient["name"],
                        "email": recipient["email"],
                        "language": language,
                        "subject": subject(kind, language, facts),
                        "created_at": row.fired_at,
                    }
                    | columns
                )
            )
            case_of = {one.id: one.case_id for one in rows}
            connection.execute(
                message_items.insert(),
                [{"message_id": made, "escalation_id": one, "case_id": case_of[one]} for one in told],
            )
        self.posted.append(made)
        return made

    def post(self, number: str, email: str = "zhao@example.com", step: str = "due", **more: Any) -> uuid.UUID:
        """A case, its fired step and the message about it, each a second after the last; `more` goes to the case."""
        at = DUE - timedelta(seconds=60 - len(self.posted))
        return self.message(self.escalation(self.case(number, **more), email, step, at=at))

    def row(self, key: uuid.UUID) -> Any:
        """A message as it stands."""
        with reading(self.engine) as connection:
            return connection.execute(select(messages).where(messages.c.id == key)).one()

    def states(self) -> list[str]:
        """The states of the posted messages, in order."""
        return [self.row(key).state for key in self.posted]

    def change(self, table: Any, case_id: int, **values: Any) -> None:
        """Change a case, or its deadline, behind the delivery's back."""
        column = cases.c.id if table is cases else table.c.case_id
        with writing(self.engine) as connection:
            connection.execute(table.update().where(column == case_id).values(**values))
