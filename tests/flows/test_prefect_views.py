"""What operations see: the board, the table of what fired, the events for automations, the run form's texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from flows.pages import board
from flows.pages.publish import EVENTS_PER_BATCH, fired_line, fired_rows, lateness, step_events
from flows.pages.runs import cell, is_stale, markdown_table
from models.store.database import reading, writing
from tasks.engine.fire import Fired
from tasks.engine.sweep import sweep_once
from tasks.mail.links import Links
from tasks.record.recording import append_event, open_case
from tests.support.hand import AT_HAND

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from flows.pages.shelf import Page
    from tasks.organisation.deployment import Deployment
    from tests.support.story import Story


NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def complaint(engine: Engine, deployment: Deployment, at: datetime = NOW) -> str:
    """A complaint with everything in it that no artifact may show."""
    fields = {"customer": "钱先生", "phone": "13800138000", "department": "销售部|一组", "content": "call 13800138000"}
    with writing(engine) as connection:
        return open_case(
            connection,
            deployment,
            kind="complaint",
            opened_at=at,
            fields=fields,
            regulation=None,
            by=None,
            now=at,
            provenance=AT_HAND,
        )


def drawn(engine: Engine, deployment: Deployment, now: datetime) -> Page:
    """The board as it stands."""
    with reading(engine) as connection:
        found = board.board(connection, deployment, now)
        return board.page(found, deployment, now, Links(connection, "http://ui"))


def test_the_board_shows_what_is_overdue_until_it_is_done(engine: Engine, deployment: Deployment) -> None:
    """A breached deadline stands on the board from its due instant until the event that ends it."""
    number = complaint(engine, deployment)
    sweep_once(engine, deployment, NOW + timedelta(minutes=9))
    assert "Nothing is overdue" in drawn(engine, deployment, NOW).text
    late = NOW + timedelta(minutes=11)
    sweep_once(engine, deployment, late)
    shown = drawn(engine, deployment, NOW + timedelta(hours=1, minutes=55))
    assert f"[{number}](http://ui/artifacts/key/case-{number}) | 首次联系客户<br>First contact" in shown.text
    assert "| 1 小时<br>1 h |" in shown.text
    assert "逾期催办（第 1 级）<br>" in shown.text
    assert "截至 as of 2026-11-20 11:55" in shown.text
    assert "超期 1 项 · 1 overdue" == shown.description
    with writing(engine) as connection:
        append_event(
            connection,
            deployment,
            number=number,
            name="first_contact",
            at=late,
            by=None,
            fields={},
            now=late,
            provenance=AT_HAND,
        )
    sweep_once(engine, deployment, late + timedelta(seconds=1))
    assert "Nothing is overdue" in drawn(engine, deployment, late).text


def test_no_artifact_shows_who_the_customer_is(engine: Engine, deployment: Deployment) -> None:
    """Neither name nor phone stands on the board or in the table of what fired."""
    complaint(engine, deployment)
    report = sweep_once(engine, deployment, NOW + timedelta(minutes=20))
    shown = drawn(engine, deployment, NOW + timedelta(minutes=20)).text + str(fired_rows(report.fired, deployment.zone))
    assert report.fired
    assert "钱先生" not in shown
    assert "13800138000" not in shown


def test_a_long_board_says_how_many_there_are(engine: Engine, deployment: Deployment) -> None:
    """The oldest are shown, the count is of all."""
    for minute in range(3):
        complaint(engine, deployment, NOW + timedelta(minutes=minute))
    sweep_once(engine, deployment, NOW + timedelta(minutes=15))
    with reading(engine) as connection:
        found = board.board(connection, deployment, NOW, limit=2)
    assert (2, 3) == (len(found.lines), found.total)
    assert found.lines[0].due_at < found.lines[1].due_at


def test_the_most_severe_stand_first(story: Story) -> None:
    """Among those of one level the longest overdue; who is responsible is named, a deputy for who is away."""
    story.house()
    story.away("经理", "2026-11-24", "2026-11-25")
    opened = {
        level: story.complaint(f"2026-11-24 09:0{minute}", level=level)
        for minute, level in enumerate(("dissatisfied", "crisis", "major"))
    }
    older = story.complaint("2026-11-24 08:00", level="major")
    story.sweep("2026-11-24 09:30")
    with reading(story.engine) as connection:
        found = board.board(connection, story.deployment, story.at("2026-11-24 09:30")).lines
    first = [line for line in found if line.title == ("首次联系客户", "First contact with the customer")]

    assert [opened["crisis"], older, opened["major"], opened["dissatisfied"]] == [line.case for line in first]
    assert {"代理"} == {line.who for line in first}


def test_a_step_is_told_by_case_clock_step_and_people(story: Story) -> None:
    """In the log and in the table: names and titles, no ids."""
    story.house()
    number = story.complaint("2026-11-24 09:00")
    (step,) = [one for one in story.sweep("2026-11-24 09:10").fired if one.step == "due"]

    assert f"{number} 首次联系客户 到期 → 经理、经办" == fired_line(step)
    assert (
        "首次联系客户 First contact with the customer · 到期 due"
        in fired_rows([step], story.deployment.zone)[0].values()
    )


def fired(count: int) -> list[Fired]:
    """So many steps, each of a case of its own."""
    told: list[dict[str, str | None]] = [
        {"name": "赵敏", "role": "handler", "email": "zm@example.com", "instead_of": "吴刚"}
    ]
    return [Fired(f"26110{n:02d}", "first-contact", 1, "due", NOW, NOW, told, "due") for n in range(count)]


def test_each_step_is_an_event_for_automations() -> None:
    """Up to fifty a batch, with the case as the resource."""
    events = step_events(fired(EVENTS_PER_BATCH))
    assert EVENTS_PER_BATCH == len(events)
    assert "duban.step.fired" == events[0]["event"]
    assert "duban.case.2611000" == events[0]["resource"]["prefect.resource.id"]


def test_a_storm_is_one_event_with_a_count() -> None:
    """Beyond fifty steps Prefect gets one event, not thousands."""
    events = step_events(fired(EVENTS_PER_BATCH + 1))
    assert [EVENTS_PER_BATCH + 1] == [event["payload"]["count"] for event in events]


def test_the_table_names_the_deputy_and_whom_he_stands_for() -> None:
    """Who was told, in which role, in whose stead; no address."""
    row = fired_rows(fired(1), UTC)[0]
    assert "赵敏 (handler, 代 for 吴刚)" == row["通知 told"]
    assert "@" not in str(row)


def test_lateness_is_said_in_a_few_signs() -> None:
    """Nobody counts seconds of a week."""
    assert ["0 s", "119 s", "2 min", "3 h", "8 d"] == [lateness(s) for s in (0, 119, 130, 10_800, 691_200)]


def test_a_cell_is_one_harmless_line() -> None:
    """No table, link or markup comes out of what somebody typed."""
    assert "a｜b c &lt;i&gt; \\[x\\](y)" == cell("a|b\nc <i> [x](y)")
    assert "| a | b |\n| --- | --- |\n| 1 |  |" == markdown_table(("a", "b"), [(1, None)])


def test_a_replayed_run_knows_that_it_is_stale(deployment: Deployment) -> None:
    """A run whose planned start is older than its period leaves the looking ahead to a newer one."""
    period = timedelta(seconds=deployment.settings.sweep_seconds)
    assert not is_stale(NOW - period, NOW, deployment)
    assert is_stale(NOW - period - timedelta(seconds=1), NOW, deployment)
