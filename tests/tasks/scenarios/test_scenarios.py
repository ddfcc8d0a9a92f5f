"""Stories about a regulation: whatever they get wrong is told in one line, and only what was shown counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from models.packs.cite import clauses
from models.packs.load import load_regulation
from tasks.scenarios.coverage import Covered, coverage
from tasks.scenarios.run import run_story
from tasks.scenarios.scenario import Story
from tasks.scenarios.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from models.language.regulation import Regulation

NAME = "workshop-complaints"
PACK = """
regulation: workshop-complaints
version: 1
kind: complaint
title: {zh: 例, en: Example}
description: {zh: 例, en: Example}
levels:
  minor: {zh: 一般, en: minor}
  major: {zh: 重大, en: major}
roles:
  handler: {zh: 经办人, en: handler, person: handler, above: chief}
  chief: {zh: 主管, en: chief, of_department: true, above: operations}
settings:
  first-step: {value: PT10M, note: not in the text, clauses: ["workshop-complaints:02"]}
  silent: {value: null, note: not in the text, clauses: ["workshop-complaints:05"]}
gates:
  - id: one-agreement
    cite: {article: 第三条, clauses: ["workshop-complaints:03"]}
    title: {zh: 只能一次, en: Only once}
    guards: agreement
    counts: events
    at_most: 1
    flag: chief
rules:
  - id: contact
    cite: {article: 第一条, clauses: ["workshop-complaints:01"]}
    title: {zh: 联系, en: Contact}
    start: registered
    stop: first_contact
    within: PT30M
    responsible: handler
    escalate: [{after: PT0S, to: [handler, chief]}, {after: $first-step, to: chief}]
    penalty: {amount: {minor: 20, major: 50}, charged_to: department}
  - id: result
    cite: {article: 第二条, clauses: ["workshop-complaints:04"]}
    title: {zh: 结果, en: Result}
    start: registered
    stop: result_returned
    within: P1D
    responsible: handler
