"""A problem: what is wrong, and the one command that puts it right. Status, artifact and alarms tell the same ones."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from models.language.words import Text


class Severity(StrEnum):
    """Whether somebody has to be fetched for it."""

    ALARM = "alarm"
    """Now: it is told beside mail too."""
    WARNING = "warning"
    """In the day: it stands in the status until it is put right, and nobody is woken."""


IDS = (
    "mail-server",
    "sweep",
    "prefect",
    "disk",
    "trouble",
    "unwatched",
    "dead",
    "in-doubt",
    "held",
    "audit",
    "unset",
)
"""What can be wrong, the gravest first; this is the order in which problems are told. The ids are a contract."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    `since` is None where nobody knows it; `count` is how many are concerned (1 where nothing is counted); `do` names
    one command.
    """

    id: str
    what: Text
    since: datetime | None
    count: int
    do: Text
    severity: Severity
