"""What a delivery that ended left behind: sent or not, nobody knows. By the setting it goes out again, or waits."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from models.settings import InDoubt
from models.store.database import reading, writing
from models.store.schema import messages
from tasks.delivery.outbox import IN_DOUBT, SENDING
from tasks.delivery.processes import is_gone
from tasks.delivery.schedule import DOUBTS
from tasks.delivery.words import noted

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine

    from models.settings import Settings
    from tasks.mail.letters import AnyRow

STALE_AFTER = 120.0
"""Seconds beyond the SMTP timeout after which a claim counts as left behind, wherever its process ran."""


def settle(engine: Engine, settings: Settings, now: datetime) -> int:
    """Put in doubt what a delivery left behind that no longer lives; how many. Then act on the setting."""
    with reading(engine) as connection:
        query = select(messages.c.id, messages.c.claimed_by, messages.c.claimed_at).where(SENDING)
        left = [row.id for row in connection.execute(query) if _is_orphan(row, settings, now)]
        doubts = connection.scalar(select(func.count()).select_from(messages).where(IN_DOUBT)) or 0
    if left:
        with writing(engine) as connection:
            values = {"state": "in_doubt", "reason": noted("process_ended")}
            changed = connection.execute(messages.update().where(SENDING, messages.c.id.in_(left)).values(values))
            left = left[: changed.rowcount]
    if (left or doubts) and settings.in_doubt is InDoubt.RESEND:
        _resend(engine, settings.retry_attempts or DOUBTS)
    return len(left)


def _is_orphan(row: AnyRow, settings: Settings, now: datetime) -> bool:
    oldest = now - timedelta(seconds=settings.smtp_timeout + STALE_AFTER)
    return row.claimed_at is None or row.claimed_at < oldest or is_gone(row.claimed_by or "")


def _resend(engine: Engine, attempts: int) -> None:
    """What is in doubt goes out once more, marked; what was tried so often is dead."""
    before = func.coalesce(messages.c.reason, "")
    doubtful = messages.update().where(IN_DOUBT)
    with writing(engine) as connection:
        connection.execute(
            doubtful.where(messages.c.attempts >= attempts).values(
                state="dead", possible_repeat=True, reason=before + f"; {noted('too_often')}"
            )
        )
        connection.execute(
            doubtful.values(state="queued", possible_repeat=True, reason=before + f"; {noted('resent')}")
        )
