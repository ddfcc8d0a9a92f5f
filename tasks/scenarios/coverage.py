"""How much of the written regulations the packs carry out: what their stories would notice if the pack said otherwise.

A clause counts as carried out when stories that name it pass, and none of the mutants of the parts that cite it does
(`mutants.py`).
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing import get_context
from typing import TYPE_CHECKING

import yaml

from models import SHIPPED
from models.errors import UsageError
from models.packs.cite import AUTHORITIES, clauses, provisions, waived
from models.packs.load import load_regulation
from models.packs.places import BY_ID
from tasks.scenarios.mutants import spelt_out
from tasks.scenarios.run import run
from tasks.scenarios.scenario import load_scenarios
from tasks.scenarios.stage import Stage
from tasks.scenarios.survivors import survivors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from models.packs.cite import Clause, Provision
    from tasks.scenarios.mutants import Mutant
    from tasks.scenarios.run import Result
    from tasks.scenarios.scenario import Scenarios


class Covered(StrEnum):
    """Of a clause: what the stories show of it."""

    CARRIED_OUT = "carried out"
    WAITING = "waiting"
    """For a figure that the deployment has to set."""
    NOMINAL = "nominal"
    """In name: something that the pack says about it could be otherwise, and no story would notice."""
    WAIVED = "waived"
    """Left out, with a reason."""
    MISSING = "missing"
    """No part of the pack cites it, no story names it, or its story fails."""


@dataclass(frozen=True)
class ClauseCoverage:
    """One clause; `why` says what is missing or waited for, or why it is left out."""

    clause: Clause
    state: Covered
    parts: tuple[str, ...] = ()
    stories: tuple[str, ...] = ()
    survivors: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class RegulationCoverage:
    """One regulation with its clauses, its stories and the mutants that no story noticed.

    `content` is a digest of pack and stories, which says whether a coverage is still about them.
    """

    regulation: str
    content: str
    clauses: tuple[ClauseCoverage, ...]
    stories: int = 0
    failed: tuple[Result, ...] = ()
    survivors: tuple[str, ...] = ()

    def count(self, state: Covered) -> int:
        """How many clauses are in that state."""
        return sum(one.state is state for one in self.clauses)

    @property
    def is_whole(self) -> bool:
        """Whether every story passed, and no clause is missing or covered in name only."""
        return not (self.failed or self.count(Covered.MISSING) or self.count(Covered.NOMINAL))

    def recorded(self) -> dict[str, object]:
        """What is kept of it in a file: counts, the clauses that are not carried out, the surviving mutants."""
        by_state = {
            state.value: [one.clause.id for one in self.clauses if one.state is state]
            for state in Covered
            if state is not Covered.CARRIED_OUT and self.count(state)
        }
        return {
            "content": self.content,
            "clauses": len(self.clauses),
            Covered.CARRIED_OUT.value: self.count(Covered.CARRIED_OUT),
            **by_state,
            **({"survivors": sorted(self.survivors)} if self.survivors else {}),
        }


def systems() -> tuple[str, ...]:
    """Every regulation of the clause list, in its order."""
    return tuple(dict.fromkeys(clause.regulation for clause in clauses()))


def content(name: str, stories: Path, packs: Path = SHIPPED) -> str:
    """A digest of what a coverage depends on beside the program: the pack and its stories, as they are written."""
    files = [folder / f"{name}.yaml" for folder in (packs, stories)]
    written = b"\0".join(file.read_bytes() if file.is_file() else b"" for file in files)
    return hashlib.sha256(written).hexdigest()[:16]


def coverages(names: Iterable[str], stories: Path, packs: Path = SHIPPED) -> Iterator[RegulationCoverage]:
    """The coverage of several regulations, in their order, made on all processors. UsageError for an unknown one."""
    several = list(names)
    if len(several) == 1:
        with Stage() as stage:
            yield coverage(stage, several[0], stories, packs)
        return
    by_size = sorted(several, key=lambda name: -_size(packs / f"{name}.yaml"))
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        running = {name: pool.submit(_alone, name, stories, packs) for name in by_size}
        for name in several:
            yield running[name].result()


def _size(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0


def _alone(name: str, stories: Path, packs: Path) -> RegulationCoverage:
    with Stage() as stage:
        return coverage(stage, name, stories, packs)


def coverage(stage: Stage, name: str, stories: Path, packs: Path = SHIPPED) -> RegulationCoverage:
    """Play all stories of one regulation, also on its mutants, and look at each of its clauses.

    UsageError for an unknown regulation.
    """
    own = [clause for clause in clauses() if clause.regulation == name]
    if not own:
        raise UsageError(f"the clause list knows no regulation {name!r}: one of {', '.join(systems())}")
    digest = content(name, stories, packs)
    file, told = packs / f"{name}.yaml", stories / f"{name}.yaml"
    if not file.is_file():
        left = [_uncovered(clause, "there is no pack") for clause in own]
        return RegulationCoverage(name, digest, tuple(left))
    results = list(run(stage, _stories(told), packs)) if told.is_file() else []
    found = _Found(file, results)
    found.try_mutants(stage)
    return RegulationCoverage(
        name,
        digest,
        tuple(map(found.clause, own)),
        len(results),
        tuple(result for result in results if not result.passed),
        tuple(str(mutant) for mutants in found.survivors.values() for mutant in mutants),
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


class _Found:
    """What is known of one pack: its parts, what came of its stories, and which mutants they did not notice."""

    def __init__(self, file: Path, results: list[Result]) -> None:
        self.file = file
        self.pack = load_regulation(file)
        self.parts = provisions(file)
        self.results = results
        self.survivors: dict[Provision, list[Mutant]] = {}

    def try_mutants(self, stage: Stage) -> None:
        """Play the stories that passed on every mutant of a part that cites something.

        An authority is tried also where the list has no clause for it: nothing but its stories says who decides.
        """
        raw = spelt_out(self.file)
        passed = [result.story for result in self.results if result.passed]
        carried: dict[Provision, list[str]] = {}
        for clause in {clause for part in self.parts for clause in part.clauses}:
            for part in carriers(self.parts, clause):
                carried.setdefault(part, []).append(clause)
        told = [clause for story in passed for clause in story.clauses]
        carried |= {part: told for part in self.parts if part.kind == AUTHORITIES and part not in carried}
        for part in self.parts:
            if part in carried:
                self.survivors[part] = list(survivors(stage, raw, part, carried[part], passed))

    def clause(self, clause: Clause) -> ClauseCoverage:
        """One clause, the worst that is true of it."""
        carrying = carriers(self.parts, clause.id)
        waits = [name for name, setting in self.pack.open_settings.items() if clause.id in setting.clauses]
        if not carrying and not waits:
            return _uncovered(clause, "no part of the pack cites it")
        names = tuple(sorted(part.name if part.kind in BY_ID else part.kind for part in carrying))
        telling = [result for result in self.results if clause.id in result.story.clauses]
        stories = tuple(result.story.name for result in telling)
        waiting = f"waits for the setting {', '.join(waits)}" if waits else ""
        failing = [result.story.name for result in telling if not result.passed]
        if failing:
            why = "; ".join(f"the story “{name}” fails" for name in failing)
            return ClauseCoverage(clause, Covered.MISSING, names, stories, why=why)
        if not telling:
            state = Covered.WAITING if waits else Covered.MISSING
            return ClauseCoverage(clause, state, names, why=waiting or "no story names it")
        left = tuple(str(mutant) for part in carrying for mutant in self.survivors[part])
        if left:
            why = f"{len(left)} mutant{'s' if len(left) > 1 else ''} that no story notices"
            return ClauseCoverage(clause, Covered.NOMINAL, names, stories, left, why)
        return ClauseCoverage(clause, Covered.WAITING if waits else Covered.CARRIED_OUT, names, stories, why=waiting)


def _uncovered(clause: Clause, why: str) -> ClauseCoverage:
    reason = waived().get(clause.id)
    if reason is not None:
        return ClauseCoverage(clause, Covered.WAIVED, why=reason)
    return ClauseCoverage(clause, Covered.MISSING, why=why)
