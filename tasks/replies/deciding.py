"""From the words of an answer to the record: what is meant is brought to the cases, and each is recorded by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from models.calendar.instants import from_iso, iso, local
from models.errors import DubanError
from models.store.database import savepoint
from models.store.schema import events
from models.timeline.case import Case
from models.timeline.reading import timeline
from models.timeline.story import POSTPONEMENT_REQUESTED, State
from models.wording.catalogue import both, say, spoken
from models.wording.durations import elapsed_words
from models.wording.phrases import event_words, said
from tasks.intake import answers
from tasks.intake.by_hand import append_by_hand
from tasks.mail.subjects import one_line
from tasks.organisation.registry import pinned
from tasks.record.authority import answering
from tasks.record.cases import history, row_of
from tasks.record.provenance import Channel, Provenance
from tasks.replies.meaning import REVIEW, Meaning
from tasks.replies.understanding import Act, Meant
from tasks.slips import requests
from tasks.statements import review

if TYPE_CHECKING:
    from datetime import datetime

    from tasks.replies.questions import CaseQuestion, Reader
    from tasks.replies.reading import ReadMail

RECORDED, REFUSED, STANDING = "recorded", "refused", "standing"


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
        self.asked = reader.questions()
        self.meaning = Meaning(self.asked, before, reader.today)

    @property
    def provenance(self) -> Provenance:
        """Answered from the recipient's own address, with the token that was sent there."""
        return Provenance(Channel.REPLY, account=self.mail.sender, place=self.mail.mail_id, verified=True)

    # -- the record --------------------------------------------------------------------------------------------

    def record(self) -> list[Done]:
        """Record what is meant; a part that is refused does not hinder the others."""
        return [self._part(case, meant) for case, meant in self.meaning.meant]

    def _part(self, case: str, meant: Meant) -> Done:
        try:
            with savepoint(self.connection):
                return self._recorded(case, meant)
        except DubanError as refusal:
            why = one_line(str(refusal), 400)
            return Done(case, REFUSED, self._say("refused", case=case, reason=why), reason=why)

    def _recorded(self, case: str, meant: Meant) -> Done:
        one = self.asked.cases.get(case)
        if meant.act is Act.EVENT or meant.act is Act.POSTPONE:
            return self._fact(case, meant, one)
        if self.meaning.is_review(case):
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
        deciding = answering(rules) if rules else frozenset()
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
            requests.decide_within(self.connection, self.deployment, self.reader.now)  # whoever approves is asked now
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
