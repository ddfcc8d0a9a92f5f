"""How much of the written regulations the packs carry out; nothing counts that no story has shown just now."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import yaml

from models import SHIPPED
from models.errors import UsageError
from models.packs.cite import clauses, provisions, waived
from models.packs.load import load_regulation
from models.packs.places import BY_ID
from tasks.scenarios.exercised import exercised
from tasks.scenarios.run import run
from tasks.scenarios.scenario import load_scenarios

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from models.language.regulation import Regulation
    from models.packs.cite import Clause, Provision
    from tasks.scenarios.run import Result
    from tasks.scenarios.scenario import Scenarios
    from tasks.scenarios.stage import Stage


class Covered(StrEnum):
    """Of a clause: shown by a story that passed; waiting for a figure of the deployment; left out with a reason."""

    COVERED = "covered"
    OPEN = "open"
    WAIVED = "waived"
    MISSING = "missing"


@dataclass(frozen=True)
class ClauseCoverage:
    """One clause; `why` says what is missing, or why it is left out."""

    clause: Clause
    state: Covered
    parts: tuple[str, ...] = ()
    stories: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class RegulationCoverage:
    """One regulation with its clauses and its stories."""

    regulation: str
    clauses: tuple[ClauseCoverage, ...]
    stories: int = 0
    failed: tuple[Result, ...] = ()

    def count(self, state: Covered) -> int:
        """How many clauses are in that state."""
        return sum(one.state is state for one in self.clauses)

    @property
    def is_whole(self) -> bool:
        """Whether every story passed and no clause is missing."""
        return not self.failed and not self.count(Covered.MISSING)


def systems() -> tuple[str, ...]:
    """Every regulation of the clause list, in its order."""
    return tuple(dict.fromkeys(clause.regulation for clause in clauses()))


def coverage(stage: Stage, name: str, stories: Path, packs: Path = SHIPPED) -> RegulationCoverage:
    """Play all stories of one regulation and look at each of its clauses. UsageError for an unknown regulation."""
    own = [clause for clause in clauses() if clause.regulation == name]
    if not own:
        raise UsageError(f"the clause list knows no regulation {name!r}: one of {', '.join(systems())}")
    file = packs / f"{name}.yaml"
    if not file.is_file():
        left = [_uncovered(clause, (), (), "there is no pack") for clause in own]
        return RegulationCoverage(name, tuple(left))
    pack, found = load_regulation(file), provisions(file)
    told = stories / f"{name}.yaml"
    results = list(run(stage, _stories(told), packs)) if told.is_file() else []
    shown = [(result, exercised(pack, found, result.story)) for result in results]
    return RegulationCoverage(
        name,
        tuple(_clause(clause, pack, found, shown) for clause in own),
        len(results),
        tuple(result for result in results if not result.passed),
    )


def _stories(file: Path) -> Scenarios:
    try:
        return load_scenarios(file)
    except (ValueError, yaml.YAMLError) as error:
        raise UsageError(f"{file} cannot be read as stories: {error}") from error


def carriers(found: Iterable[Provision], clause: str) -> list[Provision]:
    """The parts that cite a clause; where none does, those that use a setting about it."""
    own = [part for part in found if clause in part.own]
    return own or [part for part in found if clause in part.clauses]


def _clause(
    clause: Clause, pack: Regulation, found: Iterable[Provision], shown: Iterable[tuple[Result, set[tuple[str, str]]]]
) -> ClauseCoverage:
    carrying = {(part.kind, part.name) for part in carriers(found, clause.id)}
    names = tuple(sorted(name if kind in BY_ID else kind for kind, name in carrying))
    telling = [(result, playing & carrying) for result, playing in shown if clause.id in result.story.clauses]
    good = tuple(result.story.name for result, playing in telling if playing and result.passed)
    if good:
        return ClauseCoverage(clause, Covered.COVERED, names, good)
    waits = [name for name, setting in pack.open_settings.items() if clause.id in setting.clauses]
    if waits:
        return ClauseCoverage(clause, Covered.OPEN, names, (), f"waits for the setting {', '.join(waits)}")
    return _uncovered(clause, names, telling, "no part of the pack cites it")


def _uncovered(
    clause: Clause, names: tuple[str, ...], telling: Iterable[tuple[Result, set[tuple[str, str]]]], why: str
) -> ClauseCoverage:
    reason = waived().get(clause.id)
    if reason is not None and not names:
        return ClauseCoverage(clause, Covered.WAIVED, why=reason)
    if names:
        why = "; ".join(_reasons(names, telling)) or "no story names it"
    return ClauseCoverage(clause, Covered.MISSING, names, why=why)


def _reasons(names: tuple[str, ...], telling: Iterable[tuple[Result, set[tuple[str, str]]]]) -> Iterator[str]:
    for result, playing in telling:
        if not result.passed:
            yield f"the story “{result.story.name}” fails"
        elif not playing:
            yield f"{', '.join(names)} plays no part in the story “{result.story.name}”"
