"""Where the stories lie: a short file for each regulation. What one may say: `tasks/scenarios/scenario.py`."""

from __future__ import annotations

from pathlib import Path

from tasks.scenarios.scenario import Scenarios, load_scenarios

__all__ = ["HERE", "Scenarios", "all_scenarios", "load_scenarios"]

HERE = Path(__file__).parents[2] / "stories"


def all_scenarios(folder: Path = HERE) -> list[Scenarios]:
    """Every file of the folder."""
    return [load_scenarios(file) for file in sorted(folder.glob("*.yaml"))]
