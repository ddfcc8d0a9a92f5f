"""The catalogue: every language says the same things, and a sentence is never found half."""

from __future__ import annotations

import os
from string import Formatter
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from models.wording.catalogue import FIRST, LANGUAGES, catalogue, languages, say, spoken, word
from models.wording.files import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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


def test_words_that_people_may_choose_have_a_default() -> None:
    """A pack may name events, kinds and pays that the catalogue has never heard of."""
    assert ["登记", "tea"] == [word("zh", f"vocabulary.events.{name}", name) for name in ("registered", "tea")]


@pytest.mark.parametrize("language", languages())
def test_aliases_belong_to_words(language: str) -> None:
    """What else people write stands for a word that there is."""
    keys = {key.partition(".")[::2] for key in words_of(LANGUAGES / f"{language}.yaml").aliases} - {("language", "")}

    assert set() == {f"{table}.{name}" for table, name in keys if f"vocabulary.{table}.{name}" not in catalogue(FIRST)}


@pytest.mark.parametrize("language", languages())
def test_no_key_is_written_twice(language: str) -> None:
    """YAML would silently take the last."""
    assert [] == list(doubled(yaml.compose((LANGUAGES / f"{language}.yaml").read_text(encoding="utf-8"))))


def doubled(node: Any) -> Iterator[str]:
    """The keys that stand twice in a mapping."""
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        yield from (key for key in set(keys) if keys.count(key) > 1)
        for _, value in node.value:
            yield from doubled(value)


def test_a_file_is_parsed_once_until_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a module is compiled; a file that changes is read again, and what was kept and is broken does not matter."""
    file = tmp_path / "xx.yaml"
    file.write_text("greeting: Hello\naliases: {events: {closed: [shut]}}\n", encoding="utf-8")
    first = words_of(file)
    with monkeypatch.context() as patched:
        patched.setattr(yaml, "load", None)
        again = words_of(file)
    file.write_text("greeting: Hi\n", encoding="utf-8")
    os.utime(file, (1, 1))
    changed = words_of(file)
    next((tmp_path / "__pycache__").iterdir()).write_text("{", encoding="utf-8")

    assert ({"greeting": "Hello"}, {"events.closed": ["shut"]}) == first == again
    assert {"greeting": "Hi"} == changed.sentences == words_of(file).sentences
