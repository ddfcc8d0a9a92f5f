"""A regulation in plain words: each rule, gate, pause and round cap as one sentence with its article.

For `duban check`, `explain` and the mails. `language` is `zh` or `en`; any other is answered in English.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import hour_sentences, rule_sentences
from models import permission_sentences as permissions
from models.durations import parse_duration
from models.regulation import (
    Approval,
    Counter,
    Duty,
    Gate,
    Hours,
    Limit,
    Match,
    Pause,
    Regulation,
    Rounds,
    Rule,
    is_hole,
)
from models.wording import (
    citation,
    condition_words,
    duration_words,
    event_words,
    field_words,
    level_words,
    listed,
    pick,
    role_words,
    share_words,
    step_title,
    value_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from models.durations import Duration
    from models.regulation import Conditions, GiveUp, Penalty, Text

__all__ = [
    "citation",
    "duration_words",
    "event_words",
    "level_words",
    "role_words",
    "sentence",
    "sentences",
    "step_title",
]


def sentences(regulation: Regulation, language: str) -> Iterator[tuple[str, str]]:
    """Everything a regulation says, in its order: pairs of an id and a sentence."""
    for rule in regulation.rules:
        yield rule.id, sentence(rule, regulation, language)
    for duty in regulation.duties:
        yield duty.id, sentence(duty, regulation, language)
    for index, pause in enumerate(regulation.pauses, 1):
        yield f"pause-{index}", sentence(pause, regulation, language)
    if regulation.rounds.next:
        yield "rounds", sentence(regulation.rounds, regulation, language)
    parts: tuple[Gate | Approval | Counter, ...] = (*regulation.gates, *regulation.approvals, *regulation.counters)
    for part in parts:
        yield part.id, sentence(part, regulation, language)
    for index, hours in enumerate(regulation.hours, 1):
        yield f"hours-{index}", sentence(hours, regulation, language)


def sentence(
    rule: Rule | Duty | Gate | Approval | Counter | Hours | Rounds | Pause, regulation: Regulation, language: str
) -> str:
    """One sentence that says all of a rule, with its article."""
    speak = Speaker(regulation, language)
    if isinstance(rule, Rule):
        clauses = speak.rule(rule)
    elif isinstance(rule, Duty):
        clauses = rule_sentences.duty(speak, rule)
    elif isinstance(rule, Gate):
        clauses = permissions.gate(speak, rule)
    elif isinstance(rule, Approval):
        clauses = permissions.approval(speak, rule)
    elif isinstance(rule, Counter):
        clauses = permissions.counter(speak, rule)
    elif isinstance(rule, Hours):
        clauses = hour_sentences.hours(speak, rule)
    elif isinstance(rule, Rounds):
        clauses = speak.rounds(rule)
    else:
        clauses = speak.pause(rule)
    joined = speak.say("；", "; ").join(clauses)
    article = speak.say("（{}）", " ({})").format(rule.cite.article) if rule.cite else ""
    return f"{joined}{article}{speak.say('。', '.')}"


class Speaker:
    """The parts of a sentence in one language."""

    def __init__(self, regulation: Regulation, language: str) -> None:
        self.regulation = regulation
        self.language = language

    def say(self, zh: str, en: str) -> str:
        return pick(self.language, (zh, en))

    def title(self, title: Text, when: Conditions) -> str:
        spoken = self.conditions(when)
        where = self.say(f"{spoken}的，", f"where {spoken}, ") if spoken else ""
        return self.say(f"{title.zh}：", f"{title.en}: ") + where

    def duration(self, value: Duration | str) -> str:
        return duration_words(str(value), self.language)

    def figure(self, value: object) -> str:
        """A figure, or what is still open."""
        return self.say(f"（待定 {value}）", f"(still open: {value})") if is_hole(value) else str(value)

    def roles(self, *names: str) -> str:
        spoken = [self.say("", "the ") + role_words(name, self.regulation, self.language) for name in names]
        return listed(spoken, self.language, ("和", " and "))

    def told(self, roles: tuple[str, ...], verb: str) -> str:
        return f"{self.roles(*roles)} {'is' if len(roles) == 1 else 'are'} {verb}"

    def conditions(self, conditions: Conditions) -> str:
        return condition_words(conditions, self.regulation, self.language)

    def event(self, match: Match) -> str:
        words = f"“{event_words(match.event, self.regulation, self.language)}”"
        return self.aside(words, self.conditions(match.where))

    def events(self, matches: Iterable[Match]) -> str:
        return listed([self.event(match) for match in matches], self.language)

    def aside(self, words: str, note: str) -> str:
        return words + self.say(f"（{note}）", f" ({note})") if note else words

    # -- a rule

    def rule(self, rule: Rule) -> Iterator[str]:
        what = (
            self.task(rule) if rule.within else rule_sentences.series(self, rule) if rule.repeat else self.notice(rule)
        )
        yield self.title(rule.title, rule.when) + what
        for name, (distance, roles) in rule.steps().items():
            if distance is not None:
                yield self.step(name, distance, roles)
            elif name == "opens" and rule.within and rule.opens and not is_hole(rule.opens):
                yield self.opening(rule.opens, roles)
        if rule.within and rule.repeat:
            yield rule_sentences.series(self, rule)
        yield from rule_sentences.extras(self, rule)
        if rule.give_up:
            yield self.give_up(rule.give_up)
        if rule.penalty:
            yield self.penalty(rule.penalty)
        if rule.catch_up == "latest":
            yield self.say("停机之后只补发最近一步", "after downtime only the latest step is made up for")
        elif rule.catch_up is not None and rule.catch_up != "all":
            older = self.duration(rule.catch_up.skip_older_than)
            yield self.say(
                f"停机之后，超过 {older}的步骤不补发", f"after downtime steps older than {older} are left out"
            )

    def task(self, rule: Rule) -> str:
        """Who has to do what by when."""
        start, stop, who = self.events(rule.start), self.events(rule.stops), self.roles(rule.responsible)
        each = self.say("每次", "each ") if rule.every_start else ""
        if rule.counts_from == "previous_due":
            start += self.say("（再次起算时从原到期日计）", " (later terms count from the old due date)")
        not_before = ""
        if rule.opens and not is_hole(rule.opens) and (count := parse_duration(rule.opens).count):
            length = self.duration(rule.opens)
            not_before = (
                self.say(f"满 {length}后（之前的不算）、", f"not before {length} have passed and ")
                if count > 0
                else self.say(f"到期前 {length}之内、", f"in the last {length} and ")
            )
        if len(rule.within) > 1:
            names = (
                {name for limit in rule.within for name in limit.when} if all(x.when for x in rule.within) else set()
            )
            which = (
                self.say("时限", "within")
                if len(names) == 1
                else self.say("时限取最长者", "within the longest of")
                if rule.longest
                else self.say("时限取最短者", "within the tightest of")
            )
            limits = self.say("、", ", ").join(self.limit(limit) for limit in rule.within)
            return self.say(
                f"{who}须自{each}{start}起{not_before.rstrip('、')}完成{stop}，{which}：{limits}",
                f"{who} must see to {stop} {not_before}{which} {limits}, counted from {each}{start}",
            )
        limit = self.limit(rule.within[0])
        if rule.within[0].label:
            return self.say(
                f"{each}{start}之后，{who}须{not_before}{limit}完成{stop}",
                f"after {each}{start} {who} must see to {stop} {not_before}{limit}",
            )
        if rule.within[0].by:
            return self.say(
                f"{who}须自{each}{start}起{not_before}按以下时限完成{stop}：{limit}",
                f"{who} must see to {stop} {not_before}within {limit} of {each}{start}",
            )
        return self.say(
            f"{who}须自{each}{start}起{not_before or ' '}{limit}内完成{stop}",
            f"{who} must see to {stop} {not_before}within {limit} of {each}{start}",
        )

    def limit(self, limit: Limit) -> str:
        text = rule_sentences.limit(self, limit) or self.plain_limit(limit)
        return self.aside(text, self.conditions(limit.when))

    def plain_limit(self, limit: Limit) -> str:
        """A duration, a table or a date."""
        if limit.date:
            field = field_words(limit.date, self.regulation, self.language)
            other = self.duration(limit.of) if limit.of else ""
            return self.aside(
                self.say(f"在所定的“{field}”日期之前", f"by the date given for “{field}”"),
                other and self.say(f"未定日期的，{other}内", f"within {other} where none is given"),
            )
        if limit.by:
            field = field_words(limit.by, self.regulation, self.language)
            keys = [value_words(limit.by, key, self.regulation, self.language) for key in limit.table]
            table = list(zip(keys, (self.duration(of) for of in limit.table.values()), strict=True))
            return self.say(
                f"按{field}（{'、'.join(f'{key} {of}' for key, of in table)}）",
                ", ".join(f"{of} ({key})" for key, of in table),
            )
        return self.duration(limit.of or "PT0S")

    def notice(self, rule: Rule) -> str:
        """A rule without a limit only tells somebody."""
        start, stop, opens = self.events(rule.start), self.events(rule.stops), rule.opens or "PT0S"
        told = self.told((rule.responsible,), "told")
        who, delay = self.roles(rule.responsible), self.duration(opens)
        if not is_hole(opens) and parse_duration(opens).count == 0:
            return self.say(f"出现{start}时立即通知{who}，至{stop}为止", f"{told} at once of {start}, until {stop}")
        return self.say(
            f"出现{start}满 {delay}后通知{who}，至{stop}为止", f"{told} {delay} after {start}, until {stop}"
        )

    def opening(self, opens: str, roles: tuple[str, ...]) -> str:
        duration, length, who = parse_duration(opens), self.duration(opens), self.roles(*roles)
        if duration.count == 0:
            return self.say(f"立即通知{who}", f"at once {self.told(roles, 'told')}")
        if duration.count < 0:
            return self.say(f"到期前 {length}通知{who}", f"{length} before the limit {self.told(roles, 'told')}")
        return self.say(f"满 {length}时通知{who}", f"after {length} {self.told(roles, 'told')}")

    def step(self, name: str, distance: Duration, roles: tuple[str, ...]) -> str:
        who, length = self.roles(*roles), self.duration(distance)
        if name.startswith("remind"):
            return self.say(f"到期前 {length}提醒{who}", f"{length} before the limit {self.told(roles, 'reminded')}")
        if distance.count:
            return self.say(f"逾期 {length}通知{who}", f"{length} late {who}")
        if distance.in_days:
            return self.say(f"到期当日通知{who}", f"on the due day {self.told(roles, 'told')}")
        return self.say(f"到期未办即通知{who}", f"when it is due {self.told(roles, 'told')}")

    def give_up(self, give_up: GiveUp) -> str:
        event, once = self.event(Match(event=give_up.event)), self.conditions(give_up.at_once)
        first, last = give_up.after_attempts, give_up.at_most
        zh = f"满 {first} 次可以结案，" if first < last else ""
        en = f"the case may be closed after {first} times {event} and " if first < last else ""
        return self.say(
            f"{event}{zh}满 {last} 次{f'或{once}时' if once else ''}不再计时",
            f"{en}the clock ends after {last}{f', at once where the {once}' if once else ''}"
            if en
            else f"the clock ends after {last} times {event}{f', at once where the {once}' if once else ''}",
        )

    def penalty(self, penalty: Penalty) -> str:
        return self.say("每次逾期", "each overrun ") + rule_sentences.penalty_details(self, penalty, self.cost)

    def cost(self, penalty: Penalty) -> str:
        """What is to be paid, by whom."""
        owner = penalty.charged_to
        who = self.say("责任部门", "the department") if owner == "department" else self.roles(owner)
        costs = self.price(penalty)
        return self.say(f"扣罚{who}：{costs}", f"costs {who} {costs}")

    def price(self, penalty: Penalty) -> str:
        """What is to be paid."""
        parts = []
        for table, zh, en in ((penalty.amount, "元", "yuan"), (penalty.points, "分", "points")):
            unit = self.say(zh, en)
            if isinstance(table, dict):
                titles = [(level_words(level, self.regulation, self.language), cost) for level, cost in table.items()]
                words = [self.say(f"{level} {cost:g} {unit}", f"{cost:g} {unit} ({level})") for level, cost in titles]
                parts.append(self.say("、", ", ").join(words))
            elif table:
                parts.append(f"{table:g} {unit}")
        if penalty.share:
            parts.append(share_words(penalty.share, self.language))
        if penalty.measure:
            parts.append(self.say(penalty.measure.zh, penalty.measure.en))
        return self.say("，", " and ").join(parts)

    # -- what stands beside the rules

    def rounds(self, rounds: Rounds) -> Iterator[str]:
        again = self.events([*rounds.next, Match(event="reopened")])
        yield self.say(f"轮次：出现{again}时重新办理一轮", f"Rounds: {again} begins the handling anew")
        if rounds.at_most is not None:
            spared = self.conditions(rounds.unless)
            yield self.say(
                self.aside(f"最多 {rounds.at_most} 轮", spared and f"{spared}的除外") + "，用完后案件仍不结案",
                self.aside(f"at most {rounds.at_most} rounds", spared and f"unless {spared}")
                + ", then the case stays open",
            )
        if rounds.per_case:
            field = field_words(rounds.per_case, self.regulation, self.language)
            yield self.say(f"案件另定{field}的从其规定", f"a {field} given with the case goes before that")

    def pause(self, pause: Pause) -> Iterator[str]:
        start, stop = self.events(pause.start), self.events(pause.stop)
        rules = [rule for name in pause.rules if isinstance(rule := self.regulation.rule(name), Rule)]
        titles = [f"“{self.say(rule.title.zh, rule.title.en)}”" for rule in rules]
        which = listed(titles, self.language, ("和", " and ")) if titles else self.say("全部时限", "every rule")
        yield self.say(
            f"暂停：自{start}至{stop}，{which}停止计时",
            f"Pause: from {start} to {stop} the clock of {which} stands still",
        )
