"""The language is as large as the regulations need it, and all of them load quickly."""

from __future__ import annotations

import time

from models import SHIPPED
from models.packs.load import catalogue, load_regulation
from models.packs.reference import constructs, needed

NO_PACK = {
    "Regulation.version": "the shipped texts have no editions; those of an organisation do",
    "Penalty.cap": "a text that had one is read otherwise now; contents on record still have it",
}
"""Keys that no shipped regulation writes, with the reason why they stay."""


def test_every_key_is_needed_by_a_regulation() -> None:
    """One text is enough; a key that none needs goes."""
    need = needed()
    known = [f"{construct.name}.{key.name}" for construct in constructs() for key in construct.keys]

    assert NO_PACK.keys() == {key for key in known if not need[key]}


def test_all_regulations_load_in_two_seconds() -> None:
    """Of the processor's time, each read and checked anew."""
    started = time.process_time()
    for file in catalogue([SHIPPED]).values():
        load_regulation(file)

    assert time.process_time() - started < 2
