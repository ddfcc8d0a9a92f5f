"""The story of a case: why each clock started, what counted, what fired, what comes next."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from flows.commands.story import lines
from models.calendar.instants import parse_instant
from models.calendar.work_calendar import WorkCalendar
from models.errors import UnknownError
from models.language.durations import parse_duration
from models.store.database import reading, writing
from models.store.schema import cases, deadlines
from models.timeline.story import Suspension
from tasks.engine.sweep import replay
from tasks.record.recording import append_event, open_case
from tasks.views.elapsed import counted_seconds, spans
from tasks.views.explain import story
from tasks.views.story import as_data
from tasks.views.telling.clock import SPANS
from tests.support.hand import AT_HAND

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from models.settings import Settings
    from tasks.organisation.deployment import Deployment
    from tasks.views.story import CaseStory

ZONE = ZoneInfo("Asia/Shanghai")

PACK = """\
regulation: trial
version: 3
kind: complaint
title: {zh: 试行制度, en: Trial rules}
description: {zh: 试验, en: for a trial}
levels:
  minor: {zh: 一般, en: minor}
  major: {zh: 重大, en: major}
roles:
  desk: {zh: 前台, en: desk, above: operations}
rules:
  - id: answer
    cite: {article: 第三条}
    title: {zh: 答复, en: Answer}
    start: registered
    stop: result_returned
    within:
      - PT16WH
      - {by: level, table: {major: P1WD}}
      - {date: promised_at}
    responsible: desk
    remind: [-PT2WH]
    escalate:
      - {after: PT0S, to: desk}
      - {after: PT4H, to: desk}
    penalty: {amount: 30, charged_to: department}
