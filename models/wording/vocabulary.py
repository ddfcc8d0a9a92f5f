"""From what people write to ids: events, channels, results, secrecy classes, languages, roles, levels.

Files come in any language that there is; the record holds ids only. Whatever is looked up, case, spaces, hyphens and
full-width forms do not count.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from models.language.written import folded
from models.wording.catalogue import aliases, languages, section

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from models.language.regulation import Regulation, Role
    from models.language.words import Text


def event_id(text: str, regulation: Regulation | None = None) -> str | None:
    """The id of an event written as id or in words; the regulation's own go before the standard ones."""
    return (_find(text, regulation.events) if regulation else None) or _known(text, "events")


def level_id(text: str, regulation: Regulation) -> str | None:
    """The id of a level of the regulation, given as id or title."""
    return _find(text, regulation.levels)


def role_id(text: str, regulation: Regulation | None = None) -> str | None:
    """The id of a role given as id or title; a title of the regulation goes before the usual ones."""
    return (_find(text, regulation.roles) if regulation else None) or _known(text, "roles")


def role_ids(text: str, regulations: Iterable[Regulation]) -> frozenset[str]:
    """Every role that people of these regulations call so: two may have different ids under one title."""
    known = (_known(text, "roles"), *(_find(text, rules.roles) for rules in regulations))
    return frozenset(role for role in known if role is not None)


def channel_id(text: str) -> str | None:
    """The id of the way by which a complaint came."""
    return _known(text, "channels")


def satisfaction_id(text: str) -> str | None:
    """`satisfied` or `dissatisfied`."""
    return _known(text, "satisfaction")


def outcome_id(text: str) -> str | None:
    """The id of how an attempt or a handling ended."""
    return _known(text, "outcomes")


def secrecy_id(text: str) -> str | None:
    """The id of a secrecy class."""
    return _known(text, "secrecy")


def kind_id(text: str) -> str | None:
    """The id of a kind of case."""
    return _known(text, "kinds")


def language_id(text: str) -> str | None:
    """`zh`, `en`: a language that there is."""
    return _languages().get(folded(text))


@lru_cache(maxsize=4096)
def _known(text: str, table: str) -> str | None:
    return _ids(table).get(folded(text))


@lru_cache(maxsize=16)
def _ids(table: str) -> dict[str, str]:
    """Every way of writing, folded, with its id; an id and its word go before other ways of writing."""
    tongues = [(language, section(language, f"vocabulary.{table}")) for language in languages()]
    names = tuple(tongues[0][1])
    found: dict[str, str] = {}
    for name in names:
        found |= dict.fromkeys((folded(text) for text in (name, *(words[name] for _, words in tongues))), name)
    for name in names:
        for language, _ in tongues:
            for text in aliases(language, f"{table}.{name}"):
                found.setdefault(folded(text), name)
    return found


@lru_cache(maxsize=1)
def _languages() -> dict[str, str]:
    return {folded(text): language for language in languages() for text in (language, *aliases(language, "language"))}


def _find(text: str, named: Mapping[str, Text] | Mapping[str, Role]) -> str | None:
    """Among what a regulation names: ids, then titles."""
    wanted = folded(text)
    for name, words in named.items():
        if wanted in (folded(name), folded(words.zh), folded(words.en)):
            return name
    return None
