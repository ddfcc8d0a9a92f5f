"""Single stories with figures one can count on one's fingers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from models.calendar.periods import parse_period, period_of
from models.store.database import open_engine, writing
from models.store.schema import cases, events
from tasks.organisation.masking import HIDDEN
from tasks.statistics import collect
from tasks.statistics.columns import snapshot
from tests.support.story import Story
from tests.tasks.statistics.test_identities import cells, table, total, value

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment
    from tasks.statistics.figures import Collected, Figures


def month(story: Story, label: str = "2026-11", *, at: str = "2026-12-02 09:00", regulation: str = "") -> Figures:
    """The whole organisation's statement of a month."""
    return collected(story, label, at=at, regulation=regulation).parts[""]


def collected(story: Story, label: str = "2026-11", *, at: str = "2026-12-02 09:00", regulation: str = "") -> Collected:
    """The statement of a month as it is known at that time."""
    period = parse_period("monthly", label, story.deployment.zone)
    return collect(story.engine, story.deployment, period, regulation=regulation, data_at=story.at(at))


def test_a_period_without_cases_has_a_statement(story: Story) -> None:
    """Everything is zero, nothing is compared, and one good sentence says so."""
    part = month(story)

    assert [0] * 6 == [row.cells[1] for row in table(part, "balance").rows]
    assert {None} == {cell for row in table(part, "balance").rows for cell in row.cells[2:]}
    assert 30 == len(table(part, "trend").rows)
    assert ["good"] == [finding.tone for finding in part.findings]
    assert [""] == list(collected(story).parts)
    assert None is next(one.value for one in part.headlines if one.id == "on_time_rate")


@pytest.mark.parametrize("regulation", ["standard-loans", "standard-complaints", "unheard-of"])
def test_a_regulation_without_cases_has_one_too(story: Story, regulation: str) -> None:
    """Also one that never had a case."""
    assert month(story, regulation=regulation).findings


def test_sections_follow_the_kind_of_the_regulation(story: Story) -> None:
    """Complaints do not speak of loans, loans not of complaints, the organisation of both."""
    story.complaint("2026-11-02 09:00")
    story.loan("2026-11-02 09:00")
    story.sweep("2026-11-03 09:00")

    assert ["overview", "loans"] == [one.id for one in month(story, regulation="standard-loans").sections]
    assert "loans" not in [one.id for one in month(story, regulation="standard-complaints").sections]
    assert {"complaints", "loans"} < {one.id for one in month(story).sections}


def test_an_event_at_the_end_of_the_period_does_not_count(story: Story) -> None:
    """Closed at midnight of the first is closed in December; one second earlier it is November's."""
    for customer, second in (("甲", "2026-11-30 23:59:59"), ("乙", "2026-12-01 00:00:00")):
        story.event(story.complaint("2026-11-30 12:00", customer=customer), "closed", second)
    story.complaint("2026-12-01 00:00", customer="丙")
    story.sweep("2026-12-02 09:00")
    part = month(story)

    assert (2, 1, 1) == tuple(value(part, "balance", key) for key in ("received", "closed", "closing"))


def test_a_clock_met_after_the_end_was_not_met_by_then(story: Story) -> None:
    """First contact at 00:05 on the first for a complaint of 23:40: overdue in November, though met since."""
    number = story.complaint("2026-11-30 23:40")
    story.event(number, "first_contact", "2026-12-01 00:05")
    story.sweep("2026-12-02 09:00")
    rows = {row.key: row.cells[2:6] for row in table(month(story), "clocks").rows}

    assert {"standard-complaints/first-contact": (1, 0, 0, 1)} == rows
    assert 1 == total(month(story), "by_level", "overdue_end")


def test_what_was_recorded_late_changes_the_statement(story: Story) -> None:
    """A first contact in time that is learnt in December turns November's overdue clock into one in time."""
    number = story.complaint("2026-11-10 09:00")
    story.sweep("2026-12-01 09:00")
    before = collected(story)
    story.event(number, "first_contact", "2026-11-10 09:08", learned="2026-12-03 10:00")
    story.sweep("2026-12-03 10:00")
    after = collected(story, at="2026-12-03 11:00")

    assert (0, 2) == (total(before.parts[""], "clocks", "on_time"), total(before.parts[""], "clocks", "due"))
    assert (1, 2) == (total(after.parts[""], "clocks", "on_time"), total(after.parts[""], "clocks", "due"))
    assert (50.0, 0) == tuple(total(one.parts[""], "penalties_by_department", "amount") for one in (before, after))
    assert before.content_hash != after.content_hash