"""

CONTRACT = {
    "story": "now timezone case computed regulation events waiting clocks",
    "case": "number kind regulation status round level level_title department handler party phone item opened_at"
    " closed_at evaluated_at fields shown",
    "computed": "status round closed_at",
    "regulation": "name version content_hash title article",
    "event": "name title at recorded_at applied_at by fields retracted_at shown channel account place verified"
    " unauthorised",
    "clock": "rule round title cite responsible responsible_title started counts_from limits spans counted_seconds"
    " starts_at opens_at due_at provisional state met_at ended_at ended_by ended attempts recorded differs fired next"
    " penalties",
    "start": "event at by why title",
    "limit": "limit date by value table due_at applies tightest",
    "span": "since until why counted title",
    "recorded": "state starts_at opens_at due_at original_due_at met_at next_at provisional",
    "step": "step due_at scheduled_at fired_at reason recipients messages corrections",
    "recipient": "name role email instead_of role_title",
    "mail": "to name kind state reason attempts possible_repeat created_at sent_at",
    "next": "at step to overdue",
    "penalty": "who amount points seq share of measure at withdrawn_at note",
}
"""What the parts of `explain --json` are called, in this order."""


def at(text: str) -> datetime:
    """A local instant."""
    return parse_instant(text, ZONE)


@pytest.fixture
def trial(deployment: Deployment) -> Deployment:
    """Settings under which cases are opened under the trial pack."""
    folder = deployment.settings.home / "regulations"
    folder.mkdir(parents=True)
    (folder / "trial.yaml").write_text(PACK, encoding="utf-8")
    return deployment.changed(regulation_complaint="trial")


class Case:
    """One complaint whose events are recorded as they happen."""

    def __init__(self, engine: Engine, deployment: Deployment, opened: str, **fields: str) -> None:
        self.engine = engine
        self.deployment = deployment
        with writing(engine) as connection:
            self.number = open_case(
                connection,
                deployment,
                kind="complaint",
                opened_at=at(opened),
                fields=fields,
                regulation=None,
                by="周",
                now=at(opened),
                provenance=AT_HAND,
            )
        self.swept = opened

    def event(self, name: str, when: str, **fields: str) -> None:
        """Something that happened."""
        with writing(self.engine) as connection:
            append_event(
                connection,
                self.deployment,
                number=self.number,
                name=name,
                at=at(when),
                by="吴",
                fields=fields,
                now=at(when),
                provenance=AT_HAND,
            )

    def sweep_until(self, until: str) -> None:
        """Everything up to that instant."""
        replay(self.engine, self.deployment, at(self.swept), at(until))
        self.swept = until

    def story(self, now: str) -> CaseStory:
        """What there is to tell."""
        with reading(self.engine) as connection:
            return story(connection, self.deployment, self.number, now=at(now))


# -- what counted ----------------------------------------------------------------------------------------------


def test_working_time_leaves_out_nights_and_free_days() -> None:
    """Of working time only office hours count; a stretch with a free day in it is put down to that."""
    calendar = WorkCalendar(ZONE)
    found = spans(at("2026-11-05 17:00"), at("2026-11-09 10:00"), parse_duration("PT11WH"), (), calendar)

    assert [
        ("2026-11-05 17:00", "counted"),
        ("2026-11-05 18:00", "office_closed"),
        ("2026-11-06 09:00", "counted"),
        ("2026-11-06 18:00", "free_day"),
        ("2026-11-09 09:00", "counted"),
    ] == [(f"{span.since.astimezone(ZONE):%Y-%m-%d %H:%M}", span.why) for span in found]
    assert 11 * 3600 == counted_seconds(found)


def test_working_days_show_the_holiday() -> None:
    """Of working days the free ones are told as one stretch; a make-up Saturday counts."""
    calendar = WorkCalendar(ZONE)
    found = spans(at("2026-09-30 10:00"), at("2026-10-10 18:00"), parse_duration("P3WD"), (), calendar)

    assert [
        ("2026-09-30 10:00", "counted"),
        ("2026-10-01 00:00", "free_day"),
        ("2026-10-08 00:00", "counted"),
    ] == [(f"{span.since.astimezone(ZONE):%Y-%m-%d %H:%M}", span.why) for span in found]


def test_pauses_do_not_count() -> None:
    """A pause is cut out with the event that began it; spans lie end to end."""
    pauses = (Suspension(at("2026-11-02 10:00"), at("2026-11-02 11:00"), "paused"),)
    found = spans(at("2026-11-02 09:00"), at("2026-11-02 12:00"), None, pauses, WorkCalendar(ZONE))

    assert ["counted", "pause:paused", "counted"] == [span.why for span in found]
    assert all(one.until == other.since for one, other in pairwise(found))
    assert 2 * 3600 == counted_seconds(found)


def test_a_pause_without_end_counts_nothing_after_it() -> None:
    """While a pause has no end, nothing counts from its beginning on."""
    pauses = (Suspension(at("2026-11-02 10:00"), None, "postponement_approved"),)
    found = spans(at("2026-11-02 09:00"), at("2026-11-02 12:00"), None, pauses, WorkCalendar(ZONE))

    assert ["counted", "pause:postponement_approved"] == [span.why for span in found]


# -- the story -------------------------------------------------------------------------------------------------


def test_an_unknown_case_has_no_story(engine: Engine, deployment: Deployment) -> None:
    """There is no story without a case."""
    with reading(engine) as connection, pytest.raises(UnknownError):
        story(connection, deployment, "X1", now=datetime.now(UTC))


def test_facts_are_told_masked(engine: Engine, trial: Settings) -> None:
    """The case's facts, the regulation's version and content, and the events are told; the phone is masked."""
    case = Case(engine, trial, "2026-11-02 09:00", customer="郑", phone="13812345678", content="打 13912345678")
    case.sweep_until("2026-11-02 09:00")

    told = case.story("2026-11-02 09:30")
    text = "\n".join(lines(told))

    assert "138****5678" == told.case.phone
    assert ("trial", 3, 64) == (
        told.regulation.name,
        told.regulation.version,
        len(told.regulation.content_hash),
    )
    assert [("registered", at("2026-11-02 09:00"), "周")] == [(event.name, event.at, event.by) for event in told.events]
    assert "13812345678" not in text
    assert "13912345678" not in text
    assert "试行制度 Trial rules" in text


def test_the_tightest_limit_is_named(engine: Engine, trial: Settings) -> None:
    """Each limit is told with the instant it would set alone; the one that counts is marked."""
    case = Case(engine, trial, "2026-11-02 09:00", customer="郑", level="major", promised_at="2026-11-20")
    case.sweep_until("2026-11-02 09:00")

    [clock] = case.story("2026-11-02 09:30").clocks

    assert [
        ("PT16WH", at("2026-11-03 16:00"), True),
        ("P1WD", at("2026-11-03 18:00"), False),
        ("promised_at", at("2026-11-20 23:59:59"), False),
    ] == [(limit.limit, limit.due_at, limit.tightest) for limit in clock.limits]
    assert at("2026-11-03 16:00") == clock.due_at
    assert 16 * 3600 == clock.counted_seconds


def test_a_limit_that_does_not_apply_says_so(engine: Engine, trial: Settings) -> None:
    """A table that does not know the level, and a date that nobody gave, are told as not applying."""
    case = Case(engine, trial, "2026-11-02 09:00", customer="郑", level="minor")
    case.sweep_until("2026-11-02 09:00")

    told = case.story("2026-11-02 09:30")

    assert [True, False, False] == [limit.applies for limit in told.clocks[0].limits]
    assert any("不适用 does not apply" in line for line in lines(told))


def test_what_fired_to_whom_and_what_comes_next(engine: Engine, trial: Settings) -> None:
    """Each step is told with its recipients, why they, and their mail; then the coming step and the penalty."""
    case = Case(engine, trial, "2026-11-02 09:00", customer="郑", department="机修部")
    case.sweep_until("2026-11-03 17:00")

    told = case.story("2026-11-03 17:00")
    [clock] = told.clocks
    text = "\n".join(lines(told))

    assert ["remind-1", "due"] == [fired.step for fired in clock.fired]
    [who] = clock.fired[1].recipients
    assert ("operations@example.com", "desk") == (who.email, who.instead_of)
    assert ["queued"] == [mail.state for mail in clock.fired[1].messages]
    assert [("escalate-1", at("2026-11-03 20:00"), ("desk",))] == [(step.step, step.at, step.to) for step in clock.next]
    assert [30.0] == [penalty.amount for penalty in clock.penalties]
    assert ("breached", ()) == (clock.state, clock.differs)
    assert "第三条" in text
    assert "2026-11-03 20:00" in text


def test_pauses_and_the_end_are_told(engine: Engine, trial: Settings) -> None:
    """A clock that stood still says from when to when and by which event, and what stopped it."""
    case = Case(engine, trial, "2026-11-02 09:00", customer="郑")
    case.event("paused", "2026-11-02 10:00")
    case.event("resumed", "2026-11-02 12:00")
    case.event("result_returned", "2026-11-02 15:00")
    case.sweep_until("2026-11-02 16:00")

    told = case.story("2026-11-02 16:00")
    [clock] = told.clocks
    text = "\n".join(lines(told))

    assert ["counted", "pause:paused", "counted"] == [span.why for span in clock.spans]
    assert 4 * 3600 == clock.counted_seconds
    assert ("met", "result_returned", "吴") == (clock.ended.how, clock.ended.event, clock.ended.by)
    assert "2026-11-02 10:00 – 2026-11-02 12:00 2h 暂停 paused" in text


def test_events_that_no_sweep_has_seen_are_marked(engine: Engine, trial: Settings) -> None:
    """The clocks rest on what a sweep took in; what waits is told as waiting."""
    case = Case(engine, trial, "2026-11-02 09:00", customer="郑")
    case.sweep_until("2026-11-02 09:00")
    case.event("result_returned", "2026-11-02 10:00")

    told = case.story("2026-11-02 11:00")

    assert (1, "open") == (told.waiting, told.clocks[0].state)
    assert any("待巡检 waits for a sweep" in line for line in lines(told))


def test_a_withdrawn_penalty_is_told_with_its_reason(engine: Engine, trial: Settings) -> None:
    """An event recorded late that met the deadline withdraws the penalty; the story keeps both."""
    case = Case(engine, trial, "2026-11-02 09:00", customer="郑", department="机修部")
    case.sweep_until("2026-11-03 16:30")
    case.event("result_returned", "2026-11-03 15:00")
    case.sweep_until("2026-11-03 17:00")

    told = case.story("2026-11-03 17:00")
    [clock] = told.clocks

    assert ("met", at("2026-11-03 16:30")) == (clock.state, clock.penalties[0].withdrawn_at)
    assert ["remind-1", "due"] == [fired.step for fired in clock.fired], "what was sent stays on record"
    assert any("已撤销 withdrawn" in line for line in lines(told))


def test_the_story_does_not_stand_before_the_record(engine: Engine, trial: Settings) -> None:
    """After a replay into the future the story is told as of the last instant that the record knows."""
    case = Case(engine, trial, "2026-11-02 09:00", customer="郑")
    case.sweep_until("2026-11-03 21:00")

    told = case.story("2026-11-02 09:30")

    assert at("2026-11-03 20:00") <= told.now
    assert "breached" == told.clocks[0].state


def test_a_clock_that_the_case_no_longer_has_is_void(engine: Engine, trial: Deployment) -> None:
    """What the record holds of it is told under the same names as any other clock."""
    case = Case(engine, trial, "2026-11-02 09:00", customer="郑")
    case.sweep_until("2026-11-02 09:00")
    with writing(engine) as connection:
        gone = {"rule": "repealed", "round": 1, "starts_at": at("2026-11-02 09:00"), "state": "open"}
        connection.execute(deadlines.insert().values(case_id=select(cases.c.id).scalar_subquery(), **gone))

    known, left = as_data(case.story("2026-11-02 09:30"))["clocks"]

    assert ("repealed", "void", None, []) == (left["rule"], left["state"], left["due_at"], left["limits"])
    assert "open" == left["recorded"]["state"]
    assert list(known) == list(left)


def test_what_scripts_read_keeps_its_names(engine: Engine, trial: Deployment) -> None:
    """`explain --json` is a contract: names and their order."""
    case = Case(engine, trial, "2026-11-02 09:00", customer="郑", department="机修部")
    case.event("paused", "2026-11-02 10:00")
    case.event("resumed", "2026-11-02 10:30")
    case.sweep_until("2026-11-03 17:30")

    data = as_data(case.story("2026-11-03 17:30"))
    [clock] = data["clocks"]
    found = {
        "story": data,
        "case": data["case"],
        "computed": data["computed"],
        "regulation": data["regulation"],
        "event": data["events"][0],
        "clock": clock,
        "start": clock["started"],
        "limit": clock["limits"][0],
        "span": clock["spans"][0],
        "recorded": clock["recorded"],
        "step": clock["fired"][0],
        "recipient": clock["fired"][0]["recipients"][0],
        "mail": clock["fired"][0]["messages"][0],
        "next": clock["next"][0],
        "penalty": clock["penalties"][0],
    }

    assert {name: names.split() for name, names in CONTRACT.items()} == {
        name: list(part) for name, part in found.items()
    }
    assert {"zh": "答复", "en": "Answer"} == clock["title"]
    assert ["desk"] == clock["next"][0]["to"]


def test_of_many_stretches_the_first_are_told(engine: Engine, trial: Deployment) -> None:
    """A clock that stood still ever again has a list of bounded length; the JSON has all of it."""
    case = Case(engine, trial, "2026-11-02 09:00", customer="郑")
    for minute in range(5, 55, 6):
        case.event("paused", f"2026-11-02 09:{minute:02}")
        case.event("resumed", f"2026-11-02 09:{minute + 3:02}")
    case.sweep_until("2026-11-02 10:30")

    told = case.story("2026-11-02 10:30")
    text = list(lines(told))

    assert SPANS == sum(line.startswith(("    + ", "    - ")) for line in text)
    assert f"    … 另有 {len(told.clocks[0].spans) - SPANS} 段 more, see --json" in text


def test_a_case_that_no_sweep_has_seen_has_no_clocks_yet(engine: Engine, deployment: Deployment) -> None:
    """A case that another program inserted is told as it is; its regulation is settled by the next sweep."""
    with writing(engine) as connection:
        connection.execute(cases.insert().values(number="F1", kind="complaint", opened_at=at("2026-11-02 09:00")))
    with reading(engine) as connection:
        told = story(connection, deployment, "F1", now=at("2026-11-02 10:00"))

    assert (None, ()) == (told.regulation, told.clocks)
    assert any("待下次巡检确定" in line for line in lines(told))
