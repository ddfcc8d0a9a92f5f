"""Rounds and pauses in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.conditions import Match
from models.language.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.language.regulation import Pause, Rounds
    from models.wording.speaker import Speaker


def rounds_clauses(speak: Speaker, rounds: Rounds) -> Iterator[str]:
    """What begins the handling anew, and how often."""
    yield speak.say("rounds.again", events=speak.events([*rounds.next, Match(event="reopened")]))
    if rounds.at_most is not None:
        if spared := speak.conditions(rounds.unless):
            yield speak.say("rounds.at_most_unless", most=rounds.at_most, conditions=spared)
        else:
            yield speak.say("rounds.at_most", most=rounds.at_most)
    if rounds.per_case:
        yield speak.say("rounds.of_the_case", field=speak.field(rounds.per_case))


def pause_clauses(speak: Speaker, pause: Pause) -> Iterator[str]:
    """From when to when which clocks stand still."""
    start, stop = speak.events(pause.start), speak.events(pause.stop)
    rules = [rule for name in pause.rules if isinstance(rule := speak.regulation.rule(name), Rule)]
    if rules:
        titles = speak.listed([speak.say("title", title=speak.text(rule.title)) for rule in rules], "and")
        yield speak.say("pause.some", start=start, stop=stop, titles=titles)
    else:
        yield speak.say("pause.all", start=start, stop=stop)
