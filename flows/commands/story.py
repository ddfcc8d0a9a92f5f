"""A case's story as lines for people: Chinese first, then English; instants in the organisation's zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flows.commands.output import one_line
from models.calendar.instants import local, zone_named
from models.wording.durations import duration_words
from models.wording.phrases import event_words, share_words, step_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

SPANS = 12
"""So many stretches of one clock are printed; `--json` has all of them."""
LONG_TEXT = 300
"""A field is cut after so many signs; `--json` has it whole."""

_STATES = {
    "open": "进行中",
    "met": "按时完成",
    "late": "逾期完成",
    "breached": "逾期",
    "paused": "暂停",
    "void": "作废",
    "waiting": "等待",
    "closed": "已结案",
    "withdrawn": "已撤销",
    "queued": "待发",
    "sending": "发送中",
    "sent": "已发",
    "in_doubt": "存疑",
    "dead": "未能送达",
    "dropped": "不再发送",
}
_WHY = {
    "counted": "计时 counted",
    "office_closed": "非工作时间 office closed",
    "free_day": "非工作日 no working day",
}
_KINDS = {"complaint": "投诉 complaint", "loan": "借阅 loan", "statement": "分析报告 statement"}


def lines(told: dict[str, Any]) -> Iterator[str]:
    """The story that `tasks.views.explain.story` told."""
    zone = zone_named(told["timezone"])
    yield from _case(told, zone)
    yield from _events(told, zone)
    if not told["clocks"]:
        yield "时限 clocks: 无 none"
    for clock in told["clocks"]:
        yield ""
        yield from _clock(clock, zone)


# -- the case --------------------------------------------------------------------------------------------------


def _case(told: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    case, rules = told["case"], told["regulation"]
    kind = _KINDS.get(case["kind"], case["kind"])
    yield f"案件 case {one_line(case['number'])} · {kind} · {_state(case['status'])} · 第 {case['round']} 轮 round"
    level = _titled(case["level"], case["level_title"])
    facts = [
        ("级别 level", level),
        ("部门 department", case["department"]),
        ("经办人 handler", case["handler"]),
        ("当事人 party", case["party"]),
        ("电话 phone", case["phone"]),
        ("资料 item", case["item"]),
        ("受理 opened", _at(case["opened_at"], zone)),
        ("结案 closed", _at(case["closed_at"], zone)),
        *case["fields"].items(),
    ]
    for label, value in facts:
        if value not in (None, ""):
            yield f"  {label}: {_cut(value)}"
    if rules:
        article = f" · {rules['article']}" if rules["article"] else ""
        title = f"{rules['title']['zh']} {rules['title']['en']}"
        yield f"制度 regulation: {title}{article} · {rules['name']} v{rules['version']} · {rules['content_hash'][:12]}"
    else:
        yield "制度 regulation: 待下次巡检确定 the next sweep settles it"
    computed = told["computed"]
    if computed and computed["status"] != case["status"]:
        yield f"  ! 重算为 computed anew: {_state(computed['status'])}"
    yield f"时间 as of: {local(told['now'], zone)} ({told['timezone']})"


def _events(told: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    yield "事项 events"
    for event in told["events"]:
        parts = [_at(event["at"], zone), _event_name(event["name"], event["title"])]
        if event["by"]:
            parts.append(f"经办 by {one_line(event['by'])}")
        recorded = event["recorded_at"]
        if recorded and recorded - event["at"] >= timedelta(minutes=1):
            parts.append(f"补录 recorded {_at(recorded, zone)}")
        parts += [f"{one_line(name)}={_cut(value)}" for name, value in event["fields"].items() if value != ""]
        if event["applied_at"] is None:
            parts.append("(待巡检 waits for a sweep)")
        yield f"  {' · '.join(parts)}"


# -- a clock ---------------------------------------------------------------------------------------------------


def _clock(clock: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    title = f"{clock['title']['zh']} {clock['title']['en']}" if clock["title"] else clock["rule"]
    article = f" · {clock['cite']['article']}" if clock["cite"] else ""
    yield f"时限 clock {clock['rule']}: {title}{article} · 第 {clock['round']} 轮 round"
    for label, text in (
        ("状态 state", _clock_state(clock)),
        ("责任 responsible", _titled(clock["responsible"], clock["responsible_title"])),
        ("开始 started", _started(clock, zone)),
        ("可办 opens", _at(clock["opens_at"], zone)),
        ("时限 limit", _limits(clock, zone)),
        ("到期 due", _due(clock, zone)),
        ("结束 ended", _ended(clock, zone)),
    ):
        if text:
            yield f"  {label}: {text}"
    yield from _spans(clock, zone)
    if clock["attempts"]:
        yield f"  联系不上 failed attempts: {clock['attempts']}"
    yield from _recorded(clock, zone)
    for fired in clock["fired"]:
        yield from _fired(fired, zone)
    for coming in clock["next"]:
        to = f" → {', '.join(coming['to'])}" if coming["to"] else ""
        waits = " (待巡检 waits for a sweep)" if coming["overdue"] else ""
        yield f"  下一步 next: {_at(coming['at'], zone)} {_step(coming['step'])}{to}{waits}"
    for penalty in clock["penalties"]:
        points = f" {penalty['points']:g} 分 points" if penalty["points"] else ""
        amount = f" {penalty['amount']:g} 元 yuan" if penalty["amount"] else ""
        more = ""
        if penalty["share"]:
            more = "".join(f" {share_words(penalty['share'], penalty['of'] or '', spoken)}" for spoken in ("zh", "en"))
        more += f" {one_line(penalty['measure'])}" if penalty["measure"] else ""
        back = ""
        if penalty["withdrawn_at"]:
            back = f" · 已撤销 withdrawn {_at(penalty['withdrawn_at'], zone)} {one_line(penalty['note'] or '')}"
        yield f"  处罚 penalty: {one_line(penalty['who'])}{amount}{points}{more} · {_at(penalty['at'], zone)}{back}"


def _clock_state(clock: dict[str, Any]) -> str:
    return f"{_state(clock['state'])}{' · 暂定 provisional' if clock['provisional'] else ''}"


def _started(clock: dict[str, Any], zone: ZoneInfo) -> str:
    started = clock["started"]
    if started is None:
        return _at(clock["starts_at"], zone)
    why = " (新一轮 a new round)" if started["why"] == "round" else ""
    by = f" 经办 by {one_line(started['by'])}" if started["by"] else ""
    base = ""
    if clock["counts_from"] and clock["counts_from"] != started["at"]:
        base = f" · 自上次到期起算 counts from the previous due date {_at(clock['counts_from'], zone)}"
    return f"{_at(started['at'], zone)} {_event_name(started['event'], None)}{why}{by}{base}"


def _limits(clock: dict[str, Any], zone: ZoneInfo) -> str:
    """Which limits there are, and which of them is the tightest."""
    shown = []
    several = sum(limit["applies"] for limit in clock["limits"]) > 1
    for limit in clock["limits"]:
        text = limit["limit"] or "-"
        if limit["limit"] and not limit["date"]:
            text = f"{duration_words(text, 'zh')} {text}"
        if limit["by"]:
            text += f" ({limit['by']}={one_line(limit['value'])})"
        if limit["date"]:
            text += " (日期 date of the case)"
        if not limit["applies"]:
            text += " 不适用 does not apply"
        elif several:
            due = _at(limit["due_at"], zone) or "-"
            text += f" → {due}{' ← 最严 tightest' if limit['tightest'] else ''}"
        shown.append(text)
    return "; ".join(shown)


def _due(clock: dict[str, Any], zone: ZoneInfo) -> str:
    original = clock["recorded"]["original_due_at"] if clock["recorded"] else None
    text = _at(clock["due_at"], zone)
    if clock["due_at"] is None and clock["limits"] and clock["state"] == "paused":
        text = "暂停期间不定 open while paused"
    if original and original != clock["due_at"]:
        text += f" (原 originally {_at(original, zone)})"
    return text


def _ended(clock: dict[str, Any], zone: ZoneInfo) -> str:
    ended = clock["ended"]
    if ended is None:
        return ""
    how = {"met": "完成 met by", "next_round": "新一轮开始 next round began with", "ended": "终止 ended by"}[
        ended["how"]
    ]
    event = _event_name(ended["event"], None) if ended["event"] else ""
    by = f" 经办 by {one_line(ended['by'])}" if ended["by"] else ""
    return f"{_at(ended['at'], zone)} {how} {event}{by}"


def _spans(clock: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    """What counted and what did not; a clock that never stood still needs no list."""
    found = clock["spans"]
    if all(span["counted"] for span in found):
        return
    whole = timedelta(seconds=clock["counted_seconds"])
    yield f"  计时 counted: {_length(whole)}"
    for span in found[:SPANS]:
        why = span["why"]
        if why.startswith("pause:"):
            why = f"暂停 paused: {_event_name(why.removeprefix('pause:'), None)}"
        length = _length(span["until"] - span["since"])
        sign = "+" if span["counted"] else "-"
        yield f"    {sign} {_at(span['since'], zone)} – {_at(span['until'], zone)} {length} {_WHY.get(why, why)}"
    if len(found) > SPANS:
        yield f"    … 另有 {len(found) - SPANS} 段 more, see --json"


def _recorded(clock: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    """Where the record says something else than the computation."""
    record = clock["recorded"]
    if record is None:
        yield "  ! 尚未登记 not on record yet: the next sweep writes it"
        return
    if clock["differs"]:
        said = ", ".join(f"{name} {_value(record[name], zone)}" for name in clock["differs"])
        yield f"  ! 记录不同 the record differs: {said}"


def _fired(fired: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    late = ""
    if fired["fired_at"] != fired["scheduled_at"]:
        late = f" (实际 fired {_at(fired['fired_at'], zone)})"
    reason = f": {one_line(fired['reason'])}" if fired["reason"] else ""
    yield f"  催办 fired: {_at(fired['scheduled_at'], zone)} {_step(fired['step'])}{late}{reason}"
    mails = {mail["to"].lower(): mail for mail in fired["messages"]}
    for who in fired["recipients"]:
        stead = f" 代 instead of {one_line(who['instead_of'])}" if who.get("instead_of") else ""
        mail = mails.get(str(who.get("email") or "").lower())
        yield (
            f"    → {one_line(who.get('name'))} <{one_line(who.get('email'))}>"
            f" {_titled(who.get('role'), who['role_title'])}{stead}{_mail(mail, zone)}"
        )
    for correction in fired["corrections"]:
        known = "已告知 told" if correction["told"] else "待告知 to be told"
        yield f"    更正 correction: {one_line(correction['to'])} {known}"


def _mail(mail: dict[str, Any] | None, zone: ZoneInfo) -> str:
    if mail is None:
        return ""
    sent = f" {_at(mail['sent_at'], zone)}" if mail["sent_at"] else ""
    summary = " 汇总 in a summary" if mail["kind"] == "summary" else ""
    repeat = " 可能重复 possible repeat" if mail["possible_repeat"] else ""
    reason = f" {_cut(mail['reason'])}" if mail["reason"] else ""
    return f" · {_state(mail['state'])}{sent}{summary}{repeat}{reason}"


# -- words -----------------------------------------------------------------------------------------------------


def _at(instant: datetime | None, zone: ZoneInfo) -> str:
    return local(instant, zone) if instant else ""


def _state(state: str) -> str:
    return f"{_STATES[state]} {state}" if state in _STATES else state


def _titled(name: str | None, title: dict[str, str] | None) -> str:
    if not name:
        return ""
    return f"{title['zh']} {name}" if title else one_line(name)


def _event_name(name: str, title: dict[str, str] | None) -> str:
    return f"{title['zh'] if title else event_words(name, None, 'zh')} {name}"


def _step(step: str) -> str:
    return f"{step_title(step, 'zh')} {step}"


def _value(value: Any, zone: ZoneInfo) -> str:
    return _at(value, zone) if isinstance(value, datetime) else str(value)


def _cut(value: Any) -> str:
    text = one_line(value)
    return text if len(text) <= LONG_TEXT else f"{text[:LONG_TEXT]}…"


def _length(length: timedelta) -> str:
    """`2d 3h 5m`, the parts that are not nothing."""
    seconds = int(length.total_seconds())
    parts: Iterable[tuple[int, str]] = (
        (seconds // 86400, "d"),
        (seconds // 3600 % 24, "h"),
        (seconds // 60 % 60, "m"),
        (seconds % 60, "s"),
    )
    return " ".join(f"{count}{unit}" for count, unit in parts if count) or "0s"
