"""The sample year from end to end: imported, swept, and every figure of its statements compared with the oracle's."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from sqlalchemy import create_engine, text

from models.calendar.periods import parse_period
from models.settings import Settings
from models.store.database import open_engine
from models.store.schema import metadata
from tasks.engine.sweep import sweep_once
from tasks.intake import import_file
from tasks.organisation.deployment import Deployment
from tasks.statistics import collect
from tests.oracle.figures.cases import Case, cases
from tests.oracle.figures.complaint_tables import complaint_tables
from tests.oracle.figures.loan_tables import loan_tables
from tests.oracle.figures.part import part_of
from tests.oracle.figures.penalties import capped
from tests.oracle.figures.shared import TOTAL, Compared, compared
from tests.oracle.figures.time import period

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine

    from models.calendar.periods import Period
    from tasks.statistics.figures import Collected, Figures, FigureTable

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


class Year(NamedTuple):
    """A year that is in the database, and the same from its files."""

    engine: Engine
    deployment: Deployment
    cases: list[Case]


def generated(folder: Path, scale: float) -> Path:
    """The files of the sample year."""
    subprocess.run([sys.executable, str(GENERATOR), str(folder), "--scale", str(scale)], check=True)  # noqa: S603 -- our own script
    return folder


def played(folder: Path, url: str) -> Year:
    """Imported and swept once when the year is over; what is recorded late comes after that."""
    deployment = Deployment(Settings.model_validate({"home": folder / "home", "database_url": url}))
    engine = open_engine(url)
    metadata.create_all(engine)
    for files in (("directory", "complaints", "loans", "events"), ("events-late",)):
        for name in files:
            report = import_file(engine, deployment, name.partition("-")[0], folder / f"{name}.csv", now=YEAR_END)
            assert 0 == report.rejected
        sweep_once(engine, deployment, YEAR_END)
    return Year(engine, deployment, cases(folder))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def year(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
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
def test_every_figure_is_the_oracles(year: Year, cadence: str, label: str, regulation: str) -> None:
    """Each cell of each table, of the whole and of each department, is what the raw events say."""
    compare(year, cadence, label, regulation)


@pytest.mark.parametrize(("cadence", "label"), [("monthly", "2025-08"), ("quarterly", "2025-Q3"), ("annual", "2025")])
def test_penalties_over_the_cap_are_carried_to_the_next_month(year: Year, cadence: str, label: str) -> None:
    """Month by month from the first one on; what is carried in plus new less charged is carried over."""
    cap = 150.0
    deployment = year.deployment.changed(penalty_cap_month=cap)
    own = parse_period(cadence, label, deployment.zone)
    found = collect(year.engine, deployment, own, data_at=DATA_AT).parts[""]
    wanted = capped(part_of(year.cases, "complaint", period(label)), cap)

    assert any(row["carried_in"] for row in wanted.values())
    assert differences({"penalties_by_department": wanted}, found) == []


@pytest.mark.bench
def test_every_figure_of_the_full_year_is_the_oracles(tmp_path: Path) -> None:
    """The same with all 30,000 complaints and 8,000 loans, and every month of the year."""
    full = played(generated(tmp_path, 1), f"sqlite:///{tmp_path / 'duban.db'}")
    for cadence, label, regulation in (*PERIODS, *(("monthly", f"2025-{month:02d}", "") for month in range(1, 13))):
        compare(full, cadence, label, regulation)
    full.engine.dispose()


def compare(year: Year, cadence: str, label: str, regulation: str) -> None:
    """Both ways to the figures of one period."""
    zone = year.deployment.zone
    own = parse_period(cadence, label, zone)
    found = collect(year.engine, year.deployment, own, regulation=regulation, data_at=DATA_AT)
    wanted = expected(year, own, regulation)

    assert set(wanted) == set(found.parts)
    for name, tables in wanted.items():
        assert differences(tables, found.parts[name]) == []
    assert_the_list_adds_up(found)


def expected(year: Year, own: Period, regulation: str) -> dict[str, dict[str, Any]]:
    """The oracle's tables of the whole and of every department that has anything."""
    zone = year.deployment.zone
    periods = [period(one.label) for one in (own, own.before(zone), own.year_ago(zone))]
    kinds = {case.kind for case in year.cases if regulation in ("", case.regulation)}
    whole = {kind: compared(year.cases, kind, periods, regulation) for kind in sorted(kinds)}
    departments = {case.row["department"] for three in whole.values() for case in three.now.cases}
    found = {"": tables_of(whole)}
    for name in sorted(departments - {""}):
        parts = {
            kind: three.where(lambda case, name=name: case.row["department"] == name) for kind, three in whole.items()
        }
        if any(has_anything(three) for three in parts.values()):
            found[name] = tables_of(parts)
    return found


