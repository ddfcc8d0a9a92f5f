"""The catalogue: every language says the same things, and a sentence is never found half."""

from __future__ import annotations

from string import Formatter

import pytest

from models.wording.catalogue import FIRST, catalogue, languages, say, spoken


def places(sentence: str | dict[str, str]) -> set[str]:
    """The named places of a sentence, of all its plural forms."""
    texts = sentence.values() if isinstance(sentence, dict) else [sentence]
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", [language for language in languages() if language != FIRST])
def test_every_language_has_the_same_sentences(language: str) -> None:
    """A key that one language lacks would be an error in the middle of a mail."""
    assert catalogue(FIRST).keys() == catalogue(language).keys()


@pytest.mark.parametrize("language", languages())
def test_every_sentence_is_filled_with_the_same_things(language: str) -> None:
    """Nothing that is said in Chinese gets lost in another language, and no place stays empty."""
    differing = {
        key: (places(catalogue(FIRST)[key]), places(sentence))
        for key, sentence in catalogue(language).items()
        if places(catalogue(FIRST)[key]) - {"count"} != places(sentence) - {"count"}
    }
    assert {} == differing


def test_an_unknown_language_is_answered_in_chinese() -> None:
    """Who names no language, or one that there is no file for, reads Chinese."""
    assert ["zh", "zh", "en"] == [spoken(None), spoken("de"), spoken("en-GB")]


def test_a_missing_sentence_is_an_error() -> None:
    """Better than a mail with a hole."""
    with pytest.raises(KeyError):
        say("zh", "no.such.sentence")
