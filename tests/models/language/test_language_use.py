"""All regulations load quickly."""

from __future__ import annotations

import time

from models import SHIPPED
from models.packs.load import catalogue, load_regulation


def test_all_regulations_load_in_two_seconds() -> None:
    """Of the processor's time, each read and checked anew."""
    started = time.process_time()
    for file in catalogue([SHIPPED]).values():
        load_regulation(file)

    assert time.process_time() - started < 2
