"""What operations see of a sweep while it runs: a table of what fired, the overdue board, events for automations.

All of it happens in a thread of its own. The sweep hands its reports over and goes on: neither a slow nor an absent
Prefect server can make the next step wait.
"""

from __future__ import annotations

import contextvars
import queue
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Self, cast

from prefect import get_run_logger, task
from prefect.artifacts import Artifact, create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event
from sqlalchemy.exc import SQLAlchemyError

from flows.pages import board
from flows.pages.case_pages import publish_cases
from flows.pages.runs import bilingual, rename, utc_now
from models.calendar.instants import iso, local
from models.errors import DubanError
from models.store.database import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import tzinfo

    from prefect.client.schemas.objects import Artifact as ArtifactResponse
    from sqlalchemy.engine import Engine

    from tasks.engine.fire import Fired
    from tasks.organisation.deployment import Deployment

FIRED_EVENT = "duban.step.fired"
EVENTS_PER_BATCH = 50
ROWS_PER_TABLE = 500
BOARD_SECONDS = 30.0
GATHER_SECONDS = 1.0
"""What fires within so long goes into one table."""
PAGES_AT_ONCE = 50
"""So many pages of cases are written between two looks at what fired."""
KEY = "sweep-escalations"


def fired_rows(fired: Sequence[Fired], zone: tzinfo) -> list[dict[str, Any]]:
    """The lines of the table: staff by name and role, no customer, no address."""
    return [
        {
            bilingual("flow.head.case"): step.case,
            bilingual("flow.head.step"): f"{step.rule} · {step.step}{f' ({step.round})' if step.round > 1 else ''}",
            bilingual("flow.head.told"): "; ".join(_person(recipient) for recipient in step.recipients),
            bilingual("flow.head.scheduled"): local(step.scheduled_at, zone),
            bilingual("flow.head.late"): lateness((step.fired_at - step.scheduled_at).total_seconds()),
            bilingual("flow.head.reason"): step.reason,
        }
        for step in fired[:ROWS_PER_TABLE]
    ]


