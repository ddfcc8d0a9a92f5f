"""The language as a whole: every key can be written, is told in the reference, and does no harm before its time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from models.calendar.work_calendar import WorkCalendar
from models.errors import RegulationError
from models.packs.load import load_regulation
from models.packs.reference import EXAMPLE, FOLDER, constructs, keys_used, reference
from models.timeline.case import Case
from models.timeline.reading import timeline
from models.timeline.story import Event
from models.wording.sentences import sentences

ZONE = ZoneInfo("Asia/Shanghai")
FILE = Path(__file__).parents[1] / "packs" / "every-key.yaml"
PACK = load_regulation(FILE)
EVERY_KEY = {f"{construct.name}.{key.name}" for construct in constructs() for key in construct.keys}
PAGE = 8000
"""Characters on a close-printed page."""
SPOILT = {
    "a calendar of two minds": ("weekday: fri, before: 25", "weekday: fri, dates: ['01-01']", "either `every`"),
    "two ways to pick": ("weekday: mon, nth: 1", "weekday: mon, day: 3", "picks the day"),
    "no such day": ("every: $rest, day: -1", "every: month, day: 32", "no day 32 in a month"),
    "no such date": ('["01-20", "07-05"]', '["01-20", "02-30"]', "no day 02-30"),
    "nth of nothing": ("working_day: 3", "working_day: 3\n    nth: 2", "pick among weekdays"),
    "a gate that forbids nothing": ("    counts: late_cases\n", "", "forbids by"),
    "a gate on no clock": ("not_before: answer", "not_before: anser", "unknown rule 'anser': use answer"),
    "an unknown counter": ("counts: late_cases", "counts: visits", "unknown counter 'visits'"),
    "an approver nobody knows": ("      - director\n", "      - boss\n", "unknown role 'boss'"),
    "an approver never asked": (
        '- {role: chief, when: {amount: {at_most: 1000}, time: {at_least: "08:00"}}}',
        "- chief",
        "never asked",
    ),
    "a decider nobody knows": (
        "when: {level: minor}}, director]",
        "when: {level: minor}}, boss]",
        "unknown role 'boss'",
    ),
    "a decision nobody knows": ("events: [closed, lapsed]", "events: [closed, lapse]", "unknown event 'lapse'"),
    "a decision in a case that has no such level": (
        "{role: chief, when: {level: minor}}",
        "{role: chief, when: {level: huge}}",
        "unknown level 'huge'",
    ),
    "a decider who stands twice": (
        "when: {level: minor}}, director]",
        "when: {level: minor}}, chief]",
        "stands there twice",
    ),
    "a decision of an approval": ("events: leaving_cleared", "events: loan_refused", "contradicts approval long-loan"),
    "a decision before there is a case": ("events: leaving_cleared", "events: leaving", "opens a case"),
    "a decision that nobody records": ("events: leaving_cleared", "events: flagged", "nobody records it"),
    "a decision of two authorities": ("events: leaving_cleared", "events: closed", "contradicts authority closing"),
    "a decision of whoever decided": (
        "recorded: [registered]",
        "recorded: [leaving_cleared]",
        "nobody can hold 'finder'",
    ),
    "an authority called like a rule": ("  - id: clearing", "  - id: answer", "used twice"),
    "a rung that is no count": ("{at: 2, to: chief, do", "{at: 0, to: chief, do", "from 1 on"),
    "a rung of two minds": ("{from: 3, requires", "{from: 3, at: 3, requires", "either `at`"),
    "a fine on a limit nobody named": ("limit: promised", "limit: promise", "no limit is called 'promise'"),
    "a highest rung of no period": (
        "    distinct: customer\n    window: month",
        "    distinct: customer\n    window: P10D",
        "highest rung of a window",
    ),
    "an outcome nobody knows": ("on_late: [forfeited,", "on_late: [forfeit,", "unknown event 'forfeit'"),
    "a level nobody knows": ("after: P3D, level: grave}", "after: P3D, level: huge}", "unknown level 'huge'"),
    "a limit inside no other": ("due_of: answer", "due_of: contact", "unknown rule 'contact'"),
    "a countdown to nothing": ("date: promised_at, before: PT20M,", "before: PT20M,", "before `date`"),
    "a warning after the end": ("{after: P14D}", "{after: P21D}", "is over by then"),
    "a series of two minds": ("    repeat: [", "    every_start: true\n    repeat: [", "either by itself"),
    "a series without a second part": ("{every: P1M, times: 3}", "{every: P1M}", "only the last entry"),
    "a season without an end": (', until: "09-30",', ",", "both `since` and `until`"),
    "a value that a field never has": (
        "normal: {zh: 一般, en: normal}}\n    others: true",
        "ordinary: {zh: 一般, en: ordinary}}",
        "'normal' is none of its values",
    ),
    "two fields of one name": ("aliases: [缓急]", "aliases: [金额]", "'金额' means both 'urgency' and 'amount'"),
    "two values of one name": ("normal: {zh: 一般,", "normal: {zh: 急,", "'急' means both 'urgent' and 'normal'"),
    "a field without a usual title": ("  amount:\n", "  acreage:\n", "has no title"),
    "a figure with values": ("is: text", "is: count", "a field that is count has no values"),
    "one name twice": ("  - id: monthly-table", "  - id: answer", "used twice"),
}


def test_every_key_can_be_written() -> None:
    """The pack writes every key of the reference, and no other."""
    assert EVERY_KEY == keys_used(PACK)


def test_the_reference_tells_every_key_on_few_pages() -> None:
    """Each key has a meaning and a line; the core with its example is half a page, the rest less than three."""
    silent = {f"{one.name}.{key.name}" for one in constructs() for key in one.keys if not key.meaning}
    core, _, rest = reference().partition("## Durations")

    assert set() == silent
    assert sum(len(one.keys) for one in constructs()) == reference().count("\n- `")
    assert len(core) < PAGE / 2
    assert len(rest) < 3 * PAGE


def test_the_readme_is_the_reference() -> None:
    """The file in the repository is what the models say now; `make reference` writes it."""
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == reference()


def test_the_example_of_the_reference_is_a_regulation() -> None:
    """It loads as it stands, uses nothing but the core in its rule, and says what its comments say."""
    pack = load_regulation(EXAMPLE)
    (rule,) = pack.rules

    assert EXAMPLE.stem == pack.regulation
    assert f"```yaml\n{EXAMPLE.read_text(encoding='utf-8')}```" in reference()
    assert {"opens", "remind-1", "due", "escalate-1"} == rule.steps().keys()
    assert {"follow-up-escalate-2-after"} == pack.settings.keys()


@pytest.mark.parametrize("finding", SPOILT.values(), ids=SPOILT)
def test_a_wrong_part_is_named(tmp_path: Path, finding: tuple[str, str, str]) -> None:
    """What is wrong with a calendar, gate, counter, approval, duty or series is refused with its line."""
    old, new, problem = finding
    text = FILE.read_text(encoding="utf-8")
    assert 1 == text.count(old), old
    file = tmp_path / "every-key.yaml"
    file.write_text(text.replace(old, new), encoding="utf-8")

    with pytest.raises(RegulationError) as caught:
        load_regulation(file)

    assert problem in caught.value.problem
    assert caught.value.line is not None


def test_a_setting_without_a_value_is_open() -> None:
    """The pack loads although figures are missing; a deployment that gives them fills the holes."""
    filled = load_regulation(FILE, {"every-key": {"station-limits": "P2D", "rest": "quarter"}})

    assert {"station-limits", "rest"} == set(PACK.open_settings)
    assert set() == set(filled.open_settings)
    assert {True, False} == {duty.is_asleep for duty in PACK.duties}
    assert {False} == {duty.is_asleep for duty in filled.duties}
    assert "P2D" == filled.rules[0].within[0].table["normal"]


def test_every_part_can_be_said_and_run() -> None:
    """Sentences and timeline bear every key, holes included."""
    at = datetime(2026, 11, 2, 9, 0, tzinfo=ZONE)
    calendar = WorkCalendar(ZONE)
    events = [Event("registered", at, {}, 1), Event("first_contact", at.replace(hour=10), {}, 2)]

    said = [sentence for language in ("zh", "en") for _, sentence in sentences(PACK, language)]
    result = timeline(
        Case({"channel": "web", "urgency": "normal", "in_hours": "true"}, events=events), PACK, calendar, at
    )

    assert all(said)
    assert "answer" in {deadline.rule for deadline in result.deadlines}
