"""What operations see of a sweep while it runs: a table of what fired, the overdue board, events for automations.

All of it happens in a thread of its own. The sweep hands its reports over and goes on: neither a slow nor an absent
Prefect server can make the next step wait.
"""

from __future__ import annotations

import contextvars
import queue
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from prefect import get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event

from flows.pages.boards import BOARD_SECONDS, Boards
from flows.pages.case_pages import write_cases
from flows.pages.runs import bilingual, rename, utc_now
from models.calendar.instants import iso, local
from models.wording.catalogue import FIRST, SECOND
from models.wording.phrases import step_title

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import tzinfo

    from sqlalchemy.engine import Engine

    from tasks.engine.fire import Fired
    from tasks.engine.sweep import SweepReport
    from tasks.organisation.deployment import Deployment

FIRED_EVENT = "duban.step.fired"
EVENTS_PER_BATCH = 50
ROWS_PER_TABLE = 500
GATHER_SECONDS = 1.0
"""What fires within so long goes into one table."""
PAGES_AT_ONCE = 50
"""So many pages of cases are written between two looks at what fired."""
PAGES_WAITING = 20_000
"""No more pages than this wait to be written: a file of a million cases would keep the UI busy for hours."""
LINES = 50
"""So many steps of a batch are named in the log; the table has more."""
KEY = "sweep-escalations"


def fired_rows(fired: Sequence[Fired], zone: tzinfo) -> list[dict[str, Any]]:
    """The lines of the table: staff by name and role, no customer, no address."""
    return [
        {
            bilingual("flow.head.case"): step.case,
            bilingual("flow.head.step"): _step(step),
            bilingual("flow.head.told"): "; ".join(_person(recipient) for recipient in step.recipients),
            bilingual("flow.head.scheduled"): local(step.scheduled_at, zone),
            bilingual("flow.head.late"): lateness((step.fired_at - step.scheduled_at).total_seconds()),
            bilingual("flow.head.reason"): step.reason,
        }
        for step in fired[:ROWS_PER_TABLE]
    ]


def _step(step: Fired) -> str:
    """`首次联系客户 First contact · 到期 due`: what a clock is called, and which of its steps."""
    names = " ".join(step_title(step.step, language) for language in (FIRST, SECOND))
    again = f" ({step.round})" if step.round > 1 else ""
    return f"{step.title or step.rule} {step.title_en} · {names}{again}".replace("  ", " ")


def fired_line(step: Fired) -> str:
    """`2611001 首次联系客户 到期 → 林静、李想`: a step in the log of its run."""
    people = "、".join(str(recipient["name"]) for recipient in step.recipients) or "—"
    return f"{step.case} {step.title or step.rule} {step_title(step.step, FIRST)} → {people}"


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
    for step in fired[:LINES]:
        get_run_logger().info("%s", fired_line(step))
    if count > LINES:
        get_run_logger().info("%s", bilingual("flow.status.more_steps", joint=" · ", count=count - LINES))
    for event in step_events(fired):
        emit_event(**event)


class PublishJob(NamedTuple):
    """What the sweep hands over; `last` ends the thread."""

    fired: Sequence[Fired] = ()
    cases: Sequence[str] = ()
    changed: bool = False
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
        self._boards = Boards(engine, deployment, clock)
        self._waiting: dict[str, None] = {}
        """The cases whose pages are still to be written, in order."""
        context = contextvars.copy_context()  # tasks and artifacts belong to this flow run
        self._thread = threading.Thread(target=context.run, args=(self._work,), name="publisher", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._jobs.put(PublishJob(last=True))
        self._thread.join(timeout=BOARD_SECONDS)

    def hand_over(self, report: SweepReport, *, changed: bool = False) -> None:
        """Take what a pass did; `changed`: the board is to be drawn although nothing may have happened."""
        if changed or not report.idle:
            self._jobs.put(PublishJob(tuple(report.fired), tuple(report.looked_at), changed=True))

    def _work(self) -> None:
        last = False
        while not last:
            jobs = self._gather()
            last = any(job.last for job in jobs)
            fired = [step for job in jobs for step in job.fired]
            self._wait_for(jobs)
            try:
                if fired:
                    publish(fired, self.deployment.zone, len(fired))
                    self.total += len(fired)
                    rename(f"{self.run_name} · fired {self.total}")
                if any(job.changed for job in jobs):
                    self._boards.expect()
                self._wait_for_pages(self._boards.draw(at_once=last))
                self._pages()
            except Exception:  # noqa: BLE001 -- showing is a courtesy, the record is in the database
                get_run_logger().warning("could not be shown in Prefect", exc_info=True)

    def _gather(self) -> list[PublishJob]:
        """The next job, with what comes within a moment of it; none when the board may have to be drawn meanwhile."""
        try:
            idle = not self._waiting and not self._boards.are_expected
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

    def _wait_for(self, jobs: Sequence[PublishJob]) -> None:
        """The cases of a pass, and first those of which somebody was told."""
        self._wait_for_pages(step.case for job in jobs for step in job.fired)
        self._wait_for_pages(number for job in jobs for number in job.cases)

    def _wait_for_pages(self, numbers: Iterable[str]) -> None:
        """Have these pages written; of a storm the last are left for the next time that something happens to them."""
        left_out = 0
        for number in numbers:
            if number in self._waiting or len(self._waiting) < PAGES_WAITING:
                self._waiting[number] = None
            else:
                left_out += 1
        if left_out:
            get_run_logger().warning("%s", bilingual("flow.status.more_pages", joint=" · ", count=left_out))

    def _pages(self) -> None:
        """Write some of the pages: mails are read minutes later."""
        some = list(self._waiting)[:PAGES_AT_ONCE]
        if some:
            write_cases(self.engine, self.deployment, some, utc_now())
            for number in some:
                del self._waiting[number]
