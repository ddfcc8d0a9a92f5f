"""What must hold between the figures of a statement, whatever happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from models.calendar.periods import Period, parse_period
from models.store.database import writing
from models.store.schema import penalties
from tasks.statistics import collect
from tasks.statistics.figures import Collected
from tests.support.histories import History
from tests.support.statements import recorded

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment
    from tasks.statistics.figures import Figures, FigureTable

NOW = datetime(2026, 12, 20, tzinfo=UTC)
SUMS = ("received", "closed", "reopened")


@pytest.fixture
def history(tmp_path: Path, engine: Engine, deployment: Deployment) -> Engine:
    """Two months of random cases."""
    made = History(7, end=datetime(2026, 12, 20, 8))  # noqa: DTZ001 -- local, as in the files
    made.add(80, 40, since=datetime(2026, 9, 25, 8), until=datetime(2026, 12, 5, 8))  # noqa: DTZ001
    made.write(tmp_path)
    return recorded(tmp_path, engine, deployment, now=NOW, data_at=NOW).engine


def november(engine: Engine, deployment: Deployment, **changed: Any) -> Collected:
    """The statement of November."""
    own = deployment.changed(**changed)
    return collect(engine, own, parse_period("monthly", "2026-11", deployment.zone), data_at=NOW)


def test_what_came_in_and_did_not_leave_is_open(history: Engine, deployment: Deployment) -> None:
    """Open at start + received + reopened - closed = open at end, for every part, before and a year ago."""
    for part in november(history, deployment).parts.values():
        for name, coming, going in (
            ("balance", ("opening", "received", "reopened"), ("closed",)),
            ("loans_balance", ("opening", "lent", "reopened"), ("returned", "lost", "other")),
        ):
            rows = {row.key: row.cells[1:] for row in table(part, name).rows}
            for place in range(3):
                cells: dict[str, Any] = {key: row[place] for key, row in rows.items()}
                if cells["opening"] is not None:
                    came, went = sum(cells[key] for key in coming), sum(cells[key] for key in going)
                    assert cells["closing"] == came - went


def test_the_open_of_one_month_are_where_the_next_begins(history: Engine, deployment: Deployment) -> None:
    """Closing of October = opening of November, which the column of the period before says too."""
    october = collect(history, deployment, parse_period("monthly", "2026-10", deployment.zone), data_at=NOW).parts[""]
    part = november(history, deployment).parts[""]

    assert value(october, "balance", "closing") == value(part, "balance", "opening")
    assert value(october, "balance", "closed") == value(part, "balance", "closed", 2)
    assert [row.cells[1] for row in table(october, "balance").rows] == [
        row.cells[2] for row in table(part, "balance").rows
    ]
    then = {row.key: row.cells[6] for row in table(october, "clocks").rows}
    before = {row.key: row.cells[7] for row in table(part, "clocks").rows}
    assert before == {key: then.get(key) for key in before}


def pieces(deployment: Deployment, length: int) -> list[Period]:
    """November in stretches of so many days."""
    days = parse_period("monthly", "2026-11", deployment.zone).buckets(deployment.zone)
    return [
        Period("monthly", days[first].label, days[first].since, days[first + length - 1].until)
        for first in range(0, len(days), length)
    ]


def test_a_month_is_the_sum_of_its_days(history: Engine, deployment: Deployment) -> None:
    """Statements of a day each (on PostgreSQL, to save time, of three) add up to the month's; so does the trend."""
    length = 1 if history.dialect.name == "sqlite" else 3
    whole = november(history, deployment).parts[""]
    days = [collect(history, deployment, piece, data_at=NOW).parts[""] for piece in pieces(deployment, length)]

    for key in ("received", "reopened", "closed", "withdrawn"):
        assert value(whole, "balance", key) == sum(value(day, "balance", key) for day in days), key
    for key in ("lent", "returned", "lost", "other", "renewed"):
        assert value(whole, "loans_balance", key) == sum(value(day, "loans_balance", key) for day in days), key
    for name, columns in {
        "clocks": ("due", "on_time"),
        "loans_clocks": ("due", "on_time"),
        "satisfaction": ("judged", "satisfied", "dissatisfied", "unresolved"),
        "postponements": ("asked", "granted", "refused"),
        "revisits": ("due", "on_time", "given_up"),
        "repeats": ("received", "repeated", "reopened"),
        "penalties_by_department": ("fines", "amount", "points"),
    }.items():
        for column in columns:
            assert total(whole, name, column) == sum(total(day, name, column) for day in days), (name, column)
    assert sum(cells(row)[1] for row in table(whole, "milestones").rows) == sum(
        cells(row)[1] for day in days for row in table(day, "milestones").rows
    )
    trend = [cells(row) for row in table(whole, "trend").rows]
    assert [value(whole, "balance", key) for key in ("received", "closed")] == [
        sum(row[place] for row in trend) for place in (1, 2)
    ]
    assert [value(day, "balance", "closing") for day in days] == [row[3] for row in trend[length - 1 :: length]]


def test_departments_add_up_to_the_whole(history: Engine, deployment: Deployment) -> None:
    """Each department's own part says what the whole says of it; all of them, with what has none, make the whole."""
    found = november(history, deployment)
    whole = found.parts[""]
    by_department = {row.key: row for row in table(whole, "by_department").rows}
    for name, part in found.parts.items():
        if name and name in by_department:
            assert cells(by_department[name])[1:] == table(part, "by_department").total[1:]  # type: ignore[index]
    for name in ("balance", "loans_balance"):
        for row in table(whole, name).rows:
            parts = sum(value(part, name, row.key) for key, part in found.parts.items() if key)
            assert parts <= row.cells[1]  # type: ignore[operator]
            if name == "balance" and row.key in ("received", "closed"):
                none = cells(by_department[""])[1 if row.key == "received" else 2] if "" in by_department else 0
                assert parts + none == row.cells[1]
    for name in ("by_level", "by_channel", "by_category", "by_department", "by_handler"):
        one = table(whole, name)
        for place in range(1, 5):
            assert sum(cells(row)[place] for row in one.rows) == one.total[place]  # type: ignore[index]
    assert "" in by_department


