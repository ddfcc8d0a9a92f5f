"""What an alarm says: a line and a few facts, Chinese first, English below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.calendar.instants import from_iso, local
from models.wording.catalogue import FIRST, SECOND, say
from models.wording.durations import elapsed_words
from tasks.alarms.state import RESOLVED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tasks.organisation.deployment import Deployment


def known(language: str) -> str:
    """The language of the two in which problems are told that the reader understands."""
    return SECOND if language.startswith(SECOND) else FIRST


def title(says: str, what: Mapping[str, Any], language: str) -> str:
    """`【督办告警】邮件服务器连不上`."""
    return say(language, f"alarm.title.{says}", what=what["what"][language])


def lines(
    says: str,
    what: Mapping[str, Any],
    raised_at: datetime,
    resolved_at: datetime | None,
    deployment: Deployment,
    language: str,
) -> list[str]:
    """Since when, and what to do; or when it was over, after how long."""
    since = from_iso(what["since"]) if what.get("since") else raised_at
    shown = local(since, deployment.zone)
    if says == RESOLVED and resolved_at is not None:
        time = elapsed_words(resolved_at - since, language)
        return [say(language, "alarm.over", since=shown, at=local(resolved_at, deployment.zone), time=time)]
    return [say(language, "alarm.since", since=shown), say(language, "alarm.do", do=what["do"][language])]


def both_languages(
    says: str, what: Mapping[str, Any], raised_at: datetime, resolved_at: datetime | None, deployment: Deployment
) -> tuple[str, str]:
    """Title and body for a channel of which nobody knows who reads it."""
    body = lines(says, what, raised_at, resolved_at, deployment, FIRST)
    body += ["", title(says, what, SECOND), *lines(says, what, raised_at, resolved_at, deployment, SECOND)]
    return title(says, what, FIRST), "\n".join(body)
