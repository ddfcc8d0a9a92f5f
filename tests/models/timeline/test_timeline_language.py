"""Cases told as stories: series, calendar instants, missing figures, what lateness costs and what follows from it."""

from __future__ import annotations

from typing import Any

import pytest

from models.timeline.story import REVIEW, Status
from tests.models.timeline.stories import TEXT, Story, at, rule, shown, story

FINE = {"amount": 50, "charged_to": "department"}
Steps = list[tuple[str | None, str]]


def steps(told: Story, now: str, number: int = 1, name: str = "call") -> Steps:
    """What a clock has told or will tell, silent steps left out."""
    clock = told.clock(now, number, name)
    return [(shown(when), step) for when, step in (*clock.past, *clock.plan) if step not in ("breach", REVIEW)]


def costs(told: Story, now: str, number: int = 1) -> list[tuple[str | None, float]]:
    """What a clock has cost: when and how much."""
    return [(shown(one.at), one.penalty.of(one.level)[0]) for one in told.clock(now, number).penalties]


def cited(*keys: str, **given: Any) -> dict[str, Any]:
    """A rule with clauses."""
    return {**rule(**given), "cite": {"article": "1", "clauses": list(keys)}}


# -- limits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "due"),
    [
        ("P0D", "2026-11-02 23:59:59"),
        ("P0WD", "2026-11-02 18:00"),
        ("PT4WH", "2026-11-02 13:00"),
        ({"date": "visit_at", "before": "PT20M"}, "2026-11-20 13:40"),
        ({"date": "visit_at", "before": "P2W"}, "2026-11-06 23:59:59"),
        ({"date": "visit_at", "before": "P1WD"}, "2026-11-19 18:00"),
        ({"date": "visit_at", "before": "PT5WH"}, "2026-11-20 09:00"),
        ({"next": {"dates": "12-31"}}, "2026-12-31 23:59:59"),
    ],
)
def test_limits_of_every_form(limit: Any, due: str) -> None:
    """The day itself, working time, so long before a date, a day of the year."""
    told = story(rule(within=limit), fields={"visit_at": "2026-11-20 14:00"})

    assert due == shown(told.clock("09:00").due_at)


def test_before_the_office_closes_means_the_next_day_when_it_has_closed() -> None:
    """P0WD of an evening, and of a Saturday, is the close of the next working day."""
    for start, due in (("2026-11-02 18:30", "2026-11-03 18:00"), ("2026-11-07 10:00", "2026-11-09 18:00")):
        told = story(rule(start="agreed", within="P0WD")).then("agreed", start)
        assert due == shown(told.clock(start).due_at)


def test_a_date_that_was_named_before_the_clock_started_counts() -> None:
    """An approval names the day, the clock starts with the loan; a new term does not inherit it."""
    for every_start, due in ((False, "2026-11-20 23:59:59"), (True, None)):
        told = story(rule(start="lent", within={"date": "until"}, every_start=every_start))
        told = told.then("agreed", "2026-11-02 10:00", until="2026-11-20").then("lent", "2026-11-03 10:00")
        due_at = told.clock("2026-11-03 10:00").due_at
        assert due == (shown(due_at) if due_at else None)


def test_the_longest_of_several_limits() -> None:
    """Where a rule says so."""
    told = story(rule(within=["P3D", "P5D"], longest=True))

    assert ("2026-11-07 23:59:59", "P5D") == (shown(told.clock("09:00").due_at), told.clock("09:00").limit)


def test_a_limit_inside_another_one() -> None:
    """Two days for the part, but no later than the whole; the order of the rules does not matter."""
    told = story(
        rule("part", start="passed_on", within=["P2D", {"due_of": "whole"}], every_start=True),
        rule("whole", within="P5D"),
        events={"passed_on": TEXT},
    )
    told = told.then("passed_on", "2026-11-03 10:00").then("passed_on", "2026-11-06 10:00")

    assert ("2026-11-05 23:59:59", "P2D") == (shown(told.clock("2026-11-06 10:00", 1, "part").due_at), "P2D")
    late = told.clock("2026-11-06 10:00", 2, "part")
    assert ("2026-11-07 23:59:59", "whole") == (shown(late.due_at), late.limit)


def test_a_missing_figure_is_trouble_and_the_other_rules_run() -> None:
    """Named are the clauses of the setting and of the rule; another limit that speaks is enough."""
    table = {"by": "market", "table": {"domestic": "P13D"}}
    keys = {"settings": {"days": {"value": None, "note": "open", "clauses": ["x:07"]}}}
    told = story(cited("x:01", within="$days"), rule("other", within="P1D"), **keys)
    foreign = story(cited("x:02", within=table), fields={"market": "foreign"})

    assert (None, ("$days",)) == (told.clock("09:00").due_at, told.clock("09:00").missing)
    assert (told.seen("09:00").trouble or "").startswith("x:07, x:01: call: days")
    assert "2026-11-03 23:59:59" == shown(told.clock("09:00", 1, "other").due_at)
    assert "x:02: call: market=foreign" in (foreign.seen("09:00").trouble or "")
    assert story(cited("x:02", within=[table, "P20D"]), fields={"market": "foreign"}).seen("09:00").trouble is None
    assert told.then("call", "10:00").seen("10:00").trouble is None


