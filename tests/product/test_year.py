"""The sample year from end to end: imported, swept, and every figure of its statements compared with the oracle's."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from models.calendar.periods import parse_period
from models.settings import Settings
from models.store.database import open_engine
from models.store.schema import metadata
from tasks.organisation.deployment import Deployment
from tasks.statistics import collect
from tests.oracle.figures.cases import cases
from tests.oracle.figures.part import part_of
from tests.oracle.figures.penalties import capped
from tests.oracle.figures.time import period
from tests.support.statements import Record, differences, differences_of_tables, recorded

if TYPE_CHECKING:
    from collections.abc import Iterator

GENERATOR = Path(__file__).parents[1] / "data" / "year.py"
YEAR_END = datetime(2025, 12, 31, 16, tzinfo=UTC)
DATA_AT = datetime(2026, 1, 10, 1, tzinfo=UTC)
SMALL = 0.1
"""The share of the year that is played in every run; on PostgreSQL a third of it, and with `-m bench` all of it."""

PERIODS = (
    ("annual", "2025", ""),
    ("half-year", "2025-H1", ""),
    ("quarterly", "2025-Q3", ""),
    ("monthly", "2025-07", ""),
    ("monthly", "2024-02", ""),
    ("monthly", "2025-10", "workshop-complaints"),
    ("monthly", "2025-12", "standard-loans"),
    ("weekly", "2025-W01", ""),
    ("weekly", "2025-W05", "standard-complaints"),
)


def generated(folder: Path, scale: float) -> Path:
    """The files of the sample year."""
    subprocess.run([sys.executable, str(GENERATOR), str(folder), "--scale", str(scale)], check=True)  # noqa: S603 -- our own script
    return folder


def played(folder: Path, url: str) -> Record:
    """Imported and swept once when the year is over; what is recorded late comes after that."""
    deployment = Deployment(Settings.model_validate({"home": folder / "home", "database_url": url}))
    engine = open_engine(url)
    metadata.create_all(engine)
    return recorded(folder, engine, deployment, now=YEAR_END, data_at=DATA_AT)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def year(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """A tenth of the sample year on SQLite, less on PostgreSQL."""
    folder = tmp_path_factory.mktemp("year")
    if request.param == "sqlite":
        found = played(generated(folder, SMALL), f"sqlite:///{folder / 'duban.db'}")
    else:
        server = request.getfixturevalue("postgres_url").replace("postgresql://", "postgresql+psycopg://")
        admin = create_engine(server, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("CREATE DATABASE sample_year"))
        url = admin.url.set(database="sample_year").render_as_string(hide_password=False)
        admin.dispose()
        found = played(generated(folder, SMALL / 3), url)
    yield found
    found.engine.dispose()


def test_the_year_has_as_many_cases_as_promised_and_the_same_bytes_every_time(tmp_path: Path) -> None:
    """Of 30,000 complaints and 8,000 loans, and a thinner year before, the share asked for; again the same files."""
    first, again = generated(tmp_path / "first", SMALL), generated(tmp_path / "again", SMALL)

    for name in ("directory", "complaints", "loans", "events", "events-late"):
        assert (first / f"{name}.csv").read_bytes() == (again / f"{name}.csv").read_bytes()
    counts = Counter((case.kind, case.opened.year) for case in cases(first))
    assert {
        ("complaint", 2024): 800,
        ("complaint", 2025): 3_000,
        ("loan", 2024): 200,
        ("loan", 2025): 800,
    } == counts


@pytest.mark.parametrize(("cadence", "label", "regulation"), PERIODS)
def test_every_figure_is_the_oracles(year: Record, cadence: str, label: str, regulation: str) -> None:
    """Each cell of each table, of the whole and of each department, is what the raw events say."""
    assert [] == differences(year, cadence, label, regulation)


@pytest.mark.parametrize(("cadence", "label"), [("monthly", "2025-08"), ("quarterly", "2025-Q3"), ("annual", "2025")])
def test_penalties_over_the_cap_are_carried_to_the_next_month(year: Record, cadence: str, label: str) -> None:
    """Month by month from the first one on; what is carried in plus new less charged is carried over."""
    cap = 150.0
    deployment = year.deployment.changed(penalty_cap_month=cap)
    own = parse_period(cadence, label, deployment.zone)
    found = collect(year.engine, deployment, own, data_at=DATA_AT).parts[""]
    wanted = capped(part_of(year.cases, "complaint", period(label)), cap)

    assert any(row["carried_in"] for row in wanted.values())
    assert [] == differences_of_tables({"penalties_by_department": wanted}, found)


@pytest.mark.bench
def test_every_figure_of_the_full_year_is_the_oracles(tmp_path: Path) -> None:
    """The same with all 30,000 complaints and 8,000 loans, and every month of the year."""
    full = played(generated(tmp_path, 1), f"sqlite:///{tmp_path / 'duban.db'}")
    for cadence, label, regulation in (*PERIODS, *(("monthly", f"2025-{month:02d}", "") for month in range(1, 13))):
        assert [] == differences(full, cadence, label, regulation)
    full.engine.dispose()
