"""The page of a regulation in one language: what stands on it, and how it is written to a file."""

from __future__ import annotations

import collections
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from models.calendar.hours import hours_of
from models.calendar.recurrence import is_asleep, occurrences
from models.language.rules import Rule
from models.packs.places import BY_ID
from models.timeline.story import SILENT
from models.wording.catalogue import FIRST, languages, say
from models.wording.durations import duration_words
from models.wording.phrases import (
    citation,
    event_words,
    field_words,
    role_words,
    step_title,
    value_words,
)
from models.wording.sentences import sentences
from tasks.mail.environment import TEMPLATES
from tasks.mail.saying import say as say_in_template
from tasks.rulebook.example_case import happy, late, plain_monday
from tasks.rulebook.picture import Lane, Mark, picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from models.calendar.work_calendar import WorkCalendar
    from models.language.permissions import Approval, Authority, Counter, Gate
    from models.language.regulation import Reading, Regulation
    from models.language.rules import Duty
    from models.language.words import Cite, Text
    from models.timeline.story import Deadline
    from tasks.rulebook.example_case import Example

MOST_DAYS = 3
"""A month with more due days than this shows how many there are."""
MOST_LANES = 16


class PagePart(NamedTuple):
    """One part of the regulation: title, article, clauses, the sentence that says all of it, and what to do."""

    id: str
    title: str
    cite: Cite | None
    citation: str
    sentence: str
    do: str


class PageStep(NamedTuple):
    """One step of a rule in the made-up case: its name, when, and who is told."""

    step: str
    at: str
    who: str


class DutyYear(NamedTuple):
    """A duty and its due days, month by month; `waits` when a setting is still open."""

    title: str
    who: str
    article: str
    months: tuple[str, ...]
    times: int
    waits: bool


def write(pack: Regulation, calendar: WorkCalendar, file: Path, now: datetime) -> list[Path]:
    """`FILE.html` in Chinese, `FILE.en.html` in English and so on, each with links to the others."""
    others = {one: file.with_suffix(f".{one}{file.suffix}") for one in languages() if one != FIRST}
    files = {FIRST: file, **others}
    for language, own in files.items():
        links = {one: other.name for one, other in files.items() if one != language}
        own.write_text(page(pack, calendar, language, now, links=links), encoding="utf-8")
    return list(files.values())


def page(pack: Regulation, calendar: WorkCalendar, language: str, now: datetime, *, links: Mapping[str, str]) -> str:
    """The whole page as HTML, with `links` to it in other languages."""
    template = _environment().get_template("regulation/page.html")
    return template.render(RegulationPage(pack, calendar, language, now).contents(), language=language, links=links)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    """Without the inline styles of the mails: a page for a browser has a style sheet."""
    loader = FileSystemLoader(TEMPLATES)
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals["say"] = say_in_template
    return made


