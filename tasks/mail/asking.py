"""What a mail about a clock asks of its reader: a decision, or something to be done; and how that is answered by reply.

The mail says it, and whoever takes the answer in reads it from here too: what can be answered is what was asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from models.language.rules import Rule
from models.timeline.story import POSTPONEMENT_ANSWERS
from models.wording.catalogue import say
from models.wording.phrases import event_words, listed
from tasks.record.approvals import POSTPONEMENT
from tasks.record.authority import answering

if TYPE_CHECKING:
    from models.language.permissions import Gate
    from models.language.regulation import Regulation

LOAN = "loan"
NAMED = 4
"""So many events a mail names."""


class Asked(NamedTuple):
    """What is asked: decisions by their names, the events that meet the clock, the one that counts a failed attempt.

    `dated`: the decision may be granted until a day. `postpones`: whoever cannot make it may ask for more time.
    """

    decisions: tuple[str, ...] = ()
    dated: bool = False
    events: tuple[str, ...] = ()
    attempt: str | None = None
    postpones: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether the mail only tells."""
        return not (self.decisions or self.events)


def asked(rule: Rule | Gate | None, rules: Regulation) -> Asked:
    """What a mail about this rule asks for; nothing where it tells of a gate or a count."""
    if not isinstance(rule, Rule):
        return Asked()
    deciding = answering(rules)
    stops = tuple(dict.fromkeys(match.event for match in rule.stops))
    found = [one.id for one in rules.approvals if {one.approve, one.refuse} & set(stops)]
    dated = bool(set(stops) & {*POSTPONEMENT_ANSWERS})
    if dated and not found:
        found = [POSTPONEMENT]
    events = tuple(name for name in stops if name not in deciding)
    attempt = rule.give_up.event if rule.give_up else None
    postpones = bool(events) and rules.kind != LOAN
    return Asked(tuple(found), dated, events, attempt if attempt not in deciding else None, postpones)


def how(one: Asked, rules: Regulation, language: str) -> tuple[str, ...]:
    """How it is answered by reply, one way a line."""
    lines = []
    if one.decisions:
        lines.append(say(language, "mail.answer.until" if one.dated else "mail.answer.decide"))
    if len(one.events) == 1:
        lines.append(say(language, "mail.answer.done", event=event_words(one.events[0], rules, language)))
    elif one.events:
        names = listed([event_words(name, rules, language) for name in one.events[:NAMED]], language)
        lines.append(say(language, "mail.answer.events", events=names))
    if one.attempt:
        lines.append(say(language, "mail.answer.attempt", event=event_words(one.attempt, rules, language)))
    if one.postpones:
        lines.append(say(language, "mail.answer.postpone"))
    return tuple(lines)