def tables_of(parts: dict[str, Compared]) -> dict[str, Any]:
    """Of complaints, of loans, or of both."""
    tables = complaint_tables(parts["complaint"]) if "complaint" in parts else {}
    return tables | (loan_tables(parts["loan"]) if "loan" in parts else {})


def has_anything(three: Compared) -> bool:
    """Whether anything counts in the period."""
    now = three.now
    return any((now.received, now.reopened, now.closed(), now.open_end, now.due))


def differences(wanted: dict[str, Any], found: Figures) -> list[str]:
    """What the two say differently, one line a cell."""
    lines = []
    for name, rows in wanted.items():
        theirs = headlines_of(found, rows) if name.endswith("headlines") else rows_of(found.table(name))
        keys = {key for key in rows if key != TOTAL}
        if set(theirs) - {TOTAL} != keys:
            lines.append(f"{name}: rows {sorted(set(theirs) ^ keys)}")
        for key in rows.keys() & theirs.keys():
            pairs = ((column, value, theirs[key].get(column, "nothing")) for column, value in rows[key].items())
            lines += [
                f"{found.department} {name} {key} {column}: {value} expected, {other} found"
                for column, value, other in pairs
                if not same(value, other)
            ]
    return lines


def headlines_of(found: Figures, wanted: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The figures on top, as rows; where nobody was fined penalties are not shown."""
    rows = {one.id: {"value": one.value, "before": one.before, "year_ago": one.year_ago} for one in found.headlines}
    if not any(wanted.get("penalties", {}).values()):
        rows.setdefault("penalties", wanted.get("penalties", {}))
    return {name: rows.get(name, {}) for name in wanted}


def rows_of(table: FigureTable | None) -> dict[str, dict[str, Any]]:
    """A table's cells by row and column."""
    assert table is not None
    names = [column.id for column in table.columns]
    rows = {row.key: dict(zip(names, row.cells, strict=True)) for row in table.rows}
    return rows | ({TOTAL: dict(zip(names, table.total, strict=True))} if table.total else {})


def same(wanted: Any, found: Any) -> bool:
    """Equal; of the words for what has no name the place is enough."""
    if wanted == "":
        return True
    return found == (pytest.approx(wanted) if isinstance(wanted, float) else wanted)


def assert_the_list_adds_up(found: Collected) -> None:
    """Each flag of the list of cases adds up to the figure it stands for."""
    names = [column.id for column in found.cases.columns]
    sums = {
        (kind, name): sum(row.cells[place] for row in found.cases.rows if (row.cells[1] == "loan") == (kind == "loan"))
        for place, name in enumerate(names)
        if name
        in ("received", "closed", "reopened", "open_end", "overdue_end", "repeated", "returned", "lost", "renewed")
        for kind in ("complaint", "loan")
    }
    figures = {headline.id: headline.value for headline in found.parts[""].headlines}
    assert 0 == found.cases.more
    for headline, flag in (
        ("received", ("complaint", "received")),
        ("closed", ("complaint", "closed")),
        ("closing", ("complaint", "open_end")),
        ("overdue_end", ("complaint", "overdue_end")),
        ("repeated", ("complaint", "repeated")),
        ("reopened", ("complaint", "reopened")),
        ("loans_lent", ("loan", "received")),
        ("loans_returned", ("loan", "returned")),
        ("loans_out", ("loan", "open_end")),
        ("loans_overdue", ("loan", "overdue_end")),
    ):
        assert headline not in figures or figures[headline] == sums[flag], headline