def test_the_list_of_cases_gives_the_figures(history: Engine, deployment: Deployment) -> None:
    """Filtering the cases on a flag and adding it up is the figure; due and broken clocks per rule as well."""
    found = november(history, deployment)
    part, listed = found.parts[""], found.cases
    names = [column.id for column in listed.columns]
    rows = [dict(zip(names, row.cells, strict=True)) for row in listed.rows]

    def added(column: str, *, loans: bool = False) -> int:
        return sum(row[column] for row in rows if (row["kind"] == "loan") == loans)

    assert len({row["number"] for row in rows}) == len(rows)
    assert [value(part, "balance", key) for key in ("received", "closed", "withdrawn", "reopened", "closing")] == [
        added(key) for key in ("received", "closed", "withdrawn", "reopened", "open_end")
    ]
    assert total(part, "by_level", "overdue_end") == added("overdue_end")
    assert total(part, "repeats", "repeated") == added("repeated")
    assert [
        value(part, "loans_balance", key) for key in ("lent", "returned", "lost", "renewed", "closing", "overdue_end")
    ] == [added(key, loans=True) for key in ("received", "returned", "lost", "renewed", "open_end", "overdue_end")]
    rules = {name.removeprefix("due:") for name in names if name.startswith("due:")}
    assert total(part, "clocks", "due") == sum(added(f"due:{rule}") for rule in rules)
    assert total(part, "breaches", "breaches") == sum(added(f"late:{rule}") for rule in rules)
    done = {row.key: row.cells[1] for row in table(part, "milestones").rows}
    assert done["first_contact"] == sum(row["first_contact_minutes"] is not None for row in rows)
    assert not {"customer", "party", "phone", "item", "content"} & set(names)


def test_a_long_list_keeps_the_urgent_cases_and_the_figures(history: Engine, deployment: Deployment) -> None:
    """A cap leaves out cases that are over and were in time first, says how many, and changes no figure."""
    full, short = november(history, deployment), november(history, deployment, statement_cases=60)
    names = [column.id for column in full.cases.columns]
    place = names.index("overdue_end")

    assert 60 == len(short.cases.rows)
    assert len(full.cases.rows) - 60 == short.cases.more
    overdue = [row.key for row in full.cases.rows if row.cells[place]]
    assert overdue == [row.key for row in short.cases.rows][: len(overdue)]
    assert full.parts == short.parts


def test_the_cap_carries_over_what_it_does_not_charge(history: Engine, deployment: Deployment) -> None:
    """Carried in + new - charged = carried over; no month charges more than the cap; its parts charge as much."""
    capped = deployment.changed(penalty_cap_month=70.0)
    october, month = (
        collect(history, capped, parse_period("monthly", label, deployment.zone), data_at=NOW).parts[""]
        for label in ("2026-10", "2026-11")
    )
    for part in (october, month):
        for row in table(part, "penalties_by_department").rows:
            _, _, new, _, carried_in, charged, carried_over = cells(row)
            assert carried_in + new - charged == pytest.approx(carried_over)
            assert charged == min(70.0, carried_in + new)
    over = {row.key: row.cells[-1] for row in table(october, "penalties_by_department").rows}
    assert any(over.values())
    for row in table(month, "penalties_by_department").rows:
        assert over.get(row.key, 0) == row.cells[4]
    parts = [collect(history, capped, piece, data_at=NOW).parts[""] for piece in pieces(deployment, 5)]
    charged = [total(part, "penalties_by_department", "charged") for part in parts]
    assert sum(charged) == pytest.approx(total(month, "penalties_by_department", "charged"))


def test_a_withdrawn_penalty_is_not_charged(history: Engine, deployment: Deployment) -> None:
    """A penalty withdrawn by the instant of the data is none."""
    before = total(november(history, deployment).parts[""], "penalties_by_department", "fines")
    with writing(history) as connection:
        connection.execute(penalties.update().values(withdrawn_at=NOW - timedelta(hours=1)))

    assert before > 0
    assert total(november(history, deployment).parts[""], "penalties_by_department", "fines") == 0


def test_the_same_data_gives_the_same_statement(history: Engine, deployment: Deployment) -> None:
    """The hash changes with the figures alone, and the figures survive being kept as JSON."""
    month = parse_period("monthly", "2026-11", deployment.zone)
    first = collect(history, deployment, month, data_at=NOW)
    again = collect(history, deployment, month, data_at=NOW + timedelta(days=1))

    assert first.content_hash == again.content_hash
    assert first == Collected.model_validate_json(first.model_dump_json())


def table(part: Figures, name: str) -> FigureTable:
    """The table of that name, which must be there."""
    found = part.table(name)
    assert found is not None, name
    return found


def cells(row: Any) -> tuple[Any, ...]:
    """The cells of a row, whatever they are."""
    found: tuple[Any, ...] = row.cells
    return found


def value(part: Figures, name: str, key: str, place: int = 1) -> Any:
    """A cell of a balance."""
    return next(row.cells[place] for row in table(part, name).rows if row.key == key)


def total(part: Figures, name: str, column: str) -> Any:
    """A cell of the total row."""
    found = table(part, name)
    assert found.total is not None
    return found.total[[one.id for one in found.columns].index(column)]
