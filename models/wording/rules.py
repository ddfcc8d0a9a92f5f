"""A time limit in plain words: who has to do what by when, who is told, and what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.conditions import Match
from models.language.durations import parse_duration
from models.language.words import is_hole
from models.wording.limits import limit_words
from models.wording.penalties import penalty_words
from models.wording.steps import extra_clauses, notice_words, opening_words, step_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.language.limits import GiveUp, Repeat
    from models.language.rules import Rule
    from models.wording.speaker import Speaker


def rule_clauses(speak: Speaker, rule: Rule) -> Iterator[str]:
    """All that a rule says, clause by clause."""
    what = _task(speak, rule) if rule.within else _series(speak, rule) if rule.repeat else notice_words(speak, rule)
    yield speak.head(rule.title, rule.when, what)
    for name, (distance, roles) in rule.steps().items():
        if distance is not None:
            yield step_words(speak, name, distance, roles)
        elif name == "opens" and rule.within and rule.opens and not is_hole(rule.opens):
            yield opening_words(speak, rule.opens, roles)
    if rule.within and rule.repeat:
        yield _series(speak, rule)
    yield from extra_clauses(speak, rule)
    if rule.give_up:
        yield _give_up(speak, rule.give_up)
    if rule.penalty:
        yield penalty_words(speak, rule.penalty)
    if rule.catch_up == "latest":
        yield speak.say("step.catch_up_latest")
    elif rule.catch_up is not None and rule.catch_up != "all":
        yield speak.say("step.catch_up_younger", length=speak.duration(rule.catch_up.skip_older_than))


def _task(speak: Speaker, rule: Rule) -> str:
    """Who has to do what by when."""
    window = _window(speak, rule)
    first = rule.within[0]
    if len(rule.within) > 1:
        kind, limit = "several", _several(speak, rule)
    else:
        kind, limit = "label" if first.label else "table" if first.by else "length", limit_words(speak, first)
    return speak.say(
        f"task.{kind}_window" if window else f"task.{kind}",
        who=speak.roles(rule.responsible),
        start=_start(speak, rule),
        stop=speak.events(rule.stops),
        window=window,
        limit=limit,
    )


def _start(speak: Speaker, rule: Rule) -> str:
    """From what on the limit counts."""
    start = speak.events(rule.start)
    if rule.every_start:
        start = speak.say("task.each_start", start=start)
    if rule.counts_from == "previous_due":
        start = speak.say("task.from_previous_due", start=start)
    return start


def _window(speak: Speaker, rule: Rule) -> str:
    """When it may be done at all; nothing where that does not matter."""
    count = 0 if not rule.opens or is_hole(rule.opens) else parse_duration(rule.opens).count
    if not rule.opens or not count:
        return ""
    return speak.say("task.not_before" if count > 0 else "task.in_the_last", length=speak.duration(rule.opens))


def _several(speak: Speaker, rule: Rule) -> str:
    """The limits, and which of them holds."""
    names = {name for limit in rule.within for name in limit.when} if all(limit.when for limit in rule.within) else ()
    kind = "by_case" if len(names) == 1 else "longest" if rule.longest else "tightest"
    return speak.say(f"task.{kind}", limits=speak.joined(limit_words(speak, limit) for limit in rule.within))


def _give_up(speak: Speaker, give_up: GiveUp) -> str:
    """After how many failed attempts the case may be closed, and after how many nothing counts any more."""
    once = speak.conditions(give_up.at_once)
    key = "from" if give_up.after_attempts < give_up.at_most else "after"
    return speak.say(
        f"give_up.{key}_or_once" if once else f"give_up.{key}",
        event=speak.event(Match(event=give_up.event)),
        first=give_up.after_attempts,
        last=give_up.at_most,
        once=once,
    )


def _series(speak: Speaker, rule: Rule) -> str:
    """Who has to do what again and again, and how often."""
    terms = speak.joined((_terms(speak, entry) for entry in rule.repeat), "then")
    start, stop, who = speak.events(rule.start), speak.events(rule.stops), speak.roles(rule.responsible)
    return speak.say("task.again_and_again", start=start, stop=stop, who=who, terms=terms)


def _terms(speak: Speaker, entry: Repeat) -> str:
    length = speak.duration(entry.every)
    if entry.times:
        return speak.say("task.every_so_often", length=length, times=entry.times)
    return speak.say("task.every", length=length)
