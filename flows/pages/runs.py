"""A flow run as operations see it: when it was meant to start, a name that says what it did, words, tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from prefect import get_run_logger
from prefect.client.orchestration import get_client
from prefect.runtime import flow_run

from models.wording.catalogue import FIRST, SECOND, say
from tasks.delivery.processes import this_process
from tasks.organisation.masking import masked_log, masked_words
from tasks.record.provenance import Provenance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.organisation.deployment import Deployment
    from tasks.record.provenance import Channel


AT = "@"
for _runs in ("prefect.flow_runs", "prefect.task_runs"):
    masked_log(_runs)  # what runs say is shown to everybody who signs in, the words of other people's errors too


def utc_now() -> datetime:
    """The clock, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def scheduled_start() -> datetime:
    """When this run was meant to start (UTC); now for one started by hand."""
    return datetime.fromtimestamp(flow_run.scheduled_start_time.timestamp(), UTC)


def at_this_run(channel: Channel) -> Provenance:
    """How what is recorded here came in: through this run, whoever filled in its form."""
    name = flow_run.flow_name or "flow"
    return Provenance(channel, f"{name}/{flow_run.id}" if flow_run.id else name)


def holder() -> str:
    """Who looks ahead in this run: the run, and its process, by which `duban up` sees whether it still lives."""
    return f"{flow_run.id}{AT}{this_process()}"


def is_stale(planned: datetime, now: datetime, deployment: Deployment) -> bool:
    """Whether a run comes so late that newer ones have been planned since: Prefect replays what it missed."""
    return now - planned > timedelta(seconds=deployment.settings.sweep_seconds)


def rename(name: str) -> None:
    """Give this run a name; that it cannot be named never makes a run fail."""
    if not flow_run.id:
        return
    try:
        with get_client(sync_client=True) as client:
            client.update_flow_run(flow_run.id, name=name)
    except Exception:  # noqa: BLE001 -- the work is done and recorded; the name is for the eye
        get_run_logger().warning("this run could not be named %r", name, exc_info=True)


def bilingual(key: str, /, joint: str = " ", **values: object) -> str:
    """A sentence of the catalogue in Chinese and English, as operations read it: `拒绝 refused`."""
    return joint.join(say(language, key, **values) for language in (FIRST, SECOND))


def refusal_of(why: object) -> str:
    """How a run that was refused says so, before everybody who signs in."""
    return f"{bilingual('flow.refused')}: {masked_words(str(why))}"


def cell(value: object) -> str:
    """A value inside a markdown table: one line, and nothing that the page would take for markup."""
    text = " ".join(str("" if value is None else value).split())
    for sign, harmless in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "｜"), ("`", "'")):
        text = text.replace(sign, harmless)
    return "".join(f"\\{sign}" if sign in "[]*_\\" else sign for sign in text)


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A markdown table of these rows."""
    return table_of(head, [[cell(value) for value in row] for row in rows])


def table_of(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The same of cells that are markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
