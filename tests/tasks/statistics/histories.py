"""Random histories of an organisation: complaints and loans of several regulations, recorded as people record them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from models.errors import RefusedError
from models.store.database import writing
from tasks.engine.sweep import sweep_once
from tasks.record.recording import append_event, open_case

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

    from tasks.organisation.deployment import Deployment


DEPARTMENTS = ("维修部", "客服部", "销售部", "")
HANDLERS = ("经办甲", "经办乙", "")
COMPLAINT_PACKS = ("standard-complaints", "standard-complaints", "workshop-complaints", "telecom-call-centre")
LOAN_PACKS = ("standard-loans", "standard-loans", "utility-library")
LEVELS = ("dissatisfied", "very_dissatisfied", "major", "crisis")


class History:
    """Draws cases and records their events; the same seed gives the same history."""

    def __init__(self, engine: Engine, deployment: Deployment, seed: int) -> None:
        self.engine = engine
        self.deployment = deployment
        self.random = random.Random(seed)

    def written(self, complaints: int, loans: int, since: datetime, until: datetime, now: datetime) -> None:
        """So many cases received in the span, with everything that happened to them before `now`, and one sweep."""
        with writing(self.engine) as connection:
            for _ in range(complaints):
                self._complaint(connection, self._between(since, until), now)
            for number in range(loans):
                self._loan(connection, self._between(since, until), now, number)
        while sweep_once(self.engine, self.deployment, now).cases:
            pass

    def _between(self, since: datetime, until: datetime) -> datetime:
        seconds = int((until - since).total_seconds())
        if self.random.random() < 0.2:  # at the very edge of a day in the organisation's zone
            day = since + timedelta(days=self.random.randrange(max(seconds // 86_400, 1)))
            return (day.astimezone(self.deployment.zone).replace(hour=0, minute=0, second=0)).astimezone(UTC)
        return since + timedelta(seconds=self.random.randrange(seconds))

    # -- complaints --------------------------------------------------------------------------------------------

    def _complaint(self, connection: Connection, at: datetime, now: datetime) -> None:
        draw = self.random
        regulation = draw.choice(COMPLAINT_PACKS)
        fields = {
            "customer": draw.choice(["张三", "李四", "王五", f"客户{draw.randrange(1000)}"]),
            "phone": draw.choice(["13800000001", "13800000002", ""]),
            "category": draw.choice(["质量", "态度", "价格", ""]),
            "channel": draw.choice(["phone", "web", "onsite", "别的", ""]),
            "content": f"{at:%s}{draw.random()}",
            "department": draw.choice(DEPARTMENTS),
            "handler": draw.choice(HANDLERS),
            "recorded_by": "登记员",
        }
        if regulation != "telecom-call-centre":
            fields["level"] = draw.choice(LEVELS)
        number = self._open(connection, "complaint", at, fields, regulation)
        for name, moment, extra in self._story_of_complaint(at):
            self._event(connection, number, name, moment, extra, now)

    def _story_of_complaint(self, at: datetime) -> list[tuple[str, datetime, dict[str, str]]]:
        draw = self.random
        found: list[tuple[str, datetime, dict[str, str]]] = []

        def add(name: str, chance: float, minutes: float, **fields: str) -> None:
            nonlocal moment
            if draw.random() < chance:
                moment += timedelta(seconds=int(draw.random() * minutes * 60))
                found.append((name, moment, fields))

        moment = at
        add("handed_over", 0.6, 20)
        add("first_contact", 0.9, 25)
        add("agreement", 0.4, 30)
        add("follow_up", 0.8, 60)
        add("postponement_requested", 0.2, 100, note="x")
        if found and found[-1][0] == "postponement_requested":
            until = (moment + timedelta(days=draw.randrange(2, 20))).isoformat()
            add("postponement_approved", 0.4, 3000, until=until)
            add("postponement_refused", 0.3, 3000)
        for _ in range(draw.choice([1, 1, 1, 2])):
            add("result_returned", 0.85, 4000)
            if draw.random() < 0.15:
                for _ in range(draw.randrange(1, 7)):
                    add("unreachable", 1, 1500, **draw.choice([{}, {"outcome": "wrong_number"}]))
            said = draw.choice([{"satisfaction": "satisfied"}, {"satisfaction": "dissatisfied"}, {}])
            outcome = draw.choice([{}, {"outcome": "unresolved"}, {"outcome": "resolved"}])
            add(draw.choice(["revisited", "revisited", "second_contact"]), 0.8, 7000, **said, **outcome)
            add(draw.choice(["closed", "closed", "withdrawn"]), 0.8, 30_000)
            add("reopened", 0.25, 30_000)
        return found

    # -- loans -------------------------------------------------------------------------------------------------

    def _loan(self, connection: Connection, at: datetime, now: datetime, number: int) -> None:
        draw = self.random
        fields = {
            "item": f"图纸 {number}",
            "purpose": draw.choice(["设计", ""]),
            "borrower": draw.choice(["甲", "乙", "丙", "丁", "戊"]),
            "department": draw.choice(DEPARTMENTS),
            "secrecy": draw.choice(["ordinary", "secret", ""]),
        }
        case = self._open(connection, "loan", at, fields, draw.choice(LOAN_PACKS))
        moment = at
        for _ in range(3):
            moment += timedelta(days=draw.randrange(1, 25), seconds=draw.randrange(80_000))
            name = draw.choice(["renewed", "renewed", "returned", "returned", "lost", "closed", "withdrawn", ""])
            if name:
                self._event(connection, case, name, moment, {}, now)

    # -- recording ---------------------------------------------------------------------------------------------

    def _open(self, connection: Connection, kind: str, at: datetime, fields: dict[str, str], regulation: str) -> str:
        opening: dict[str, Any] = {"kind": kind, "opened_at": at, "fields": fields, "regulation": regulation}
        try:
            with connection.begin_nested():
                return open_case(connection, self.deployment, **opening, by=None, now=at)
        except RefusedError:
            return ""

    def _event(
        self, connection: Connection, number: str, name: str, at: datetime, fields: dict[str, str], now: datetime
    ) -> None:
        if not number or at > now:
            return
        learned = at + timedelta(days=self.random.choice([0, 0, 0, 9]))
        event: dict[str, Any] = {"number": number, "name": name, "at": at, "by": None, "fields": fields}
        try:
            with connection.begin_nested():
                append_event(connection, self.deployment, **event, now=min(learned, now))
        except RefusedError:
            return
