"""What a statement is called, in a subject, a run or a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.calendar.periods import CADENCES
from tasks.mail.environment import spoken
from tasks.mail.subjects import SUBJECT_LENGTH, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

_CADENCES: Mapping[str, tuple[str, str]] = {
    "weekly": ("周报", "weekly statement"),
    "monthly": ("月报", "monthly statement"),
    "quarterly": ("季报", "quarterly statement"),
    "half-year": ("半年报", "half-year statement"),
    "annual": ("年报", "annual statement"),
    "loans": ("未还资料清单", "list of what was not returned"),
}
_PURPOSES: Mapping[str, tuple[str, str]] = {
    "review": ("待审阅", "for your review"),
    "general": ("", ""),
    "department": ("", ""),
    "returned": ("已退回", "returned"),
}


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


def title(row: Any, language: str) -> str:
    """`2026-11 月报 · 全部制度`, `monthly statement 2026-11 · all regulations`."""
    cadence = _pick(_CADENCES[row.cadence], language)
    of_all = _pick(("全部制度", "all regulations"), language)
    named = f"{row.period} {cadence}" if spoken(language) == "zh" else f"{cadence} {row.period}"
    revision = _pick((f" · 第 {row.revision} 版", f" · revision {row.revision}"), language) if row.revision > 1 else ""
    return f"{named} · {row.regulation or of_all}{revision}"


def subject(row: Any, purpose: str, part: str, language: str, number: str, stead: str | None = None) -> str:
    """The subject of a mail about a statement, one line; `stead` is in whose place the reader gets it."""
    head = _pick(("【分析报告】", "[Statement] "), language)
    tail = [_pick(_PURPOSES[purpose], language), part, number if purpose in ("review", "returned") else ""]
    instead = _pick((f"（代 {stead}）", f" (for {stead})"), language) if stead else ""
    return one_line(head + " · ".join([title(row, language), *filter(None, tail)]) + instead, SUBJECT_LENGTH)


def _pick(words: tuple[str, str], language: str) -> str:
    return words[0] if spoken(language) == "zh" else words[1]
