"""From figures to what a reader receives: subject, text, HTML with its charts, and the workbook, in one language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal

from models.wording.catalogue import say, spoken
from tasks.mail.environment import template
from tasks.mail.letters import Attachment
from tasks.mail.rendering import tidy
from tasks.statements.secrecy import open_cases, open_changes, open_figures
from tasks.statements.sheet import MOST_ROWS, charts_of, sheet
from tasks.statements.text_tables import lines_of
from tasks.statements.titles import subject, title
from tasks.statements.workbook import workbook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tasks.statements.sheet import Sheet
    from tasks.statistics.figures import CaseList, Figures

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST = 100_000
"""Bytes of HTML; some mail programs hide what comes after."""
_NOT_IN_A_NAME = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f\s]+')
_NAME_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Rendered:
    """A statement as it is sent. The pictures of the HTML are attachments with a Content-ID, the workbook has none."""

    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...]


def render(
    figures: Figures,
    cases: CaseList,
    *,
    language: str,
    cleared: bool,
    purpose: Literal["review", "general", "department"],
    revision: int,
    changes: Sequence[Mapping[str, Any]] = (),
    answer_hint: str = "",
) -> Rendered:
    """The statement for one kind of reader.

    Who is not `cleared` gets no name of a secret item in any form. `changes` say (in `zh` and `en`) what `revision`
    corrects; `answer_hint` how a review is answered. The figures of a department come with its cases only.
    """
    tongue = spoken(language)
    cases = _of_department(cases, figures.department)
    if not cleared:
        changes = open_changes(changes, figures)
        figures, cases = open_figures(figures), open_cases(cases)
    named = SimpleNamespace(
        cadence=figures.cadence, period=figures.period, regulation=figures.regulation, revision=revision
    )
    file_name = _file_name(" ".join([title(named, tongue), figures.department]), tongue)
    subject_line = subject(named, purpose, figures.department, tongue, "")
    charts = charts_of(figures, tongue)
    pictures = [
        Attachment(f"{chart.id}.png", "image/png", chart.png, chart.content_id) for chart in charts if chart.png
    ]
    book = Attachment(file_name, XLSX, workbook(figures, cases, language=tongue, revision=revision))
    for shorter in range(len(MOST_ROWS)):
        shown = sheet(
            figures,
            language=tongue,
            changes=changes,
            charts=charts,
            shorter=shorter,
            purpose=purpose,
            revision=revision,
            answer_hint=answer_hint,
            workbook=file_name,
            cases=len(cases.rows),
            more_cases=cases.more,
        )
        text, html = _bodies(shown, subject_line)
        if len(html.encode()) <= LONGEST:
            break
    return Rendered(subject_line, text, html, (*pictures, book))


def _bodies(shown: Sheet, subject_line: str) -> tuple[str, str]:
    facts = {
        "language": shown.language,
        "letter": SimpleNamespace(language=shown.language, subject=subject_line),
        "sheet": shown,
        "lines_of": lines_of,
    }
    return tidy(template("statement/body.txt").render(facts)), template("statement/body.html").render(facts)


def _of_department(cases: CaseList, department: str) -> CaseList:
    """The cases of one department; all when none is named."""
    place = next((place for place, column in enumerate(cases.columns) if column.id == "department"), None)
    if not department or place is None:
        return cases
    return cases.model_copy(update={"rows": tuple(row for row in cases.rows if row.cells[place] == department)})


def _file_name(words: str, tongue: str) -> str:
    """`分析报告-2026-11-月报-全部制度.xlsx`: nothing that a file system refuses."""
    plain = _NOT_IN_A_NAME.sub("-", words.replace(" · ", " ")).strip("-.")
    return f"{say(tongue, 'statement.file')}{plain[:_NAME_LENGTH]}.xlsx"
