"""A limit and the steps around it, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.wording.phrases import calendar_words, field_words, value_words

if TYPE_CHECKING:
    from models.language.durations import Duration
    from models.language.limits import Limit
    from models.wording.speaker import Speaker


def limit_words(speak: Speaker, limit: Limit) -> str:
    """How long it may take, and where that holds."""
    text = _special_limit(speak, limit) or _plain_limit(speak, limit)
    return speak.aside(text, speak.conditions(limit.when))


def _special_limit(speak: Speaker, limit: Limit) -> str | None:
    """A limit that is neither a duration nor a table nor a date alone; None for those."""
    if limit.next:
        words = calendar_words(limit.next, speak.language)
        return speak.say(f"至下一个{words}为止", f"the next {words}")
    if limit.due_of:
        title = _title(speak, limit.due_of)
        return speak.say(f"不晚于“{title}”的到期时间", f"the due instant of “{title}” at the latest")
    if limit.date and limit.before:
        field, length = field_words(limit.date, speak.regulation, speak.language), speak.duration(limit.before)
        return speak.say(f"最迟在“{field}”前 {length}", f"{length} before the date given for “{field}” at the latest")
    return None


def _title(speak: Speaker, rule_id: str) -> str:
    rule = speak.regulation.rule(rule_id)
    return speak.say(rule.title.zh, rule.title.en) if rule else rule_id


def _plain_limit(speak: Speaker, limit: Limit) -> str:
    """A duration, a table or a date."""
    if limit.date:
        field = field_words(limit.date, speak.regulation, speak.language)
        other = speak.duration(limit.of) if limit.of else ""
        return speak.aside(
            speak.say(f"在所定的“{field}”日期之前", f"by the date given for “{field}”"),
            other and speak.say(f"未定日期的，{other}内", f"within {other} where none is given"),
        )
    if limit.by:
        field = field_words(limit.by, speak.regulation, speak.language)
        keys = [value_words(limit.by, key, speak.regulation, speak.language) for key in limit.table]
        table = list(zip(keys, (speak.duration(of) for of in limit.table.values()), strict=True))
        return speak.say(
            f"按{field}（{'、'.join(f'{key} {of}' for key, of in table)}）",
            ", ".join(f"{of} ({key})" for key, of in table),
        )
    return speak.duration(limit.of or "PT0S")


def step_words(speak: Speaker, name: str, distance: Duration, roles: tuple[str, ...]) -> str:
    """Who is told so long before or after the due instant."""
    who, length = speak.roles(*roles), speak.duration(distance)
    if name.startswith("remind"):
        return speak.say(f"到期前 {length}提醒{who}", f"{length} before the limit {speak.told(roles, 'reminded')}")
    if distance.count:
        return speak.say(f"逾期 {length}通知{who}", f"{length} late {who}")
    if distance.in_days:
        return speak.say(f"到期当日通知{who}", f"on the due day {speak.told(roles, 'told')}")
    return speak.say(f"到期未办即通知{who}", f"when it is due {speak.told(roles, 'told')}")
