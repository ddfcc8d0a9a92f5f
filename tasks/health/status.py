"""The status: whether everything is well, and how things stand besides. Built once, shown as text, JSON and a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasks.health import overdue
from tasks.health.deciding import Decision, decisions
from tasks.health.machine import Sizes, sizes, versions
from tasks.health.problems import Observed, judge, observe

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from models.language.words import Text
    from tasks.health.overdue import Level
    from tasks.health.problem import Problem
    from tasks.organisation.deployment import Deployment

BETWEEN = " / "
"""Stands between the two languages where a text has only one line."""
NO_LEVEL = "none"
"""Under this the overdue of cases without a level are counted."""


@dataclass(frozen=True, slots=True)
class Status:
    """How everything stands at an instant."""

    now: datetime
    problems: list[Problem]
    seen: Observed
    overdue: list[Level]
    """By level, the most severe first."""
    decisions: list[Decision]
    """What waits for one, the oldest first."""
    decisions_count: int
    sizes: Sizes
    versions: dict[str, str]

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    @property
    def overdue_by_level(self) -> dict[str, int]:
        """How many deadlines are overdue, by the id of the level, over all regulations."""
        found: dict[str, int] = {}
        for one in self.overdue:
            found[one.level or NO_LEVEL] = found.get(one.level or NO_LEVEL, 0) + one.late
        return found


def status(connection: Connection, deployment: Deployment, now: datetime) -> Status:
    """How everything stands."""
    seen = observe(connection, deployment, now)
    waiting, count = decisions(connection, deployment, now)
    return Status(
        now=now,
        problems=judge(seen, deployment.settings, now),
        seen=seen,
        overdue=overdue.levels(connection),
        decisions=waiting,
        decisions_count=count,
        sizes=sizes(connection, deployment.settings),
        versions=versions(connection),
    )


def as_data(status: Status) -> dict[str, Any]:
    """The same for a program: ages in seconds, sizes in bytes, a text in both languages on one line."""
    seen, now = status.seen, status.now

    def age(since: datetime | None) -> int | None:
        return None if since is None else int((now - since).total_seconds())

    return {
        "healthy": status.healthy,
        "problems": [
            {
                "id": one.id,
                "severity": one.severity.value,
                "what": _line(one.what),
                "since": one.since,
                "count": one.count,
                "do": _line(one.do),
            }
            for one in status.problems
        ],
        "as_of": now,
        "sweep_age_s": age(seen.sweeping.at),
        "next_at": seen.sweeping.next_at,
        "queue": {
            **{name: getattr(seen.queue, name) for name in ("queued", "retrying", "in_doubt", "held", "dead")},
            "oldest_age_s": age(seen.queue.oldest),
            "dead_reasons": [{"reason": reason, "count": count} for reason, count in seen.dead_reasons],
        },
        "trouble": seen.troubles.trouble.cases,
        "unwatched": seen.troubles.unwatched.cases,
        "unstarted": seen.troubles.unstarted.cases,
        "waiting": [
            {"what": _line(one.what), "case": one.case, "since": one.since, "whose": list(one.whose)}
            for one in status.decisions
        ],
        "waiting_count": status.decisions_count,
        "overdue": status.overdue_by_level,
        "audit": {"agreed_at": seen.audit.agreed_at, "agrees": seen.audit.agrees if seen.audit.at else None},
        "alarm_channels": seen.channels,
        "unset": [f"{one.regulation}.{one.setting}" for one in seen.unset],
        "sizes": status.sizes._asdict(),
        "versions": status.versions,
    }


def _line(text: Text) -> str:
    return f"{text.zh}{BETWEEN}{text.en}"
