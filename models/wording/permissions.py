"""Gates, approvals and counters in plain words; `sentences.py` puts them among the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.conditions import Match
from models.language.durations import parse_duration
from models.language.rules import Rule
from models.language.words import is_hole
from models.wording.limits import limit_words, step_words
from models.wording.penalties import cost_words
from models.wording.phrases import field_words, level_words, listed, role_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.language.permissions import Approval, Counter, Gate, Rung
    from models.wording.speaker import Speaker

PERIODS = {
    "day": ("每日", "a day"),
    "week": ("每周", "a week"),
    "month": ("每月", "a month"),
    "quarter": ("每季度", "a quarter"),
    "half_year": ("每半年", "a half-year"),
    "year": ("每年", "a year"),
}
KINDS = {
    "complaint": ("投诉", "complaint "),
    "loan": ("借阅", "loan "),
    "petition": ("信访", "petition "),
    "service": ("服务", "service "),
    "revisit": ("回访", "revisit "),
    "contact": ("客户接触", "contact "),
    "staff": ("人事", "staff "),
    "advance": ("预支", "advance "),
    "duty": ("定期工作", "duty "),
}


def gate_clauses(speak: Speaker, gate: Gate) -> Iterator[str]:
    """What is forbidden, what lifts it, and who is told."""
    event = speak.event(Match(event=gate.guards))
    parts = list(_conditions(speak, gate, event))
    yield speak.title(gate.title, gate.when) + speak.say("；", "; ").join(parts)
    if gate.unless:
        lifted = speak.events(gate.unless)
        yield speak.say(f"已{lifted}的除外", f"unless {lifted} came before")
    yield speak.say(
        f"违者不予登记，已经发生的通知{speak.roles(*gate.flag)}",
        f"it is refused; where it happened anyway, {speak.told(gate.flag, 'told')}",
    )


def _conditions(speak: Speaker, gate: Gate, event: str) -> Iterator[str]:
    if gate.counts:
        yield _count(speak, gate, event)
    if gate.requires:
        before = speak.events(gate.requires)
        yield speak.say(f"须先{before}，方可{event}", f"{event} only after {before}")
    for name, zh, en in (
        (gate.inside, "仅在“{}”的期间内方可{}", "{1} only while “{0}” is open"),
        (gate.after, "“{}”期满后方可{}", "{1} only when “{0}” has come to its end"),
    ):
        if name:
            rule = speak.regulation.rule(name)
            title = speak.say(rule.title.zh, rule.title.en) if isinstance(rule, Rule) else name
            yield speak.say(zh, en).format(title, event)


def _count(speak: Speaker, gate: Gate, event: str) -> str:
    most = speak.figure(gate.at_most)
    person = _matter(speak, gate.of)
    if gate.counts == "events":
        return speak.say(f"同一案件的{event}不得超过 {most} 次", f"at most {most} times {event} in a case")
    if gate.counts not in ("open_cases", "late_cases"):
        counter = next(one for one in speak.regulation.counters if one.id == gate.counts)
        return speak.say(
            f"连同本次{event}，“{counter.title.zh}”不得超过 {most}",
            f"this {event} included, “{counter.title.en}” may not exceed {most}",
        )
    having = speak.events(gate.having) if gate.having else ""
    if gate.counts == "open_cases":
        counted = speak.say("件数", "number of cases")
        counted = field_words(gate.quantity, speak.regulation, speak.language) if gate.quantity else counted
        which = speak.say(f"已{having}而", f"with {having} ") if having else ""
        kind = speak.say(*KINDS.get(gate.kind, (gate.kind, f"{gate.kind} "))) if gate.kind else ""
        if gate.at_most == 0:
            return speak.say(
                f"同一{person}有{which}未结的{kind}案件时，不得{event}",
                f"no {event} while the {person} has an open {kind}case {which}".rstrip(),
            )
        return speak.say(
            f"连同本次{event}，同一{person}{which}未结的{kind}{counted}合计不得超过 {most}",
            f"this {event} included, the {counted} {which}that one {person} has open may not exceed {most}",
        )
    open_length = is_hole(gate.late_by)
    length = speak.figure(gate.late_by) if open_length else ""
    if not open_length and parse_duration(gate.late_by).count:
        length = speak.duration(gate.late_by)
    zh, en = (f"超过 {most} 件", f"more than {most} cases") if gate.at_most else ("", "a case")
    return speak.say(
        f"同一{person}有{zh}逾期{f'满 {length}' if length else ''}未结的案件时，不得{event}",
        f"no {event} while the {person} has {en} {f'{length} late' if length else 'overdue'}",
    )


def _matter(speak: Speaker, of: tuple[str, ...]) -> str:
    rules, language = speak.regulation, speak.language
    names = [
        speak.say("案件", "case")
        if name == "case"
        else role_words(name, rules, language)
        if name in rules.roles
        else field_words(name, rules, language)
        for name in of
    ]
    return listed(names, speak.language, ("和", " and "))


def approval_clauses(speak: Speaker, approval: Approval) -> Iterator[str]:
    """What is decided, who decides it, and by when."""
    asked = speak.events(approval.request)
    chain = approval.in_turn
    who = []
    for approver in approval.by:
        role, when = speak.roles(approver.role), speak.conditions(approver.when)
        who.append(speak.aside(role, when))
    last = ("、", " and ") if chain else ("，否则", ", else ")
    people = listed(who, speak.language, last)
    turns = speak.say("依次", "in turn ") if chain else ""
    yield speak.title(approval.title, approval.when) + speak.say(
        f"{asked}后由{people}{turns}审批", f"after {asked} decided {turns}by {people}"
    )
    yield speak.say(
        f"批准记录{speak.event(Match(event=approval.approve))}，不批准记录{speak.event(Match(event=approval.refuse))}",
        f"{speak.event(Match(event=approval.approve))} approves, {speak.event(Match(event=approval.refuse))} refuses",
    )
    if approval.within:
        limits = speak.say("、", ", ").join(limit_words(speak, limit) for limit in approval.within)
        yield speak.say(f"时限 {limits}", f"within {limits}")
    clock = speak.regulation.approval_clock(approval.id, approval.by[0].role)
    for name, (distance, roles) in clock.steps().items():
        if distance is not None and not (name == "due" and not approval.escalate):
            yield step_words(speak, name, distance, roles)
    if approval.guards:
        event = speak.event(Match(event=approval.guards))
        yield speak.say(f"未经批准不得{event}", f"no {event} before it is approved")


def counter_clauses(speak: Speaker, counter: Counter) -> Iterator[str]:
    """What is counted, and what follows at which count."""
    events = speak.events(counter.counts)
    matter = _matter(speak, counter.of)
    if counter.consecutive:
        yield speak.title(counter.title, counter.when) + speak.say(
            f"同一{matter}连续出现{events}的{_period(speak, counter)}数",
            f"how many times in a row {_period(speak, counter)} had {events} for one {matter}",
        )
    else:
        what = field_words(counter.quantity, speak.regulation, speak.language) if counter.quantity else ""
        yield speak.title(counter.title, counter.when) + speak.say(
            f"同一{matter}{_period(speak, counter)}{events}的{what or '次数'}",
            f"{f'the {what} of' if what else 'how often'} {events} for one {matter} {_period(speak, counter)}".rstrip(),
        )
    for rung in counter.ladder:
        yield _rung(speak, rung)


def _period(speak: Speaker, counter: Counter) -> str:
    window = counter.window
    if window is None:
        return ""
    if window in PERIODS:
        return speak.say(*PERIODS[window])
    length = speak.figure(window) if is_hole(window) else speak.duration(window)
    return speak.say(f"{length}内", f"within {length}")


def _rung(speak: Speaker, rung: Rung) -> str:
    parts = [speak.told(rung.to, "told") if speak.say("", "en") else f"通知{speak.roles(*rung.to)}"]
    if rung.do:
        parts.append(speak.say(rung.do.zh, rung.do.en))
    if rung.event:
        parts.append(speak.event(Match(event=rung.event)))
    if rung.level:
        level = level_words(rung.level, speak.regulation, speak.language)
        parts.append(speak.say(f"案件升为{level}", f"the case becomes {level}"))
    if rung.penalty:
        parts.append(cost_words(speak, rung.penalty))
    said = speak.say("，", ", ").join(parts)
    return speak.say(f"满 {speak.figure(rung.at)}：{said}", f"at {speak.figure(rung.at)}: {said}")
