"""Who gets a statement, and the messages that carry it.

The general manager gets it for review. Approved, each department manager gets the department's part, and the
distribution list the general one; returned, those who made it get the remark.

A message's key names statement, purpose, part and address: what is queued twice is there once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from models.store.schema import statements
from tasks.mail.post import Post, post
from tasks.organisation.directory import OPERATIONS, Recipient
from tasks.statements.store import KIND, REVIEW
from tasks.statements.titles import number_of, subject

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from tasks.organisation.deployment import Deployment

FOR_REVIEW, GENERAL, DEPARTMENT, RETURNED = "review", "general", "department", "returned"
GENERAL_MANAGER, DEPARTMENT_MANAGER, SERVICE_MANAGER = "general_manager", "department_manager", "service_manager"


class StatementMail(NamedTuple):
    """Who was sent what."""

    purpose: str
    part: str
    recipient: Recipient


class Distribution:
    """The mails of one statement, resolved with the directory as it stands and queued in the given transaction."""

    def __init__(self, connection: Connection, deployment: Deployment, row: Row[Any], now: datetime) -> None:
        self.connection = connection
        self.deployment = deployment
        self.row = row
        self.now = now
        self.rules = deployment.regulations.register(connection, REVIEW, now)[1]
        self.directory = deployment.directory(connection)

    def for_review(self) -> list[StatementMail]:
        """To the general manager, who is asked for an answer."""
        return [self._send(FOR_REVIEW, "", one) for one in self._holders([GENERAL_MANAGER])]

    def approved(self) -> list[StatementMail]:
        """The general statement to the list, and to each department manager the part of the department."""
        general = self._listed()
        told = [self._send(GENERAL, "", one) for one in general]
        on_list = {one.email.lower() for one in general}
        query = select(statements.c.parts).where(statements.c.id == self.row.id)
        for part in sorted(name for name in self.connection.scalar(query) or {} if name):
            for one in self._holders([DEPARTMENT_MANAGER], part):
                if one.role != DEPARTMENT_MANAGER and one.email.lower() in on_list:
                    continue  # the department has no manager, and who stands in reads it in the general statement
                told.append(self._send(DEPARTMENT, part, one))
        return told

    def to_general_manager(self) -> list[StatementMail]:
        """What needs no review, because nobody else gets it."""
        return [self._send(GENERAL, "", one) for one in self._holders([GENERAL_MANAGER])]

    def returned(self) -> list[StatementMail]:
        """The remark, to the service manager and to operations."""
        return [self._send(RETURNED, "", one) for one in self._holders([SERVICE_MANAGER, OPERATIONS])]

    def _listed(self) -> list[Recipient]:
        """The general manager and the list of the deployment, each once."""
        roles = [one for one in self.deployment.settings.statement_list if "@" not in one]
        found = {one.email.lower(): one for one in self._holders([GENERAL_MANAGER, *roles])}
        for address in (one for one in self.deployment.settings.statement_list if "@" in one):
            person = self.directory.by_email.get(address.lower())
            known = (person.name, person.language, person.id) if person else (address.partition("@")[0], "zh", None)
            name, language, key = known
            found.setdefault(address.lower(), Recipient(name, "", address, None, language, key))
        return list(found.values())

    def _holders(self, roles: Iterable[str], department: str | None = None) -> list[Recipient]:
        return self.directory.resolve(roles, self.rules, {"department": department}, self.now)[0]

    def _send(self, purpose: str, part: str, one: Recipient) -> StatementMail:
        key = f"statement/{self.row.id}/{purpose}/{part}/{one.email}"
        about = {"statement": str(self.row.id), "purpose": purpose, "part": part, "instead_of": one.instead_of}
        line = subject(self.row, purpose, part, one.language, number_of(self.row), one.instead_of)
        post(self.connection, self.deployment, [Post(KIND, key, one, line, self.now, about=about)])
        return StatementMail(purpose, part, one)
