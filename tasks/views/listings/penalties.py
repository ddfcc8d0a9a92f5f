"""Every penalty, the oldest first, those withdrawn too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models.store.schema import cases, penalties
from models.wording.catalogue import FIRST, SECOND
from models.wording.phrases import share_words
from tasks.views.listings.shape import Listing, fields

if TYPE_CHECKING:
    from sqlalchemy.engine import Row

_NAMES = ("rule", "round", "seq", "who", "amount", "points", "share", "of", "measure", "at", "withdrawn_at", "note")
_STANDING = penalties.c.withdrawn_at.is_(None)


def _shape(row: Row[Any]) -> dict[str, Any]:
    shares = [share_words(row.share, row.of or "", language) for language in (FIRST, SECOND)] if row.share else []
    return {
        "case": row.number,
        **fields(row, _NAMES),
        "share_of": " ".join(shares) or None,
        "state": "standing" if row.withdrawn_at is None else "withdrawn",
    }


PENALTIES = Listing(
    query=select(cases.c.number, *(penalties.c[name] for name in _NAMES))
    .join(cases, cases.c.id == penalties.c.case_id)
    .order_by(penalties.c.at, penalties.c.id),
    shape=_shape,
    of_case=lambda key: penalties.c.case_id == key,
    states={"standing": _STANDING, "withdrawn": ~_STANDING},
)
