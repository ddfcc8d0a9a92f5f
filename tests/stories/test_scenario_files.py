"""Scenario files are sound: they speak of a shipped regulation, of its own rules, and of clauses that it cites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models import SHIPPED
from models.packs.load import load_regulation
from tests.tasks.scenarios.scenario import HERE, load_scenarios

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from models.language.regulation import Regulation

FILES = sorted(HERE.glob("*.yaml"))


def cited(pack: Regulation) -> Iterator[str]:
    """Every clause id that some part of the pack names."""
    parts = (*pack.rules, *pack.gates, *pack.approvals, *pack.counters, *pack.duties, *pack.pauses, *pack.hours)
    for part in (*parts, pack.rounds, *pack.roles.values()):
        yield from part.cite.clauses if part.cite else ()
    for setting in pack.settings.values():
        yield from setting.clauses


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_scenario_speaks_of_what_there_is(file: Path) -> None:
    """Rules, duties, settings and clauses that a story names are those of the pack."""
    scenarios = load_scenarios(file)
    pack = load_regulation(SHIPPED / f"{scenarios.regulation}.yaml")
    clauses = set(cited(pack))

    for story in scenarios.stories:
        expect = story.expect
        known = {part.id for part in (*pack.approvals, *pack.counters)}
        assert set() == {name for name in expect.rules - known if pack.rule(name) is None}, story.name
        assert set() == set(story.clauses) - clauses, story.name
        assert set() == story.settings.keys() - pack.settings.keys(), story.name
        assert set() == set(story.absent) - pack.roles.keys(), story.name


def test_a_misspelt_key_is_an_error(tmp_path: Path) -> None:
    """A story cannot pass because its expectation was never read."""
    good = (HERE / "workshop-complaints.yaml").read_text(encoding="utf-8")
    file = tmp_path / "workshop-complaints.yaml"
    file.write_text(good.replace("state: late", "stat: late"), encoding="utf-8")

    with pytest.raises(ValueError, match="stat"):
        load_scenarios(file)
