"""A limit in plain words: how long something may take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.wording.calendars import calendar_words
from models.wording.phrases import value_words

if TYPE_CHECKING:
    from models.language.limits import Limit
    from models.wording.speaker import Speaker


def limit_words(speak: Speaker, limit: Limit) -> str:
    """How long it may take, and where that holds."""
    return speak.aside(_limit(speak, limit), speak.conditions(limit.when))


def _limit(speak: Speaker, limit: Limit) -> str:
    if limit.next:
        return speak.say("limit.next", when=calendar_words(limit.next, speak.language))
    if limit.due_of:
        return speak.say("limit.due_of", title=speak.title_of(limit.due_of))
    if limit.date and limit.before:
        return speak.say("limit.before_date", field=speak.field(limit.date), length=speak.duration(limit.before))
    if limit.date and limit.of:
        return speak.say("limit.date_or", field=speak.field(limit.date), length=speak.duration(limit.of))
    if limit.date:
        return speak.say("limit.date", field=speak.field(limit.date))
    if limit.by:
        return speak.say("limit.table", field=speak.field(limit.by), rows=speak.joined(_rows(speak, limit, limit.by)))
    return speak.duration(limit.of or "PT0S")


def _rows(speak: Speaker, limit: Limit, field: str) -> list[str]:
    """A limit for each value of a field."""
    return [
        speak.say(
            "limit.row",
            value=value_words(field, value, speak.regulation, speak.language),
            length=speak.duration(length),
        )
        for value, length in limit.table.items()
    ]
