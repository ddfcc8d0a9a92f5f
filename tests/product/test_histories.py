"""Random histories, from their files into a database and into the oracle: every figure of their statements."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.oracle.figures.time import local
from tests.support.histories import History
from tests.support.statements import differences, recorded

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment

NOW = datetime(2026, 12, 20, 1, 30, tzinfo=UTC)
PERIODS = (
    ("monthly", "2026-11"),
    ("monthly", "2026-12"),
    ("weekly", "2026-W46"),
    ("quarterly", "2026-Q4"),
    ("monthly", "2025-11"),
)
REGULATIONS = ("", "standard-complaints", "workshop-complaints", "standard-loans")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_figure_of_a_random_history_is_the_oracles(
    seed: int, tmp_path: Path, engine: Engine, deployment: Deployment
) -> None:
    """Of the whole and of each department; in periods that are over, two that are not, one without a year before."""
    history = History(seed, end=local(NOW))
    history.add(12, 6, since=datetime(2025, 10, 20), until=datetime(2025, 12, 10))  # noqa: DTZ001 -- local, as in the files
    history.add(70, 40, since=datetime(2026, 9, 25), until=datetime(2026, 12, 10))  # noqa: DTZ001
    history.write(tmp_path)
    record = recorded(tmp_path, engine, deployment, now=NOW, data_at=NOW)

    for regulation in REGULATIONS:
        for cadence, label in PERIODS:
            assert [] == differences(record, cadence, label, regulation), (cadence, label, regulation)