class RegulationPage:
    """What stands on the page."""

    def __init__(self, pack: Regulation, calendar: WorkCalendar, language: str, now: datetime) -> None:
        self.pack = pack
        self.calendar = calendar
        self.own = hours_of(pack, calendar)
        self.language = language
        self.today = calendar.local_date(now)
        self.monday = plain_monday(self.today, calendar)

    def contents(self) -> dict[str, Any]:
        """Every name that the template knows."""
        said = list(self._said())
        groups = {
            name: [one for one in said if one.id in {part.id for part in getattr(self.pack, name)}] for name in BY_ID
        }
        named = {one.id for ones in groups.values() for one in ones}
        example = happy(self.pack, self.own, self.monday)
        clocks = list(late(self.pack, self.own, self.monday))
        return {
            "pack": self.pack,
            "title": self._say(self.pack.title),
            "description": self._say(self.pack.description),
            "citation": citation(self.pack.cite, self.language) if self.pack.cite else "",
            "hash": self.pack.content_hash[:12],
            "readings": [(one.article, self._say(one)) for one in self.pack.readings],
            "groups": groups,
            "others": [one for one in said if one.id not in named],
            "happy": self._happy(example),
            "facts": self._facts(example),
            "late": self._late(clocks),
            "told": [(self._title(clock.rule), self._article(clock.rule), self._told(clock)) for clock in clocks],
            "monday": f"{self.monday:%Y-%m-%d}",
            "year": self.today.year,
            "duties": [self._year(duty) for duty in self.pack.duties],
            "settings": self.pack.settings,
        }

    def _say(self, text: Text | Reading) -> str:
        return text.zh if self.language == "zh" else text.en

    def _said(self) -> Iterator[PagePart]:
        """Each part in one sentence."""
        pack = self.pack
        parts: list[Rule | Gate | Approval | Authority | Counter | Duty]
        parts = [part for name in BY_ID for part in getattr(pack, name)]
        known = {part.id: part for part in parts}
        spoken = dict(sentences(self.pack, self.language))
        for name in dict.fromkeys([*spoken, *known]):
            part = known.get(name)
            title = self._say(part.title) if part else ""
            cite = part.cite if part else None
            told = citation(cite, self.language) if cite else ""
            what = getattr(part, "do", None)
            yield PagePart(name, title, cite, told, spoken.get(name, ""), self._say(what) if what else "")

    def _title(self, rule_id: str) -> str:
        rule = self.pack.rule(rule_id)
        return self._say(rule.title) if rule else rule_id

    def _article(self, rule_id: str) -> str:
        rule = self.pack.rule(rule_id)
        return rule.cite.article if rule else ""

    # -- pictures

    def _happy(self, example: Example) -> str:
        """A lane for each clock of the made-up case, from its opening on."""
        begin = example.events[0].at
        lanes = []
        for clock in sorted(example.deadlines, key=lambda one: (one.starts_at, one.due_at or one.starts_at)):
            if not isinstance(self.pack.rule(clock.rule), Rule):
                continue
            met = clock.met_at or clock.ended_at
            event = event_words(clock.ended_by, self.pack, self.language) if clock.ended_by else ""
            words = f"{self._when(met)} {event}".strip() if met else self._when(clock.due_at)
            marks = [Mark("opens", clock.opens_at - begin, self._when(clock.opens_at))] if clock.opens_at else []
            marks += [Mark("event", met - begin, words, "✓")] if met and clock.met_at else []
            marks += [Mark("due", clock.due_at - begin, self._when(clock.due_at))] if clock.due_at else []
            marks.sort(key=lambda mark: mark.at)
            until = clock.due_at - begin if clock.due_at else None
            used = met - begin if met else None
            lanes.append(Lane(self._title(clock.rule), clock.starts_at - begin, until, used, tuple(marks), words))
        return picture(lanes[:MOST_LANES], self.language, self._say(self.pack.title)) if lanes else ""

    def _facts(self, example: Example) -> str:
        """What the made-up case is like."""
        words = [
            f"{field_words(name, self.pack, self.language)} {value_words(name, value, self.pack, self.language)}"
            for name, value in example.facts.items()
            if value is not None and name != "department"
        ]
        return say(self.language, "list.clause").join(words)

    def _late(self, clocks: list[Deadline]) -> str:
        """A lane for each rule, from its own start on."""
        lanes = []
        for clock in clocks:
            marks = []
            for step, at in self._steps(clock):
                kind, _, number = step.partition("-")
                kind = {"remind": "remind", "opens": "opens", "due": "due"}.get(kind, "late")
                letter = number if kind in ("remind", "late") else ""
                who = self._who(clock, step)
                marks.append(Mark(kind, at - clock.starts_at, f"{step_title(step, self.language)} → {who}", letter))
            until = clock.due_at - clock.starts_at if clock.due_at else None
            last = self._who(clock, self._steps(clock)[-1][0]) if self._steps(clock) else ""
            words = say(self.language, "rulebook.waits") if clock.missing else f"→ {last}" if last else ""
            lanes.append(Lane(self._title(clock.rule), timedelta(), until, None, tuple(marks), words))
        return picture(lanes, self.language, self._say(self.pack.title)) if lanes else ""

    def _steps(self, clock: Deadline) -> list[tuple[str, datetime]]:
        """The steps of a clock that tell somebody, each at its first instant."""
        first: dict[str, datetime] = {}
        for at, step in (*clock.past, *clock.plan):
            if step not in SILENT:
                first.setdefault(step, at)
        return sorted(first.items(), key=lambda one: one[1])

    def _told(self, clock: Deadline) -> list[PageStep]:
        if clock.missing:
            return [PageStep("—", say(self.language, "rulebook.waits"), "—")]
        return [
            PageStep(self._step(clock, step), self._at(clock, step, at), self._who(clock, step))
            for step, at in self._steps(clock)
        ]

    def _step(self, clock: Deadline, step: str) -> str:
        """What a step is called, with the form that it is written on."""
        rule = self.pack.rule(clock.rule)
        form = rule.form(step) if isinstance(rule, Rule) else None
        return step_title(step, self.language) + (f" · {say(self.language, f'rulebook.form.{form}')}" if form else "")

    def _at(self, clock: Deadline, step: str, at: datetime) -> str:
        """When a step is told, and how often again."""
        rule = self.pack.rule(clock.rule)
        every = rule.again(step) if isinstance(rule, Rule) else None
        if every is None:
            return self._when(at)
        return say(
            self.language, "rulebook.told.again", at=self._when(at), every=duration_words(str(every), self.language)
        )

    def _who(self, clock: Deadline, step: str) -> str:
        """The roles that a step tells."""
        rule = self.pack.rule(clock.rule)
        _, roles = rule.steps().get(step, (None, ())) if rule else (None, ())
        return say(self.language, "list.comma").join(role_words(role, self.pack, self.language) for role in roles)

    def _when(self, instant: datetime | None) -> str:
        if instant is None:
            return "—"
        here = instant.astimezone(self.calendar.zone)
        return f"{here:%Y-%m-%d %H:%M}" if here.year != self.monday.year else f"{here:%m-%d %H:%M}"

    # -- the year

    def _year(self, duty: Duty) -> DutyYear:
        """The due days of a duty in the running year."""
        article = duty.cite.article
        who = role_words(duty.responsible, self.pack, self.language)
        if is_asleep(duty):
            return DutyYear(self._say(duty.title), who, article, ("",) * 12, 0, waits=True)
        since = datetime.combine(self.today.replace(month=1, day=1), time(), self.calendar.zone).astimezone(UTC)
        until = self.own.end_of_day(self.today.replace(month=12, day=31))
        days = [self.calendar.local_date(one.at) for one in occurrences(duty, since, until, self.own, duty.covers)]
        per_month = collections.Counter(day.month for day in days)
        months = [
            f"×{per_month[month]}"
            if per_month[month] > MOST_DAYS
            else "、".join(str(day.day) for day in days if day.month == month)
            for month in range(1, 13)
        ]
        return DutyYear(self._say(duty.title), who, article, tuple(months), len(days), waits=False)
