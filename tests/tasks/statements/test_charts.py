"""The charts: what they say, that Chinese is really drawn, and what is shown where nothing can be drawn."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tasks.statements import drawing
from tasks.statements.charts import MOST_BARS, Chart, chart, label
from tasks.statements.forms import render
from tasks.statistics.phrases import Phrase
from tests.tasks.statements.sample import HOSTILE, case_list, figures

if TYPE_CHECKING:
    from tasks.statistics.figures import FigureTable

CHARTS = ("trend", "pareto", "on_time_by_department")


def table(name: str) -> FigureTable:
    """A table of the sample."""
    found = figures().table(name)
    assert found is not None
    return found


def made(name: str, language: str = "zh") -> Chart:
    """Its chart."""
    found = chart(table(name), language)
    assert found is not None
    return found


@pytest.mark.parametrize("name", CHARTS)
def test_a_picture_is_small_dense_and_always_the_same(name: str) -> None:
    """Below 60 kB, twice the 560 pixels it is shown at, the same bytes for the same figures, no date inside."""
    found = made(name)
    assert found.png is not None
    assert len(found.png) < 60_000
    with Image.open(io.BytesIO(found.png)) as picture:
        assert 1120 == picture.width
        assert {} == {key: value for key, value in picture.info.items() if key not in ("dpi", "transparency")}
    assert found == made(name)


def test_chinese_is_drawn_and_not_boxes() -> None:
    """Other words give another picture: a font without Chinese would draw the same box for each sign."""
    first, other = (
        drawing.bars(names, [0.5, 0.9], ["50%", "90%"], [])
        for names in (["客户关系部", "城西车间"], ["城东服务站", "配件供应"])
    )
    assert first != other
    from matplotlib.font_manager import get_font  # noqa: PLC0415 -- loads matplotlib, which only this asks directly

    signs = get_font(str(drawing.font_file())).get_charmap()
    assert set("受理办结期末未结去年同期按时率") <= {chr(sign) for sign in signs}


def test_drawing_leaves_no_trace_in_matplotlib() -> None:
    """No figure is kept, no setting changed, and zhplot, which would change some, is never imported."""
    import subprocess  # noqa: PLC0415 -- a fresh interpreter, where nothing is loaded yet
    import sys  # noqa: PLC0415 -- as above

    code = (
        "import matplotlib, sys; before = matplotlib.rcParams.copy()\n"
        "from tasks.statements.drawing import bars; bars(['客户'], [0.5], ['50%'], [])\n"
        "assert before == matplotlib.rcParams.copy()\n"
        "assert not {'zhplot', 'matplotlib.pyplot'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])  # noqa: S603 -- our own


def test_formulas_and_tags_in_names_are_letters() -> None:
    """A dollar sign starts no formula, and a broken one stops no statement."""
    names = [*HOSTILE, "$x^$", "\\", "_hidden", "行\n行"]
    assert drawing.bars(names, [0.5] * len(names), ["50%"] * len(names), [("a", 1.0)])
    assert drawing.pareto(names, [3.0] * len(names), [1.0] * len(names), ("a", "b"))


def test_a_chart_says_in_words_what_it_shows() -> None:
    """The worst three and who is below the whole; the leading causes; the day with most and what is left open."""
    worst = made("on_time_by_department").message
    assert worst.startswith("最低：-2+3 52.9%（147/278）、财务结算中心 54.4%（56/103）、客户关系部 57.1%（93/163）。")
    assert "共 17 个部门，其中 14 个低于全体的 83.3%。" in worst
    assert worst.endswith(f"只画出最低的 {MOST_BARS} 个。")
    assert "维修后故障重复出现 leads with 320, 33.7%; the first 3 make up 76.0%." == made("pareto", "en").message
    assert made("trend").message.endswith("去年同期受理 868。")


def test_nothing_is_drawn_of_nothing() -> None:
    """No rows, only one bar, or zeros only: no chart; a department in which nothing was due is not in it."""
    for name in CHARTS:
        assert chart(table(name).model_copy(update={"rows": ()}), "zh") is None
    for name in ("pareto", "on_time_by_department"):
        assert chart(table(name).model_copy(update={"rows": table(name).rows[:1]}), "zh") is None
    zeros = tuple(row.model_copy(update={"cells": (row.cells[0], 0, 0, 0, None)}) for row in table("trend").rows)
    assert chart(table("trend").model_copy(update={"rows": zeros}), "zh") is None
    assert "新设部门" not in {bar.name for bar in made("on_time_by_department").bars}


def test_an_unfinished_trend_ends_where_the_data_does() -> None:
    """Buckets that have not come are gaps, and no nought."""
    rows = list(table("trend").rows)
    rows[20:] = [row.model_copy(update={"cells": (row.cells[0], None, None, None, 5)}) for row in rows[20:]]
    found = chart(table("trend").model_copy(update={"rows": tuple(rows)}), "zh")
    assert found is not None
    assert found.png is not None
    assert ("–", 0) == (found.bars[25].text, found.bars[25].share)


def test_many_causes_become_the_first_and_the_others() -> None:
    """What follows the ninth is one bar."""
    row = table("pareto").rows[0]
    rows = tuple(row.model_copy(update={"key": str(n), "cells": (f"类 {n}", 20 - n, 0.1, 0.1)}) for n in range(15))
    found = chart(table("pareto").model_copy(update={"rows": rows}), "zh")
    assert found is not None
    assert ("其余 6 类", "51") == (found.bars[-1].name, found.bars[-1].text)


def test_days_and_months_are_named_shortly() -> None:
    """The axis needs no year; a label that is none of both stays."""
    assert ["11-02", "3月", "Mar", "第 3 周"] == [
        label("2026-11-02", "zh"),
        label("2026-03", "zh"),
        label("2026-03", "en"),
        label("第 3 周", "zh"),
    ]


@pytest.mark.parametrize("missing", ["the font", "matplotlib"])
def test_without_font_or_matplotlib_the_mail_has_bars(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same message with cells as wide as the shares, no picture, and no box for a sign."""
    if missing == "the font":
        monkeypatch.setattr(drawing, "find_spec", lambda _: None)
    else:
        monkeypatch.setitem(__import__("sys").modules, "matplotlib.font_manager", None)
    drawing._font.cache_clear()
    shown = render(figures(), case_list(), language="zh", cleared=True, purpose="general", revision=1)
    drawing._font.cache_clear()
    assert [None] == [one.content_id for one in shown.attachments]
    assert "<img" not in shown.html
    assert 'width="53%"' in shown.html
    assert "52.9% (147/278)" in shown.html
    assert "最低：-2+3 52.9%" in shown.html


def test_a_name_in_both_languages_is_drawn_in_the_reader_s() -> None:
    """A row without a department, for one."""
    rows = (
        *table("on_time_by_department").rows[:2],
        table("on_time_by_department")
        .rows[0]
        .model_copy(update={"cells": (Phrase(zh="(未注明部门)", en="(no department)"), 10, 1, 9, 0.1)}),
    )
    found = chart(table("on_time_by_department").model_copy(update={"rows": rows}), "en")
    assert found is not None
    assert "(no department)" == found.bars[0].name
