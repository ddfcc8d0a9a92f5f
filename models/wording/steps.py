"""Who is told when, in plain words: openings, reminders, escalations, and what follows when it is late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.conditions import Match
from models.language.durations import parse_duration
from models.language.words import is_hole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.language.durations import Duration
    from models.language.limits import Outcome
    from models.language.rules import Rule
    from models.wording.speaker import Speaker


def step_clauses(speak: Speaker, rule: Rule) -> Iterator[str]:
    """The steps around a due instant."""
    for name, (distance, roles) in rule.steps().items():
        if distance is not None:
            yield step_words(speak, name, distance, roles)


def step_words(speak: Speaker, name: str, distance: Duration, roles: tuple[str, ...]) -> str:
    """Who is told so long before or after the due instant."""
    length = speak.duration(distance)
    if name.startswith("remind"):
        return speak.told("step.remind_before", roles, length=length)
    if distance.count:
        return speak.say("step.late", length=length, who=speak.roles(*roles))
    return speak.told("step.due_day" if distance.in_days else "step.due", roles)


def opening_words(speak: Speaker, opens: str, roles: tuple[str, ...]) -> str:
    """Who is told when it may be done."""
    count, length = parse_duration(opens).count, speak.duration(opens)
    if count == 0:
        return speak.told("step.opens_at_once", roles)
    return speak.told("step.opens_after" if count > 0 else "step.opens_before", roles, length=length)


def notice_words(speak: Speaker, rule: Rule) -> str:
    """A rule without a limit only tells somebody."""
    start, stop, opens = speak.events(rule.start), speak.events(rule.stops), rule.opens or "PT0S"
    if not is_hole(opens) and parse_duration(opens).count == 0:
        return speak.told("step.at_once_of", (rule.responsible,), start=start, stop=stop)
    return speak.told("step.after_start", (rule.responsible,), start=start, stop=stop, length=speak.duration(opens))


def extra_clauses(speak: Speaker, rule: Rule) -> Iterator[str]:
    """How it counts, what is told again, and what follows when it is late."""
    if rule.times and rule.quantity:
        yield speak.say("task.sum", field=speak.field(rule.quantity), sum=rule.times)
    elif rule.times:
        yield speak.say("task.times", times=rule.times)
    if rule.soft:
        yield speak.say("task.soft")
    for name, (_, roles) in rule.steps().items():
        if lower := rule.after_start(name):
            yield speak.told("step.remind_after", roles, length=speak.duration(lower))
        if every := rule.again(name):
            yield speak.told("step.again", roles, length=speak.duration(every))
        if name != "slip" and (form := rule.form(name)):
            yield speak.say("step.form", form=speak.say(f"form.{form}"))
    for outcome in rule.on_late:
        yield _outcome(speak, outcome)
    if rule.closed_late and rule.closed_late.slip:
        form = speak.say(f"form.{rule.closed_late.slip}")
        yield speak.told("step.closed_late_form", rule.closed_late.to, form=form)
    elif rule.closed_late:
        yield speak.told("step.closed_late", rule.closed_late.to)


def _outcome(speak: Speaker, outcome: Outcome) -> str:
    event = speak.event(Match(event=outcome.event))
    if outcome.after:
        noted = speak.say("outcome.late", event=event, length=speak.duration(outcome.after))
    else:
        noted = speak.say("outcome.not_met", event=event)
    level = speak.level(outcome.level)
    return speak.say("outcome.raised", outcome=noted, level=level) if level else noted
