"""How often a statement is made: a module of its own, because the command line offers the choice and starts quickly."""

from __future__ import annotations

from enum import StrEnum


class StatementCadence(StrEnum):
    """How often a statement is made."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEAR = "half-year"
    ANNUAL = "annual"
