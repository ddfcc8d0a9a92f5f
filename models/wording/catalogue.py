"""Every sentence of the interface, one file for each language in `languages/`: a third language is a file.

A sentence has a dotted key (`rule.task.length`) and named places: `{who} must see to {stop}`. One that depends on a
number is a mapping of the plural forms of its language (`one`, `few`, `other` .., as CLDR names them), chosen by
`count`. A place that a language leaves unsaid is written `{place:.0}`.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from models.wording.files import Sentence, Words, words_of

LANGUAGES = Path(__file__).parent / "languages"
FIRST = "zh"
"""The language of whoever names none that there is."""
SECOND = "en"


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """The languages that there are, by the names of their files."""
    return tuple(sorted(file.stem for file in LANGUAGES.glob("*.yaml")))


@lru_cache(maxsize=64)
def spoken(language: str | None) -> str:
    """The language to write in: the one asked for (`en-GB` is `en`) where there is a file for it, else Chinese."""
    short = (language or FIRST)[:2].lower()
    return short if short in languages() else FIRST


def say(language: str | None, key: str, /, **values: object) -> str:
    """The sentence of that key in that language, with its places filled; KeyError when there is none."""
    sentence = catalogue(spoken(language))[key]
    if isinstance(sentence, dict):
        sentence = sentence.get(_plural(spoken(language), str(values["count"]))) or sentence["other"]
    return sentence.format_map(values) if values else sentence


def both(key: str, /, **values: object) -> str:
    """Chinese first, English second, for the record and the command line: `已关闭 (closed)`."""
    return f"{say(FIRST, key, **values)} ({say(SECOND, key, **values)})"


def word(language: str | None, key: str, default: str) -> str:
    """The word of that key, for what people may name as they like; the default where there is none."""
    found = catalogue(spoken(language)).get(key)
    return found if isinstance(found, str) else default


def section(language: str | None, key: str) -> dict[str, str]:
    """Every plain sentence below a key, by the rest of its key: the words of a table, of a template."""
    start = f"{key}."
    found = catalogue(spoken(language)).items()
    return {name.removeprefix(start): text for name, text in found if name.startswith(start) and isinstance(text, str)}


def catalogue(language: str) -> dict[str, Sentence]:
    """All sentences of a language by their dotted keys."""
    return _words(language).sentences


def aliases(language: str, key: str) -> list[str]:
    """What else people write for a word of the vocabulary: `events.registered` is 受理 as well."""
    return _words(language).aliases.get(key, [])


@lru_cache(maxsize=8)
def _words(language: str) -> Words:
    return words_of(LANGUAGES / f"{language}.yaml")


@lru_cache(maxsize=1024)
def _plural(language: str, count: str) -> str:
    """Which plural form a number takes."""
    from babel import Locale  # noqa: PLC0415 -- only for what is counted

    return str(Locale.parse(language).plural_form(float(count)))
