"""Whether a step is still worth a mail at the moment of sending; the words that tell why not stay in the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.calendar.instants import local
from models.timeline.story import State, Status
from tasks.mail.words import reason

if TYPE_CHECKING:
    from datetime import tzinfo

    from tasks.mail.letters import AnyRow

_STANDING = (State.OPEN, State.BREACHED)


def settled(step: AnyRow, zone: tzinfo) -> str | None:
    """Why nobody needs to hear of this step any more; None when it still matters.

    `step` is a row of `Facts.steps`: an escalation with its case and its deadline as they are now. A clock that began
    with the closing (or after it) goes on although the case is closed.
    """
    if step.status in (Status.CLOSED, Status.WITHDRAWN) and not (
        step.closed_at and step.starts_at and step.starts_at >= step.closed_at
    ):
        when = f" {local(step.closed_at, zone)}" if step.closed_at else ""
        return reason("mail.settled.withdrawn" if step.status == Status.WITHDRAWN else "mail.settled.closed") + when
    if step.state is None or step.state == State.VOID:
        return reason("mail.settled.void")
    if step.state == State.PAUSED:
        return reason("mail.settled.paused")
    if step.state not in _STANDING:
        when = f" {local(step.met_at, zone)}" if step.met_at else ""
        return reason("mail.settled.met") + when
    if step.ended_by is not None:
        return reason("mail.settled.ended", event=step.ended_by)
    late_step = step.step == "due" or step.step.startswith("escalate")
    if late_step and step.state == State.OPEN and step.due_at != step.told_due_at:
        when = local(step.due_at, zone) if step.due_at else "-"
        return reason("mail.settled.moved", when=when)
    return None
