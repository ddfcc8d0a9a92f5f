"""Every story of every regulation, played; and every clause that a pack cites is named by one of them."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import pytest

from models import SHIPPED
from models.packs.cite import clauses, provisions, waived
from models.packs.load import load_regulation
from tasks.scenarios.coverage import systems
from tasks.scenarios.play import needs_calendar
from tasks.scenarios.run import run_story
from tasks.scenarios.stage import Stage
from tests.support.audited import differences
from tests.tasks.scenarios.scenario import HERE, load_scenarios

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.scenarios.scenario import Story

FILES = sorted(HERE.glob("*.yaml"))
STORIES = [(file.stem, story) for file in FILES for story in load_scenarios(file).stories]
PACKS = [name for name in systems() if (SHIPPED / f"{name}.yaml").is_file()]
KNOWN = {clause.id for clause in clauses()}
MOST_WAIVED = 0.05
OWN_TEXTS = ("standard-complaints", "standard-loans", "statement-review")
"""Packs that carry out no text of the list."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A stage for all stories."""
    with Stage() as made:
        yield made


@pytest.mark.parametrize(("regulation", "story"), STORIES, ids=[f"{name}: {story.name}" for name, story in STORIES])
def test_a_story_is_told_by_the_engine_as_it_is_written(stage: Stage, regulation: str, story: Story) -> None:
    """Deadlines, steps, penalties and duties are those that the text asks for, and the audit agrees with the record."""
    pack = load_regulation(SHIPPED / f"{regulation}.yaml", {regulation: story.settings})

    assert () == run_story(stage, pack, story)
    now = story.now.replace(tzinfo=stage.calendar.zone).astimezone(UTC)
    assert [] == differences(stage.engine, stage.deployment(pack, in_force=needs_calendar(pack, story)), now)


@pytest.mark.parametrize("regulation", PACKS)
def test_every_clause_that_a_pack_cites_is_named_by_a_story(regulation: str) -> None:
    """A citation that nothing exercises is a claim, not a fact."""
    file = SHIPPED / f"{regulation}.yaml"
    told = HERE / file.name
    named = {clause for story in load_scenarios(told).stories for clause in story.clauses} if told.is_file() else set()
    pack = load_regulation(file)
    waiting = {clause for setting in pack.open_settings.values() for clause in setting.clauses}
    cited = {clause for part in provisions(file) for clause in part.clauses}

    assert set() == cited - named - waiting


@pytest.mark.parametrize("name", sorted(file.stem for file in SHIPPED.glob("*.yaml") if file.stem not in OWN_TEXTS))
def test_a_pack_cites_only_clauses_of_its_own_text(name: str) -> None:
    """A clause id with a slip of the pen would count for nobody."""
    cited = {clause for part in provisions(SHIPPED / f"{name}.yaml") for clause in part.clauses}

    assert set() == {clause for clause in cited if clause not in KNOWN or not clause.startswith(f"{name}:")}


def test_few_clauses_are_waived_each_with_a_reason_and_by_its_pack() -> None:
    """At most one in twenty, and none that a pack cites after all."""
    cited = {clause for name in PACKS for part in provisions(SHIPPED / f"{name}.yaml") for clause in part.clauses}

    assert set() == waived().keys() - KNOWN
    assert set() == waived().keys() & cited
    assert all(len(reason) > len("no time") for reason in waived().values())
    assert len(waived()) <= MOST_WAIVED * len(KNOWN)
