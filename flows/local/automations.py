"""Automations of the Prefect server: a run that crashed is followed up, and what is heard has the flow `alarm` look.

None of them says by itself that something is wrong: what fires for nothing starts a run that finds nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from prefect.events.actions import RunDeployment
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

from flows.deliver import DEAD_EVENT
from flows.lost_runs import WATCHED_TAG

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient

ANYTHING = ResourceSpecification({"prefect.resource.id": ["duban.*"]})
BREATH = timedelta(seconds=2)
"""What crashes again and again must not keep the machine busy."""
AUDIT_SILENT = timedelta(minutes=45)
"""Three of its schedules."""
AUDIT_EVENT = "duban.audit.agreed"
OUTDATED = ("Duban: crash runs that fell silent",)
"""Of earlier versions: it crashed runs that had ended well. Who crashes lost runs now: `flows/lost_runs.py`."""


def successors() -> AutomationCore:
    """What crashed while it looked ahead is started again at once, rather than at the next time of its schedule."""
    return AutomationCore(
        name="Duban: go on after a crash",
        description="A scheduled run that crashed while running is followed by a new one.",
        trigger=EventTrigger(
            after={"prefect.flow-run.Running"},
            expect={"prefect.flow-run.Crashed"},
            match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
            match_related=_scheduled(),
            for_each={"prefect.resource.id"},
            posture=Posture.Reactive,
            threshold=1,
            within=timedelta(minutes=30),
        ),
        actions=[RunDeployment(source="inferred", schedule_after=BREATH)],
    )


def _scheduled() -> ResourceSpecification:
    return ResourceSpecification({"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{WATCHED_TAG}"})


def looks(alarm: UUID) -> list[AutomationCore]:
    """Have the deployment `alarm` (its id) look at once: when a message is dead, when no audit agrees any more."""
    look = RunDeployment(source="selected", deployment_id=alarm)
    dead = EventTrigger(
        expect={DEAD_EVENT}, match=ANYTHING, posture=Posture.Reactive, threshold=1, within=timedelta(seconds=0)
    )
    silent = EventTrigger(
        expect={AUDIT_EVENT}, match=ANYTHING, posture=Posture.Proactive, threshold=1, within=AUDIT_SILENT
    )
    return [
        AutomationCore(
            name="Duban: look after a dead message",
            description="A message that was given up has the flow `alarm` look at once.",
            trigger=dead,
            actions=[look],
        ),
        AutomationCore(
            name="Duban: look when no audit agrees",
            description="While no audit says that it agrees for 45 minutes, the flow `alarm` looks.",
            trigger=silent,
            actions=[look],
        ),
    ]


def ensure(client: SyncPrefectClient, wanted: Sequence[AutomationCore]) -> list[str]:
    """Create the automations that are missing; returns their names. One that was changed or disabled stays so.

    What an earlier version made and this one knows to be wrong is taken away.
    """
    for name in OUTDATED:
        for old in client.read_automations_by_name(name):
            client.delete_automation(old.id)
    made = []
    for automation in wanted:
        if not client.read_automations_by_name(automation.name):
            client.create_automation(automation)
            made.append(automation.name)
    return made
