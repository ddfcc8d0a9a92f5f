"""The file of a language as Python reads it: sentences by their dotted keys, and what else people write for a word.

YAML takes its time, and most commands need a few words only: what a file said is kept beside it like a compiled module,
and read again when the file has changed. Where nothing can be written, every process reads the YAML.
"""

from __future__ import annotations

import contextlib
import json
import os
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any, NamedTuple

Sentence = str | dict[str, str]
ALIASES = "aliases."
PLURAL_FORMS = frozenset({"zero", "one", "two", "few", "many", "other"})
"""As CLDR names them."""


class Words(NamedTuple):
    """All that a language has to say."""

    sentences: dict[str, Sentence]
    """By their dotted keys; one that depends on a number is a mapping of its plural forms."""
    aliases: dict[str, list[str]]
    """What people write for a word, by the key below `aliases`."""


def words_of(file: Path) -> Words:
    """What a language's file says."""
    changed = file.stat()
    state = [changed.st_mtime_ns, changed.st_size]
    kept = Path(cache_from_source(str(file))).with_suffix(".json")
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads(kept.read_text(encoding="utf-8"))
        if found["state"] == state:
            return Words(found["sentences"], found["aliases"])
    words = _parsed(file)
    with contextlib.suppress(OSError):
        kept.parent.mkdir(exist_ok=True)
        fresh = kept.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps({"state": state, **words._asdict()}), encoding="utf-8")
        fresh.replace(kept)
    return words


def _parsed(file: Path) -> Words:
    import yaml  # noqa: PLC0415 -- only when a file has changed

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, Any] = {}
    _flatten(yaml.load(file.read_text(encoding="utf-8"), Loader=loader), "", found)  # noqa: S506 -- a safe loader
    aliases = {key.removeprefix(ALIASES): value for key, value in found.items() if key.startswith(ALIASES)}
    return Words({key: value for key, value in found.items() if not key.startswith(ALIASES)}, aliases)


def _flatten(words: dict[str, Any], start: str, found: dict[str, Any]) -> None:
    for name, value in words.items():
        key = f"{start}{name}"
        if isinstance(value, dict) and not value.keys() <= PLURAL_FORMS:
            _flatten(value, f"{key}.", found)
        else:
            found[key] = value
