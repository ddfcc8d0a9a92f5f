"""What an audit finds in a test's record, apart from what is known to be wrong with the engine.

Each of these has its smallest example in `tests/tasks/audit/test_known.py`, which fails when the engine is mended: then
its line here goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.audit.run import audit

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Engine

    from tasks.audit.finding import Finding
    from tasks.organisation.deployment import Deployment


def told_as_it_ended(one: Finding) -> bool:
    """A step falls due in the second in which another clock's lateness closes the case: told, if a sweep ran then."""
    return (one.kind, one.rule, one.step, one.expected) == ("extra", "renewal", "due", "-")


def differences(engine: Engine, deployment: Deployment, now: datetime, *, whole: bool = True) -> list[Finding]:
    """What else there is."""
    found = audit(engine, deployment, now, whole=whole, processes=1).findings
    return [one for one in found if not told_as_it_ended(one)]
