"""Where a case is shown in the Prefect UI."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import select

from models.store.schema import facts

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

RECORD_FORM = "form record-event"
"""The fact that keeps the id of the deployment `record-event` in the Prefect server."""


def case_key(number: str) -> str:
    """The key of the case's artifact: small letters, digits and hyphens; of other numbers a digest keeps them apart."""
    plain = re.sub(r"[^a-z0-9]+", "-", number.lower()).strip("-")
    if number not in (plain, plain.upper()):
        plain = f"{plain[:60]}-{hashlib.sha256(number.encode()).hexdigest()[:8]}".strip("-")
    return f"case-{plain}"


def case_link(ui: str, number: str) -> str:
    """The page of the case in the Prefect UI."""
    return f"{ui}/artifacts/key/{case_key(number)}"


def filled_form(form: str, number: str, event: str) -> str:
    """The run form with case and event filled in; empty where its address is not known.

    The UI reads the parameters as JSON that is encoded twice: once by itself, once as a part of an address.
    """
    if not form:
        return ""
    given = json.dumps({"case": number, "event": event}, ensure_ascii=False, separators=(",", ":"))
    return f"{form}?parameters={quote(quote(given, safe=''), safe='')}"


def record_form(connection: Connection, ui: str) -> str:
    """The address of the form in which an event is recorded; empty until a flow has noted where it is."""
    key = connection.scalar(select(facts.c.value).where(facts.c.name == RECORD_FORM))
    return f"{ui}/deployments/deployment/{key}/run" if key else ""
