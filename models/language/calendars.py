"""Instants that the calendar gives (3rd working day, Friday before the 25th, end of a term), and office hours."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from models.language.words import Cite, Hole, Model, as_texts, as_tuple

Cadence = Literal["day", "week", "month", "quarter", "half_year", "year"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Holiday = Literal["next", "previous", "skip", "keep"]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Date = Annotated[str, StringConstraints(pattern=r"^((\d{4}-)?\d{2}-\d{2}|\$[a-z][a-z0-9_-]*)$")]
Span = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")]


class Calendar(Model):
    """Which days: once in each `every` (its last day, unless a position is given), or on `dates`."""

    every: Cadence | Hole | None = None
    """day, week, month, quarter, half_year or year."""
    day: int | Hole | None = None
    """The nth day of the period; -1 is the last one. 「N日前」 is `day: N`: the Nth itself is still in time."""
    working_day: int | Hole | None = None
    """The nth working day of the period; -1 is the last one."""
    weekday: Annotated[tuple[Weekday | Hole, ...], BeforeValidator(as_tuple)] = ()
    """mon .. sun, one or several; with `every: month` each one unless `nth` or `before` picks."""
    nth: Annotated[tuple[int, ...], BeforeValidator(as_tuple)] = ()
    """Which of these weekdays in the period: 1 the first, -1 the last; several in a list."""
    before: int | None = None
    """The last such weekday before that day of the month."""
    dates: Annotated[tuple[Date, ...], BeforeValidator(as_texts)] = ()
    """Days of every year (`"06-10"`) or of one (`"2026-09-01"`), as for school terms; instead of `every`."""
    at: Annotated[tuple[TimeOfDay | Hole, ...], BeforeValidator(as_tuple)] = ()
    """Times of the day, each an instant of its own; else the end of the day (of a working day: of the office)."""
    holiday: Holiday | None = None
    """A day that is not worked: the `next` or `previous` working day, `skip` it, or `keep` it.

    Otherwise `keep` where it is every day (write `skip` where the text means each working day), else `next`.
    """

    @property
    def on_free_days(self) -> Holiday:
        """What happens on a day that is not worked, said or not."""
        return self.holiday or ("keep" if self.every == "day" else "next")


class Hours(Model):
    """Office hours of this regulation, in place of the organisation's; several, as for shifts and seasons, add up."""

    open: Annotated[tuple[Span, ...], BeforeValidator(as_tuple), Field(min_length=1)]
    """Spans like `"08:00-12:00"`; one that ends before it begins runs past midnight."""
    days: Literal["working", "all"] | Weekday | Annotated[tuple[Weekday, ...], Field(min_length=1)] = "working"
    """working (the Chinese working days), all, or weekdays."""
    since: Date | None = None
    """The first day of the season, as `"05-01"`."""
    until: Date | None = None
    """Its last day."""
    cite: Cite | None = None
    """Where it is written."""
