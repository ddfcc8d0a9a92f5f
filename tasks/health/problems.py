"""Everything that is wrong at an instant: of mail, of the sweep, of cases, of the audit, of the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from tasks.health.problem import Problem
    from tasks.organisation.deployment import Deployment


def problems(connection: Connection, deployment: Deployment, now: datetime) -> list[Problem]:  # noqa: ARG001 -- follows
    """What is wrong, the gravest first; empty when all is well."""
    return []