def test_a_case_may_be_closed_twice(story: Story) -> None:
    """Closed, reopened and closed in November: received 1, reopened 1, closed 2; open again in December."""
    number = story.complaint("2026-11-02 09:00")
    for name, at in (
        ("closed", "2026-11-03 09:00"),
        ("reopened", "2026-11-04 09:00"),
        ("closed", "2026-11-05 09:00"),
        ("reopened", "2026-12-01 00:00"),
    ):
        story.event(number, name, at)
    story.sweep("2026-12-02 09:00")
    counts = {row.key: row.cells[1] for row in table(month(story), "balance").rows}

    assert {"opening": 0, "received": 1, "reopened": 1, "closed": 2, "withdrawn": 0, "closing": 0} == counts
    december = month(story, "2026-12", at="2026-12-10 09:00")
    assert (0, 1, 1) == tuple(value(december, "balance", key) for key in ("opening", "reopened", "closing"))


def test_a_period_that_is_not_over_says_so(story: Story) -> None:
    """Counted up to the instant of the data; days to come are empty, and the first sentence warns."""
    story.complaint("2026-11-02 09:00")
    story.sweep("2026-11-03 09:00")
    part = month(story, at="2026-11-04 12:00")
    days = [row.cells[1] for row in table(part, "trend").rows]

    assert [0, 1, 0, 0] + [None] * 26 == days
    assert "尚未结束" in part.findings[0].text.zh
    assert part.until == parse_period("monthly", "2026-11", story.deployment.zone).until


def test_secret_items_are_masked(story: Story) -> None:
    """The row of a secret loan carries what those see who are not cleared; the list of cases names no item at all."""
    story.loan("2026-11-02 09:00", item="机密图纸", purpose="绝密用途", secrecy="secret")
    story.loan("2026-11-02 10:00", item="普通图纸")
    story.sweep("2026-11-03 09:00")
    found = collected(story)
    secret, plain = sorted(table(found.parts[""], "not_returned").rows, key=lambda row: not row.secret)

    assert ("机密图纸", "绝密用途") == secret.cells[1:3]
    assert (HIDDEN, HIDDEN) == secret.masked[1:3]
    assert not plain.masked
    shown = found.model_dump_json(exclude={"parts": {"": {"tables"}, "维修部": {"tables"}}})
    assert "图纸" not in shown
    assert "用途" not in found.cases.model_dump_json()


def test_loans_late_by_a_week_suspend_their_borrower(story: Story) -> None:
    """Due 2 November: suspended on the 9th, not on the 8th; named with department, article and days."""
    story.loan("2026-10-03 09:00", borrower="甲")
    story.sweep("2026-11-20 09:00")
    early, late = (month(story, at=at) for at in ("2026-11-08 12:00", "2026-11-09 12:00"))

    assert () == table(early, "suspended").rows
    assert [("甲", "维修部", 1, 7)] == [
        (row.cells[0], row.cells[1], row.cells[4], row.cells[5]) for row in table(late, "suspended").rows
    ]
    assert [("2026-11-02", 7)] == [row.cells[-2:] for row in table(late, "not_returned").rows]


def test_a_complaint_that_comes_again_is_repeated(story: Story) -> None:
    """Within 30 days of the one before, same person and category, under whichever regulation; not on day 31."""
    for at, regulation in (
        ("2026-10-20 09:00", None),
        ("2026-11-19 09:00", "workshop-complaints"),
        ("2026-11-25 10:00", None),
    ):
        story.complaint(at, category="质量", phone="138", content=at, regulation=regulation)
    story.complaint("2026-11-26 09:00", category="态度", phone="138")
    story.complaint("2026-11-26 09:00", category="质量", phone="139")
    story.sweep("2026-12-01 09:00")

    assert 2 == total(month(story), "repeats", "repeated")
    assert 1 == total(month(story, regulation="standard-complaints"), "repeats", "repeated")
    assert 1 == total(month(story, regulation="workshop-complaints"), "repeats", "repeated")


def test_attempts_in_vain_are_given_up_in_the_month_of_the_last_one(story: Story) -> None:
    """Five attempts over the month's end: given up in December, and no missed revisit."""
    number = story.complaint("2026-11-27 09:00")
    story.event(number, "result_returned", "2026-11-29 09:00")
    for at in ("2026-11-29 10:00", "2026-11-30 10:00", "2026-11-30 15:00", "2026-12-01 10:00", "2026-12-01 11:00"):
        story.event(number, "unreachable", at)
    story.sweep("2026-12-10 09:00")

    assert (0, 0) == tuple(total(month(story), "revisits", column) for column in ("due", "given_up"))
    december = month(story, "2026-12", at="2026-12-11 09:00")
    assert (0, 1) == tuple(total(december, "revisits", column) for column in ("due", "given_up"))


