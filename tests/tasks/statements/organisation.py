"""What the stories about statements share: an organisation with cases, and short words for what is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from models.calendar.periods import parse_period
from models.settings import Settings
from models.store.database import reading
from models.store.schema import cases, messages, statements
from tasks.organisation.deployment import Deployment
from tasks.statements.make import Report, make, make_due, revise
from tasks.statements.review import StatementAnswer, answer
from tasks.statements.store import Subject, whole
from tasks.statements.titles import number_of
from tests.support.hand import AT_HAND

if TYPE_CHECKING:
    from tasks.statements.store import NewStatement, StoredStatement
    from tests.support.story import Story


class Reporting:
    """The statements of a story's organisation."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.engine, self.deployment = story.engine, story.deployment

    def set(self, **given: str) -> None:
        """Change settings of the deployment."""
        self.deployment = Deployment(Settings.model_validate({**self.deployment.settings.model_dump(), **given}))

    def only(self, cadence: str) -> None:
        """The other cadences are switched off."""
        others = {"weekly", "monthly", "quarterly", "half_year", "annual", "loans"} - {cadence}
        self.set(**{f"statement_{name}": "off" for name in others})

    def of(self, cadence: str, label: str, regulation: str = "") -> Subject:
        """A statement by its name."""
        return Subject(cadence, parse_period(cadence, label, self.deployment.zone), regulation)

    def made(self, cadence: str, label: str, at: str, *, again: bool = False) -> NewStatement | None:
        """One is made by hand at that instant."""
        return make(self.engine, self.deployment, self.of(cadence, label), self.story.at(at), again=again)

    def due(self, at: str) -> Report:
        """The flow runs at that instant."""
        return make_due(self.engine, self.deployment, self.story.at(at))

    def revised(self, at: str) -> list[str]:
        """The flow looks for corrections at that instant; the numbers of new revisions."""
        return numbers(revise(self.engine, self.deployment, self.story.at(at)))

    def answered(
        self, number: str, decision: str, at: str, by: str | None = "总经理", remark: str = ""
    ) -> StatementAnswer:
        """The general manager answers."""
        return answer(
            self.engine,
            self.deployment,
            number,
            decision,
            by=by,
            remark=remark,
            now=self.story.at(at),
            provenance=AT_HAND,
        )

    def stored(self, number: str) -> StoredStatement:
        """A statement as it was stored."""
        with reading(self.engine) as connection:
            query = select(statements.c.id, statements.c.cadence, statements.c.regulation, statements.c.period)
            rows = connection.execute(query.add_columns(statements.c.revision))
            return whole(connection, next(row.id for row in rows if number_of(row) == number))

    def states(self) -> dict[str, str]:
        """Every statement with its state."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(statements).order_by(statements.c.created_at, statements.c.revision))
            return {number_of(row): row.state for row in rows}

    def mails(self, purpose: str) -> list[tuple[str, str]]:
        """Part and name of every mail of that purpose in the outbox."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(messages).where(messages.c.kind == "statement")).all()
        found = [(row.about["part"], row.name) for row in rows if row.about["purpose"] == purpose]
        return sorted(found)

    def clock(self, number: str) -> int:
        """How many cases there are of that number."""
        with reading(self.engine) as connection:
            return len(connection.execute(select(cases.c.id).where(cases.c.number == number)).all())


def numbers(report: Report) -> list[str]:
    """The statements that were made."""
    assert [] == report.failed
    return [one.number for one in report.made]
