"""What the sweep decides by itself when a step comes is what the timeline says when the case is read anew.

The sweep moves a due clock on without reading its case: late or open, and what that costs. Random stories with pauses,
late records, levels that rise by lateness and by count are swept at random instants, after downtime too; then
everything stored is compared with the timeline of what was recorded.
"""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from models.settings import Settings
from models.store.database import open_engine, reading, writing
from models.store.schema import cases, deadlines, events, metadata, penalties
from models.timeline.case import Case
from models.timeline.reading import timeline
from models.timeline.story import State
from tasks.engine.penalties import rows_of
from tasks.engine.sweep import sweep_once
from tasks.organisation.deployment import Deployment
from tasks.organisation.registry import pinned
from tasks.record.cases import history
from tests.support.story import Story

START = "2026-11-02 09:00"
PACK = """
regulation: trial
version: 1
kind: complaint
title: {zh: 试, en: trial}
description: {zh: 试, en: trial}
levels: {minor: {zh: 轻, en: minor}, major: {zh: 重, en: major}, grave: {zh: 极重, en: grave}}
roles:
  desk: {zh: 台, en: desk, above: operations}
events: {fixed: {zh: 修好, en: fixed}}
pauses:
  - {start: paused, stop: resumed, rules: [fix]}
counters:
  - id: often
    cite: {article: 一}
    title: {zh: 多次, en: often}
    counts: registered
    of: customer
    window: month
    ladder: [{at: 3, to: desk, level: grave}]
rules:
  - id: call
    cite: {article: 二}
    title: {zh: 电话, en: call}
    start: registered
    stop: first_contact
    within: PT30M
    responsible: desk
    remind: [-PT10M]
    escalate: [{after: PT0S, to: desk}, {after: PT1H, to: desk}]
    penalty: {amount: 20, charged_to: department}
    on_late: [{event: raised, level: major, after: PT5M}]
  - id: fix
    cite: {article: 三}
    title: {zh: 修, en: fix}
    start: registered
    stop: fixed
    within: PT40M
    responsible: desk
    penalty: {amount: {minor: 10, major: 50, grave: 200}, charged_to: department}
  - id: plan
    cite: {article: 四}
    title: {zh: 计划, en: plan}
    start: first_contact
    stop: agreement
    within: P1D
    responsible: desk
    remind: [-PT2H]
    escalate: [{after: P1D, to: desk, every: P1D}]
    penalty: {amount: 5, per: P1D, charged_to: department}
"""
NAMES = (
    "first_contact",
    "fixed",
    "agreement",
    "paused",
    "resumed",
    "reopened",
    "closed",
    *["postponement_approved"] * 4,
)
happenings = st.tuples(st.integers(0, 90), st.sampled_from(NAMES), st.integers(5, 60))
complaints = st.tuples(
    st.integers(0, 60), st.sampled_from(["minor", "major"]), st.sampled_from("甲乙"), st.lists(happenings, max_size=4)
)


def told(folder: Path, found: list[tuple[int, str, str, list[tuple[int, str, int]]]]) -> Story:
    """The complaints with everything that happens to them, minute by minute from nine o'clock; nothing swept yet."""
    given: dict[str, Any] = {"home": folder, "regulation_complaint": "trial", "operations_email": "o@example.com"}
    deployment = Deployment(Settings.model_validate(given))
    engine = open_engine(deployment.settings.url)
    metadata.create_all(engine)
    story = Story(engine, deployment)
    story.regulation("trial", PACK)
    start = story.at(START)
    with writing(engine) as connection:
        for number, (minute, level, customer, happened) in enumerate(found, 1):
            at = start + timedelta(minutes=minute)
            row = {"number": str(number), "kind": "complaint", "opened_at": at, "level": level, "party": customer}
            key = connection.scalar(
                cases.insert().values(**row, fields={"customer": customer}, department="部").returning(cases.c.id)
            )
            for later, name, lasting in happened:
                when = at + timedelta(minutes=later)
                until = f"{when + timedelta(minutes=lasting + 1):%Y-%m-%dT%H:%M:%SZ}"
                fields = {"until": until} if name == "postponement_approved" else {}
                connection.execute(events.insert().values(case_id=key, name=name, at=when, fields=fields))
    return story


@settings(max_examples=60, deadline=None)
@given(
    st.lists(complaints, min_size=1, max_size=4),
    st.lists(st.integers(0, 200), min_size=4, max_size=12),
)
def test_what_the_sweep_moved_on_is_what_the_timeline_says(
    found: list[tuple[int, str, str, list[tuple[int, str, int]]]], swept: list[int]
) -> None:
    """States of every clock, and every penalty that stands."""
    with tempfile.TemporaryDirectory() as folder:
        story = told(Path(folder), found)
        start = story.at(START)
        for minute in sorted(swept):
            now = start + timedelta(minutes=minute)
            sweep_once(story.engine, story.deployment, now)
        with reading(story.engine) as connection:
            for row in connection.execute(select(cases).where(cases.c.opened_at <= now)).all():
                rules = pinned(connection, row.regulation_id)
                case = Case.of(row, history(connection, row.id, now))
                said = timeline(case, rules, story.deployment.calendar, now)
                stored = {
                    (one.rule, one.round): one.state
                    for one in connection.execute(select(deadlines).where(deadlines.c.case_id == row.id))
                    if one.ended_by != "amended"
                }
                assert {(one.rule, one.round): one.state for one in said.deadlines} == stored
                owed = [
                    one
                    for deadline in said.deadlines
                    if deadline.state in (State.BREACHED, State.LATE) or deadline.rule.startswith("often")
                    for one in rows_of(deadline.penalties, rules.rule(deadline.rule), row, deadline.round, rules)
                ]
                standing = select(penalties).where(penalties.c.case_id == row.id, penalties.c.withdrawn_at.is_(None))
                key = ("rule", "round", "seq", "amount", "at")
                assert sorted(tuple(one[name] for name in key) for one in owed) == sorted(
                    tuple(getattr(one, name) for name in key) for one in connection.execute(standing)
                )
        story.engine.dispose()


def test_a_level_that_rose_in_downtime_is_charged_once(tmp_path: Path) -> None:
    """The case is read before it is charged: no fine of the lower level that is withdrawn at once."""
    story = told(tmp_path, [(0, "minor", "甲", [])])
    story.sweep(START)
    story.sweep("2026-11-02 10:40")
    assert [("call", 20.0, False), ("fix", 50.0, False)] == sorted(story.penalties("1"))
    story.engine.dispose()
