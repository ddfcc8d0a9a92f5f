"""Single words of a regulation: events, roles, levels, fields and their values, steps, citations, conditions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from models.language.conditions import Requirement, text_of
from models.language.fields import YES
from models.language.regulation import RECORDED
from models.wording.catalogue import FIRST, say, spoken, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from models.language.conditions import Conditions
    from models.language.fields import CaseField
    from models.language.regulation import Regulation, Role
    from models.language.words import Cite, Text

_VALUES = {
    "channel": "vocabulary.channels",
    "outcome": "vocabulary.outcomes",
    "satisfaction": "vocabulary.satisfaction",
    "secrecy": "vocabulary.secrecy",
    "weekday": "weekday",
    "in_hours": "vocabulary.in_hours",
}
"""The fields whose values have words, and their tables."""
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def said(text: Text | Role | CaseField, language: str) -> str:
    """What a regulation has written in two languages; whoever does not read Chinese gets the English."""
    return text.zh if spoken(language) == FIRST else text.en


def listed(words: Iterable[str], language: str, last: str = "or") -> str:
    """`A、B或C`, `A, B or C`; the last one is joined by `or`, `and`, `else`, `in_turn`."""
    *first, end = words
    if not first:
        return end
    return say(language, f"list.{last}", first=say(language, "list.comma").join(first), last=end)


def event_words(name: str, regulation: Regulation | None, language: str) -> str:
    """How people call an event."""
    own = regulation.events.get(name) if regulation else None
    return said(own, language) if own else word(language, f"vocabulary.events.{name}", name)


def role_words(name: str, regulation: Regulation, language: str) -> str:
    """How the regulation calls a role."""
    own = regulation.roles.get(name)
    return said(own, language) if own else word(language, f"vocabulary.roles.{name}", name)


def level_words(level: str | None, regulation: Regulation, language: str) -> str:
    """The title of a level; the id where the regulation has none, nothing for nothing."""
    title = regulation.levels.get(level or "")
    return said(title, language) if title else level or ""


def step_title(step: str, language: str) -> str:
    """What a step is called: `remind-2` is 第 2 次提醒, reminder 2."""
    kind, _, number = step.partition("-")
    return word(language, f"step.title.{kind}", step).format(number=number)


def citation(cite: Cite, language: str) -> str:
    """Where a rule is written: article, file and lines, clause ids."""
    lines = say(language, "rule.lines", lines=cite.lines) if cite.lines else ""
    place = " ".join(part for part in (cite.source or "", lines) if part)
    parts = (cite.article, place, ", ".join(cite.clauses))
    return say(language, "list.semicolon").join(part for part in parts if part)


def field_words(name: str, regulation: Regulation, language: str) -> str:
    """How people call a field of a case or an event; a field that bears an event's name is called like it."""
    if field := regulation.fields.get(name):
        return said(field, language)
    role = name.removeprefix(RECORDED)
    if role in regulation.roles and (role != name or regulation.roles[role].recorded):
        return role_words(role, regulation, language)
    own = regulation.events.get(name)
    return word(language, f"vocabulary.fields.{name}", said(own, language) if own else name)


def share_words(part: float, of: str, language: str) -> str:
    """A part of a pay, bonus or appraisal that Duban does not know: 底薪的 50%, 50% of the base pay."""
    plain = of if spoken(language) == FIRST else of.replace("_", " ")
    return say(language, "rule.share", part=f"{part:.0%}", pay=word(language, f"vocabulary.pay.{of}", plain))


def value_words(field: str, value: Any, regulation: Regulation, language: str) -> str:
    """How people call a value of a field."""
    if field == "level":
        return level_words(str(value), regulation, language)
    name = text_of(value)
    if field == "duty" and (duty := regulation.rule(name)):
        return said(duty.title, language)
    own = regulation.fields.get(field)
    if own and name in own.values:
        return said(own.values[name], language)
    if own and own.is_ == "yes_no":
        return word(language, f"vocabulary.yes_no.{name}", name)
    if field not in _VALUES:
        return str(value)
    return word(language, f"{_VALUES[field]}.{name}", str(value))


def condition_words(conditions: Conditions, regulation: Regulation, language: str) -> str:
    """Conditions on fields: 渠道为现场且级别不是危机事件; nothing for none."""
    if not conditions:
        return ""
    return _all_of([_condition(name, one, regulation, language) for name, one in conditions.items()], language)


def _condition(name: str, condition: Any, regulation: Regulation, language: str) -> str:
    field = field_words(name, regulation, language)
    if not isinstance(condition, Requirement):
        values = condition if isinstance(condition, tuple) else (condition,)
        if name == "term":
            return say(language, "rule.condition.term", term=values[0])
        return say(language, "rule.condition.is", field=field, values=_values(name, values, regulation, language))
    if name == "term" and condition.at_least is not None:
        return say(language, "rule.condition.from_term", term=_bound(condition.at_least))
    parts = []
    if condition.given is not None:
        parts.append(say(language, f"rule.condition.{'given' if condition.given else 'not_given'}", field=field))
    if condition.not_:
        others = _values(name, condition.not_, regulation, language)
        own = regulation.fields.get(name)
        key = "is_no" if own and own.is_ == "yes_no" and condition.not_ == (YES,) else "is_not"
        parts.append(say(language, f"rule.condition.{key}", field=field, values=others))
    if condition.at_least is not None:
        parts.append(say(language, "rule.condition.at_least", field=field, least=_bound(condition.at_least)))
    if condition.at_most is not None:
        parts.append(say(language, "rule.condition.at_most", field=field, most=_bound(condition.at_most)))
    return _all_of(parts, language)


def _all_of(conditions: Sequence[str], language: str) -> str:
    """Joined by and; a figure and the Chinese word that follows it are set apart."""
    both = say(language, "rule.condition.and")
    apart = "" if both.startswith(" ") else " "
    return both.join(f"{one}{apart}" if one[-1:].isdecimal() else one for one in conditions).removesuffix(apart)


def _values(field: str, values: Iterable[Any], regulation: Regulation, language: str) -> str:
    """Values that are written in both languages are said in the reader's."""
    names = list(dict.fromkeys(value_words(field, value, regulation, language) for value in values))
    own = [name for name in names if bool(_CHINESE.search(name)) is (spoken(language) == FIRST)]
    return listed((name.replace("_", " ") for name in own or names), language)


def _bound(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def door_words(channel: str, language: str, *, verified: bool) -> str:
    """By which door something was said, and whether its person has shown to be that one: `by reply, verified`."""
    comma = "，" if language == FIRST else ", "
    return comma.join((say(language, f"story.channel.{channel}"), say(language, _CERTAIN[verified])))


_CERTAIN = {True: "story.verified", False: "story.claimed"}
