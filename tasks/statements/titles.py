"""What a statement is called, in a subject, a run or a page."""

from __future__ import annotations

from typing import Any

from models.calendar.periods import CADENCES
from models.wording.catalogue import say
from tasks.mail.subjects import SUBJECT_LENGTH, one_line


def number_of(row: Any) -> str:
    """`FX-2026-W47`, `FX-2026-11-standard-complaints`, `FX-2026-11-r2`: the number of its case."""
    parts = ["FX", row.period]
    if row.cadence not in CADENCES:
        parts.append(row.cadence)
    if row.regulation:
        parts.append(row.regulation[:50])
    if row.revision > 1:
        parts.append(f"r{row.revision}")
    return "-".join(parts)


def named(row: Any, language: str) -> str:
    """`2026-11 月报`, `monthly statement 2026-11`."""
    return say(
        language, "statement.named", period=row.period, cadence=say(language, f"statement.cadence.{row.cadence}")
    )


def title(row: Any, language: str) -> str:
    """`2026-11 月报 · 全部制度`, `monthly statement 2026-11 · all regulations`."""
    parts = [named(row, language), row.regulation or say(language, "statement.all_regulations")]
    if row.revision > 1:
        parts.append(say(language, "statement.revision", revision=row.revision))
    return " · ".join(parts)


def subject(row: Any, purpose: str, part: str, language: str, number: str, stead: str | None = None) -> str:
    """The subject of a mail about a statement, one line; `stead` is in whose place the reader gets it."""
    asks = purpose in ("review", "returned")
    tail = [say(language, f"statement.purpose.{purpose}") if asks else "", part, number if asks else ""]
    instead = say(language, "statement.subject.instead", name=stead) if stead else ""
    line = say(language, "statement.subject.head") + " · ".join([title(row, language), *filter(None, tail)]) + instead
    return one_line(line, SUBJECT_LENGTH)
