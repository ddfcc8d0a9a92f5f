"""A regulation as a page: it says what the pack says, and its pictures come from the real timeline."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from models import SHIPPED
from models.packs.load import load_regulation
from models.settings import Settings
from models.timeline.story import State
from models.wording.sentences import sentences
from tasks.organisation.calendars import calendar_of
from tasks.rulebook.example_case import happy, late, plain_monday
from tasks.rulebook.page import page, write
from tasks.rulebook.picture import LEFT, RIGHT, Lane, Mark, picture

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
MONDAY = date(2026, 11, 30)
CALENDAR = calendar_of(Settings())
EVERY_KEY = Path(__file__).parents[2] / "models" / "packs" / "every-key.yaml"
PACKS = [EVERY_KEY, *sorted(SHIPPED.glob("*.yaml"))]


@pytest.mark.parametrize("file", PACKS, ids=[file.stem for file in PACKS])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_sentence_of_every_pack_stands_on_its_page(file: Path, language: str) -> None:
    """Nothing that the regulation says is left out, and the page is sound."""
    pack = load_regulation(file)

    html = page(pack, CALENDAR, language, NOW, links={"en": "other.html"})

    plain = re.sub(r"\s+", " ", html.replace("&#34;", '"').replace("&#39;", "'").replace("&amp;", "&"))
    assert [] == [name for name, sentence in sentences(pack, language) if " ".join(sentence.split()) not in plain]
    assert [] == [duty.id for duty in pack.duties if f'id="{duty.id}"' not in html]
    assert [] == [name for name in pack.open_settings if f"<code>{name}</code>" not in html]
    assert [] == [one.article for one in pack.readings if " ".join(getattr(one, language).split()) not in plain]
    for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        ET.fromstring(svg)  # noqa: S314 -- our own page


def test_a_title_cannot_write_on_the_page() -> None:
    """Titles come from files that anybody may write: they are text."""
    pack = load_regulation(SHIPPED / "standard-loans.yaml")
    nasty = pack.model_copy(update={"title": pack.title.model_copy(update={"zh": '"><script>alert(1)</script>'})})

    assert "<script" not in page(nasty, CALENDAR, "zh", NOW, links={"en": "other.html"})


def test_the_happy_path_meets_everything_in_time() -> None:
    """Each clock of the made-up case is met, none is late, and the case ends."""
    pack = load_regulation(SHIPPED / "workshop-complaints.yaml")

    example = happy(pack, CALENDAR, MONDAY)

    assert {State.MET} == {deadline.state for deadline in example.deadlines}
    assert {"hand-over", "first-contact", "agreement", "follow-up", "result", "second-contact"} == {
        deadline.rule for deadline in example.deadlines
    }
    assert example.events[-1].name in pack.closing


def test_the_late_path_shows_each_rule_from_its_own_start() -> None:
    """Also a rule that starts in the middle of a case, with every step that it has."""
    pack = load_regulation(SHIPPED / "workshop-complaints.yaml")

    clocks = list(late(pack, CALENDAR, MONDAY))

    assert [part.id for part in (*pack.rules, *pack.approvals)] == [clock.rule for clock in clocks]
    contact = next(clock for clock in clocks if clock.rule == "first-contact")
    steps = {planned.step: planned.at - contact.starts_at for planned in contact.plan}
    assert timedelta(minutes=10) == steps["escalate-1"] - steps["due"]


def test_the_made_up_case_begins_in_a_plain_week() -> None:
    """Not in the National Day holidays, whose week has fewer than five working days."""
    assert date(2026, 10, 12) == plain_monday(date(2026, 9, 23), CALENDAR)


def test_signs_at_one_instant_stand_side_by_side() -> None:
    """A reminder minutes before a limit of a month is not hidden behind it, and nothing leaves the axis."""
    month = timedelta(days=30)
    marks = tuple(Mark("late", month + timedelta(minutes=number), "", "") for number in range(4))

    drawn = picture([Lane("t", timedelta(), month, None, marks, "w")], "en", "x")

    places = [float(place) for place in re.findall(r'<circle class="late" cx="([\d.]+)"', drawn)]
    assert all(later - earlier >= 14 for earlier, later in pairwise(places))
    assert LEFT < places[0]
    assert places[-1] <= RIGHT + 4


def test_both_languages_are_written_beside_each_other(tmp_path: Path) -> None:
    """`FILE.html` and `FILE.en.html`, each with a link to the other."""
    pack = load_regulation(SHIPPED / "standard-loans.yaml")

    files = write(pack, CALENDAR, tmp_path / "loans.html", NOW)

    assert ["loans.html", "loans.en.html"] == [file.name for file in files]
    assert 'href="loans.en.html"' in files[0].read_text(encoding="utf-8")
    assert 'href="loans.html"' in files[1].read_text(encoding="utf-8")
