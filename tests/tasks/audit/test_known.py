"""What the audit found wrong with the engine, each in its smallest example; they fail when it is mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models.calendar.periods import parse_period
from tasks.slips.decide import decide
from tests.tasks.audit.workshop import audited

if TYPE_CHECKING:
    from tests.support.story import Story

LAPSING = """
regulation: lapsing
version: 1
kind: complaint
title: {zh: 试, en: trial}
description: {zh: 试, en: trial}
closing: [closed, withdrawn, lapsed]
roles: {desk: {zh: 台, en: desk, above: operations}}
events: {lapsed: {zh: 失效, en: lapsed}, renewed_it: {zh: 续, en: renewed}, signed_it: {zh: 签, en: signed}}
rules:
  - {id: validity, cite: {article: 一}, title: {zh: 效, en: valid}, start: registered, stop: signed_it, within: PT30M,
     responsible: desk, on_late: lapsed}
  - {id: renewal, cite: {article: 二}, title: {zh: 续, en: renew}, start: registered, stop: renewed_it, within: PT30M,
     responsible: desk}
"""


def test_after_a_pause_whose_end_was_named_the_case_is_open(story: Story) -> None:
    """The clock goes on at 10:00, and the case waits no more."""
    story.house()
    number = story.complaint("2026-11-02 09:00")
    story.event(number, "paused", "2026-11-02 09:05", until="2026-11-02 10:00")
    story.replay("2026-11-02 09:00", "2026-11-02 11:00")

    assert [] == audited(story, "2026-11-02 11:00")


@pytest.mark.xfail(strict=True, reason="what a sweep at that very second tells, a sweep after downtime does not")
def test_a_case_that_lapses_as_another_clock_falls_due_is_told_of_the_same_way(story: Story) -> None:
    """Both clocks are due at 9:30, and the lateness of one closes the case: then the other is over, in time."""
    story.regulation("lapsing", LAPSING)
    story.deployment = story.deployment.changed(regulation_complaint="lapsing")
    story.person("台长", "desk")
    story.complaint("2026-11-02 09:00", level="")
    story.replay("2026-11-02 09:00", "2026-11-02 09:40")

    assert [] == audited(story, "2026-11-02 09:40")


def test_the_slips_of_a_month_are_in_the_chain(story: Story) -> None:
    """An escalation that the chain does not know cannot be told from one that was slipped in."""
    story.house()
    story.complaint("2026-11-02 09:00")
    story.replay("2026-11-02 09:00", "2026-12-08 09:00")
    assert [] == audited(story, "2026-12-08 09:00")
    month = parse_period("monthly", "2026-11", story.deployment.zone)
    assert decide(story.engine, story.deployment, month, story.at("2026-12-08 09:00"))

    assert [] == audited(story, "2026-12-08 09:00")
