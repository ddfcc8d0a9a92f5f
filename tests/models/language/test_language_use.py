"""The language is as large as the regulations need it: every key is used by several of them, and all load quickly."""

from __future__ import annotations

import time
from collections import Counter

from models import SHIPPED
from models.packs.load import catalogue, load_regulation
from models.packs.reference import constructs, keys_used

ONE_CLAUSE = {
    "Hours.since": "property-service-desk:01 and :02 are the only hours that change with the season",
    "Hours.until": "property-service-desk:01 and :02 are the only hours that change with the season",
}
"""Keys without which a clause could not be written, though no other text needs them."""
NO_CLAUSE = {"Regulation.version": "the shipped texts have no editions; those of an organisation do"}
"""Keys that no text asks for."""


def test_every_key_is_used_by_two_regulations() -> None:
    """A key that one regulation alone needs is no part of a language, but for the few that one text cannot miss."""
    used = Counter(key for file in catalogue([SHIPPED]).values() for key in keys_used(load_regulation(file)))
    known = [f"{construct.name}.{key.name}" for construct in constructs() for key in construct.keys]
    rare = {key: used[key] for key in known if used[key] < 2}

    assert dict.fromkeys(ONE_CLAUSE, 1) | dict.fromkeys(NO_CLAUSE, 0) == rare


def test_all_regulations_load_in_two_seconds() -> None:
    """Of the processor's time, each read and checked anew."""
    started = time.process_time()
    for file in catalogue([SHIPPED]).values():
        load_regulation(file)

    assert time.process_time() - started < 2
