"""Rule packs from files: what is wrong is refused with file, line and rule."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from models import SHIPPED
from models.errors import RegulationError, UnknownError
from models.language.rules import Rule
from models.packs.load import catalogue, find_regulation, load_overrides, load_regulation
from models.packs.titles import common_titles
from tests.models.packs.trial import GOOD, changed, line_of, write

if TYPE_CHECKING:
    from pathlib import Path


def test_a_good_pack_loads(tmp_path: Path) -> None:
    """The pack that the other tests spoil is sound."""
    regulation = load_regulation(write(tmp_path, GOOD))

    assert ["call", "answer"] == [rule.id for rule in regulation.rules]
    call = regulation.rule("call")
    assert isinstance(call, Rule)
    assert ["remind-1", "remind-2", "due", "escalate-1"] == list(call.steps())


RULE_FINDINGS = {
    "unknown role, responsible": ("responsible: clerk", "responsible: clark", "call", "unknown role 'clark'"),
    "unknown role, step": ("to: [clerk, chief]", "to: [clerk, boss]", "call", "unknown role 'boss'"),
    "unknown role, reminder": (
        "remind: [-PT20M, -PT5M]",
        "remind: [{before: -PT20M, to: boss}]",
        "call",
        "unknown role 'boss'",
    ),
    "unknown role, penalty": (
        "penalty: {amount: {minor: 10, grave: 20}, charged_to: department}",
        "penalty: {amount: 10, charged_to: boss}",
        "call",
        "unknown role 'boss'",
    ),
    "unknown event, start": (
        "start: registered",
        "start: registred",
        "call",
        "unknown event 'registred': name it under `events` or use registered",
    ),
    "unknown event, stop": ("stop: first_contact", "stop: called", "call", "unknown event 'called'"),
    "unknown event, from the id": (
        "    stop: result_returned\n",
        "",
        "answer",
        "unknown event 'answer'",
    ),
    "unknown event, give_up": (
        "give_up: {after_attempts: 3, at_most: 5}",
        "give_up: {after_attempts: 3, at_most: 5, event: no_answer}",
        "call",
        "unknown event 'no_answer'",
    ),
    "unknown level, penalty": (
        "penalty: {amount: {minor: 10, grave: 20}, charged_to: department}",
        "penalty: {amount: {minor: 10, huge: 20}, charged_to: department}",
        "call",
        "unknown level 'huge': the levels are minor, grave",
    ),
    "unknown level, condition": (
        "start: registered\n",
        "start: registered\n    when: {level: [minor, huge]}\n",
        "call",
        "unknown level 'huge'",
    ),
    "unreachable reminder": ("remind: [-PT20M, -PT5M]", "remind: [-PT60M, -PT5M]", "call", "-PT60M is unreachable"),
    "reminder after due": ("remind: [-PT20M, -PT5M]", "remind: [PT5M]", "call", "PT5M is not before the due instant"),
    "reminders out of order": ("remind: [-PT20M, -PT5M]", "remind: [-PT5M, -PT20M]", "call", "the earliest first"),
    "reminder before the opening": (
        "within: PT60M\n",
        "within: PT60M\n    opens: PT45M\n",
        "call",
        "-PT20M comes before the rule opens at PT45M",
    ),
    "unreachable by opening": ("within: PT60M", "opens: PT60M\n    within: PT60M", "call", "it can never be met"),
    "escalation before due": ("after: PT0S, to: clerk", "after: -PT5M, to: clerk", "call", "that is a reminder"),
    "day step on a minute limit": ("after: PT0S, to: clerk", "after: P0D, to: clerk", "call", "write PT0S"),
    "no limit": ("    within: PT60M\n", "", "call", "needs `within` (a limit) or `opens`"),
    "limit of nothing": ("within: PT60M", "within: PT0S", "call", "must be longer than nothing"),
    "two kinds of limit": (
        "{by: level, table: {minor: P5D, grave: P2D}}",
        "{of: P5D, by: level, table: {minor: P5D, grave: P2D}}",
        "answer",
        "a limit is one of",
    ),
    "a level without a limit": (
        "table: {minor: P5D, grave: P2D}",
        "table: {minor: P5D}",
        "answer",
        "no limit for level grave",
    ),
    "no start": ("start: registered", "start: []", "call", "no event starts the clock"),
    "no renewal to count from": (
        "start: registered\n",
        "start: registered\n    counts_from: previous_due\n",
        "call",
        "needs `every_start: true`",
    ),
    "give up too late": (
        "give_up: {after_attempts: 3, at_most: 5}",
        "give_up: {after_attempts: 6, at_most: 5}",
        "call",
        "after_attempts (6) is more than at_most (5)",
    ),
    "give up on the stop": (
        "give_up: {after_attempts: 3, at_most: 5}",
        "give_up: {after_attempts: 3, at_most: 5, event: first_contact}",
        "call",
        "cannot be a failed attempt and start or stop the clock",
    ),
    "unknown key": ("    responsible: clerk\n", "    responsible: clerk\n    remain: [-PT5M]\n", "call", "unknown key"),
    "no duration": ("within: PT60M", "within: 60 minutes", "call", "'60 minutes' is no duration"),
    "unknown setting": ("$grace", "$graze", "call", "$graze names no setting (did you mean `grace`?): there are grace"),
    "the id used twice": ("- id: answer", "- id: call", "call", "used twice"),
    "a gate's role": ("flag: chief", "flag: boss", "reopenings", "unknown role 'boss'"),
    "a gate's event": ("guards: reopened", "guards: reopend", "reopenings", "unknown event 'reopend'"),
    "a gate over other cases": ("counts: events", "counts: open_cases", "reopenings", "guard 'registered'"),
}


@pytest.mark.parametrize("finding", RULE_FINDINGS.values(), ids=RULE_FINDINGS)
def test_a_wrong_rule_is_named(tmp_path: Path, finding: tuple[str, str, str, str]) -> None:
    """A finding in a rule or gate names the file, a line of that rule, the rule and what is wrong."""
    old, new, rule, problem = finding
    text, _ = changed(old, new)
    file = write(tmp_path, text)

    with pytest.raises(RegulationError) as caught:
        load_regulation(file)

    error = caught.value
    ids = [number for number, line in enumerate(text.splitlines(), 1) if line.strip() == f"- id: {rule}"]
    assert (str(file), rule) == (error.file, error.rule)
    assert problem in error.problem
    assert error.line is not None
    assert ids[0] <= error.line
    assert str(error).startswith(f"{file}:{error.line}: rule {rule}: ")


@pytest.mark.parametrize("key", ["responsible: clark", "within: PT0S", "to: [clerk, boss]", "start: registred"])
def test_the_line_is_the_line(tmp_path: Path, key: str) -> None:
    """The line is that of the wrong key itself."""
    name = key.partition(":")[0]
    old = {"to": "to: [clerk, chief]", "within": "within: PT60M"}.get(name) or f"{name}: " + {
        "responsible": "clerk",
        "start": "registered",
    }[name]
    text, line = changed(old, key)

    with pytest.raises(RegulationError) as caught:
        load_regulation(write(tmp_path, text))

    assert line == caught.value.line


FRAME_FINDINGS = {
    "chain ends in nobody": (
        "chief: {zh: 主管, en: chief, above: operations}",
        "chief: {zh: 主管, en: chief}",
        "ends in nobody",
    ),
    "chain to a stranger": ("above: operations", "above: boss", "ends in nobody: unknown role 'boss'"),
    "chain in a circle": ("above: operations", "above: clerk", "runs in a circle"),
    "rounds, event": ("event: second_contact, where", "event: second_call, where", "unknown event 'second_call'"),
    "rounds, level": ("unless: {level: grave}", "unless: {level: huge}", "unknown level 'huge'"),
    "rounds, number": ("  at_most: 2\n", "  at_most: 0\n", "at least one round"),
    "rounds, nothing to except from": ("  at_most: 2\n", "", "no cap to except from"),
    "pause, event": ("start: paused", "start: pausd", "unknown event 'pausd'"),
    "pause, rule": ("rules: call", "rules: cal", "unknown rule 'cal': use call"),
    "pause, a gate is no rule": ("rules: call", "rules: reopenings", "unknown rule 'reopenings'"),
    "opening": ("kind: complaint", "kind: complaint\nopening: recieved", "unknown event 'recieved'"),
    "closing": ("kind: complaint", "kind: complaint\nclosing: [closed, registered]", "both open and close"),
    "number": ("kind: complaint", "kind: complaint\nnumber: '{yy}{mm}'", "the number is made of"),
    "number, unknown part": ("kind: complaint", "kind: complaint\nnumber: '{year}{serial}'", "the number is made of"),
    "a key written twice": ("kind: complaint", "kind: complaint\nversion: 2", "'version' is written twice"),
    "a key is missing": ("kind: complaint\n", "", "kind: is missing"),
}


@pytest.mark.parametrize("finding", FRAME_FINDINGS.values(), ids=FRAME_FINDINGS)
def test_what_stands_beside_the_rules_is_checked(tmp_path: Path, finding: tuple[str, str, str]) -> None:
    """A finding outside the rules names the file, a line and what is wrong."""
    old, new, problem = finding
    file = write(tmp_path, changed(old, new)[0])

    with pytest.raises(RegulationError) as caught:
        load_regulation(file)

    assert problem in caught.value.problem
    assert caught.value.line is not None
    assert str(caught.value).startswith(f"{file}:{caught.value.line}: ")


CALL = GOOD[GOOD.index("  - id: call") : GOOD.index("  - id: answer")]


@pytest.mark.parametrize(
    ("within", "problem"),
    [
        ("within: PT30M", "contradicts rule call: two limits for one act from one start"),
        ("opens: PT90M\n    within: PT120M", "contradicts rule call: again opens at PT90M, call is over at PT60M"),
    ],
)
def test_two_rules_that_contradict(tmp_path: Path, within: str, problem: str) -> None:
    """The same act from the same start under two limits, or open only when the other is over, is refused."""
    again = CALL.replace("id: call", "id: again").replace("within: PT60M", within)
    again = again.replace("    remind: [-PT20M, -PT5M]\n", "")

    with pytest.raises(RegulationError) as caught:
        load_regulation(write(tmp_path, GOOD + again))

    assert ("again", problem) == (caught.value.rule, caught.value.problem[: len(problem)])
    assert GOOD.count("\n") + 1 == caught.value.line


def test_the_same_act_under_other_conditions_is_no_contradiction(tmp_path: Path) -> None:
    """A rule for some cases may stand beside a rule for all."""
    again = CALL.replace("id: call", "id: again").replace("within: PT60M", "when: {channel: web}\n    within: PT30M")

    assert 3 == len(load_regulation(write(tmp_path, GOOD + again)).rules)


def test_two_gates_that_contradict(tmp_path: Path) -> None:
    """The same count with two maxima is refused."""
    gate = GOOD[GOOD.index("  - id: reopenings") : GOOD.index("rules:\n  - id: call")]
    other = gate.replace("reopenings", "again").replace("at_most: 1", "at_most: 3")

    with pytest.raises(
        RegulationError, match="rule again: contradicts gate reopenings: the same count, at most 1 there"
    ):
        load_regulation(write(tmp_path, GOOD.replace(gate, gate + other)))


def test_rounds_that_are_never_exhausted(tmp_path: Path) -> None:
    """A rule that waits for the last round is unreachable where rounds have no cap."""
    text = GOOD.replace("  at_most: 2\n  unless: {level: grave}\n", "").replace(
        "start: registered", "start: rounds_exhausted"
    )

    with pytest.raises(RegulationError, match="rule call: the rule is unreachable"):
        load_regulation(write(tmp_path, text))


@pytest.mark.parametrize("limit", ["PT8WH", "P2WD"])
def test_working_time_is_not_compared_with_days(tmp_path: Path, limit: str) -> None:
    """Eight working hours may span a night: a reminder a day before is not called unreachable."""
    rule = f"within: {limit}\n    responsible: clerk\n    remind: [-P1D]"
    text = GOOD.replace("within: PT60M\n    responsible: clerk\n    remind: [-PT20M, -PT5M]", rule)

    assert load_regulation(write(tmp_path, text)).rules


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"regulation: [", "trial.yaml:"),
        (b"- just\n- a list\n", "a regulation is a mapping"),
        (b"\xff\xfe\x00r", "cannot be read"),
        (b"regulation: trial\nversion: 2026-13-45\n", "cannot be read"),
        (b"", "a regulation is a mapping"),
        (b"a: &a [*a]\n", "trial.yaml:1: is nested too deep"),
    ],
)
def test_no_rule_pack_at_all(tmp_path: Path, content: bytes, problem: str) -> None:
    """Broken YAML, another encoding or another shape is one line, not a traceback."""
    file = tmp_path / "trial.yaml"
    file.write_bytes(content)

    with pytest.raises(RegulationError) as caught:
        load_regulation(file)

    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(RegulationError, match=r"nowhere\.yaml: cannot be read"):
        load_regulation(tmp_path / "nowhere.yaml")


# -- titles and editions ------------------------------------------------------------------------------------------


def test_a_role_or_event_without_a_title_has_the_usual_one(tmp_path: Path) -> None:
    """What the pack writes itself goes before; where there is no usual title it has to give one."""
    own = "  chief: {zh: 主管, en: chief, above: operations}\n"
    text = GOOD.replace(own, own + "  librarian: {above: chief}\n  handler: {zh: 承办, en: in charge, above: chief}\n")
    file = write(tmp_path, text.replace("settings:", "events:\n  solved:\nsettings:", 1))

    regulation = load_regulation(file)

    assert common_titles()["roles"]["librarian"] == regulation.roles["librarian"].model_dump(include={"zh", "en"})
    assert "承办" == regulation.roles["handler"].zh
    assert common_titles()["events"]["solved"] == regulation.events["solved"].model_dump()
    with pytest.raises(RegulationError, match="has no title: give `zh` and `en`") as caught:
        load_regulation(write(tmp_path, GOOD.replace("zh: 主管, en: chief, ", "")))
    assert line_of(GOOD, "  chief:") == caught.value.line


def test_usual_titles_are_shared() -> None:
    """Each title of the common file is that of at least two regulations."""
    packs = [load_regulation(file) for file in catalogue([SHIPPED]).values()]
    roles = Counter((name, role.zh, role.en) for pack in packs for name, role in pack.roles.items())
    events = Counter((name, event.zh, event.en) for pack in packs for name, event in pack.events.items())

    usual = common_titles()

    assert {} == {n: t for n, t in usual["roles"].items() if roles[n, t["zh"], t["en"]] < 2}
    assert {} == {n: t for n, t in usual["events"].items() if events[n, t["zh"], t["en"]] < 2}


def test_the_first_edition_need_not_be_numbered(tmp_path: Path) -> None:
    """A pack without a version is version 1."""
    plain, numbered = write(tmp_path, GOOD.replace("version: 1\n", "")), write(tmp_path, GOOD, "numbered.yaml")

    assert load_regulation(numbered).content_hash == load_regulation(plain).content_hash


def test_overrides_from_a_file(tmp_path: Path) -> None:
    """The deployment's figures are a file of regulation, setting, value; none at all is fine."""
    file = write(tmp_path, "trial: {grace: PT25M}\n", "own.yaml")

    assert {"trial": {"grace": "PT25M"}} == load_overrides(file)
    assert {} == load_overrides(None)
    with pytest.raises(RegulationError, match=r"write `regulation: \{setting: value\}`"):
        load_overrides(write(tmp_path, "- trial\n", "list.yaml"))


# -- where packs are found ----------------------------------------------------------------------------------------


def test_a_pack_of_the_deployment_goes_before_a_shipped_one(tmp_path: Path) -> None:
    """Packs are known by the name of their file; a later folder goes before an earlier one."""
    own = write(tmp_path, GOOD, "standard-complaints.yaml")

    assert own == find_regulation("standard-complaints", [SHIPPED, tmp_path])
    assert SHIPPED / "standard-loans.yaml" == catalogue([SHIPPED, tmp_path, tmp_path / "none"])["standard-loans"]


def test_an_unknown_pack(tmp_path: Path) -> None:
    """The error lists what there is."""
    write(tmp_path, GOOD)

    with pytest.raises(UnknownError, match="no regulation 'trail': there are trial"):
        find_regulation("trail", [tmp_path])
