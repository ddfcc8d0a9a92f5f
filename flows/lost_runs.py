"""Runs whose process is gone: noted as crashed, so that a successor starts. Each run says which process it is.

The server knows a run that was killed together with its worker as running for ever. Silence is no proof that a run is
dead, and Prefect's own way of taking it for one crashed runs that had ended well. Here a run is crashed only when its
process was gone at two looks in a row, ran on this machine, and the server still calls it running in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect import get_run_logger
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import StateType
from prefect.runtime import flow_run
from prefect.states import Crashed

from tasks.delivery.processes import is_gone, this_process

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient

PROCESS = "duban.process"
"""The label of a run that names its process."""
WATCHED_TAG = "scheduled"
"""Only runs of the clock: one that waits for an approval has no process, and rightly so."""
ALIVE = (StateType.RUNNING, StateType.CANCELLING)
RUNNING = FlowRunFilter(
    state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(ALIVE))),
    tags=FlowRunFilterTags(all_=[WATCHED_TAG]),
)


def note_process() -> None:
    """Let this run say which process it is; that it cannot never makes a run fail."""
    if not flow_run.id:
        return
    try:
        with get_client(sync_client=True) as client:
            client.update_flow_run_labels(flow_run.id, {PROCESS: this_process()})
    except Exception:  # noqa: BLE001 -- the run is of use without it
        get_run_logger().warning("this run could not note its process", exc_info=True)


class LostRuns:
    """Looks for runs whose process is gone; remembers those that it saw gone once."""

    def __init__(self) -> None:
        self._suspects: set[UUID] = set()

    def look(self, client: SyncPrefectClient) -> list[str]:
        """Crash those that are gone at the second look too; their names."""
        gone = {run.id: run.name for run in client.read_flow_runs(flow_run_filter=RUNNING) if _is_gone(run.labels)}
        crashed: list[UUID] = []
        for key in self._suspects & gone.keys():
            if client.read_flow_run(key).state_type in ALIVE:
                # not forced: one that the server knows to have ended meanwhile stays as it ended
                client.set_flow_run_state(key, Crashed(message="Its process is gone."))
                crashed.append(key)
        self._suspects = set(gone) - set(crashed)
        return [gone[key] for key in crashed]


def _is_gone(labels: object) -> bool:
    process = labels.get(PROCESS) if isinstance(labels, dict) else None
    return isinstance(process, str) and is_gone(process)
