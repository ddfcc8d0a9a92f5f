"""A statement as mail: what stands on top, what is cut, what a reader may see; read as a mail program reads it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from rich.cells import cell_len

from tasks.statements.forms import LONGEST, Rendered, render
from tasks.statistics.figures import FigureRow, Finding
from tasks.statistics.words import provisional
from tests.tasks.statements.sample import (
    DATA_AT,
    DEPARTMENTS,
    HIDDEN,
    HIDDEN_PURPOSE,
    UNTIL,
    case_list,
    empty_figures,
    figures,
    words,
)

REVIEW: dict[str, Any] = {"purpose": "review", "answer_hint": "duban review FX-2026-11 approve"}


def drawn(shown: Any = None, **given: Any) -> Rendered:
    """The statement of the sample month for a reader who is not cleared."""
    usual: dict[str, Any] = {"language": "zh", "cleared": False, "purpose": "general", "revision": 1, **given}
    return render(shown or figures(), case_list(), **usual)


class PageReader(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep it."""
        self.text += data


def in_order(text: str, *parts: str) -> bool:
    """Whether the parts stand in the text in that order."""
    at = 0
    for part in parts:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


@pytest.mark.parametrize("form", ["text", "html"])
def test_what_to_do_comes_before_the_figures(form: str) -> None:
    """How to answer, what changed, the findings, the headlines, the charts in words, then the tables."""
    changes = [{"table": "by_level", "row": "x", "zh": "按级别·重大投诉·办结：3 → 4", "en": "closed: 3 → 4"}]
    text = getattr(drawn(revision=2, changes=changes, **REVIEW), form)
    assert in_order(
        PageReader(text).text if form == "html" else text,
        *("2 项需要处理，1 项需要关注", "duban review FX-2026-11 approve", "与第 1 版相比，1 处数字有变"),
        *("按级别·重大投诉·办结：3 → 4", "需要处理", "最常见的违规", "需要关注", "良好"),
        *("1,250", "环比", "最多的是 11-02", "前 3 类合计 76.0%", "按部门", "未归还资料"),
    )


def test_a_headline_says_by_sign_and_word_whether_it_got_better() -> None:
    """An arrow, a sign and a word, so that nobody depends on the colour; a dash where there is nothing to compare."""
    page = PageReader(drawn().html).text
    for said in ("环比 ▼ −4.7 百分点 变差", "同比 ▲ +3.4 百分点 变好", "环比 ▲ +120 (11%)", "环比 = 持平", "环比 –"):
        assert said in page, said


def test_each_table_names_its_period_its_zone_and_the_instant_of_its_data() -> None:
    """In the text and in the HTML, once a table and once a chart."""
    made = drawn()
    caption = "2026-11-01 至 2026-11-30 · Asia/Shanghai · 数据截至 2026-12-08 09:00"
    tables = sum(attrs.get("class") == "m-grid" for _, attrs in PageReader(made.html).tags)
    assert 8 == tables
    assert tables + 3 == made.html.count(caption)
    assert tables + 1 == made.text.count(caption)


def test_long_tables_are_cut_and_wide_ones_narrowed() -> None:
    """A table shows its first 15 rows and 8 columns at most and says what is missing; a phone gets 4 of them."""
    loans = figures().table("not_returned")
    assert loans is not None
    page = drawn()
    assert "JY2610014" in page.text
    assert "JY2610015" not in page.text + page.html
    assert "另有 8 行，见附件工作簿" in page.text
    heads = re.findall(r"<thead>.*?</thead>", page.html, re.DOTALL)
    assert all(head.count("</th>") <= 8 for head in heads)
    assert all(head.count("</th>") - head.count("m-less") <= 4 for head in heads)
    phone = re.findall(r"<th[^>]*?>([^<]*)</th>", heads[-1].replace('<th align="left" class="m-less">', "<x>"))
    assert ["资料名称", "借阅人", "应还", "逾期"] == phone


def test_the_list_of_loans_is_not_cut_where_it_is_what_is_sent() -> None:
    """The monthly list of what was not returned shows all of them."""
    assert "JY2610022" in drawn(figures(cadence="loans")).text


def test_a_mail_stays_short_enough_to_be_shown_whole() -> None:
    """With twice as many long tables their rows become fewer, until the HTML is shown by every program."""
    table = figures().table("by_department")
    assert table is not None
    many = tuple(table.model_copy(update={"id": f"by_{number}"}) for number in range(35))
    made = drawn(figures(tables=many))
    assert len(made.html.encode()) <= LONGEST
    assert "另有 11 行" in made.text


def test_a_period_without_cases_still_has_its_statement() -> None:
    """It says that there was nothing, and draws no chart of nothing."""
    made = drawn(empty_figures())
    assert in_order(made.text, "本期没有需要处理的问题", "本期没有案件。", "本期无记录：走势")
    assert ["分析报告-2026-11-月报-全部制度.xlsx"] == [one.name for one in made.attachments]


def test_an_unfinished_period_says_so_once_and_above_the_findings() -> None:
    """The sentence among the findings is not told a second time."""
    found = (provisional(), Finding(text=words("期末未结", "open"), tone="bad"))
    made = drawn(figures(data_at=UNTIL.replace(day=29), findings=found))
    assert in_order(made.text, "1 项需要处理", "本期尚未结束，以下数字截至 2026-11-30 00:00", "[需要处理] 期末未结")
    assert 1 == made.text.count("本期尚未结束")
    assert "本期尚未结束" not in drawn().text


