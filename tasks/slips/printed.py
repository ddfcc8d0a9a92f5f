"""Slips to print, as they would be made now: nothing is decided, and nothing is sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from models.wording.catalogue import spoken
from tasks.mail.letters import Letter
from tasks.mail.post import decision_id
from tasks.mail.rendering import render
from tasks.mail.subjects import subject
from tasks.organisation.registry import Pinned
from tasks.slips import decide, penalty_notices, requests
from tasks.slips.build import SlipReader, of_cases, of_request
from tasks.slips.contents import Form, Slip
from tasks.slips.letter import live
from tasks.views.listing import case_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.engine import Connection

    from models.calendar.periods import Period
    from tasks.organisation.deployment import Deployment
    from tasks.organisation.directory import Recipient

_UNSAFE = re.compile(r"[^\w.@-]+")


class PrintedSlip(NamedTuple):
    """One form: for whom, about which cases, and its page."""

    name: str
    email: str
    cases: tuple[str, ...]
    file: str
    html: str


def print_slips(
    connection: Connection, deployment: Deployment, form: Form, month: Period, now: datetime, case: str | None = None
) -> Iterator[PrintedSlip]:
    """The forms of that kind, one for each recipient; UnknownError when there is no such case.

    With a case only what concerns it, as it stands now, whatever the month.
    """
    key = case_id(connection, case) if case is not None else None
    printer = _SlipPrinter(connection, deployment, month, now)
    if form is Form.POSTPONEMENT:
        yield from printer.requests(key)
    elif form is Form.NOTICE:
        yield from printer.notices(key)
    else:
        yield from printer.cases(form, key)


def write_slips(printed: Iterator[PrintedSlip], folder: Path) -> list[tuple[Path, PrintedSlip]]:
    """Write the pages into the folder; a page of the same recipient is written over."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for one in printed:
        path = folder / one.file
        path.write_text(one.html, encoding="utf-8")
        written.append((path, one))
    return written


class _SlipPrinter:
    """Fills in forms at one instant."""

    def __init__(self, connection: Connection, deployment: Deployment, month: Period, now: datetime) -> None:
        self.connection = connection
        self.deployment = deployment
        self.month = month
        self.now = now
        self.directory = deployment.directory(connection)
        self.pinned = Pinned(connection)

    def cases(self, form: Form, key: int | None) -> Iterator[PrintedSlip]:
        """Urges and inquiries."""
        given = (self.connection, self.deployment, self.directory, form, self.month, self.now, key)
        for recipient, some in decide.grouped(decide.found(*given)).values():
            rows = sorted((one.row for one in some), key=lambda row: (row.due_at, row.number))
            if rows := live(self.connection, self.deployment, form, rows):
                reader = self._reader(form, recipient)
                slip = of_cases(self.connection, reader, form, self.month.label, rows, self.pinned)
                yield self._page(recipient, slip, tuple(dict.fromkeys(row.number for row in rows)))

    def requests(self, key: int | None) -> Iterator[PrintedSlip]:
        """Requests for postponement without an answer: a form each."""
        for row, rules in requests.open_requests(self.connection, key):
            for recipient in requests.approvers(self.deployment, self.directory, row, rules, self.now):
                reader = self._reader(Form.POSTPONEMENT, recipient, row.number)
                slip = of_request(self.connection, reader, row, rules)
                yield self._page(recipient, slip, (row.number,), row.number)

    def notices(self, key: int | None) -> Iterator[PrintedSlip]:
        """The month's penalties: each department or person, and all of them for whoever approves."""
        numbers = penalty_notices.numbers(self.connection, self.deployment, self.month)
        wanted = [
            (who, recipient)
            for who in numbers
            for recipient in penalty_notices.recipients(self.directory, who, self.now)
        ]
        wanted += [("", recipient) for recipient in penalty_notices.copies(self.directory, self.deployment, self.now)]
        for who, recipient in wanted:
            reader = self._reader(Form.NOTICE, recipient, who)
            found = penalty_notices.notices(
                self.connection,
                self.deployment,
                self.pinned,
                self.month,
                who=who,
                language=reader.language,
                case_id=key,
            )
            if found:
                slip = reader.slip(Form.NOTICE, self.month.label, notices=found, everybody=not who)
                cases = tuple(dict.fromkeys(line.case for one in found for line in one.lines))
                yield self._page(recipient, slip, cases, who)

    def _reader(self, form: Form, recipient: Recipient, what: str = "") -> SlipReader:
        person = self.directory.by_email.get(recipient.email.lower())
        roles = {role for role, people in self.directory.by_role.items() if person in people} if person else set()
        return SlipReader(
            name=recipient.name,
            role=recipient.role,
            instead_of=recipient.instead_of or "",
            language=spoken(recipient.language),
            cleared=bool(roles & set(self.deployment.settings.cleared)),
            zone=self.deployment.zone,
            now=self.now,
            serial=decision_id("print", form, self.month.label, recipient.email, what).hex[:8].upper(),
        )

    def _page(self, recipient: Recipient, slip: Slip, cases: tuple[str, ...], what: str = "") -> PrintedSlip:
        counted = {"month": slip.month, "count": len(cases), "who": what}
        language = spoken(recipient.language)
        letter = Letter(
            id=UUID(int=0),
            key="",
            message_id="",
            kind=decide.KIND,
            name=recipient.name,
            email=recipient.email,
            language=language,
            subject=subject(f"slip/{slip.form}", language, counted),
            attempts=0,
            possible_repeat=False,
            thread=None,
            items=(),
            corrections=(),
            content=slip,
        )
        named = [str(slip.form), slip.month, what, recipient.name, slip.serial]
        file = "-".join(part for text in named if (part := _UNSAFE.sub("_", text).strip("._")[:60]))
        return PrintedSlip(recipient.name, recipient.email, cases, f"{file}.html", render(letter).html)
