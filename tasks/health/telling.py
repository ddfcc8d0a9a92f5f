"""The status in words: each problem with what to do, then a line for each of the rest, in Chinese and English."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from models.calendar.instants import local
from tasks.health.words import in_both, plain, size

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo

    from models.language.words import Text
    from tasks.health.problem import Problem
    from tasks.health.status import Status

SHOWN = 5
"""So many decisions, reasons and figures are named in a line."""


class Line(NamedTuple):
    """One line: of what, and how it stands, in one or several parts."""

    label: Text
    told: list[Text]


def verdict(status: Status) -> Text:
    """Whether everything is well."""
    return in_both("health.well") if status.healthy else in_both("health.unwell", count=len(status.problems))


def what(problem: Problem, now: datetime, zone: tzinfo) -> Text:
    """What is wrong, and since when where somebody knows."""
    began = problem.since
    if began is None or began > now:
        return problem.what
    return in_both("health.since", what=problem.what, at=local(began, zone), length=now - began)


def lines(status: Status, zone: tzinfo) -> list[Line]:
    """How everything stands, a line each."""
    told = {
        "sweep": [_sweep(status, zone)],
        "mail": _mail(status),
        "trouble": [_blind(status)],
        "overdue": _overdue(status),
        "waiting": _waiting(status, zone),
        "audit": [_audit(status, zone)],
        "alarms": [_alarms(status)],
        "unset": _unset(status),
        "sizes": list(_sizes(status)),
        "versions": [plain(f"{name} {number}") for name, number in status.versions.items()],
    }
    return [Line(in_both(f"health.line.{name}"), words) for name, words in told.items()]


def _sweep(status: Status, zone: tzinfo) -> Text:
    at, following = status.seen.sweeping.at, status.seen.sweeping.next_at
    if following is None:
        coming = in_both("health.nothing")
    elif following < status.now:
        coming = in_both("health.passed", at=local(following, zone), length=status.now - following)
    else:
        coming = plain(local(following, zone))
    ago = in_both("health.ago", length=status.now - at) if at else in_both("health.never")
    return in_both("health.swept", ago=ago, next=coming)


def _mail(status: Status) -> list[Text]:
    queue = status.seen.queue
    parts = [in_both("health.queue", **{name: getattr(queue, name) for name in _COUNTS})]
    if queue.oldest is not None:
        parts.append(in_both("health.oldest", length=status.now - queue.oldest))
    for reason, count in status.seen.dead_reasons[:SHOWN]:
        parts.append(in_both("health.reason", count=count, reason=reason))
    return parts


_COUNTS = ("queued", "retrying", "in_doubt", "held", "dead")


def _blind(status: Status) -> Text:
    counts = {name: blind.cases for name, blind in status.seen.troubles._asdict().items()}
    return in_both("health.blind", **counts) if any(counts.values()) else in_both("health.nothing")


def _overdue(status: Status) -> list[Text]:
    total = sum(one.late for one in status.overdue)
    if not total:
        return [in_both("health.nothing")]
    titles = {one.level: one.title or (plain(one.level) if one.level else None) for one in status.overdue}
    counts: dict[str | None, int] = {}
    for one in status.overdue:
        counts[one.level] = counts.get(one.level, 0) + one.late
    levels = [
        in_both("health.level", level=titles[level] or in_both("health.no_level"), count=count)
        for level, count in counts.items()
    ]
    return [in_both("health.overdue", count=total), *levels]


def _waiting(status: Status, zone: tzinfo) -> list[Text]:
    if not status.decisions:
        return [in_both("health.nothing")]
    told = [
        in_both(
            "health.decision",
            case=one.case,
            what=one.what,
            whose=plain("、".join(one.whose)) if one.whose else in_both("health.nobody"),
            since=local(one.since, zone),
        )
        for one in status.decisions[:SHOWN]
    ]
    left = status.decisions_count - len(told)
    return [*told, *([in_both("health.more", count=left)] if left else [])]


def _audit(status: Status, zone: tzinfo) -> Text:
    last = status.seen.audit
    if last.at is None:
        return in_both("health.audit.never")
    if last.agrees:
        return in_both("health.audit.agrees", at=local(last.at, zone))
    agreed = plain(local(last.agreed_at, zone)) if last.agreed_at else in_both("health.never")
    return in_both("health.audit.differs", found=last.found, at=local(last.at, zone), agreed=agreed)


def _alarms(status: Status) -> Text:
    count = status.seen.channels
    return in_both("health.channels", count=count) if count else in_both("alarm.no_channel")


def _unset(status: Status) -> list[Text]:
    figures = status.seen.unset
    if not figures:
        return [in_both("health.nothing")]
    told = [plain(f"{one.regulation}.{one.setting}") for one in figures[:SHOWN]]
    left = len(figures) - len(told)
    return [*told, *([in_both("health.more", count=left)] if left else [])]


def _sizes(status: Status) -> Iterator[Text]:
    for name, count in status.sizes._asdict().items():
        if count is not None:
            yield in_both(f"health.size.{name}", size=size(count))
