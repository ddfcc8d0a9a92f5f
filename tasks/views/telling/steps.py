"""What is told of the steps of a clock: what fired, to whom, what comes, what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.wording.catalogue import FIRST, SECOND
from models.wording.phrases import share_words
from tasks.views.telling.words import at, short, state, step, titled, words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from tasks.views.story import ComingStep, CorrectionStory, MailStory, PenaltyStory, StepStory


def fired(one: StepStory, zone: tzinfo) -> str:
    """A step: when, which, how late, and why."""
    late = f" ({words('fired_at')} {at(one.fired_at, zone)})" if one.fired_at != one.scheduled_at else ""
    reason = f": {one.reason}" if one.reason else ""
    return f"{at(one.scheduled_at, zone)} {step(one.step)}{late}{reason}"


def told(one: StepStory, zone: tzinfo) -> Iterator[str]:
    """Who was told of a step, in whose stead, and what became of the mail."""
    mails = {mail.to.lower(): mail for mail in one.messages}
    for who in one.recipients:
        stead = f" {words('instead_of')} {who.instead_of}" if who.instead_of else ""
        mail = mails.get((who.email or "").lower())
        sent = f" · {_mail(mail, zone)}" if mail else ""
        yield f"{who.name} <{who.email}> {titled(who.role, who.role_title)}{stead}{sent}"


def names(one: StepStory) -> str:
    """Who was told of a step, in short."""
    return "、".join(who.name or "" for who in one.recipients)


def _mail(mail: MailStory, zone: tzinfo) -> str:
    parts = [state(mail.state)]
    if mail.sent_at:
        parts.append(at(mail.sent_at, zone))
    if mail.kind == "summary":
        parts.append(words("summary"))
    if mail.possible_repeat:
        parts.append(words("repeat"))
    if mail.reason:
        parts.append(short(mail.reason))
    return " ".join(parts)


def corrected(one: CorrectionStory) -> str:
    """Who has to learn, or has learnt, that it was not late after all."""
    return f"{one.to} {words('told' if one.told else 'untold')}"


def coming(one: ComingStep, zone: tzinfo) -> str:
    """A step that is still to happen, and to whom it will be told."""
    to = f" → {', '.join(one.to)}" if one.to else ""
    waits = f" ({words('waits')})" if one.overdue else ""
    return f"{at(one.at, zone)} {step(one.step)}{to}{waits}"


def penalty(one: PenaltyStory, zone: tzinfo) -> str:
    """What an overrun cost whom, and whether it was withdrawn."""
    cost = [one.who]
    if one.amount:
        cost.append(f"{one.amount:g} {words('yuan')}")
    if one.points:
        cost.append(f"{one.points:g} {words('points')}")
    if one.share:
        cost += [share_words(one.share, one.of or "", language) for language in (FIRST, SECOND)]
    if one.measure:
        cost.append(one.measure)
    back = f" · {words('withdrawn')} {at(one.withdrawn_at, zone)} {one.note or ''}" if one.withdrawn_at else ""
    return f"{' '.join(cost)} · {at(one.at, zone)}{back}"
