"""Create or upgrade the schema with alembic; kept apart because alembic is slow to load and seldom needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from models.store.database import writing

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

MIGRATIONS = Path(__file__).parents[1] / "migrations"


def configuration() -> Config:
    """Where alembic finds its scripts; the connection is handed over in `attributes`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def known_revisions() -> frozenset[str]:
    """Every version of the schema that can be brought to the newest one."""
    scripts = ScriptDirectory.from_config(configuration())
    return frozenset(script.revision for script in scripts.walk_revisions())


def upgrade(engine: Engine) -> tuple[str | None, str | None]:
    """Bring the schema to the newest version; returns the versions before and after (equal = nothing to do)."""
    config = configuration()
    with writing(engine) as connection:
        before = MigrationContext.configure(connection).get_current_revision()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return before, ScriptDirectory.from_config(config).get_current_head()