@pytest.mark.parametrize("cleared", [True, False])
def test_secret_items_are_named_only_to_the_cleared(*, cleared: bool) -> None:
    """A masked row is shown masked, one without a mask not at all; nor do changes or cases tell its name."""
    changes = [
        {"table": "not_returned", "row": "JY2610001", "zh": f"{HIDDEN}：1 → 2", "en": HIDDEN},
        {"table": "not_returned", "row": "JY-GONE", "zh": f"{HIDDEN_PURPOSE} → –", "en": HIDDEN_PURPOSE},
        {"table": "not_returned", "row": "JY2610002", "zh": "第 2 卷：25 → 26", "en": "2"},
        {"table": "headlines", "row": "closed", "zh": "办结：1 → 2", "en": "closed: 1 → 2"},
    ]
    made = drawn(cleared=cleared, revision=2, changes=changes)
    for form in (made.text, made.html):
        assert (HIDDEN in form, HIDDEN_PURPOSE in form) == (cleared, cleared)
        assert "第 2 卷：25 → 26" in form
        assert "办结：1 → 2" in form
    assert ("(涉密资料)" in made.text) is not cleared


def test_a_department_gets_its_own_cases_only() -> None:
    """The title and the file name it, and the workbook lists no other department's case."""
    made = drawn(figures(DEPARTMENTS[1]), purpose="department")
    assert "【分析报告】2026-11 月报 · 全部制度 · 城西维修车间" == made.subject
    assert "分析报告-2026-11-月报-全部制度-城西维修车间.xlsx" == made.attachments[-1].name
    listed = [row for row in case_list().rows if row.cells[5] == DEPARTMENTS[1]]
    assert 0 < len(listed) < len(case_list().rows)
    assert f"背后的 {len(listed)} 件案件" in made.text


def test_hostile_words_stay_words() -> None:
    """No tag of a name becomes a tag, no name leaves its attribute, and no name breaks the file's."""
    hostile = '"><img src=x onerror=1>\n<script>'
    rows = (FigureRow(key="a", cells=(hostile, 1, 1, 1, 1, 0.5)),)
    tables = tuple(
        table.model_copy(update={"rows": rows}) if table.id == "by_department" else table for table in figures().tables
    )
    made = drawn(figures("a/b\\c:*?<>|\r\nx", tables=tables, regulation="r", regulation_title=words(hostile, hostile)))
    tags = PageReader(made.html).tags
    assert not [tag for tag, attrs in tags if tag == "script" or "onerror" in attrs]
    assert {"cid"} == {str(attrs["src"]).partition(":")[0] for tag, attrs in tags if tag == "img"}
    assert not re.search(r'[\\/:*?"<>|\s]', made.attachments[-1].name)
    assert "\n" not in made.subject


def test_each_picture_has_its_words_and_its_attachment() -> None:
    """What the HTML shows is attached under that id, and the alternative text says what the chart says."""
    made = drawn()
    images = [attrs for tag, attrs in PageReader(made.html).tags if tag == "img"]
    attached = [f"cid:{one.content_id}" for one in made.attachments if one.content_id]
    assert 3 == len(images)
    assert [attrs["src"] for attrs in images] == attached
    assert str(images[0]["alt"]).startswith(
        "本期受理 1,260，办结 1,080；最多的是 11-02（61）。期末未结由 56 变为 211。"
    )


def test_text_tables_are_aligned_for_chinese() -> None:
    """A Chinese sign takes two columns: every figure of a column ends in the same place."""
    lines = drawn().text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("-- 按部门"))
    table = lines[start + 1 : start + 19]
    assert {cell_len(table[0])} == {cell_len(line) for line in table}
    assert table[0].startswith("部门")
    assert table[-1].startswith("合计")


def test_english_readers_read_english() -> None:
    """Every word of ours comes in the language of the reader."""
    made = drawn(language="en", revision=2, **REVIEW)
    ours = made.text
    for name in {*DEPARTMENTS, "赵经理", "李小明", "欧阳建国"}:
        ours = ours.replace(name, "")
    for said in (
        "2 to act on, 1 to watch",
        "None of the figures you see differs",
        "82.4%",
        "−4.7 pp worse",
        "3 h 12 min",
    ):
        assert said in ours, said
    assert "[Statement] monthly statement 2026-11 · all regulations · revision 2 · for your review" == made.subject
    titles = re.findall(r"^(?:-- .* --|====.*====)", ours, re.MULTILINE)
    assert 14 == len(titles)
    assert not [title for title in titles if re.search("[\u4e00-\u9fff]", title)]


def test_the_same_figures_are_the_same_mail() -> None:
    """Whoever draws it again sends the same bytes: text, pictures and workbook."""
    assert drawn() == drawn()


def test_the_instant_of_the_data_is_local() -> None:
    """Another zone, other hours."""
    assert (
        "America/New_York · 数据截至 2026-12-07 20:00" in drawn(figures(zone="America/New_York", data_at=DATA_AT)).text
    )
