"""What a name may do to the line it stands in: nothing."""

from __future__ import annotations

import pytest

from models.language.unseen import isolated, tidied, turns
from tasks.mail.environment import environment

HEBREW = "\u05d0\u05d1\u05d2"


@pytest.mark.parametrize("autoescape", [False, True])
def test_a_name_from_right_to_left_moves_nothing(autoescape: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    """It is isolated, so that the date behind it stays where it is."""
    page = environment().overlay(autoescape=autoescape).from_string("{{ name }}，2026-11-01")

    assert f"\u2068{HEBREW}\u2069，2026-11-01" == page.render(name=HEBREW)


def test_a_name_that_turns_its_line_is_shown_as_it_is_written() -> None:
    """An override that another program has put into the record does not reach the reader."""
    page = environment().from_string("{{ name }}，2026-11-01")

    assert " gnaW，2026-11-01" == page.render(name="\u202egnaW")


def test_ordinary_names_are_left_alone() -> None:
    """Chinese and Latin names, numbers and what is marked up already pass as they are."""
    assert ["王先生", "Wang", 3] == [isolated(value) for value in ("王先生", "Wang", 3)]
    assert ("王", False, True) == (tidied("\u200b王"), turns("王\u200f"), turns("\u2066王"))