def lateness(seconds: float) -> str:
    """`0 s`, `11 min`, `3 h`, `8 d`: in the largest unit of which there are two."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def _person(recipient: dict[str, str | None]) -> str:
    stead = recipient.get("instead_of")
    instead = f", {bilingual('flow.fired.instead_of')} {stead}" if stead else ""
    return f"{recipient['name']} ({recipient['role']}{instead})"


def step_events(fired: Sequence[Fired]) -> list[dict[str, Any]]:
    """The custom events of a batch: one a step, or beyond 50 steps a single one with their count."""
    if len(fired) > EVENTS_PER_BATCH:
        return [
            {
                "event": FIRED_EVENT,
                "resource": {"prefect.resource.id": "duban.batch", "prefect.resource.name": f"{len(fired)} steps"},
                "payload": {"count": len(fired), "cases": len({step.case for step in fired})},
            }
        ]
    return [
        {
            "event": FIRED_EVENT,
            "resource": {
                "prefect.resource.id": f"duban.case.{step.case}",
                "prefect.resource.name": step.case,
                "duban.rule": step.rule,
                "duban.step": step.step,
            },
            "payload": {
                "round": step.round,
                "scheduled_at": iso(step.scheduled_at),
                "fired_at": iso(step.fired_at),
                "roles": [recipient["role"] for recipient in step.recipients],
                "count": 1,
            },
        }
        for step in fired
    ]


@task(name="publish", task_run_name="publish {count} steps", cache_policy=NO_CACHE)
def publish(fired: Sequence[Fired], zone: tzinfo, count: int) -> None:
    """Show one batch of steps that fired."""
    told = bilingual("flow.fired.steps", joint=" · ", count=count)
    if count > ROWS_PER_TABLE:
        told += f"，{bilingual('flow.fired.shown', joint=' · ', rows=ROWS_PER_TABLE)}"
    create_table_artifact(table=fired_rows(fired, zone), key=KEY, description=told)
    for event in step_events(fired):
        emit_event(**event)


class PublishJob(NamedTuple):
    """What the sweep hands over; `last` ends the thread."""

    fired: Sequence[Fired]
    changed: bool
    last: bool = False


class Publisher:
    """The thread beside a sweep. Use as a context manager; `hand_over` returns at once."""

    def __init__(
        self, engine: Engine, deployment: Deployment, run_name: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.engine = engine
        self.deployment = deployment
        self.run_name = run_name
        self.clock = clock
        self.total = 0
        self._jobs: queue.SimpleQueue[PublishJob] = queue.SimpleQueue()
        self._stale = True
        self._shown_at = float("-inf")
        self._shown: str | None = None
        self._linked: dict[str, None] = {}
        """The cases that mails link to and whose pages are still to be written, in order."""
        context = contextvars.copy_context()  # tasks and artifacts belong to this flow run
        self._thread = threading.Thread(target=context.run, args=(self._work,), name="publisher", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._jobs.put(PublishJob((), changed=False, last=True))
        self._thread.join(timeout=BOARD_SECONDS)

    def hand_over(self, fired: Sequence[Fired], *, changed: bool) -> None:
        """Take what fired and whether anything changed that the board shows."""
        if fired or changed:
            self._jobs.put(PublishJob(tuple(fired), changed))

    def _work(self) -> None:
        last = False
        while not last:
            jobs = self._gather()
            last = any(job.last for job in jobs)
            fired = [step for job in jobs for step in job.fired]
            self._stale = self._stale or bool(fired) or any(job.changed for job in jobs)
            try:
                if fired:
                    publish(fired, self.deployment.zone, len(fired))
                    self._linked |= dict.fromkeys(step.case for step in fired if step.recipients)
                    self.total += len(fired)
                    rename(f"{self.run_name} · fired {self.total}")
                if self._stale and (last or self.clock() - self._shown_at >= BOARD_SECONDS):
                    self._board()
                self._pages()
            except Exception:  # noqa: BLE001 -- showing is a courtesy, the record is in the database
                get_run_logger().warning("could not be shown in Prefect", exc_info=True)

    def _gather(self) -> list[PublishJob]:
        """The next job, with what comes within a moment of it; none when the board may have to be drawn meanwhile."""
        try:
            idle = not self._stale and not self._linked
            jobs = [self._jobs.get(timeout=BOARD_SECONDS if idle else GATHER_SECONDS)]
        except queue.Empty:
            return []
        end = time.monotonic() + GATHER_SECONDS
        while not jobs[-1].last:
            try:
                jobs.append(self._jobs.get(timeout=max(0.0, end - time.monotonic())))
            except queue.Empty:
                break
        return jobs

    def _pages(self) -> None:
        """Write the pages that the mails of these steps link to, some at a time: mails are read minutes later."""
        some = list(self._linked)[:PAGES_AT_ONCE]
        if some:
            publish_cases(self.engine, self.deployment, some, utc_now())
            for number in some:
                del self._linked[number]

    def _board(self) -> None:
        """Draw the board anew; write it only when it says something else than before."""
        self._stale = False
        self._shown_at = self.clock()
        try:
            with reading(self.engine) as connection:
                lines, total = board.overdue(connection)
                alarms = board.unwatched(connection)
        except (DubanError, SQLAlchemyError):
            self._stale = True
            raise
        drawn = board.as_markdown(lines, total, self.deployment.zone, alarms)
        if self._shown is None:  # what an earlier run has shown may still hold
            standing = cast("ArtifactResponse | None", Artifact.get(board.KEY))
            self._shown = str(standing.data) if standing else None
        if drawn != self._shown:
            create_markdown_artifact(
                drawn, key=board.KEY, description=bilingual("flow.board.count", joint=" · ", count=total)
            )
            self._shown = drawn
