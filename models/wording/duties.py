"""A recurring duty in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.words import is_hole
from models.wording.calendars import calendar_words
from models.wording.penalties import penalty_words
from models.wording.steps import extra_clauses, step_clauses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.language.rules import Duty
    from models.wording.speaker import Speaker


def duty_clauses(speak: Speaker, duty: Duty) -> Iterator[str]:
    """What recurs, on which day, and who has to do it."""
    when, who, done = calendar_words(duty, speak.language), speak.roles(duty.responsible), speak.events(duty.stop)
    key = "duty.task_for_last" if duty.covers == "last" else "duty.task"
    yield speak.head(duty.title, {}, speak.say(key, who=who, when=when, done=done))
    if duty.each:
        each = speak.say("duty.department") if duty.each == "department" else speak.role(duty.each)
        yield speak.say("duty.one_each", each=each)
    if duty.rotation:
        names = speak.joined((name for name in duty.rotation if not is_hole(name)), "names")
        yield speak.say("duty.in_turn_named", names=names) if names else speak.say("duty.in_turn")
    if duty.lead:
        yield speak.say("duty.lead", length=speak.duration(duty.lead))
    if duty.fulfilled_by:
        yield speak.say("duty.fulfilled")
    clock = duty.clock()
    yield from step_clauses(speak, clock)
    yield from extra_clauses(speak, clock)
    if duty.penalty:
        yield penalty_words(speak, duty.penalty)
