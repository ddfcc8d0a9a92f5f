"""Automations of the Prefect server: what happens to runs whose process was killed, and who hears of dead messages."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

SILENCE = timedelta(seconds=90)
"""Three heartbeats."""


def zombies() -> AutomationCore:
    """A run that was running and fell silent has crashed: its process, or its machine, was killed."""
    ended = ("Completed", "Failed", "Cancelled", "Cancelling", "Crashed", "Suspended", "Paused", "Scheduled", "Pending")
    return AutomationCore(
        name="Duban: crash runs that fell silent",
        description="A run that sends no heartbeat for 90 seconds is marked Crashed; the next run does its work.",
        trigger=EventTrigger(
            after={"prefect.flow-run.heartbeat"},
            expect={"prefect.flow-run.heartbeat", *(f"prefect.flow-run.{state}" for state in ended)},
            match=ResourceSpecification({"prefect.resource.id": ["prefect.flow-run.*"]}),
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=SILENCE,
        ),
        actions=[
            ChangeFlowRunState(state=StateType.CRASHED, message="No heartbeat for 90 seconds: its process is gone.")
        ],
    )


def ensure(client: SyncPrefectClient) -> list[str]:
    """Create the automations that are missing; returns their names. One that was changed or disabled stays so."""
    made = []
    for automation in (zombies(),):
        if not client.read_automations_by_name(automation.name):
            client.create_automation(automation)
            made.append(automation.name)
    return made