"""
GOOD: dict[str, Any] = {
    "name": "late",
    "clauses": ["workshop-complaints:01", "workshop-complaints:02"],
    "open": {"at": "2026-11-02 09:00", "level": "major"},
    "events": [
        {"at": "2026-11-02 09:20", "event": "agreement"},
        {"at": "2026-11-02 09:45", "event": "first_contact"},
        {"at": "2026-11-02 09:50", "event": "agreement", "refused": "one-agreement"},
    ],
    "now": "2026-11-04 00:00",
    "expect": {
        "deadlines": [
            {"rule": "contact", "due": "2026-11-02 09:30", "state": "late"},
            {"rule": "result", "due": "2026-11-03 24:00", "state": "breached"},
        ],
        "steps": [
            {"rule": "contact", "step": "due", "at": "2026-11-02 09:30", "to": ["handler", "chief"]},
            {"rule": "contact", "step": "escalate-1", "at": "2026-11-02 09:40", "to": ["chief"]},
        ],
        "penalties": [{"rule": "contact", "amount": 50, "who": "营业部"}],
        "status": "open",
        "level": "major",
    },
}


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one small pack, which goes under the name of a text that the clause list knows."""
    folder = tmp_path_factory.mktemp("packs")
    (folder / f"{NAME}.yaml").write_text(PACK, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A stage for all stories."""
    with Stage() as made:
        yield made


@pytest.fixture
def pack(packs: Path) -> Regulation:
    """The pack itself."""
    return load_regulation(packs / f"{NAME}.yaml")


def told(**changes: Any) -> Story:
    """The good story with other words; those of `expect` are changed one by one."""
    expect = {**GOOD["expect"], **changes.pop("expect", {})}
    return Story.model_validate({**GOOD, **changes, "expect": expect})


def test_a_true_story_passes(stage: Stage, pack: Regulation) -> None:
    """Nothing is found where the engine says what the story says."""
    assert () == run_story(stage, pack, told())


CONTACT = {"rule": "contact", "due": "2026-11-02 09:30", "state": "late"}
RESULT = {"rule": "result", "due": "2026-11-03 24:00", "state": "breached"}
DUE = {"rule": "contact", "step": "due", "at": "2026-11-02 09:30", "to": ["handler", "chief"]}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"expect": {"deadlines": [{**CONTACT, "due": "2026-11-02 09:31"}]}},
            "deadline contact: due 2026-11-02 09:31 expected, is 2026-11-02 09:30",
        ),
        ({"expect": {"deadlines": [{**CONTACT, "state": "met"}]}}, "deadline contact: met expected, is late"),
        ({"expect": {"deadlines": [CONTACT, {**CONTACT, "round": 2}]}}, "deadline contact round 2: there is none"),
        ({"expect": {"steps": [DUE]}}, "step escalate-1 of contact: not expected: fired 2026-11-02 09:40 to chief"),
        (
            {"expect": {"steps": [{**DUE, "at": "2026-11-02 09:29"}]}},
            "step due of contact: 2026-11-02 09:29 expected, fired 2026-11-02 09:30",
        ),
        (
            {"expect": {"steps": [{**DUE, "to": ["chief"]}]}},
            "step due of contact: to chief expected, was chief, handler",
        ),
        ({"expect": {"steps": [{**DUE, "step": "opens"}]}}, "step opens of contact: never fired"),
        ({"expect": {"penalties": [{"rule": "contact", "amount": 20}]}}, "20 yuan expected, is 50 yuan by 营业部"),
        ({"expect": {"penalties": []}}, "penalty of contact: not expected: 50 yuan by 营业部"),
        ({"expect": {"penalties": [{"rule": "result", "amount": 1}]}}, "1 yuan expected, there is none"),
        ({"expect": {"status": "closed"}}, "status of the case: closed expected, is open"),
        ({"expect": {"level": "minor"}}, "level of the case: minor expected, is major"),
        ({"expect": {"noted": ["lapsed"]}}, "noted by Duban: lapsed expected, is nothing"),
        ({"expect": {"trouble": "workshop-complaints:05"}}, "trouble: workshop-complaints:05 has to be named"),
        ({"expect": {"duties": [{"duty": "none", "period": "2026-11", "due": "2026-11-30"}]}}, "was never opened"),
        (
            {"events": [{"at": "2026-11-02 09:05", "event": "agreement", "refused": "one-agreement"}]},
            "one-agreement has to forbid it, but it was recorded",
        ),
        ({"events": [{"at": "2026-11-02 09:05", "event": "no_such_event"}]}, "was refused"),
        ({"events": [{"at": "2026-11-02 09:05", "event": "agreement", "case": "second"}]}, "there is no case second"),
    ],
)
def test_whatever_is_not_so_is_told_in_one_line(
    stage: Stage, pack: Regulation, changes: dict[str, Any], line: str
) -> None:
    """The line says what was expected and what is there instead."""
    assert [] != [failure for failure in run_story(stage, pack, told(**changes)) if line in failure]


def test_a_deadline_of_another_rule_is_not_looked_at(stage: Stage, pack: Regulation) -> None:
    """A story names what it is about."""
    assert () == run_story(stage, pack, told(expect={"deadlines": [CONTACT]}))


def test_whom_a_story_calls_by_a_name_is_somebody(stage: Stage, pack: Regulation) -> None:
    """The handler of a case need not be called `handler`: the role is told all the same."""
    assert () == run_story(stage, pack, told(open={**GOOD["open"], "fields": {"handler": "李想"}}))
    (failure,) = run_story(stage, pack, told(open={**GOOD["open"], "fields": {"handler": "无此人"}}))
    assert "step due of contact: to handler, chief expected, was chief" == failure


def test_a_role_that_nobody_fills_is_missed(stage: Stage, pack: Regulation) -> None:
    """Whoever stands above is told instead, here operations."""
    failures = run_story(stage, pack, told(absent=["chief"]))

    assert "step escalate-1 of contact: to chief expected, was operations" in failures


def test_a_story_says_what_must_not_be_there(stage: Stage, pack: Regulation) -> None:
    """A rule of which there is nothing, a case by name, the form and the people of a step, what was flagged."""
    happened = [{"at": f"2026-11-02 09:{minute}", "event": "agreement", "imported": True} for minute in (20, 50)]
    step = {**DUE, "to": ["handler", "chief"], "people": ["handler", "chief", "chief_2"]}
    escalated = {"rule": "contact", "step": "escalate-1", "at": "2026-11-02 09:40", "people": ["chief", "chief_2"]}
    flag = {"rule": "one-agreement", "step": "opens", "at": "2026-11-02 09:50", "to": ["chief"]}
    expect = {
        "deadlines": [{**CONTACT, "state": "breached", "responsible": "handler"}],
        "steps": [step, escalated, flag],
        "flags": ["one-agreement"],
        "cases": [{"case": "first", "status": "open", "noted": ["flagged"]}],
        "none": [{"rule": "result", "case": "second"}],
    }
    good = {"events": happened, "expect": expect}

    assert () == run_story(stage, pack, told(**good))
    for wrong, line in (
        ({"none": ["result"]}, "deadline of result: there has to be none"),
        ({"flags": []}, "flagged: nothing expected, is one-agreement"),
        ({"cases": [{"case": "first", "noted": []}]}, "noted on first: nothing expected, is flagged"),
        ({"cases": [{"case": "second"}]}, "case second: there is none"),
        ({"steps": [step, {**escalated, "people": ["chief"]}, flag]}, "to chief expected, was chief, chief_2"),
        ({"steps": [{**step, "slip": "urge"}, escalated, flag]}, "the form urge expected, is none"),
        ({"deadlines": [{**CONTACT, "state": "breached", "responsible": "chief"}]}, "chief has to act, not handler"),
    ):
        failures = run_story(stage, pack, told(events=happened, expect={**expect, **wrong}))
        assert [] != [failure for failure in failures if line in failure], line


def test_only_what_the_stories_would_notice_is_carried_out(stage: Stage, packs: Path, tmp_path: Path) -> None:
    """Noticed to the last mutant; in name only; its story fails; not named; waited for; not cited."""
    stories = tmp_path / f"{NAME}.yaml"
    strict = {**GOOD, "clauses": ["workshop-complaints:01", "workshop-complaints:02"], "expect": {**GOOD["expect"]}}
    strict["expect"]["deadlines"] = [{**CONTACT, "responsible": "handler"}, GOOD["expect"]["deadlines"][1]]
    others = [{**strict, "name": level, "open": {**GOOD["open"], "level": level}} for level in ("minor", "major")]
    others[0]["expect"] = {**strict["expect"], "level": "minor", "penalties": [{"rule": "contact", "amount": 20}]}
    result = {**GOOD, "name": "result", "clauses": ["workshop-complaints:04"], "expect": {"deadlines": [RESULT]}}
    wrong = {**GOOD, "name": "wrong", "clauses": ["workshop-complaints:03"], "events": []}
    stories.write_text(_yaml([*others, result, {**wrong, "expect": {"deadlines": [CONTACT]}}]), encoding="utf-8")

    found = coverage(stage, NAME, tmp_path, packs)

    states = {one.clause.id[-2:]: (one.state, one.why) for one in found.clauses}
    assert len(states) == sum(clause.regulation == NAME for clause in clauses())
    assert [] == [mutant for mutant in found.survivors if mutant.startswith("contact")]
    assert (Covered.CARRIED_OUT, "") == states["01"] == states["02"]
    assert (Covered.MISSING, "the story “wrong” fails") == states["03"]
    assert Covered.NOMINAL is states["04"][0]
    assert "result responsible: handler -> chief" in found.survivors
    assert (Covered.WAITING, "waits for the setting silent") == states["05"]
    assert (Covered.MISSING, "no part of the pack cites it") == states["06"]
    assert ["wrong"] == [result.story.name for result in found.failed]
    assert not found.is_whole


def _yaml(stories: list[dict[str, Any]]) -> str:
    import yaml  # noqa: PLC0415 -- only here

    return yaml.safe_dump({"regulation": NAME, "stories": stories}, allow_unicode=True)
