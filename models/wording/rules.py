"""A time limit in plain words: who has to do what by when, who is told, and what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.language.conditions import Match
from models.language.durations import parse_duration
from models.language.words import is_hole
from models.wording.limits import limit_words, step_words
from models.wording.penalties import penalty_words
from models.wording.phrases import field_words, level_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.language.limits import GiveUp, Outcome, Repeat
    from models.language.rules import Rule
    from models.wording.speaker import Speaker

FORMS = {"urge": ("催办单", "an urging slip"), "inquiry": ("洽办单", "an inquiry slip")}


def rule_clauses(speak: Speaker, rule: Rule) -> Iterator[str]:
    """All that a rule says, clause by clause."""
    what = _task(speak, rule) if rule.within else _series(speak, rule) if rule.repeat else _notice(speak, rule)
    yield speak.title(rule.title, rule.when) + what
    for name, (distance, roles) in rule.steps().items():
        if distance is not None:
            yield step_words(speak, name, distance, roles)
        elif name == "opens" and rule.within and rule.opens and not is_hole(rule.opens):
            yield _opening(speak, rule.opens, roles)
    if rule.within and rule.repeat:
        yield _series(speak, rule)
    yield from extra_clauses(speak, rule)
    if rule.give_up:
        yield _give_up(speak, rule.give_up)
    if rule.penalty:
        yield penalty_words(speak, rule.penalty)
    if rule.catch_up == "latest":
        yield speak.say("停机之后只补发最近一步", "after downtime only the latest step is made up for")
    elif rule.catch_up is not None and rule.catch_up != "all":
        older = speak.duration(rule.catch_up.skip_older_than)
        yield speak.say(f"停机之后，超过 {older}的步骤不补发", f"after downtime steps older than {older} are left out")


def _task(speak: Speaker, rule: Rule) -> str:
    """Who has to do what by when."""
    start, stop, who = speak.events(rule.start), speak.events(rule.stops), speak.roles(rule.responsible)
    each = speak.say("每次", "each ") if rule.every_start else ""
    if rule.counts_from == "previous_due":
        start += speak.say("（再次起算时从原到期日计）", " (later terms count from the old due date)")
    not_before = ""
    if rule.opens and not is_hole(rule.opens) and (count := parse_duration(rule.opens).count):
        length = speak.duration(rule.opens)
        not_before = (
            speak.say(f"满 {length}后（之前的不算）、", f"not before {length} have passed and ")
            if count > 0
            else speak.say(f"到期前 {length}之内、", f"in the last {length} and ")
        )
    if len(rule.within) > 1:
        names = {name for limit in rule.within for name in limit.when} if all(x.when for x in rule.within) else set()
        which = (
            speak.say("时限", "within")
            if len(names) == 1
            else speak.say("时限取最长者", "within the longest of")
            if rule.longest
            else speak.say("时限取最短者", "within the tightest of")
        )
        limits = speak.say("、", ", ").join(limit_words(speak, limit) for limit in rule.within)
        return speak.say(
            f"{who}须自{each}{start}起{not_before.rstrip('、')}完成{stop}，{which}：{limits}",
            f"{who} must see to {stop} {not_before}{which} {limits}, counted from {each}{start}",
        )
    limit = limit_words(speak, rule.within[0])
    if rule.within[0].label:
        return speak.say(
            f"{each}{start}之后，{who}须{not_before}{limit}完成{stop}",
            f"after {each}{start} {who} must see to {stop} {not_before}{limit}",
        )
    if rule.within[0].by:
        return speak.say(
            f"{who}须自{each}{start}起{not_before}按以下时限完成{stop}：{limit}",
            f"{who} must see to {stop} {not_before}within {limit} of {each}{start}",
        )
    return speak.say(
        f"{who}须自{each}{start}起{not_before or ' '}{limit}内完成{stop}",
        f"{who} must see to {stop} {not_before}within {limit} of {each}{start}",
    )


def _notice(speak: Speaker, rule: Rule) -> str:
    """A rule without a limit only tells somebody."""
    start, stop, opens = speak.events(rule.start), speak.events(rule.stops), rule.opens or "PT0S"
    told = speak.told((rule.responsible,), "told")
    who, delay = speak.roles(rule.responsible), speak.duration(opens)
    if not is_hole(opens) and parse_duration(opens).count == 0:
        return speak.say(f"出现{start}时立即通知{who}，至{stop}为止", f"{told} at once of {start}, until {stop}")
    return speak.say(f"出现{start}满 {delay}后通知{who}，至{stop}为止", f"{told} {delay} after {start}, until {stop}")


def _opening(speak: Speaker, opens: str, roles: tuple[str, ...]) -> str:
    duration, length, who = parse_duration(opens), speak.duration(opens), speak.roles(*roles)
    if duration.count == 0:
        return speak.say(f"立即通知{who}", f"at once {speak.told(roles, 'told')}")
    if duration.count < 0:
        return speak.say(f"到期前 {length}通知{who}", f"{length} before the limit {speak.told(roles, 'told')}")
    return speak.say(f"满 {length}时通知{who}", f"after {length} {speak.told(roles, 'told')}")


def _give_up(speak: Speaker, give_up: GiveUp) -> str:
    event, once = speak.event(Match(event=give_up.event)), speak.conditions(give_up.at_once)
    first, last = give_up.after_attempts, give_up.at_most
    zh = f"满 {first} 次可以结案，" if first < last else ""
    en = f"the case may be closed after {first} times {event} and " if first < last else ""
    return speak.say(
        f"{event}{zh}满 {last} 次{f'或{once}时' if once else ''}不再计时",
        f"{en}the clock ends after {last}{f', at once where the {once}' if once else ''}"
        if en
        else f"the clock ends after {last} times {event}{f', at once where the {once}' if once else ''}",
    )


def _series(speak: Speaker, rule: Rule) -> str:
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


def extra_clauses(speak: Speaker, rule: Rule) -> Iterator[str]:
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
