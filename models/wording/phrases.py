"""Single words of a regulation in Chinese and English: durations, events, roles, levels, steps, fields, conditions.

`language` is `zh` or `en`; any other is answered in English.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from models.language import vocabulary
from models.language.conditions import Requirement
from models.language.durations import parse_duration
from models.language.words import is_hole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from models.language.calendars import Calendar
    from models.language.conditions import Conditions
    from models.language.limits import Share
    from models.language.regulation import Regulation
    from models.language.words import Cite

ZH = "zh"

_UNITS = {
    "S": ("秒", "second"),
    "M": ("分钟", "minute"),
    "H": ("小时", "hour"),
    "WM": ("个工作分钟", "working minute"),
    "WH": ("个工作小时", "working hour"),
    "D": ("天", "day"),
    "WD": ("个工作日", "working day"),
    "W": ("周", "week"),
    "MONTH": ("个月", "month"),
    "Y": ("年", "year"),
}
_FIELDS = {
    "borrower": ("借阅人", "borrower"),
    "category": ("类别", "category"),
    "channel": ("渠道", "channel"),
    "customer": ("客户", "customer"),
    "department": ("部门", "department"),
    "level": ("级别", "level"),
    "max_rounds": ("轮次上限", "round limit"),
    "outcome": ("结果", "outcome"),
    "purpose": ("用途", "purpose"),
    "quantity": ("数量", "quantity"),
    "round": ("轮次", "round"),
    "satisfaction": ("满意度", "satisfaction"),
    "secrecy": ("密级", "secrecy class"),
    "special_case": ("特殊情况", "special case"),
    "term": ("期次", "term"),
    "time": ("起算时刻", "time of the start"),
    "weekday": ("起算日", "day of the start"),
    "in_hours": ("起算时在办公时间内", "start in office hours"),
}
_WEEKDAYS = {
    "mon": ("星期一", "Monday"),
    "tue": ("星期二", "Tuesday"),
    "wed": ("星期三", "Wednesday"),
    "thu": ("星期四", "Thursday"),
    "fri": ("星期五", "Friday"),
    "sat": ("星期六", "Saturday"),
    "sun": ("星期日", "Sunday"),
}
_VALUES: dict[str, Any] = {
    "channel": vocabulary.CHANNELS,
    "outcome": vocabulary.OUTCOMES,
    "satisfaction": vocabulary.SATISFACTION,
    "secrecy": vocabulary.SECRECY,
    "weekday": _WEEKDAYS,
    "in_hours": {"true": ("是", "yes"), "false": ("否", "no")},
}
_STEPS = {
    "opens": ("现在办理", "act now"),
    "remind": ("第 {} 次提醒", "reminder {}"),
    "due": ("到期", "due"),
    "escalate": ("逾期催办（第 {} 级）", "escalation {}"),
    "slip": ("催办单", "urging slip"),
    "resume": ("恢复计时", "the clock goes on"),
    "breach": ("已逾期", "overdue"),
}
_PERIODS: dict[object, tuple[str, str]] = {
    "day": ("每日", "each day"),
    "week": ("每周", "each week"),
    "month": ("每月", "each month"),
    "quarter": ("每季度", "each quarter"),
    "half_year": ("每半年", "each half-year"),
    "year": ("每年", "each year"),
}
_DAY_OF_YEAR = 5
"""How long `06-10` is."""
_DIGIT_BEFORE_AND = re.compile(r"(?<=\d)且")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def pick(language: str, words: tuple[Any, ...]) -> str:
    """The Chinese or the English one."""
    return str(words[0] if language == ZH else words[1])


def listed(words: Iterable[str], language: str, last: tuple[str, str] = ("或", " or ")) -> str:
    """`A、B或C`; `A, B or C`."""
    *first, end = words
    if not first:
        return end
    return f"{pick(language, ('、', ', ')).join(first)}{pick(language, last)}{end}"


def duration_words(text: str, language: str) -> str:
    """A duration of the rule language as people say it; a minus is left to the sentence around it."""
    if is_hole(text):
        return pick(language, (f"“{text[1:]}”（未设定）", f"“{text[1:]}” (not set yet)"))
    if parse_duration(text).count == 0:
        return pick(language, ("当日", "the same day") if parse_duration(text).in_days else ("立即", "at once"))
    calendar, _, clock = text.lstrip("-P").partition("T")
    parts = [(count, "MONTH" if unit == "M" else unit) for count, unit in re.findall(r"(\d+)([A-Z]+)", calendar)]
    parts += re.findall(r"(\d+)([A-Z]+)", clock)
    spoken = []
    for count, unit in parts:
        zh, en = _UNITS[unit]
        spoken.append(f"{int(count)} {zh}" if language == ZH else f"{int(count)} {en}{'' if int(count) == 1 else 's'}")
    return " ".join(spoken)


def event_words(name: str, regulation: Regulation | None, language: str) -> str:
    """How people call an event."""
    return pick(language, vocabulary.event_words(name, regulation))


def role_words(name: str, regulation: Regulation, language: str) -> str:
    """How the regulation calls a role."""
    role = regulation.roles.get(name)
    return pick(language, (role.zh, role.en) if role else vocabulary.ROLES.get(name, (name, name)))


def level_words(level: str | None, regulation: Regulation, language: str) -> str:
    """The title of a level; the id where the regulation has none, nothing for nothing."""
    title = regulation.levels.get(level or "")
    return pick(language, (title.zh, title.en)) if title else level or ""


def step_title(step: str, language: str) -> str:
    """What a step is called: `remind-2` is 第 2 次提醒, reminder 2."""
    kind, _, number = step.partition("-")
    return pick(language, _STEPS[kind]).format(number) if kind in _STEPS else step


def citation(cite: Cite, language: str) -> str:
    """Where a rule is written: article, file and lines, clause ids."""
    lines = pick(language, ("第 {} 行", "lines {}")).format(cite.lines) if cite.lines else ""
    place = " ".join(part for part in (cite.source or "", lines) if part)
    return pick(language, ("；", "; ")).join(part for part in (cite.article, place, ", ".join(cite.clauses)) if part)


def field_words(name: str, regulation: Regulation, language: str) -> str:
    """How people call a field of a case or an event; a field that bears an event's name is called like it."""
    own = regulation.events.get(name)
    return pick(language, _FIELDS.get(name) or ((own.zh, own.en) if own else (name, name)))


