"""Keys that tell the same case or event when it is imported or recorded again."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from models.calendar.instants import iso

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_IDENTITY = {"loan": ("item", "borrower"), "complaint": ("customer", "content")}


def intake_key(kind: str, opened_at: datetime, fields: Mapping[str, Any]) -> str:
    """The same for the same receipt: kind, instant, customer and content; of a loan item, borrower and instant.

    A case of another kind that names neither customer nor content is told by everything that it says.
    Runs of white space count as one space: a line break that another program writes differently changes nothing.
    """
    named: tuple[str, ...] = _IDENTITY.get(kind) or _IDENTITY["complaint"]
    if kind not in _IDENTITY and not any(fields.get(name) for name in named):
        named = tuple(sorted(fields))
    return _digest([kind, iso(opened_at), *(" ".join(str(fields.get(name) or "").split()) for name in named)])


def duty_key(regulation: str, duty: str, period: str, whose: str) -> str:
    """The same for the same occurrence of a recurring duty: its regulation, its period and whose case it is."""
    return _digest(["duty", regulation, duty, period, whose])


def event_key(name: str, at: datetime, by: str | None, fields: Mapping[str, Any]) -> str:
    """The same for the same event of a case; empty fields and their order do not count."""
    kept = sorted((key, value) for key, value in fields.items() if value not in (None, ""))
    return _digest([name, iso(at), by or "", kept])


def _digest(parts: list[Any]) -> str:
    return hashlib.sha256(_ENCODER.encode(parts).encode()).hexdigest()
