"""How a run begins: the deployment and its database, and a line of its log that leads to the status."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from prefect import get_run_logger
from prefect.exceptions import MissingContextError
from sqlalchemy.exc import SQLAlchemyError

from flows.pages.runs import bilingual
from models.errors import DubanError
from models.store.database import reading
from tasks.mail.links import BOARD, STATUS, Links
from tasks.organisation.deployment import opened as opened_by_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment


@contextmanager
def opened() -> Iterator[tuple[Deployment, Engine]]:
    """The deployment that the environment describes and an engine on its database; the run says where the status is."""
    with opened_by_settings() as (deployment, engine):
        with suppress(DubanError, SQLAlchemyError, MissingContextError):  # the work does not wait for a link
            get_run_logger().info("%s", pointers(deployment, engine))
        yield deployment, engine


def pointers(deployment: Deployment, engine: Engine) -> str:
    """Where status and board are found."""
    with reading(engine) as connection:
        links = Links(connection, deployment.settings.ui_address)
        told = ((STATUS, "flow.status.title"), (BOARD, "flow.board.title"))
        return " · ".join(f"{bilingual(words)}: {links.page(key)}" for key, words in told)
