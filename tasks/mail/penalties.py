"""The penalty of lateness, as the reader of a mail or a form is told it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.language.rules import Rule
from models.timeline.penalties import BRANCH, branch, in_case
from models.wording import penalties
from models.wording.phrases import said, share_words
from models.wording.speaker import Speaker
from tasks.mail.words import joined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.language.permissions import Gate
    from models.language.regulation import Regulation


def penalty_in_case(rule: Rule | Gate | None, regulation: Regulation, facts: Mapping[str, Any], language: str) -> str:
    """The penalty of an overrun in such a case, each further stretch and the cap included; empty where it is free."""
    if not isinstance(rule, Rule) or rule.soft:
        return ""
    penalty = in_case(rule.penalty, facts)
    if penalty is None:
        return ""
    speak = Speaker(regulation, language)
    free = not penalties.figure_words(speak, penalty) and penalty.otherwise is None
    return "" if free else penalties.penalty_details(speak, penalty, penalties.figure_words)


def beside_money(row: Any, rule: Rule | Gate | None, language: str) -> str:
    """What a row of the ledger takes beside yuan and points: a share, a measure; in the reader's language."""
    penalty = branch(rule.penalty, row.seq) if isinstance(rule, Rule) else None
    parts = [share_words(row.share, row.of or "", language)] if row.share else []
    if row.measure:
        own = penalty.measure if penalty else None
        is_same = own is not None and row.measure == f"{own.zh} ({own.en})"
        parts.append(said(own, language) if own and is_same else row.measure)
    return joined(parts, language)


def cap_words(row: Any, rule: Rule | Gate | None, regulation: Regulation | None, language: str) -> str:
    """How much of it a month may take at most, where its rule says so."""
    penalty = branch(rule.penalty, row.seq) if isinstance(rule, Rule) else None
    if penalty is None or penalty.cap is None or regulation is None:
        return ""
    return penalties.cap_words(Speaker(regulation, language), penalty.cap)


def turn(row: Any, rule: Rule | Gate | None) -> int:
    """The how-manieth penalty of one overrun it is; 0 where only the due instant has one."""
    penalty = branch(rule.penalty, row.seq) if isinstance(rule, Rule) else None
    return 0 if penalty is None or not penalty.per else row.seq % BRANCH + 1
