"""The words of figures in every language of the catalogue: they are stored beside the numbers that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ConfigDict, SerializationInfo, SerializerFunctionWrapHandler, model_serializer

from models.language.words import Text
from models.wording.catalogue import FIRST, SECOND, languages, say

if TYPE_CHECKING:
    from collections.abc import Callable

FOR_THE_HASH = {"languages": (FIRST, SECOND)}
"""A context of serialization: only the languages that every deployment has, so that a new one changes no figure."""


class Phrase(Text):
    """The same words in Chinese, in English, and in whatever other language there was when they were written."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, str]

    @model_serializer(mode="wrap")
    def _written(self, write: SerializerFunctionWrapHandler, info: SerializationInfo) -> dict[str, str]:
        words: dict[str, str] = write(self)
        if info.context is not FOR_THE_HASH:
            return words
        return {language: words[language] for language in FOR_THE_HASH["languages"]}


def phrase(key: str, /, **values: object) -> Phrase:
    """The sentence of that key in each language; values that are texts themselves are said in the same one."""
    return in_each(
        lambda language: say(
            language,
            key,
            **{name: said(value, language) if isinstance(value, Text) else value for name, value in values.items()},
        )
    )


def in_each(words: Callable[[str], str]) -> Phrase:
    """What those words are in each language."""
    return Phrase.model_validate({language: words(language) for language in languages()})


def phrase_of(text: Text) -> Phrase:
    """What a regulation says in its two languages."""
    return Phrase(zh=text.zh, en=text.en)


def said(text: Text, language: str) -> str:
    """In that language; in English where it was not known when the words were written."""
    return text.zh if language == FIRST else (text.model_extra or {}).get(language, text.en)