def test_findings_name_what_to_do(story: Story) -> None:
    """The overdue, the rule broken most with its article, the oldest case: with their figures, in both languages."""
    for day in ("10-01", "10-02", "11-03", "11-04", "11-05"):
        story.complaint(f"2026-{day} 09:00", customer=f"客户{day}")
    story.sweep("2026-11-30 09:00")
    said = month(story).findings

    assert 3 <= len(said) <= 8
    assert "5 件未结案件已超时" in said[0].text.zh
    assert "5 of 5 open cases" in said[0].text.en
    assert any("第五条(三)" in one.text.zh and "3 次" in one.text.zh for one in said)
    assert any("2610001" in one.text.zh and "天" in one.text.zh for one in said)


def test_housekeeping_is_not_counted(story: Story) -> None:
    """Cases of kind statement and duty are no complaints."""
    for number, kind in (("FX-1", "statement"), ("D-1", "duty")):
        story.inserted(number, kind, "2026-11-03 09:00", regulation="standard-complaints")

    assert 0 == value(month(story), "balance", "received")


def test_many_departments_keep_their_cases(story: Story) -> None:
    """More departments than a byte counts, one case each, complaints and loans in turn."""
    for number in range(140):
        story.inserted(
            f"C{number}", "complaint" if number % 2 else "loan", "2026-11-03 09:00", department=f"部{number}"
        )
    found = collected(story)

    assert 141 == len(found.parts)
    assert 1 == value(found.parts["部139"], "balance", "received")
    assert 1 == value(found.parts["部138"], "loans_balance", "lent")
    assert 70 == value(found.parts[""], "loans_balance", "lent")


def test_days_of_a_zone_with_summer_time(engine: Engine, deployment: Deployment) -> None:
    """In Berlin the last Sunday of October has 25 hours, the last of March 23: midnights are the zone's own."""
    own = deployment.changed(timezone="Europe/Berlin")
    story = Story(engine, own)
    for at in ("2026-03-28 23:59", "2026-03-29 00:01", "2026-03-29 23:59", "2026-03-30 00:01"):
        story.complaint(at, customer=at)
    for at in ("2026-10-25 00:00", "2026-10-25 23:59:59", "2026-10-26 00:00"):
        story.complaint(at, customer=at)
    number = story.complaint("2026-03-27 09:00", customer="长")
    story.event(number, "first_contact", "2026-03-30 09:00")
    story.sweep("2026-11-02 09:00")
    march, october = (month(story, label, at="2026-11-02 09:00") for label in ("2026-03", "2026-10"))

    received = {row.key: row.cells[1] for part in (march, october) for row in table(part, "trend").rows}
    assert (1, 2, 1) == tuple(received[f"2026-03-{day}"] for day in (28, 29, 30))
    assert (2, 1) == tuple(received[f"2026-10-{day}"] for day in (25, 26))
    assert (3 * 86_400 - 3600, 9 * 3600) == (
        cells(table(march, "milestones").rows[0])[3],
        cells(table(march, "milestones").rows[0])[5],
    )
    hours = period_of("weekly", story.at("2026-10-25 12:00"), own.zone)
    assert 7 * 24 + 1 == (hours.until - hours.since).total_seconds() / 3600


def test_all_readers_see_one_snapshot(engine: Engine, deployment: Deployment) -> None:
    """What is written while a statement is read is in none of its queries."""
    story = Story(engine, deployment)
    story.inserted("C1", "complaint", "2026-11-03 09:00")
    other = open_engine(deployment.settings.url)
    with snapshot(engine) as columns:
        with writing(other) as connection:
            connection.execute(
                cases.insert().values(number="C2", kind="complaint", opened_at=story.at("2026-11-04 09:00"))
            )
            connection.execute(events.insert().values(case_id=1, name="closed", at=story.at("2026-11-04 09:00")))
        found = columns.read_all(["SELECT count(*) AS n FROM cases"] * 4 + ["SELECT count(*) AS n FROM events"])
    other.dispose()

    assert [1, 1, 1, 1, 0] == [int(frame["n"].iloc[0]) for frame in found]


def test_hostile_names_are_only_names(story: Story) -> None:
    """Quotes, braces and wide signs in a department or a category break no query."""
    name: Any = "部'门\"{ids}%;--"
    story.complaint("2026-11-03 09:00", department=name, category=name, handler=name, phone=name)
    story.sweep("2026-11-04 09:00")

    assert name in collected(story).parts
