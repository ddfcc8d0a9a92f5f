"""What an overrun or a count costs, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.limits import DEPARTMENT
from models.wording.limits import limit_words
from models.wording.phrases import share_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from models.language.limits import Penalty, Share
    from models.wording.speaker import Speaker


def penalty_words(speak: Speaker, penalty: Penalty) -> str:
    """What each overrun costs."""
    return speak.say("penalty.each_overrun", cost=penalty_details(speak, penalty, payer_words))


def payer_words(speak: Speaker, penalty: Penalty) -> str:
    """What is to be paid, by whom."""
    payers = [speak.say("penalty.department") if one == DEPARTMENT else speak.roles(one) for one in penalty.charged_to]
    who = speak.listed(payers, "and")
    return speak.say("penalty.costs", who=who, price=figure_words(speak, penalty))


def figure_words(speak: Speaker, penalty: Penalty) -> str:
    """What is to be paid."""
    return speak.say("penalty.and").join(_prices(speak, penalty))


def _prices(speak: Speaker, penalty: Penalty) -> Iterator[str]:
    for table, unit in ((penalty.amount, "amount"), (penalty.points, "points")):
        if isinstance(table, dict):
            priced = [(speak.level(level), _figure(speak, unit, cost)) for level, cost in table.items()]
            yield speak.joined(speak.say("penalty.by_level", level=level, price=price) for level, price in priced)
        elif table:
            yield _figure(speak, unit, table)
    if penalty.share:
        yield share_words(penalty.share.part, penalty.share.of, speak.language)
    if penalty.measure:
        yield speak.text(penalty.measure)


def _figure(speak: Speaker, unit: str, figure: float) -> str:
    return speak.say(f"penalty.{unit}", **{unit: f"{figure:g}"})


def penalty_details(speak: Speaker, penalty: Penalty, cost: Callable[[Speaker, Penalty], str]) -> str:
    """What a penalty costs, on what that depends, and what stands in for it."""
    parts = [cost(speak, penalty)]
    if penalty.per:
        parts.append(speak.say("penalty.again", length=speak.duration(penalty.per)))
    if penalty.cap is not None:
        parts.append(cap_words(speak, penalty.cap))
    text = speak.joined(parts, "clause")
    if penalty.limit:
        named = next((one for rule in speak.regulation.rules for one in rule.within if one.name == penalty.limit), None)
        text = speak.say("penalty.of_limit", limit=limit_words(speak, named) if named else penalty.limit, cost=text)
    if penalty.late_by:
        text = speak.say("penalty.late_by", length=speak.duration(penalty.late_by), cost=text)
    if conditions := speak.conditions(penalty.when):
        text = speak.say("penalty.where", conditions=conditions, cost=text)
    if penalty.otherwise:
        text = speak.say("penalty.otherwise", cost=text, other=penalty_details(speak, penalty.otherwise, cost))
    return text


def cap_words(speak: Speaker, limit: Share | float) -> str:
    """How much is charged a month at most."""
    if isinstance(limit, float | int):
        return speak.say("penalty.amount_cap", most=_figure(speak, "amount", limit))
    return speak.say("penalty.share_cap", most=share_words(limit.part, limit.of, speak.language))
