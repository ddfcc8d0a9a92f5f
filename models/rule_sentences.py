"""What a time limit may say beyond who, what and by when, in plain words; `sentences.py` puts it behind that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.regulation import Match, is_hole
from models.wording import calendar_words, field_words, level_words, share_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from models.regulation import Duty, Limit, Outcome, Penalty, Repeat, Rule, Share
    from models.sentences import Speaker

FORMS = {"urge": ("催办单", "an urging slip"), "inquiry": ("洽办单", "an inquiry slip")}


def limit(speak: Speaker, limit: Limit) -> str | None:
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


def series(speak: Speaker, rule: Rule) -> str:
    """Who has to do what again and again, and how often."""
    start, stop, who = speak.events(rule.start), speak.events(rule.stops), speak.roles(rule.responsible)
    terms = [_terms(speak, entry) for entry in rule.repeat]
    joined = speak.say("，然后", ", then ").join(terms)
    return speak.say(f"自{start}起，{who}须{joined}完成{stop}", f"from {start} on {who} must see to {stop} {joined}")


def _terms(speak: Speaker, entry: Repeat) -> str:
    length = speak.duration(entry.every)
    if entry.times:
        return speak.say(f"每 {length}一次、共 {entry.times} 次", f"every {length}, {entry.times} times")
    return speak.say(f"每 {length}一次", f"every {length}")


def extras(speak: Speaker, rule: Rule) -> Iterator[str]:
    """How it counts, what is told again, and what follows when it is late."""
    if rule.times:
        sum_of = field_words(rule.quantity, speak.regulation, speak.language) if rule.quantity else ""
        yield speak.say(
            f"{f'{sum_of}合计' if sum_of else '共'}须达 {rule.times}{'' if sum_of else ' 次'}",
            f"{f'the {sum_of} has to add up to {rule.times}' if sum_of else f'{rule.times} times'}",
        )
    if rule.soft:
        yield speak.say("原则性要求，逾期不罚", "in principle only: lateness costs nothing")
    for name, (_, roles) in rule.steps().items():
        if lower := rule.after_start(name):
            length = speak.duration(lower)
            yield speak.say(f"满 {length}提醒{speak.roles(*roles)}", f"after {length} {speak.told(roles, 'reminded')}")
        if every := rule.again(name):
            length = speak.duration(every)
            yield speak.say(
                f"其后每 {length}再通知{speak.roles(*roles)}", f"{speak.told(roles, 'told')} again every {length}"
            )
        if name != "slip" and (form := rule.form(name)):
            yield speak.say(f"用{FORMS[form][0]}", f"on {FORMS[form][1]}")
    for outcome in rule.on_late:
        yield _outcome(speak, outcome)
    if rule.closed_late:
        written = FORMS[rule.closed_late.slip] if rule.closed_late.slip else ("", "")
        who, told = speak.roles(*rule.closed_late.to), speak.told(rule.closed_late.to, "told")
        yield speak.say(
            f"逾期办完的，结案时向{who}发{written[0] or '通知'}",
            f"when the case closes after a late end {told}" + (f" with {written[1]}" if written[1] else ""),
        )


def _outcome(speak: Speaker, outcome: Outcome) -> str:
    event = speak.event(Match(event=outcome.event))
    length = speak.duration(outcome.after) if outcome.after else ""
    level = level_words(outcome.level, speak.regulation, speak.language)
    return speak.say(
        f"逾期{f' {length}' if length else ''}未办的，自动记为{event}{f'，级别升为{level}' if level else ''}",
        f"when it is {f'{length} late' if length else 'not met'}, {event} is noted by itself"
        + (f" and the level becomes {level}" if level else ""),
    )


def penalty_details(speak: Speaker, penalty: Penalty, cost: Callable[[Penalty], str]) -> str:
    """What a penalty costs, on what that depends, and what stands in for it."""
    parts = []
    if penalty.per:
        length = speak.duration(penalty.per)
        parts.append(speak.say(f"此后每逾 {length}再计一次", f"again for each {length} late"))
    if penalty.cap is not None:
        parts.append(cap(speak, penalty.cap))
    text = speak.say("，", ", ").join([cost(penalty), *parts])
    where = speak.conditions(penalty.when)
    if penalty.late_by:
        length = speak.duration(penalty.late_by)
        text = speak.say(f"逾期满 {length}的，{text}", f"where it is {length} late, {text}")
    if where:
        text = speak.say(f"{where}的，{text}", f"where {where}, {text}")
    if penalty.otherwise:
        other = penalty_details(speak, penalty.otherwise, cost)
        text = speak.say(f"{text}；否则{other}", f"{text}; otherwise {other}")
    return text


def cap(speak: Speaker, limit: Share | float) -> str:
    """How much is charged a month at most."""
    if isinstance(limit, float | int):
        most = speak.say(f" {limit:g} 元", f"{limit:g} yuan")
    else:
        most = share_words(limit, speak.language)
    return speak.say(f"每月不超过{most}，超过的结转下月", f"at most {most} a month, the rest is carried over")


def duty(speak: Speaker, duty: Duty) -> Iterator[str]:
    """What recurs, on which day, and who has to do it."""
    words, who, done = calendar_words(duty, speak.language), speak.roles(duty.responsible), speak.events(duty.stop)
    title = speak.title(duty.title, {})
    last = duty.covers == "last"
    yield speak.say(
        f"{title}{who}须在{words}前完成{done}{'（上一期的）' if last else ''}",
        f"{title}{who} must see to {done}{' for the period before' if last else ''} by {words}",
    )
    if duty.each:
        each = speak.say("部门", "department") if duty.each == "department" else speak.roles(duty.each)
        yield speak.say(f"每个{each}各一件", f"one for each {each.removeprefix('the ')}")
    if duty.rotation:
        names = "、".join(name for name in duty.rotation if not is_hole(name))
        yield speak.say(f"轮流{f'：{names}' if names else ''}", f"in turn{f': {names}' if names else ''}")
    if duty.lead:
        yield speak.say(f"提前 {speak.duration(duty.lead)}开始", f"it begins {speak.duration(duty.lead)} before")
    if duty.fulfilled_by:
        yield speak.say("相应的统计报表发出即视为完成", "the statement of that period fulfils it")
    clock = duty.clock()
    for name, (distance, roles) in clock.steps().items():
        if distance is not None:
            yield speak.step(name, distance, roles)
    yield from extras(speak, clock)
    if duty.penalty:
        yield speak.penalty(duty.penalty)
