"""Numbers that Duban gives: for one case or for many at once, from the same row of `serials`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import select

from models.store.database import upsert
from models.store.in_array import in_array
from models.store.schema import cases, serials

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, tzinfo

    from sqlalchemy.engine import Connection

_SERIAL = re.compile(r"\{serial(?::0?[1-9]?d?)?\}")

MOST_TRIED = 2_000
"""So many numbers are tried at once where many are taken."""


def can_number(pattern: str) -> bool:
    """Whether the pattern tells one case from the next."""
    return _SERIAL.search(pattern) is not None


def month_of(opened_at: datetime, zone: tzinfo) -> tuple[int, int]:
    """Year and month of receipt in the organisation's zone."""
    local = opened_at.astimezone(zone)
    return local.year, local.month


def give(
    connection: Connection, pattern: str, month: tuple[int, int], count: int, reserved: Collection[str]
) -> list[str]:
    """The next `count` free numbers of that month; they restart each month and widen. Not `reserved` ones."""
    year, number_of_month = month
    parts = {"yy": f"{year % 100:02d}", "yyyy": f"{year:04d}", "mm": f"{number_of_month:02d}"}
    prefix = _SERIAL.sub("", pattern).format(**parts)
    first = upsert(connection, serials).values(prefix=prefix, last=0)
    last = connection.scalar(  # also locks the row until the chunk is written
        first.on_conflict_do_update(index_elements=["prefix"], set_={"last": serials.c.last}).returning(serials.c.last)
    )
    found: list[str] = []
    step = count
    while len(found) < count:
        candidates = [pattern.format(**parts, serial=last + offset) for offset in range(1, step + 1)]
        taken = set(connection.scalars(select(cases.c.number).where(in_array(connection, cases.c.number, candidates))))
        for number in candidates:
            last += 1
            if number not in taken and number not in reserved:
                found.append(number)
                if len(found) == count:
                    break
        step = min(2 * step, MOST_TRIED) if step < MOST_TRIED else step  # a file may have taken a hundred thousand
    connection.execute(serials.update().where(serials.c.prefix == prefix).values(last=last))
    return found
