"""What a revision says of the one before: every figure that differs, and nothing secret."""

from __future__ import annotations

from datetime import UTC, datetime

from tasks.statements.changes import MOST, differences, of_part
from tasks.statistics.figures import Cell, FigureColumn, FigureRow, Figures, FigureTable, Headline
from tasks.statistics.phrases import Phrase

SINCE, UNTIL = datetime(2026, 9, 30, 16, tzinfo=UTC), datetime(2026, 10, 31, 16, tzinfo=UTC)


def words(text: str) -> Phrase:
    """The same in both languages."""
    return Phrase(zh=text, en=text)


def figures(*rows: FigureRow, late: int | None = 5, total: tuple[Cell, ...] | None = None) -> Figures:
    """One headline and one table."""
    columns = (
        FigureColumn(id="name", title=words("级别"), kind="text"),
        FigureColumn(id="received", title=words("受理")),
    )
    table = FigureTable(
        id="by_level", section="complaints", title=words("按级别"), columns=columns, rows=rows, total=total
    )
    headline = Headline(id="breaches", title=words("违反时限"), kind="count", value=late)
    facts = {"cadence": "monthly", "period": "2026-10", "zone": "Asia/Shanghai"}
    return Figures(**facts, since=SINCE, until=UNTIL, data_at=UNTIL, headlines=(headline,), tables=(table,))


def said(before: Figures, after: Figures) -> list[str]:
    """The Chinese sentences."""
    return [change["zh"] for change in differences({"": before}, {"": after})]


def test_the_same_figures_have_no_differences() -> None:
    """The instant of the data is no figure."""
    one = figures(FigureRow(key="major", cells=("重大", 1)))

    assert [] == said(one, one.model_copy(update={"data_at": datetime(2026, 11, 9, tzinfo=UTC)}))


def test_each_figure_is_told_as_people_read_it() -> None:
    """Nothing is a dash, the row has its name, the total is one."""
    before = figures(FigureRow(key="major", cells=("重大", 1)), total=("合计", 1))
    after = figures(FigureRow(key="major", cells=("重大", 3)), late=None, total=("合计", 3))

    assert ["违反时限：5 → –", "按级别·重大·受理：1 → 3", "按级别·合计·受理：1 → 3"] == said(before, after)


def test_rows_that_come_and_go() -> None:
    """A row that is new counts from nothing; one that is gone is told too; an empty one is not."""
    before = figures(FigureRow(key="major", cells=("重大", 2)))
    after = figures(FigureRow(key="crisis", cells=("危机", 1)), FigureRow(key="none", cells=("无", 0)))

    assert ["按级别·危机·受理：– → 1", "按级别·重大·受理：2 → –"] == said(before, after)


def test_secret_rows_are_told_as_everybody_may_see_them() -> None:
    """Masked where they have a masked form, else not at all."""
    before = figures(
        FigureRow(key="a", cells=("绝密", 1), secret=True), FigureRow(key="b", cells=("机密", 1), secret=True)
    )
    masked = FigureRow(key="a", cells=("绝密", 2), secret=True, masked=("(涉密资料)", 2))
    after = figures(masked, FigureRow(key="b", cells=("机密", 5), secret=True))

    assert ["按级别·(涉密资料)·受理：– → 2"] == said(before, after)


def test_a_department_that_is_new_is_told_once() -> None:
    """Its figures are in its own part."""
    changes = differences(
        {"": figures()}, {"": figures(), "销售部": figures(FigureRow(key="major", cells=("重大", 1)))}
    )

    assert ["部门“销售部”新增"] == [change["zh"] for change in of_part(changes, "销售部")]
    assert [] == of_part(changes, "")


def test_what_is_too_much_is_counted() -> None:
    """A reader sees the first ones, and how many more there are."""
    before = figures(*(FigureRow(key=str(n), cells=(str(n), n)) for n in range(1, MOST + 11)))
    after = figures(*(FigureRow(key=str(n), cells=(str(n), n + 1)) for n in range(1, MOST + 11)))

    found = said(before, after)

    assert MOST + 1 == len(found)
    assert "另有 10 处不同" == found[-1]
