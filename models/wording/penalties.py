"""What an overrun or a count costs, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.wording.phrases import level_words, share_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.language.limits import Penalty, Share
    from models.wording.speaker import Speaker


def penalty_words(speak: Speaker, penalty: Penalty) -> str:
    """What each overrun costs."""
    return speak.say("每次逾期", "each overrun ") + penalty_details(speak, penalty, cost_words)


def cost_words(speak: Speaker, penalty: Penalty) -> str:
    """What is to be paid, by whom."""
    owner = penalty.charged_to
    who = speak.say("责任部门", "the department") if owner == "department" else speak.roles(owner)
    costs = price_words(speak, penalty)
    return speak.say(f"扣罚{who}：{costs}", f"costs {who} {costs}")


def price_words(speak: Speaker, penalty: Penalty) -> str:
    """What is to be paid."""
    parts = []
    for table, zh, en in ((penalty.amount, "元", "yuan"), (penalty.points, "分", "points")):
        unit = speak.say(zh, en)
        if isinstance(table, dict):
            titles = [(level_words(level, speak.regulation, speak.language), cost) for level, cost in table.items()]
            words = [speak.say(f"{level} {cost:g} {unit}", f"{cost:g} {unit} ({level})") for level, cost in titles]
            parts.append(speak.say("、", ", ").join(words))
        elif table:
            parts.append(f"{table:g} {unit}")
    if penalty.share:
        parts.append(share_words(penalty.share, speak.language))
    if penalty.measure:
        parts.append(speak.say(penalty.measure.zh, penalty.measure.en))
    return speak.say("，", " and ").join(parts)


def penalty_details(speak: Speaker, penalty: Penalty, cost: Callable[[Speaker, Penalty], str]) -> str:
    """What a penalty costs, on what that depends, and what stands in for it."""
    parts = []
    if penalty.per:
        length = speak.duration(penalty.per)
        parts.append(speak.say(f"此后每逾 {length}再计一次", f"again for each {length} late"))
    if penalty.cap is not None:
        parts.append(cap_words(speak, penalty.cap))
    text = speak.say("，", ", ").join([cost(speak, penalty), *parts])
    where = speak.conditions(penalty.when)
    if penalty.late_by:
        length = speak.duration(penalty.late_by)
        text = speak.say(f"逾期满 {length}的，{text}", f"where it is {length} late, {text}")
    if where:
        text = speak.say(f"{where}的，{text}", f"where {where}, {text}")
    if penalty.otherwise:
        other = penalty_details(speak, penalty.otherwise, cost)
        text = speak.say(f"{text}；否则{other}", f"{text}; otherwise {other}")
    return text


def cap_words(speak: Speaker, limit: Share | float) -> str:
    """How much is charged a month at most."""
    if isinstance(limit, float | int):
        most = speak.say(f" {limit:g} 元", f"{limit:g} yuan")
    else:
        most = share_words(limit, speak.language)
    return speak.say(f"每月不超过{most}，超过的结转下月", f"at most {most} a month, the rest is carried over")
