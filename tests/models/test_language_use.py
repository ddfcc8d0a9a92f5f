"""The language is as large as the regulations need it: every key is used by several of them, and all load quickly."""

from __future__ import annotations

import time
from collections import Counter

from models.loading import SHIPPED, catalogue, load_regulation
from models.reference import keys_used, sections


def test_every_key_is_used_by_two_regulations() -> None:
    """A key that one regulation alone needs is no part of a language."""
    used = Counter(key for file in catalogue([SHIPPED]).values() for key in keys_used(load_regulation(file)))
    known = [f"{section.name}.{key.name}" for section in sections() for key in section.keys]
    rare = {key: used[key] for key in known if used[key] < 2}

    assert {} == rare


def test_all_regulations_load_in_two_seconds() -> None:
    """Of the processor's time, each read and checked anew."""
    started = time.process_time()
    for file in catalogue([SHIPPED]).values():
        load_regulation(file)

    assert time.process_time() - started < 2