def test_conditions_ask_for_the_moment_of_the_start() -> None:
    """Time, weekday and office hours of the start event."""
    for when, applies in (
        ({"in_hours": True}, True),
        ({"time": {"at_least": "09:30"}}, False),
        ({"weekday": "mon"}, True),
    ):
        assert applies == bool(story(rule(within="P1D", when=when)).numbers("09:00"))


# -- stops and steps -------------------------------------------------------------------------------------------------


def test_a_stop_that_has_to_come_three_times() -> None:
    """The third one meets it; a quantity is summed."""
    told = story(rule(within="P5D", times=3)).then("call", "10:00").then("call", "11:00")
    summed = story(rule(within="P5D", times=3, quantity="persons")).then("call", "10:00", persons="2")

    assert ("open", "met") == (told.clock("11:00").state, told.then("call", "12:00").clock("12:00").state)
    assert "met" == summed.then("call", "11:00", persons="1").clock("11:00").state


def test_a_reminder_at_the_lower_edge_of_a_range() -> None:
    """Fourteen to twenty-one days: warned on the fourteenth, late after the twenty-first."""
    told = story(rule(within="P21D", remind=[{"after": "P14D"}]))

    assert [("2026-11-16 09:00", "remind-1"), ("2026-11-23 23:59:59", "due")] == steps(told, "09:00")


def test_a_step_again_and_again_until_a_later_one_begins() -> None:
    """One instant to come is planned; what has passed is all there."""
    rules = rule(within="P3D")
    rules["escalate"] = [
        {"after": "P0D", "to": "desk", "every": "P1D"},
        {"after": "P3D", "to": "desk", "every": "P7D"},
    ]
    told = story(rules)
    first = [(f"2026-11-{day:02} 09:00", "due") for day in (5, 6, 7)]

    assert [first[0], ("2026-11-08 09:00", "escalate-1")] == steps(told, "09:00")
    later = [("2026-11-08 09:00", "escalate-1"), ("2026-11-15 09:00", "escalate-1")]
    assert [*first, *later] == steps(told, "2026-11-10 10:00")
    assert [*first, later[0]] == steps(told.then("call", "2026-11-10 10:00"), "2026-12-10 10:00")


def test_a_slip_when_the_case_closes_after_a_late_end() -> None:
    """Once, when it closes; not for what was met in time."""
    late = {**rule(within="PT1H"), "closed_late": {"to": "desk", "slip": "inquiry"}}
    told = story(late).then("call", "11:00").then("closed", "2026-11-04 10:00")
    timely = story(late).then("call", "09:30").then("closed", "2026-11-04 10:00")

    assert ("2026-11-04 10:00", "slip") in steps(told, "2026-11-04 10:00")
    assert [] == steps(timely, "2026-11-04 10:00")


# -- series ----------------------------------------------------------------------------------------------------------

MONTHLY = {"repeat": [{"every": "P1M", "times": 2}, {"every": "P3M"}]}


def dues(told: Story, now: str) -> list[tuple[str | None, str]]:
    """The terms with their states."""
    return [(shown(one.due_at), str(one.state)) for one in told.seen(now).deadlines]


def test_a_series_goes_on_by_itself() -> None:
    """Each term is due at its end; after two months every three; the case is looked at anew when one ends."""
    told = story(rule(**MONTHLY))

    assert [("2026-12-02 23:59:59", "open")] == dues(told, "2026-11-20 09:00")
    assert at("2026-12-02 23:59:59") in [when for when, step in told.clock("09:00").plan if step == REVIEW]
    assert [
        ("2026-12-02 23:59:59", "breached"),
        ("2027-01-02 23:59:59", "breached"),
        ("2027-04-02 23:59:59", "open"),
    ] == dues(told, "2027-01-03 09:00")


def test_one_stop_meets_one_term() -> None:
    """The one in which it happens; a term that was missed stays missed, and nobody asks for it any more."""
    told = story(rule(**MONTHLY)).then("call", "2026-12-20 10:00").then("call", "2026-12-21 10:00")

    assert [("2026-12-02 23:59:59", "breached"), ("2027-01-02 23:59:59", "met")] == dues(told, "2026-12-22 09:00")
    assert "call" == told.clock("2026-12-22 09:00").ended_by


def test_a_stop_before_the_window_of_its_term_meets_the_one_before_late() -> None:
    """Nothing is open yet in the new term, so it belongs to the old one."""
    told = story(rule(**MONTHLY, opens="-P7D")).then("call", "2026-12-05 10:00")

    assert [("2026-12-02 23:59:59", "late"), ("2027-01-02 23:59:59", "open")] == dues(told, "2026-12-06 09:00")


def test_a_series_ends_with_the_case() -> None:
    """No term begins after the closing; a series that starts with the closing goes on."""
    told = story(rule(**MONTHLY)).then("closed", "2026-11-20 10:00")
    after = story(rule(start="closed", **MONTHLY)).then("closed", "2026-11-20 10:00")

    assert [("2026-12-02 23:59:59", "void")] == dues(told, "2027-06-01 09:00")
    assert () == told.clock("2027-06-01 09:00").plan
    assert ["2026-12-20 23:59:59", "2027-01-20 23:59:59"] == [due for due, _ in dues(after, "2026-12-21 09:00")]


