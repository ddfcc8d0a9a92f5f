"""Figures that a text leaves open: settings and figures in place, which a deployment may set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models.errors import RegulationError
from models.packs.load import load_regulation
from tests.models.packs.trial import GOOD, line_of, write

if TYPE_CHECKING:
    from pathlib import Path


def test_settings_fill_the_gaps(tmp_path: Path) -> None:
    """`$name` becomes the setting's value; the deployment's goes before, and is kept with the regulation."""
    file = write(tmp_path, GOOD)
    usual, own = load_regulation(file), load_regulation(file, {"trial": {"grace": "PT25M"}, "other": {"grace": "PT1M"}})

    assert ("PT10M", "PT25M") == (usual.rules[0].escalate[1].after, own.rules[0].escalate[1].after)
    assert "PT25M" == own.settings["grace"].value
    assert usual.content_hash != own.content_hash


def test_an_unknown_override_is_refused(tmp_path: Path) -> None:
    """A deployment cannot set what the regulation does not leave open."""
    with pytest.raises(
        RegulationError, match=r"the deployment sets 'grce' \(did you mean `grace`\?\), which is no setting"
    ):
        load_regulation(write(tmp_path, GOOD), {"trial": {"grce": "PT25M"}})


def test_a_bad_override_names_the_setting(tmp_path: Path) -> None:
    """A value that does not fit says from which setting it comes."""
    with pytest.raises(RegulationError, match=r"rule call: .*'soon' is no duration.*from the setting grace"):
        load_regulation(write(tmp_path, GOOD), {"trial": {"grace": "soon"}})


IN_PLACE = "{value: PT10M, open: not in the text}"
AS_A_SETTING = GOOD.replace("  grace:", "  call-escalate-2-after:").replace("$grace", "$call-escalate-2-after")
WRITTEN_IN_PLACE = GOOD.replace("settings:\n  grace: {value: PT10M, note: not in the text}\n", "").replace(
    "$grace", IN_PLACE
)


def in_place(tmp_path: Path, old: str = "", new: str = "") -> Path:
    """The good pack with its figure in place, and one thing changed."""
    assert old in WRITTEN_IN_PLACE
    return write(tmp_path, WRITTEN_IN_PLACE.replace(old, new, 1) if old else WRITTEN_IN_PLACE)


def test_a_figure_in_place_is_a_setting_named_after_its_place(tmp_path: Path) -> None:
    """Written in place or under `settings`, the regulation is the same."""
    expected = load_regulation(write(tmp_path, AS_A_SETTING))

    found = load_regulation(in_place(tmp_path))

    assert expected == found
    assert expected.content_hash == found.content_hash


def test_the_order_of_settings_says_nothing(tmp_path: Path) -> None:
    """Two packs that differ in the order of their settings alone have one content."""
    one = "  grace: {value: PT10M, note: not in the text}\n"
    other = "  zeal: {value: PT1M, note: not in the text}\n"
    text = GOOD.replace("    within: PT60M\n", "    within: PT60M\n    opens: $zeal\n")

    first = load_regulation(write(tmp_path, text.replace(one, one + other)))
    second = load_regulation(write(tmp_path, text.replace(one, other + one)))

    assert first.content_hash == second.content_hash


def test_a_figure_in_place_may_have_a_name_and_clauses(tmp_path: Path) -> None:
    """The name is the one that a deployment sets; clauses are those of the rule, unless it gives its own."""
    cited = GOOD_CITE.replace("第一条", "第一条, clauses: ['trial:01']")
    file = in_place(tmp_path, GOOD_CITE, cited)
    own = WRITTEN_IN_PLACE.replace(IN_PLACE, IN_PLACE.replace("}", ", name: grace, clauses: ['trial:02']}"))

    usual = load_regulation(file).settings
    named = load_regulation(write(tmp_path, own.replace(GOOD_CITE, cited)), {"trial": {"grace": "PT25M"}})

    assert {"call-escalate-2-after": ("trial:01",)} == {name: setting.clauses for name, setting in usual.items()}
    assert ("PT25M", ("trial:02",)) == (named.settings["grace"].value, named.settings["grace"].clauses)
    assert "PT25M" == named.rules[0].escalate[1].after


GOOD_CITE = "    cite: {article: 第一条}\n"


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("within: PT60M", f"within: {IN_PLACE.replace('10M', '60M')}", "call-within"),
        ("minor: P5D", f"minor: {IN_PLACE.replace('T10M', '5D')}", "answer-within-1-table-minor"),
        ("stop: first_contact", "stop: {value: [first_contact, closed], open: who}", "call-stop"),
        ("at_most: 2", "at_most: {value: 3, open: how often}", "rounds-at-most"),
        ("remind: [-P1D]", f"remind: [{IN_PLACE.replace('PT10M', '-P2D')}]", "answer-remind-1"),
        ("{minor: 10, grave: 20}", "{minor: {value: 15, open: how much}, grave: 20}", "call-penalty-amount-minor"),
    ],
)
def test_a_figure_may_stand_wherever_a_value_may(tmp_path: Path, old: str, new: str, name: str) -> None:
    """As a value, in a list, in a table; its name is the way to its place."""
    regulation = load_regulation(in_place(tmp_path, old, new))

    assert {name, "call-escalate-2-after"} == regulation.settings.keys()


def test_a_figure_in_place_that_is_still_open(tmp_path: Path) -> None:
    """Without a value it waits for the deployment, as a setting does."""
    file = in_place(tmp_path, "value: PT10M", "value: null")

    assert {"call-escalate-2-after"} == load_regulation(file).open_settings.keys()
    assert {} == load_regulation(file, {"trial": {"call-escalate-2-after": "PT1H"}}).open_settings


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        ("{value: soon, open: not in the text}", "'soon' is no duration"),
        ("{value: [PT10M], open: not in the text}", "escalate.after: Input should be a valid string"),
        ("{value: PT10M, open: not in the text, clauses: one}", "clauses: Input should be a valid tuple"),
        ("{value: PT10M, open: not in the text, name: Grace}", "give this setting a `name` of small letters"),
        ("{value: PT10M, open: not in the text, name: late}", "there is a setting late already: say $late"),
        ("{value: PT10M, note: not in the text}", "escalate.after: Input should be a valid string"),
    ],
)
def test_a_wrong_figure_in_place_is_named_with_its_line(tmp_path: Path, new: str, problem: str) -> None:
    """What is wrong with a figure in place is refused where it stands."""
    late = "settings:\n  late: {value: PT10M, note: why}\nrounds:"
    text = WRITTEN_IN_PLACE.replace(IN_PLACE, new).replace("rounds:", late, 1)

    with pytest.raises(RegulationError) as caught:
        load_regulation(write(tmp_path, text))

    assert problem in caught.value.problem
    assert (line_of(text, new), "call") == (caught.value.line, caught.value.rule)


def test_a_bad_override_of_a_figure_in_place_names_the_setting(tmp_path: Path) -> None:
    """The deployment's figure is wrong: its name and the line where the pack leaves it open are told."""
    with pytest.raises(
        RegulationError, match=r"'soon' is no duration.*from the setting call-escalate-2-after"
    ) as caught:
        load_regulation(in_place(tmp_path), {"trial": {"call-escalate-2-after": "soon"}})

    assert line_of(WRITTEN_IN_PLACE, IN_PLACE) == caught.value.line
