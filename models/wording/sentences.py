"""A regulation in plain words: each rule, gate, pause and round cap as one sentence with its article.

For `duban check`, `explain` and the mails. Who asks for a language that there is none of is answered in Chinese.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.calendars import Hours
from models.language.permissions import Approval, Authority, Counter, Gate
from models.language.regulation import Pause, Regulation, Rounds
from models.language.rules import Duty, Rule
from models.wording.duties import duty_clauses
from models.wording.gates import gate_clauses
from models.wording.hours import hours_clauses
from models.wording.permissions import approval_clauses, authority_clauses, counter_clauses
from models.wording.rounds import pause_clauses, rounds_clauses
from models.wording.rules import rule_clauses
from models.wording.speaker import Speaker

if TYPE_CHECKING:
    from collections.abc import Iterator


def sentences(regulation: Regulation, language: str) -> Iterator[tuple[str, str]]:
    """Everything a regulation says, in its order: pairs of an id and a sentence."""
    for rule in regulation.rules:
        yield rule.id, sentence(rule, regulation, language)
    for duty in regulation.duties:
        yield duty.id, sentence(duty, regulation, language)
    for index, pause in enumerate(regulation.pauses, 1):
        yield f"pause-{index}", sentence(pause, regulation, language)
    if regulation.rounds.next:
        yield "rounds", sentence(regulation.rounds, regulation, language)
    parts: tuple[Gate | Approval | Authority | Counter, ...]
    parts = (*regulation.gates, *regulation.approvals, *regulation.authorities, *regulation.counters)
    for part in parts:
        yield part.id, sentence(part, regulation, language)
    for index, hours in enumerate(regulation.hours, 1):
        yield f"hours-{index}", sentence(hours, regulation, language)


def sentence(
    rule: Rule | Duty | Gate | Approval | Authority | Counter | Hours | Rounds | Pause,
    regulation: Regulation,
    language: str,
) -> str:
    """One sentence that says all of a rule, with its article."""
    speak = Speaker(regulation, language)
    if isinstance(rule, Rule):
        clauses = rule_clauses(speak, rule)
    elif isinstance(rule, Duty):
        clauses = duty_clauses(speak, rule)
    elif isinstance(rule, Gate):
        clauses = gate_clauses(speak, rule)
    elif isinstance(rule, Approval):
        clauses = approval_clauses(speak, rule)
    elif isinstance(rule, Authority):
        clauses = authority_clauses(speak, rule)
    elif isinstance(rule, Counter):
        clauses = counter_clauses(speak, rule)
    elif isinstance(rule, Hours):
        clauses = hours_clauses(speak, rule)
    elif isinstance(rule, Rounds):
        clauses = rounds_clauses(speak, rule)
    else:
        clauses = pause_clauses(speak, rule)
    said = speak.joined(clauses, "semicolon")
    if rule.cite is None:
        return speak.say("sentence", clauses=said)
    return speak.say("cited", clauses=said, article=rule.cite.article)