def share_words(share: Share, language: str) -> str:
    """A part of a figure that Duban does not know."""
    return pick(language, vocabulary.share_words(share.part, share.of))


def value_words(field: str, value: Any, regulation: Regulation, language: str) -> str:
    """How people call a value of a field."""
    if field == "level":
        return level_words(str(value), regulation, language)
    known = _VALUES.get(field, {}).get(str(value).lower() if isinstance(value, bool) else str(value))
    return pick(language, known) if known else str(value)


def condition_words(conditions: Conditions, regulation: Regulation, language: str) -> str:
    """Conditions on fields: 渠道为现场且级别不是危机事件; nothing for none."""
    spoken = [_condition(name, condition, regulation, language) for name, condition in conditions.items()]
    return _DIGIT_BEFORE_AND.sub(" 且", pick(language, ("且", " and ")).join(spoken))


def _values(field: str, values: Iterable[Any], regulation: Regulation, language: str) -> str:
    """Values that are written in both languages are said in the reader's."""
    words = list(dict.fromkeys(value_words(field, value, regulation, language) for value in values))
    own = [word for word in words if bool(_CHINESE.search(word)) is (language == ZH)]
    return listed((word.replace("_", " ") for word in own or words), language)


def _bound(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def calendar_words(calendar: Calendar, language: str) -> str:
    """The instants of a calendar: 每月第 3 个工作日, the 3rd working day of each month."""

    def say(zh: str, en: str) -> str:
        return pick(language, (zh, en))

    def figure(value: object) -> str:
        return (
            say(f"“{str(value)[1:]}”（未设定）", f"“{str(value)[1:]}” (not set yet)") if is_hole(value) else str(value)
        )

    if calendar.dates:
        where = say("每年的 {}", "{} of each year" if all(len(day) == _DAY_OF_YEAR for day in calendar.dates) else "{}")
        words = where.format(say("、", ", ").join(figure(day) for day in calendar.dates))
    else:
        words = _day_words(calendar, language, figure)
    if calendar.at:
        hours = say("、", ", ").join(figure(hour) for hour in calendar.at)
        words = say(f"{words} {hours}", f"{words} at {hours}")
    moved = {
        "next": ("遇休息日顺延", "moved on past free days"),
        "previous": ("遇休息日提前", "moved back before free days"),
        "skip": ("休息日除外", "free days left out"),
        "keep": ("含休息日", "free days included"),
    }
    return words if calendar.holiday is None else words + say("（{}）", " ({})").format(say(*moved[calendar.holiday]))


def _day_words(calendar: Calendar, language: str, figure: Callable[[object], str]) -> str:
    """Which day of the period."""

    def say(zh: str, en: str) -> str:
        return pick(language, (zh, en))

    each = say(*_PERIODS[calendar.every]) if calendar.every in _PERIODS else figure(calendar.every)
    of = say(each, f"of {each}")
    days = (
        listed((say(*_WEEKDAYS[day]) if day in _WEEKDAYS else figure(day) for day in calendar.weekday), language)
        if calendar.weekday
        else ""
    )
    if calendar.working_day is not None:
        last = calendar.working_day == -1
        number = figure(calendar.working_day)
        return say(
            f"{of}{'最后一' if last else f'第 {number} '}个工作日",
            f"the {'last' if last else f'{number}.'} working day {of}",
        )
    if calendar.day is not None:
        last = calendar.day == -1
        number = figure(calendar.day)
        return say(
            f"{of}{'最后一天' if last else f'第 {number} 天'}", f"{'the last day' if last else f'day {number}'} {of}"
        )
    if days and calendar.before is not None:
        return say(
            f"{of} {calendar.before} 日之前的最后一个{days}", f"the last {days} before the {calendar.before}. {of}"
        )
    if days and calendar.nth:
        numbers = listed(
            (say("最后一", "last") if n == -1 else say(f"第 {n} ", f"{n}.") for n in calendar.nth),
            language,
            ("和", " and "),
        )
        return say(f"{of}{numbers}个{days}", f"the {numbers} {days} {of}")
    if days:
        return say(f"{of}{days}", f"each {days}" if calendar.every == "week" else f"each {days} {of}")
    return say(f"{each}末", f"the end {of}") if calendar.every != "day" else say(each, each)


def _condition(name: str, condition: Any, regulation: Regulation, language: str) -> str:
    def say(zh: str, en: str) -> str:
        return pick(language, (zh, en))

    field = field_words(name, regulation, language)
    if not isinstance(condition, Requirement):
        values = condition if isinstance(condition, tuple) else (condition,)
        if name == "term":
            return say(f"第 {values[0]} 期", f"term {values[0]}")
        spoken = _values(name, values, regulation, language)
        return say(f"{field}为{spoken}", f"{field} is {spoken}")
    parts = []
    if condition.given is True:
        parts.append(say(f"填有{field}", f"{field} is given"))
    if condition.given is False:
        parts.append(say(f"未填{field}", f"{field} is not given"))
    if condition.not_:
        spoken = _values(name, condition.not_, regulation, language)
        parts.append(say(f"{field}不是{spoken}", f"{field} is not {spoken}"))
    if condition.at_least is not None:
        least = _bound(condition.at_least)
        if name == "term":
            return say(f"第 {least} 期起", f"from term {least} on")
        parts.append(say(f"{field}不少于 {least}", f"{field} is at least {least}"))
    if condition.at_most is not None:
        most = _bound(condition.at_most)
        parts.append(say(f"{field}不超过 {most}", f"{field} is at most {most}"))
    return say("且", " and ").join(parts)
