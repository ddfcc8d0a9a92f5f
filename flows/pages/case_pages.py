"""A page for each case that a digest links to: a markdown artifact that tells the case's story in short.

One task publishes them all; what reads as it stands already is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prefect import get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactCollectionFilter, ArtifactCollectionFilterKey

from flows.pages.runs import cell, markdown_table
from models.calendar.instants import local
from models.store.database import reading
from models.wording.phrases import event_words, step_title
from tasks.digest.line import case_key
from tasks.views.explain import story

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime, tzinfo

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment

PAGE = 100
"""So many artifacts are asked for at a time."""
STATES = {"open": "进行中", "met": "按时", "late": "逾期完成", "breached": "逾期", "paused": "暂停", "void": "作废"}


@task(name="case pages", task_run_name="case pages", cache_policy=NO_CACHE)
def publish_cases(engine: Engine, deployment: Deployment, numbers: Collection[str], now: datetime) -> int:
    """Write the pages of these cases that say something new; how many."""
    written = 0
    ordered = sorted(numbers)
    for some in (ordered[at : at + PAGE] for at in range(0, len(ordered), PAGE)):
        standing = _standing([case_key(number) for number in some])
        for number in some:
            with reading(engine) as connection:
                page = case_page(story(connection, deployment, number, now=now), deployment.zone)
            if standing.get(case_key(number)) != page:
                create_markdown_artifact(page, key=case_key(number), description=f"案件 case {number}")
                written += 1
    get_run_logger().info("%d of %d case pages written", written, len(numbers))
    return written


def _standing(keys: list[str]) -> dict[str, str]:
    """What the pages say now, by their keys."""
    wanted = ArtifactCollectionFilter(key=ArtifactCollectionFilterKey(any_=keys))
    with get_client(sync_client=True) as client:
        found = client.read_latest_artifacts(artifact_filter=wanted, limit=len(keys))
    return {str(one.key): str(one.data) for one in found}


def case_page(told: dict[str, Any], zone: tzinfo) -> str:
    """The story as one page; nothing on it changes by the minute, and no phone number is on it."""
    case, rules = told["case"], told["regulation"]
    level = case["level_title"]["zh"] if case["level_title"] else case["level"]
    facts = [
        ("状态 status", case["status"]),
        ("级别 level", level),
        ("部门 department", case["department"]),
        ("经办人 handler", case["handler"]),
        ("资料 item", case["item"]),
        ("受理 opened", _at(case["opened_at"], zone)),
        ("结案 closed", _at(case["closed_at"], zone)),
        ("制度 regulation", f"{rules['title']['zh']} {rules['title']['en']}" if rules else ""),
    ]
    parts = [
        f"## {cell(case['number'])}",
        markdown_table(("", ""), [fact for fact in facts if fact[1]]),
        "### 时限 clocks",
        markdown_table(CLOCK_HEAD, [_clock(clock, zone) for clock in told["clocks"]]) if told["clocks"] else "—",
        "### 催办 escalations",
        "\n".join(_fired(told["clocks"], zone)) or "—",
        "### 事项 events",
        "\n".join(f"- {_event(event, zone)}" for event in told["events"]) or "—",
        f"`duban explain {cell(case['number'])}`",
    ]
    return "\n\n".join(parts)


CLOCK_HEAD = ("时限 clock", "条款 article", "状态 state", "到期 due", "完成 met", "下一步 next")


def _clock(clock: dict[str, Any], zone: tzinfo) -> tuple[str, ...]:
    title = clock["title"]["zh"] if clock["title"] else clock["rule"]
    coming = clock["next"][0] if clock["next"] else None
    again = f" ({clock['round']})" if clock["round"] > 1 else ""
    return (
        f"{title} {clock['rule']}{again}",
        clock["cite"]["article"] if clock["cite"] else "",
        STATES.get(clock["state"], clock["state"]),
        _at(clock["due_at"], zone),
        _at(clock["met_at"], zone),
        f"{_at(coming['at'], zone)} {step_title(coming['step'], 'zh')}" if coming else "",
    )


def _fired(clocks: list[dict[str, Any]], zone: tzinfo) -> Iterator[str]:
    """Every step that was told, in the order in which they fired."""
    fired = [(step["fired_at"], clock, step) for clock in clocks for step in clock["fired"] if step["recipients"]]
    for at, clock, step in sorted(fired, key=lambda one: one[0]):
        title = clock["title"]["zh"] if clock["title"] else clock["rule"]
        names = "、".join(str(who.get("name") or "") for who in step["recipients"])
        yield f"- {_at(at, zone)} {cell(title)} {step_title(step['step'], 'zh')} → {cell(names)}"


def _event(event: dict[str, Any], zone: tzinfo) -> str:
    title = event["title"]["zh"] if event["title"] else event_words(event["name"], None, "zh")
    by = f" · {cell(event['by'])}" if event["by"] else ""
    return f"{_at(event['at'], zone)} {cell(title)}{by}"


def _at(instant: datetime | None, zone: tzinfo) -> str:
    return local(instant, zone) if instant else ""
