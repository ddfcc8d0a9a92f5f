"""Days as people write them in an answer: 3月5日, 明天, 下周五, 月底, 2027-03-05, March 5, in three days.

What may mean two days (05/03 in English, 周五 on a Friday, a day of last month) means none: its writer is asked again.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import NamedTuple

from models.language.written import count_of

AHEAD = 270
"""A day without a year lies at most so many days ahead: 11月20日 in December is a slip of the pen."""
_NUMBER = r"(?:\d{1,3}|[零〇一二两三四五六七八九十百]{1,4})"
_WEEKDAYS = {sign: at for at, signs in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天7")) for sign in signs}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_TIME = (
    r"(?:[ ,，]*(?P<half>上午|早上|中午|下午|晚上|傍晚)?\s*(?:at )?(?P<hour>\d{1,2})"
    r"(?:[:：](?P<minute>\d{2})|[点时](?P<half_hour>半)?(?:(?P<minutes>\d{1,2})分?)?)"
    r"\s*(?P<meridiem>[ap]\.?m\b\.?)?)?"
)
_END = r"(?:\s*(?:\(?(?:周|星期)[一二三四五六日天]\)?)?\s*(?:之前|以前|前|为止|止|为限|底前|内)?)"

_FORMS = tuple(
    (name, re.compile(pattern + _TIME + _END, re.IGNORECASE))
    for name, pattern in (
        (
            "full",
            r"(?P<y>20\d\d)\s*[-/.年]\s*(?P<m>\d{1,2}|[一二三四五六七八九十]{1,2})\s*[-/.月]\s*(?P<d>\d{1,2}|[一二三四五六七八九十]{1,3})\s*[日号]?",
        ),
        ("full", r"(?P<y>20\d\d)(?P<m>\d\d)(?P<d>\d\d)(?!\d)"),
        (
            "next_year",
            r"(?P<when>今年|明年)的?\s*(?P<m>\d{1,2}|[一二三四五六七八九十]{1,2})\s*月\s*(?P<d>\d{1,2}|[一二三四五六七八九十]{1,3})\s*[日号]?",
        ),
        (
            "day",
            r"(?P<m>\d{1,2}|[一二三四五六七八九十]{1,2})\s*月\s*(?P<d>\d{1,2}|[一二三四五六七八九十]{1,3})\s*[日号]?",
        ),
        ("of_month", r"(?P<when>本月|这个月|当月|下个?月|次月)\s*(?P<d>\d{1,2}|[一二三四五六七八九十]{1,3})\s*[日号]"),
        ("end_of_month", r"(?P<when>本月|这个?月|下个?月|次月)?(?:月)?(?:底|末)"),
        ("end_of", r"(?P<m>\d{1,2}|[一二三四五六七八九十]{1,2})\s*月\s*(?:底|末)"),
        ("end_of_year", r"(?:今年)?年底"),
        ("only_day", r"(?P<d>\d{1,2}|[一二三四五六七八九十]{1,3})\s*[日号]"),
        ("relative", r"(?P<word>今天|今日|明天|明日|大后天|后天|后日)"),
        (
            "week",
            r"(?P<when>本周|这周|这个?星期|本星期|下下周|下下?个?星期|下个?礼拜|下周|周|星期|礼拜)(?P<wd>[一二三四五六日天])",
        ),
        ("after", rf"(?P<n>{_NUMBER})\s*(?P<unit>天|日|个?工作日|个?星期|周|个?礼拜|个月)(?:之后|以后|后)"),
        ("english", rf"{_MONTH}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<y>20\d\d))?"),
        ("english", rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+{_MONTH}(?:,?\s+(?P<y>20\d\d))?"),
        ("relative", r"(?P<word>the day after tomorrow|day after tomorrow|tomorrow|today)"),
        ("weekday", rf"(?P<this>this |next |on |coming )?(?P<wd>{'|'.join(_DAYS)})(?:s|nes|rs|ur)?(?:day)?\b"),
        ("in_days", r"in (?P<n>\d{1,3}|a|one|two|three|four|five|six|seven|ten) (?P<unit>days?|weeks?)"),
        ("end_of_month", r"(?:the )?end of (?:the|this) month"),
    )
)
_WORDS = {"今天": 0, "今日": 0, "today": 0, "明天": 1, "明日": 1, "tomorrow": 1, "后天": 2, "后日": 2, "大后天": 3}
_WORDS |= {"the day after tomorrow": 2, "day after tomorrow": 2}
_ENGLISH = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10}


class FoundDay(NamedTuple):
    """A day, as the record keeps it (`2027-03-05`, or `2027-03-05 15:00`), and where its words end; None = unclear."""

    value: str | None
    end: int


def day_at(text: str, start: int, today: date) -> FoundDay | None:
    """The day whose words begin at `start` of the text (NFKC, small letters); None where no day is written there."""
    best: tuple[int, str, re.Match[str]] | None = None
    for name, pattern in _FORMS:
        found = pattern.match(text, start)
        if found and (best is None or found.end() > best[0]):
            best = found.end(), name, found
    if best is None:
        return None
    end, name, found = best
    try:
        day = _day(name, found.groupdict(), today)
        hour = _hour(found.groupdict())
    except (ValueError, OverflowError):
        return FoundDay(None, end)
    if day is None or hour is None or day < today:
        return FoundDay(None, end)
    return FoundDay(f"{day.isoformat()}{hour}", end)


def _day(name: str, part: dict[str, str | None], today: date) -> date | None:
    if name == "full":
        return date(_n(part["y"]), _n(part["m"]), _n(part["d"]))
    if name == "next_year":
        return date(today.year + (part["when"] == "明年"), _n(part["m"]), _n(part["d"]))
    if name == "day":
        return _coming(today, _n(part["m"]), _n(part["d"]))
    if name == "english":
        month = _MONTHS.index(str(part["month"])[:3].lower()) + 1
        return date(_n(part["y"]), month, _n(part["d"])) if part["y"] else _coming(today, month, _n(part["d"]))
    if name == "of_month":
        year, month = _month(today, 1 if str(part["when"])[0] in "下次" else 0)
        return date(year, month, _n(part["d"]))
    if name == "end_of_month":
        return _last(*_month(today, 1 if str(part.get("when") or "")[:1] in ("下", "次") else 0))
    if name == "end_of":
        month = _n(part["m"])
        return _last(today.year + (month < today.month), month)
    if name == "end_of_year":
        return date(today.year, 12, 31)
    if name == "only_day":
        day = _n(part["d"])
        year, month = _month(today, 1 if day < today.day else 0)
        return date(year, month, day)
    if name == "relative":
        return today + timedelta(days=_WORDS[str(part["word"]).lower()])
    if name == "week":
        return _of_week(today, str(part["when"]), _WEEKDAYS[str(part["wd"])])
    if name == "weekday":
        return _english_weekday(today, str(part["this"] or "").strip().lower(), _DAYS.index(str(part["wd"]).lower()))
    return _after(today, str(part["n"]).lower(), str(part["unit"]).lower())


def _n(text: str | None) -> int:
    """A number in figures or Chinese; ValueError for what is none."""
    found = count_of(str(text or ""))
    if found is None:
        raise ValueError(text)
    return int(found)


def _coming(today: date, month: int, day: int) -> date | None:
    """The next such day; one further ahead than anybody means without a year is unclear."""
    found = date(today.year, month, day)
    if found < today:
        found = date(today.year + 1, month, day)
    return found if (found - today).days <= AHEAD else None


def _month(today: date, later: int) -> tuple[int, int]:
    months = today.year * 12 + today.month - 1 + later
    return months // 12, months % 12 + 1


def _last(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _of_week(today: date, when: str, weekday: int) -> date | None:
    """下周五 is the Friday of next week; 周五 alone the next one, unclear on a Friday."""
    monday = today - timedelta(days=today.weekday())
    if when.startswith("下下"):
        return monday + timedelta(days=14 + weekday)
    if when.startswith("下"):
        return monday + timedelta(days=7 + weekday)
    if when[0] in "本这":
        return monday + timedelta(days=weekday)
    return None if weekday == today.weekday() else today + timedelta(days=(weekday - today.weekday()) % 7)


def _english_weekday(today: date, word: str, weekday: int) -> date | None:
    """The coming one; "next Friday" means two days for two people, and so does Friday on a Friday."""
    if word == "next" or weekday == today.weekday():
        return None
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def _after(today: date, number: str, unit: str) -> date | None:
    """So many days or weeks from today; working days depend on a calendar, and a month on what one means."""
    count = _ENGLISH.get(number) or _n(number)
    if "工作日" in unit or unit == "个月":
        return None
    return today + timedelta(days=count * (7 if unit.startswith(("week", "周", "个星", "星", "个礼", "礼")) else 1))


def _hour(part: dict[str, str | None]) -> str | None:
    """` 15:00`, nothing where no time was given, None for one that is unclear."""
    if part["hour"] is None:
        return ""
    hour = int(part["hour"])
    minute = 30 if part["half_hour"] else int(part["minute"] or part["minutes"] or 0)
    later = part["half"] in ("下午", "晚上", "傍晚") or str(part["meridiem"] or "").startswith("p")
    if later and hour < 12:  # noqa: PLR2004 -- noon
        hour += 12
    return f" {hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None  # noqa: PLR2004 -- of a day, of an hour
