"""What a delivery learns of the mail server is written down, so that whoever asks later knows without asking it.

While it takes mail that is noted now and then; when it stops, with the instant and what it said; a server that was away
is knocked at although nothing waits, so that its return is noticed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from models.calendar.instants import from_iso, iso
from models.store.database import reading, writing
from models.store.remembered import MAIL_SERVER, remember, remembered
from tasks.organisation.masking import masked_words

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine

NOTED_EVERY = timedelta(seconds=20)
"""A server that goes on taking mail is not noted more often."""
REASON_LENGTH = 300
"""Signs."""


def note(engine: Engine, problem: str | None, now: datetime) -> None:
    """The server was asked at `now`: it takes mail, or `problem` says why it takes none (more)."""
    with reading(engine) as connection:
        known = remembered(connection, MAIL_SERVER)
    reason = masked_words(" ".join(problem.split()))[:REASON_LENGTH] if problem else None
    if reason is None:
        fresh = {"ok_at": iso(now), "since": None, "reason": None}
        ok_at = known.get("ok_at")
        if not known.get("since") and ok_at and abs(now - from_iso(ok_at)) < NOTED_EVERY:
            return
    else:
        fresh = {"ok_at": known.get("ok_at"), "since": known.get("since") or iso(now), "reason": reason}
        if known == fresh:
            return
    with writing(engine) as connection:
        remember(connection, MAIL_SERVER, fresh)


def is_away(engine: Engine) -> bool:
    """Whether the server took nothing when it was last asked."""
    with reading(engine) as connection:
        return bool(remembered(connection, MAIL_SERVER).get("since"))
