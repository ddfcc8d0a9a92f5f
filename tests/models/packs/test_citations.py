"""Every citation is true: the article's number or heading stands at the lines that are cited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models import SHIPPED
from models.packs.citations import Cited, Row, citations, faults, headings

if TYPE_CHECKING:
    from pathlib import Path

PACKS = sorted(SHIPPED.glob("*.yaml"))


@pytest.mark.parametrize("file", PACKS, ids=[file.stem for file in PACKS])
def test_an_article_stands_where_it_is_cited(file: Path) -> None:
    """All faults of a pack at once; whoever cites other lines makes `headings.csv` anew."""
    found = [fault for citation in citations(file) for fault in faults(citation, headings())]

    assert not found, "\n".join(found)


LINES = {
    ("a.txt", "7"): Row("a.txt", "7", ("四", "规范内容", "1"), ("1.4",)),
    ("a.txt", "9"): Row("a.txt", "9", ("第五条", "客户投诉处理"), ("(三)", "三", "《每周五》")),
}


@pytest.mark.parametrize(
    ("article", "lines", "fault"),
    [
        ("四 1.4", ("7",), None),
        ("四、规范内容 1.4", ("7",), None),
        ("第五条(三)", ("9",), None),
        ("第五条《每周五》", ("9",), None),
        ("四 1.4、第五条(三)", ("7", "9"), None),
        ("三 1.4", ("7",), "no 三"),
        ("四 1.5", ("7",), "no 1.5"),
        ("第六条(三)", ("9",), "no 第六条"),
        ("第五条《每周六》", ("9",), "no 《每周六》"),
        ("第五条(三)", ("7", "9"), "line 7 is under"),
        ("第五条", ("11",), "write it anew"),
    ],
)
def test_what_does_not_stand_there_is_a_fault(article: str, lines: tuple[str, ...], fault: str | None) -> None:
    """Each number and each word of an article, and each line."""
    found = list(faults(Cited("a rule", article, "a.txt", lines), LINES))

    assert ([] == found) if fault is None else any(fault in one for one in found)