# -- what lateness costs -----------------------------------------------------------------------------------------------


def test_a_fine_for_each_day_late() -> None:
    """At the due instant and at the end of each further working day that passes."""
    told = story(rule(within="P1WD", penalty={"amount": 100, "per": "P1WD", "charged_to": "department"}))
    days = [("2026-11-03 18:00", 100), ("2026-11-04 18:00", 100), ("2026-11-05 18:00", 100)]

    assert [] == costs(told, "2026-11-03 17:59")
    assert days == costs(told, "2026-11-06 12:00")
    assert at("2026-11-06 18:00") in [when for when, step in told.clock("2026-11-06 12:00").plan if step == REVIEW]
    assert days[:2] == costs(told.then("call", "2026-11-05 10:00"), "2026-11-20 12:00")
    assert [] == costs(told.then("call", "2026-11-03 18:00"), "2026-11-20 12:00")


def test_a_fine_that_depends_on_how_late() -> None:
    """Up to ten minutes cost less; while nobody knows, nothing is charged."""
    told = story(rule(within="PT1H", penalty=FINE | {"late_by": "PT10M", "otherwise": FINE | {"amount": 20}}))

    assert [] == costs(told, "10:09")
    assert [("2026-11-02 10:10", 50)] == costs(told, "10:10")
    assert [("2026-11-02 10:00", 20)] == costs(told.then("call", "10:05"), "10:05")
    assert [("2026-11-02 10:10", 50)] == costs(told.then("call", "10:11"), "12:00")


def test_a_fine_by_conditions_and_none_for_what_is_soft() -> None:
    """The round decides which; a soft limit shows as late and costs nothing."""
    fine = FINE | {"amount": 100, "when": {"round": {"at_least": 2}}, "otherwise": FINE}
    told = story(rule(within="PT1H", penalty=fine)).then("reopened", "11:00")
    soft = story(rule(within="PT1H", penalty=FINE, soft=True))

    assert [("2026-11-02 10:00", 50)] == costs(told, "13:00")
    assert [("2026-11-02 12:00", 100)] == costs(told, "13:00", 2)
    assert ("breached", []) == (soft.clock("13:00").state, costs(soft, "13:00"))


# -- what follows from lateness ----------------------------------------------------------------------------------------


def test_silence_starts_another_clock_until_it_was_none() -> None:
    """At the due instant; an explanation that becomes known late takes it back."""
    told = story(
        rule("explained", within="PT1H", on_late="lapsed"), rule("ruled", start="lapsed", within="PT30M"),
        events={"explained": TEXT, "ruled": TEXT},
    )  # fmt: skip
    assert [] == told.numbers("09:59", "ruled")
    assert "2026-11-02 10:30" == shown(told.clock("10:00", 1, "ruled").due_at)
    assert ["lapsed"] == [event.name for event in told.seen("10:00").noted]
    assert [] == told.then("explained", "10:00").numbers("12:00", "ruled")


def test_a_validity_that_lapses_closes_the_case() -> None:
    """The clock itself was late and has told so; the others end with the case."""
    told = story(
        rule("renewed", within="P3D", on_late="lapsed"), rule("other", within="P9D"),
        closing=["closed", "lapsed"],
    )  # fmt: skip
    seen = told.seen("2026-11-06 09:00")
    clock = told.clock("2026-11-06 09:00", 1, "renewed")

    assert (Status.CLOSED, "2026-11-05 23:59:59") == (seen.status, shown(seen.closed_at))
    assert ("breached", "lapsed") == (clock.state, clock.ended_by)
    assert ("2026-11-05 23:59:59", "due") in steps(told, "2026-11-06 09:00", 1, "renewed")
    assert "void" == told.clock("2026-11-06 09:00", 1, "other").state
    assert Status.OPEN is told.seen("2026-11-05 12:00").status


def test_a_level_that_rises_holds_from_then_on() -> None:
    """Clocks that start later are read with it; it never sinks."""
    levels = {"levels": {"minor": TEXT, "major": TEXT}}
    grave = {"event": "raised", "after": "P3D", "level": "major"}
    table = {"by": "level", "table": {"major": "PT1H"}}
    rules = (rule(within="P1D", on_late=grave), rule("other", start="raised", within=table))
    told = story(*rules, fields={"level": "minor"}, **levels)

    assert ("minor", "major") == (told.seen("2026-11-06 23:59").level, told.seen("2026-11-07 00:00").level)
    assert "2026-11-07 00:59:59" == shown(told.clock("2026-11-07 00:00", 1, "other").due_at)


def test_events_that_feed_each_other_come_to_an_end() -> None:
    """A circle of rules goes on only as far as the instant has come."""
    told = story(rule(start=["registered", "lapsed"], every_start=True, within="P1D", on_late="lapsed"))

    assert [1, 2, 3] == told.numbers("2026-11-05 12:00")
