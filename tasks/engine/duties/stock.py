"""Which duties there are, and when the next case of each opens."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select, text

from models.calendar.hours import hours_of
from models.errors import DubanError
from models.store.database import is_postgresql, reading, upsert, writing
from models.store.schema import duties, facts
from models.timeline.duties import openings
from tasks.organisation.in_force import files_in_force
from tasks.organisation.masking import masked_log

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine, Row

    from models.calendar.work_calendar import WorkCalendar
    from models.language.rules import Duty
    from tasks.organisation.deployment import Deployment

log = masked_log("duban.duties")

FACT = "duties"
"""Under which name the engine remembers what it has taken stock of."""


def take_stock(engine: Engine, deployment: Deployment, now: datetime) -> bool:
    """Write down the duties in force and their next instants, when anything about them may have changed.

    A duty that is new starts at `now`: what fell due before is never opened. One that is in force no more sleeps.
    """
    calendar = deployment.calendar
    files = files_in_force(deployment)
    mark = hashlib.sha256(f"{files}|{calendar.fingerprint}".encode()).hexdigest()[:16]
    with reading(engine) as connection:
        if connection.scalar(select(facts.c.value).where(facts.c.name == FACT)) == mark:
            return False
    found: dict[tuple[str, str], tuple[Duty, WorkCalendar]] = {}
    unreadable: set[str] = set()
    for name in files:
        try:
            pack = deployment.regulations.read(name)
        except DubanError as error:
            log.error("the duties of %s stay as they are: %s", name, error)  # noqa: TRY400 -- one line for operations
            unreadable.add(name)
            continue
        for duty in pack.duties:
            found[pack.regulation, duty.id] = (duty, hours_of(pack, calendar))
    with writing(engine) as connection:
        lock(connection)
        known = {(row.regulation, row.duty): row for row in connection.execute(select(duties))}
        for key, (duty, work) in found.items():
            put(connection, key, _standing(known.get(key), duty, work, now))
        for key, row in known.items():
            if key not in found and key[0] not in unreadable and row.next_at is not None:
                put(connection, key, {"next_at": None})
        statement = upsert(connection, facts).values(name=FACT, value=mark)
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": mark}))
    return True


def _standing(row: Row[Any] | None, duty: Duty, work: WorkCalendar, now: datetime) -> dict[str, Any]:
    """Since when the duty is in force, and when its next case opens."""
    started = now if row is None or row.next_at is None else row.started_at
    first = next(openings(duty, started, row.opened_until if row else None, work), None)
    return {"started_at": started, "next_at": first.at if first else None}


def put(connection: Connection, key: tuple[str, str], values: dict[str, Any]) -> None:
    """Write what is known of one duty (regulation, id); a new one gives its start."""
    own = {"regulation": key[0], "duty": key[1]}
    if "started_at" not in values:
        connection.execute(duties.update().where(_is(key)).values(**values))
        return
    statement = upsert(connection, duties).values(**own, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["regulation", "duty"], set_=values))


def _is(key: tuple[str, str]) -> Any:
    return and_(duties.c.regulation == key[0], duties.c.duty == key[1])


def lock(connection: Connection) -> None:
    """One opens duties at a time: two regulations may know a duty by the same name, and numbers are unique."""
    if is_postgresql(connection):
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('duban duties'))"))
