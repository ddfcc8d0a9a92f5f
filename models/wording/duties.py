"""A recurring duty in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.words import is_hole
from models.wording.limits import step_words
from models.wording.penalties import penalty_words
from models.wording.phrases import calendar_words
from models.wording.rules import extra_clauses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.language.rules import Duty
    from models.wording.speaker import Speaker


def duty_clauses(speak: Speaker, duty: Duty) -> Iterator[str]:
    """What recurs, on which day, and who has to do it."""
    words, who, done = calendar_words(duty, speak.language), speak.roles(duty.responsible), speak.events(duty.stop)
    title = speak.title(duty.title, {})
    last = duty.covers == "last"
    yield speak.say(
        f"{title}{who}须在{words}前完成{done}{'（上一期的）' if last else ''}",
        f"{title}{who} must see to {done}{' for the period before' if last else ''} by {words}",
    )
    if duty.each:
        each = speak.say("部门", "department") if duty.each == "department" else speak.roles(duty.each)
        yield speak.say(f"每个{each}各一件", f"one for each {each.removeprefix('the ')}")
    if duty.rotation:
        names = "、".join(name for name in duty.rotation if not is_hole(name))
        yield speak.say(f"轮流{f'：{names}' if names else ''}", f"in turn{f': {names}' if names else ''}")
    if duty.lead:
        yield speak.say(f"提前 {speak.duration(duty.lead)}开始", f"it begins {speak.duration(duty.lead)} before")
    if duty.fulfilled_by:
        yield speak.say("相应的统计报表发出即视为完成", "the statement of that period fulfils it")
    clock = duty.clock()
    for name, (distance, roles) in clock.steps().items():
        if distance is not None:
            yield step_words(speak, name, distance, roles)
    yield from extra_clauses(speak, clock)
    if duty.penalty:
        yield penalty_words(speak, duty.penalty)
