"""Automations of the Prefect server: a killed run is marked crashed, and another one goes on with its work."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState, RunDeployment
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

SILENCE = timedelta(seconds=90)
"""Three heartbeats."""
BREATH = timedelta(seconds=2)
"""What crashes again and again must not keep the machine busy."""
WATCHED_TAG = "scheduled"
"""Only runs of the clock are watched. One that waits for an approval is silent for days, and rightly so; its last
heartbeat may reach the server after the news that it waits."""


def zombies() -> AutomationCore:
    """A run that was running and fell silent has crashed: its process, or its machine, was killed."""
    ended = ("Completed", "Failed", "Cancelled", "Crashed")
    return AutomationCore(
        name="Duban: crash runs that fell silent",
        description="A run that sends no heartbeat for 90 seconds is marked Crashed; the next run does its work.",
        trigger=EventTrigger(
            after={"prefect.flow-run.heartbeat"},
            expect={"prefect.flow-run.heartbeat", *(f"prefect.flow-run.{state}" for state in ended)},
            match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
            match_related=_scheduled(),
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=SILENCE,
        ),
        actions=[
            ChangeFlowRunState(state=StateType.CRASHED, message="No heartbeat for 90 seconds: its process is gone.")
        ],
    )


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


def ensure(client: SyncPrefectClient) -> list[str]:
    """Create the automations that are missing; returns their names. One that was changed or disabled stays so."""
    made = []
    for automation in (zombies(), successors()):
        if not client.read_automations_by_name(automation.name):
            client.create_automation(automation)
            made.append(automation.name)
    return made
