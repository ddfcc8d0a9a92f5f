"""Rounds and pauses in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.conditions import Match
from models.language.rules import Rule
from models.wording.phrases import field_words, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.language.regulation import Pause, Rounds
    from models.wording.speaker import Speaker


def rounds_clauses(speak: Speaker, rounds: Rounds) -> Iterator[str]:
    """What begins the handling anew, and how often."""
    again = speak.events([*rounds.next, Match(event="reopened")])
    yield speak.say(f"轮次：出现{again}时重新办理一轮", f"Rounds: {again} begins the handling anew")
    if rounds.at_most is not None:
        spared = speak.conditions(rounds.unless)
        yield speak.say(
            speak.aside(f"最多 {rounds.at_most} 轮", spared and f"{spared}的除外") + "，用完后案件仍不结案",
            speak.aside(f"at most {rounds.at_most} rounds", spared and f"unless {spared}")
            + ", then the case stays open",
        )
    if rounds.per_case:
        field = field_words(rounds.per_case, speak.regulation, speak.language)
        yield speak.say(f"案件另定{field}的从其规定", f"a {field} given with the case goes before that")


def pause_clauses(speak: Speaker, pause: Pause) -> Iterator[str]:
    """From when to when which clocks stand still."""
    start, stop = speak.events(pause.start), speak.events(pause.stop)
    rules = [rule for name in pause.rules if isinstance(rule := speak.regulation.rule(name), Rule)]
    titles = [f"“{speak.say(rule.title.zh, rule.title.en)}”" for rule in rules]
    which = listed(titles, speak.language, ("和", " and ")) if titles else speak.say("全部时限", "every rule")
    yield speak.say(
        f"暂停：自{start}至{stop}，{which}停止计时",
        f"Pause: from {start} to {stop} the clock of {which} stands still",
    )
