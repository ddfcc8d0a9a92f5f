"""Where cases and boards are shown in the Prefect UI."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import select

from models.store.in_array import in_array
from models.store.schema import facts, pages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.engine import Connection

RECORD_FORM = "form record-event"
"""The fact that keeps the id of the deployment `record-event` in the Prefect server."""
STATUS = "status"
"""The key of the page that says whether everything is well."""
BOARD = "overdue-board"
"""The key of the page of what is overdue."""


def case_key(number: str) -> str:
    """The key of the case's artifact: small letters, digits and hyphens; of other numbers a digest keeps them apart."""
    plain = re.sub(r"[^a-z0-9]+", "-", number.lower()).strip("-")
    if number not in (plain, plain.upper()):
        plain = f"{plain[:60]}-{hashlib.sha256(number.encode()).hexdigest()[:8]}".strip("-")
    return f"case-{plain}"


class Links:
    """The addresses of pages, as they are known at one moment.

    A page that has been published is linked to by the id of its artifact, which opens on its content; before that by
    its key, which opens on the list of its versions. Without a UI there is no link.
    """

    def __init__(self, connection: Connection, ui: str) -> None:
        self.connection = connection
        self.ui = ui
        self._known: dict[str, str] = {}
        """The ids by key; empty for a page that was never published."""

    def look_up(self, keys: Iterable[str]) -> None:
        """Ask for many pages at once."""
        wanted = [key for key in dict.fromkeys(keys) if key not in self._known] if self.ui else []
        if wanted:
            self._known |= dict.fromkeys(wanted, "")
            query = select(pages.c.key, pages.c.artifact_id).where(in_array(self.connection, pages.c.key, wanted))
            self._known |= {row.key: row.artifact_id for row in self.connection.execute(query)}

    def case(self, number: str) -> str:
        """The page of a case."""
        return self.page(case_key(number))

    def page(self, key: str) -> str:
        """The page of that key."""
        if not self.ui:
            return ""
        self.look_up([key])
        known = self._known[key]
        return f"{self.ui}/artifacts/artifact/{known}" if known else f"{self.ui}/artifacts/key/{key}"


def filled_form(form: str, number: str, event: str) -> str:
    """The run form with case and event filled in; empty where its address is not known.

    The UI reads the parameters as JSON.
    """
    if not form:
        return ""
    given = json.dumps({"case": number, "event": event}, ensure_ascii=False, separators=(",", ":"))
    return f"{form}?parameters={quote(given, safe='')}"


def record_form(connection: Connection, ui: str) -> str:
    """The address of the form in which an event is recorded; empty until a flow has noted where it is."""
    key = connection.scalar(select(facts.c.value).where(facts.c.name == RECORD_FORM))
    return f"{ui}/deployments/deployment/{key}/run" if key else ""
