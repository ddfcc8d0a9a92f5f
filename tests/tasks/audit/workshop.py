"""A record in which every kind of row stands, made by the engine alone, for faults to be put into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from models.store.database import writing
from tasks.audit.run import audit

if TYPE_CHECKING:
    from tasks.audit.finding import Finding
    from tests.support.story import Story

NOW = "2026-11-05 12:00"
TRIGGERS = ("events_stay_as_they_are", "events_stay", "events_stay_sealed")
PACK = """
regulation: trial
version: 1
kind: complaint
title: {zh: 试, en: trial}
description: {zh: 试, en: trial}
levels: {minor: {zh: 轻, en: minor}, major: {zh: 重, en: major}, grave: {zh: 极重, en: grave}}
roles:
  desk: {zh: 台, en: desk, above: operations}
  chief: {zh: 主管, en: chief, above: operations}
  clerk: {zh: 经办, en: clerk, person: handler, above: desk}
events: {fixed: {zh: 修好, en: fixed}, refunded: {zh: 退款, en: refunded}}
gates:
  - id: fixed-first
    cite: {article: 零}
    title: {zh: 未修好不得退款, en: No refund before it is fixed}
    guards: refunded
    requires: fixed
    flag: chief
counters:
  - id: often
    cite: {article: 一}
    title: {zh: 多次, en: often}
    counts: registered
    of: customer
    window: month
    ladder: [{at: 2, to: desk}]
duties:
  - {id: table, cite: {article: 五}, title: {zh: 报表, en: Table}, every: day, at: "17:00", responsible: chief}
rules:
  - id: call
    cite: {article: 二}
    title: {zh: 电话, en: call}
    start: registered
    stop: first_contact
    opens: PT0S
    within: PT30M
    responsible: clerk
    remind: [-PT10M]
    escalate: [{after: PT0S, to: [clerk, desk]}, {after: PT1H, to: chief}]
    penalty: {amount: 20, charged_to: department}
    on_late: [{event: raised, level: major, after: PT5M}]
  - id: fix
    cite: {article: 三}
    title: {zh: 修, en: fix}
    start: registered
    stop: fixed
    within: P5D
    responsible: clerk
    remind: [-P1D]
    escalate: [{after: P0D, to: desk}, {after: P1D, to: chief, every: P1D}]
"""


def record(story: Story) -> Story:
    """A1 runs late and is fined, A2 is in time; A3 counts again, is refunded too early, was in time after all, ends."""
    story.regulation("trial", PACK)
    story.deployment = story.deployment.changed(regulation_complaint="trial", regulations_in_force="trial")
    story.person("台长", "desk")
    story.person("主管", "chief")
    story.person("经办")
    story.person("别人")
    story.sweep("2026-11-02 08:00")
    story.inserted("A1", "complaint", "2026-11-02 09:00", **told("张三"))
    story.inserted("A2", "complaint", "2026-11-02 09:10", **told("李四"))
    story.replay("2026-11-02 08:00", "2026-11-02 09:30")
    story.event("A2", "first_contact", "2026-11-02 09:31")
    story.replay("2026-11-02 09:30", "2026-11-02 12:00")
    story.inserted("A3", "complaint", "2026-11-02 12:00", **told("张三"))
    story.replay("2026-11-02 12:00", "2026-11-02 13:00")
    story.fact("A3", "refunded", "2026-11-02 13:00")
    story.replay("2026-11-02 13:00", "2026-11-02 15:00")
    story.event("A3", "first_contact", "2026-11-02 12:20", learned="2026-11-02 15:00")  # in time after all
    story.replay("2026-11-02 15:00", "2026-11-03 09:00")
    story.event("A3", "closed", "2026-11-03 09:00")
    story.replay("2026-11-03 09:00", NOW)
    return story


def told(customer: str) -> dict[str, Any]:
    """What a program inserts beside what it must."""
    return {
        "level": "minor",
        "department": "维修部",
        "handler": "经办",
        "party": customer,
        "fields": {"customer": customer},
    }


def audited(story: Story, at: str = NOW, *, whole: bool = True) -> list[Finding]:
    """What an audit finds at that instant."""
    return audit(story.engine, story.deployment, story.at(at), whole=whole, processes=1).findings


def tamper(story: Story, *statements: str) -> None:
    """What somebody with the password of the database can do."""
    with writing(story.engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE events DISABLE TRIGGER USER"))
        else:
            for name in TRIGGERS:
                connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        for statement in statements:
            assert connection.execute(text(statement)).rowcount >= 1, statement
