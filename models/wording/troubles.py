"""Why a case cannot be watched, in words: what is to be filled in, corrected or recorded. Chinese / English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.wording.catalogue import FIRST, SECOND, say, spoken
from models.wording.phrases import event_words, field_words, value_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.language.regulation import Regulation

APART = " / "
"""Stands between the two languages of a trouble."""


def unwatched_words(fields: Mapping[str, Sequence[str]], events: Sequence[str], rules: Regulation) -> str:
    """Which fields decide, with their values; or which events begin the clocks."""
    return APART.join(_unwatched(fields, events, rules, language) for language in (FIRST, SECOND))


def misread_words(field: str, text: str, meant: str | None, rules: Regulation) -> str:
    """What is wrong with a field, and what to write instead where that is known."""
    key = "trouble.misread" if meant is None else "trouble.not_plain"
    return APART.join(
        say(language, key, field=_field(field, rules, language), text=text, meant=meant or "")
        for language in (FIRST, SECOND)
    )


def both_languages(troubles: Sequence[str]) -> str:
    """Several troubles as one: first all in Chinese, then all in English."""
    return APART.join(
        dict.fromkeys("; ".join(in_language(one, language) for one in troubles) for language in (FIRST, SECOND))
    )


def in_language(trouble: str, language: str) -> str:
    """The half of a trouble that the reader reads; the whole where it has only one."""
    chinese, apart, english = trouble.partition(APART)
    return chinese if not apart or spoken(language) == FIRST else english


def beginnings() -> tuple[str, str]:
    """With what begins that fields have to be filled in, and that clocks begin with a later event (in Chinese)."""
    gap = "\0"
    asked, later = (say(FIRST, f"trouble.{key}", **{place: gap}) for key, place in _GAPS)
    return asked.partition(gap)[0], later.partition(gap)[0]


_GAPS = (("unwatched", "fields"), ("until", "events"))


def _unwatched(fields: Mapping[str, Sequence[str]], events: Sequence[str], rules: Regulation, language: str) -> str:
    if not fields:
        names = say(language, "list.comma").join(event_words(name, rules, language) for name in events)
        return say(language, "trouble.until", events=names)
    named = [
        say(
            language,
            "trouble.field_values" if values else "trouble.field",
            field=_field(name, rules, language),
            values=say(language, "trouble.or").join(_value(name, value, rules, language) for value in values),
        )
        for name, values in fields.items()
    ]
    return say(language, "trouble.unwatched", fields=say(language, "list.semicolon").join(named))


def _field(name: str, rules: Regulation, language: str) -> str:
    """The title with the name in brackets: a form knows the one, the command line the other."""
    title = field_words(name, rules, language)
    return name if title == name else say(language, "trouble.named", title=title, name=name)


def _value(field: str, value: str, rules: Regulation, language: str) -> str:
    title = value_words(field, value, rules, language)
    return title if spoken(language) == FIRST else value
