"""From the words of an answer to the record: what is meant is brought to the cases, and each is recorded by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from models.calendar.instants import from_iso, iso, local
from models.errors import DubanError
from models.store.schema import events
from models.timeline.case import Case
from models.timeline.reading import timeline
from models.timeline.story import POSTPONEMENT_REQUESTED, State
from models.wording.catalogue import both, say, spoken
from models.wording.durations import elapsed_words
from models.wording.phrases import event_words, said
from tasks.intake import answers
from tasks.intake.by_hand import append_by_hand
from tasks.mail.asking import decision_events
from tasks.mail.subjects import one_line
from tasks.organisation.registry import pinned
from tasks.record.cases import history, row_of
from tasks.record.provenance import Channel, Provenance
from tasks.replies.by_case import parts
from tasks.replies.understanding import Act, Choices, Meant, Unclear, UnclearError, understand
from tasks.statements import review

if TYPE_CHECKING:
    from datetime import datetime

    from tasks.replies.questions import CaseQuestion, Questions, Reader
    from tasks.replies.reading import ReadMail

RECORDED, REFUSED, STANDING = "recorded", "refused", "standing"
REVIEW = "review"
WAYS = 6


class Done(NamedTuple):
    """What became of one part of an answer: the line that tells it, and what is kept where it was recorded."""

    case: str
    outcome: str
    line: str
    question: str = ""
    event: str = ""
    until: str = ""
    at: datetime | None = None
    reason: str = ""

    def kept(self) -> dict[str, Any]:
        """What the table keeps: by it a second answer is told what the first one said."""
        found = {"case": self.case, "question": self.question, "event": self.event, "until": self.until}
        return {**found, "at": iso(self.at)}


class Deciding:
    """One answer to one message."""

    def __init__(self, reader: Reader, mail: ReadMail, before: list[dict[str, Any]], at: datetime) -> None:
        self.reader = reader
        self.message = reader.message
        self.connection = reader.connection
        self.deployment = reader.deployment
        self.language = spoken(reader.message.language)
        self.mail = mail
        self.before = before
        self.at = at
        self.asked: Questions = reader.questions()
        self.meant: list[tuple[str, Meant]] = []
        """What the answer says, case by case."""

    @property
    def provenance(self) -> Provenance:
        """Answered from the recipient's own address, with the token that was sent there."""
        return Provenance(Channel.REPLY, account=self.mail.sender, place=self.mail.mail_id, verified=True)

    def ways(self) -> list[str]:
        """How the message can be answered, for a reader who was not understood."""
        return list(dict.fromkeys(way for one in self.asked.cases.values() for way in one.ways))[:WAYS]

    # -- what is meant -----------------------------------------------------------------------------------------

    def read(self, text: str) -> None:
        """Understand all of it; UnclearError where any part of it is not clear: then nothing is recorded."""
        known = dict.fromkeys([*self.asked.cases, *(str(one["case"]) for one in self.before)])
        for part in parts(text, tuple(known)):
            if part.cases:
                self.meant += [(case, understand(part.text, self._choices(case))) for case in part.cases]
            else:
                self.meant += self._of_the_mail(part.text)
        if not self.meant:
            raise UnclearError(Unclear.NOTHING)

    def _choices(self, case: str) -> Choices:
        """What may be said about a case; of one that was decided, whatever was asked then."""
        one = self.asked.cases.get(case)
        if one is not None:
            return one.choices
        kinds = {str(one["question"]) for one in self.before if one["case"] == case}
        return Choices(self.reader.today, decides=kinds != {REVIEW}, reviews=REVIEW in kinds)

    def _of_the_mail(self, text: str) -> list[tuple[str, Meant]]:
        """A verdict without a number: on the only case, on the only decision, or on all decisions when it says so."""
        if len(self.asked.cases) == 1 and not (set(self._decided()) - set(self.asked.cases)):
            (case,) = self.asked.cases
            return [(case, understand(text, self._choices(case)))]
        open_ = [one.number for one in self.asked.decisions]
        decided = [case for case in self._decided() if case not in open_]
        if not (open_ or decided):
            meant = understand(text, self._any())
            raise UnclearError(Unclear.WHICH if meant else Unclear.WORDS)
        meant = understand(text, self._any())
        if meant.act in (Act.EVENT, Act.POSTPONE):
            raise UnclearError(Unclear.WHICH)
        fitting = [case for case in open_ or decided if meant.act is not Act.RETURN or self._is_review(case)]
        if len(fitting) == 1 or meant.everything:
            return [(case, meant) for case in fitting]
        raise UnclearError(Unclear.WHICH)

    def _any(self) -> Choices:
        """What may be said without naming a case: everything that may be said about one of them."""
        all_ = [one.choices for one in self.asked.cases.values()] + [self._choices(case) for case in self._decided()]
        return Choices(
            self.reader.today,
            decides=any(one.decides for one in all_),
            reviews=any(one.reviews for one in all_),
            postpones=any(one.postpones for one in all_) and not any(one.decides for one in all_),
            done=next((one.done for one in all_ if one.done), None),
        )

    def _decided(self) -> list[str]:
        """The cases in which an earlier answer to this message decided something."""
        return list(dict.fromkeys(str(one["case"]) for one in self.before if one.get("question") != one.get("event")))

    def _is_review(self, case: str) -> bool:
        one = self.asked.cases.get(case)
        return one.statement if one else any(was["case"] == case and was["question"] == REVIEW for was in self.before)

    # -- the record --------------------------------------------------------------------------------------------

    def record(self) -> list[Done]:
        """Record what is meant; a part that is refused does not hinder the others."""
        return [self._part(case, meant) for case, meant in self.meant]

    def _part(self, case: str, meant: Meant) -> Done:
        try:
            with self.connection.begin_nested():
                return self._recorded(case, meant)
        except DubanError as refusal:
            why = one_line(str(refusal), 400)
            return Done(case, REFUSED, self._say("refused", case=case, reason=why), reason=why)

    def _recorded(self, case: str, meant: Meant) -> Done:
        one = self.asked.cases.get(case)
        if meant.act is Act.EVENT or meant.act is Act.POSTPONE:
            return self._fact(case, meant, one)
        if self._is_review(case):
            return self._review(case, meant)
        return self._decision(case, meant, one)

    def _first(self, case: str, question: str) -> Done | None:
        """What an earlier answer to this message said to the same question: it stands."""
        was = next((was for was in self.before if (was["case"], was["question"]) == (case, question)), None)
        if was is None:
            return None
        rules = self._rules(case)
        words = event_words(was["event"], rules, self.language)
        told = say(self.language, "reply.said_until", event=words, until=was["until"]) if was.get("until") else words
        at = local(from_iso(was["at"]), self.deployment.zone)
        return Done(case, STANDING, self._say("standing", case=case, said=told, at=at))

    def _decision(self, case: str, meant: Meant, one: CaseQuestion | None) -> Done:
        pending = self.reader.pending(one) if one else []
        asked = one.decisions if one else tuple(str(was["question"]) for was in self.before if was["case"] == case)
        if not pending:
            first = next((first for name in asked if (first := self._first(case, name))), None)
            return first or Done(case, STANDING, self._settled(case))
        question = pending[0]
        if len(pending) > 1:
            raise UnclearDecisionError(case, [one.title for one in pending])
        approve = meant.act is Act.APPROVE
        done = answers.answer(
            self.connection,
            self.deployment,
            case,
            approve=approve,
            by=self.message.email,
            remark=meant.remark,
            fields={"until": meant.until} if approve and meant.until else {},
            which=question.name,
            at=max(self.at, question.request.at),
            now=self.reader.now,
            provenance=self.provenance,
        )
        until = meant.until or str(question.request.fields.get("until") or "") if approve else ""
        key = "approved_until" if until else "approved" if approve else "not_approved"
        words = event_words(done.event, self._rules(case), self.language)
        line = self._say(key, case=case, event=words, until=until)
        return Done(case, RECORDED, line, question.name, done.event, until, self.at)

    def _settled(self, case: str) -> str:
        """The decision that somebody else has taken meanwhile."""
        rules = self._rules(case)
        deciding = decision_events(rules) if rules else frozenset()
        query = (
            select(events.c.name, events.c.by, events.c.at)
            .where(events.c.case_id == row_of(self.connection, case).id, events.c.name.in_(deciding))
            .where(events.c.unauthorised.is_(None))
            .order_by(events.c.at.desc(), events.c.id.desc())
            .limit(1)
        )
        last = self.connection.execute(query).one_or_none()
        if last is None:
            return self._say("nothing_waits", case=case)
        at = local(last.at, self.deployment.zone)
        words = event_words(last.name, rules, self.language)
        return self._say("settled", case=case, said=words, by=last.by or "-", at=at)

    def _review(self, case: str, meant: Meant) -> Done:
        if first := self._first(case, REVIEW):
            return first
        decision = "approve" if meant.act is Act.APPROVE else "return"
        done = review.answer_within(
            self.connection,
            self.deployment,
            case,
            decision,
            by=self.message.email,
            remark=meant.remark,
            now=self.reader.now,
            provenance=self.provenance,
        )
        if not done.fresh:
            return Done(case, STANDING, self._say("reviewed", case=case, by=done.by or "-"))
        told = len({one.recipient.email for one in done.told})
        line = self._say(f"statement_{done.state}", case=case, count=told)
        return Done(case, RECORDED, line, REVIEW, done.state, "", self.at)

    def _fact(self, case: str, meant: Meant, one: CaseQuestion | None) -> Done:
        rules = self._rules(case)
        if one is None or rules is None:
            return Done(case, STANDING, self._say("nothing_waits", case=case))
        name = POSTPONEMENT_REQUESTED if meant.act is Act.POSTPONE else meant.event
        attempts = {rule.give_up.event for rule in rules.rules if rule.give_up}
        if name not in attempts and (first := self._first(case, name)):
            return first
        fields = _fields(meant)
        done = append_by_hand(
            self.connection,
            self.deployment,
            case,
            name,
            at=self.at,
            by=self.message.email,
            fields=fields,
            now=self.reader.now,
            provenance=self.provenance,
        )
        at = local(done.at, self.deployment.zone)
        if meant.act is Act.POSTPONE:
            line = self._say("postponement", case=case, until=meant.until)
        else:
            words = event_words(done.name, rules, self.language)
            line = self._say("event", case=case, event=words, at=at) + self._clock(case, one)
        return Done(case, RECORDED, line, name, done.name, meant.until, self.at)

    def _clock(self, case: str, one: CaseQuestion) -> str:
        """How the clock of the message stands now; nothing where it is about several."""
        if not one.rule:
            return ""
        row = row_of(self.connection, case)
        rules = pinned(self.connection, row.regulation_id)
        story = timeline(
            Case.of(row, history(self.connection, row.id)), rules, self.deployment.calendar, self.reader.now
        )
        clock = next((clock for clock in reversed(story.deadlines) if clock.rule == one.rule), None)
        rule = rules.rule(one.rule)
        if clock is None or rule is None:
            return ""
        title = said(rule.title, self.language)
        if clock.state is State.LATE and clock.met_at and clock.due_at:
            late = elapsed_words(clock.met_at - clock.due_at, self.language)
            return self._say("clock.late", title=title, time=late)
        if clock.state is State.MET:
            return self._say("clock.met", title=title)
        if clock.state in (State.OPEN, State.BREACHED) and clock.ended_at is None:
            return self._say(
                "clock.open", title=title, due=local(clock.due_at, self.deployment.zone) if clock.due_at else "-"
            )
        return ""

    # -- words -------------------------------------------------------------------------------------------------

    def _rules(self, case: str) -> Any:
        one = self.asked.cases.get(case)
        if one is not None and one.rules is not None:
            return one.rules
        row = row_of(self.connection, case)
        return pinned(self.connection, row.regulation_id) if row.regulation_id is not None else None

    def _say(self, key: str, **values: object) -> str:
        return say(self.language, f"reply.{key}", **values)


class UnclearDecisionError(DubanError):
    """Several decisions of one case wait, and the answer does not say which is meant."""

    def __init__(self, case: str, titles: list[str]) -> None:
        super().__init__(both("reply.several", case=case, titles="; ".join(titles)))


def _fields(meant: Meant) -> dict[str, str]:
    """What the record keeps beside the event: the day that is asked for, how satisfied, whether solved, the remark."""
    found: dict[str, str] = {}
    if meant.until:
        found["until"] = meant.until
    found |= meant.fields
    if meant.remark:
        found["note"] = meant.remark
    return found
