"""Where the stories lie: for each regulation one short file. What they may say stands in `models/scenario.py`."""

from __future__ import annotations

from pathlib import Path

from models.scenario import Scenarios, load_scenarios

__all__ = ["HERE", "Scenarios", "all_scenarios", "load_scenarios"]

HERE = Path(__file__).parent


def all_scenarios(folder: Path = HERE) -> list[Scenarios]:
    """Every file of the folder."""
    return [load_scenarios(file) for file in sorted(folder.glob("*.yaml"))]
