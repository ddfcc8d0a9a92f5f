"""The case of a duty, found by what people call it: the duty's id or title, whose it is, and its period.

Nobody outside knows the number that the calendar gave it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from models.language.written import folded
from models.store.schema import cases, people
from models.timeline.duties import KIND
from tasks.intake.reasons import BadRowError
from tasks.organisation.registry import Pinned

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

    from models.language.regulation import Regulation

_COLUMNS = tuple(
    cases.c[name]
    for name in (
        *("id", "number", "kind", "regulation", "regulation_id", "opened_at", "closed_at"),
        *("department", "handler", "fields"),
    )
)


class DutyCases:
    """The duty cases that were open at some time of a stretch, read when the first is asked for."""

    def __init__(self, connection: Connection, since: datetime, until: datetime) -> None:
        self._connection = connection
        self._since, self._until = since, until
        self._pinned = Pinned(connection)
        self._rows: Sequence[Row[Any]] | None = None
        self._people: dict[str, list[tuple[str, str, str | None]]] = {}

    def find(
        self,
        text: str,
        *,
        by: str | None,
        at: datetime,
        period: str | None = None,
        knows: Callable[[Row[Any]], bool] = lambda _: False,
    ) -> Row[Any] | None:
        """The case of the duty of that id or title that is this person's at that instant; None when no duty is meant.

        One that `knows` the event already goes before all others. BadRowError when it is nobody's, or when several
        could be meant.
        """
        named = [row for row in self._read() if self._is_called(row, text)]
        if not named:
            return None
        theirs = [row for row in named if row.opened_at <= at and self._is_of(row, by)]
        if period:
            theirs = [row for row in theirs if folded(str(row.fields.get("period"))) == folded(period)]
        if known := next((row for row in theirs if knows(row)), None):
            return known
        running = [row for row in theirs if row.closed_at is None]
        if len(running) == 1:
            return running[0]
        if not running:
            raise BadRowError("duty_nobody", text=text, by=by or "?")
        raise BadRowError("duty_several", text=text, known=", ".join(row.number for row in running))

    def _read(self) -> Sequence[Row[Any]]:
        if self._rows is None:
            query = select(*_COLUMNS).where(
                cases.c.kind == KIND,
                cases.c.opened_at <= self._until,
                or_(cases.c.closed_at.is_(None), cases.c.closed_at >= self._since),
            )
            self._rows = self._connection.execute(query.order_by(cases.c.opened_at, cases.c.number)).all()
            for row in self._connection.execute(select(people.c.name, people.c.email, people.c.department)):
                for key in {folded(row.name), folded(row.email)}:
                    self._people.setdefault(key, []).append((folded(row.name), folded(row.email), row.department))
        return self._rows

    def _is_called(self, row: Row[Any], text: str) -> bool:
        rules: Regulation | None = self._pinned(row.regulation_id) if row.regulation_id is not None else None
        duty = rules.rule(str(row.fields.get("duty"))) if rules else None
        return duty is not None and folded(text) in (folded(duty.id), folded(duty.title.zh), folded(duty.title.en))

    def _is_of(self, row: Row[Any], by: str | None) -> bool:
        """Whether it is the person's, their department's, or nobody's in particular."""
        known = self._people.get(folded(by or ""), [])
        if row.handler is not None:
            names = {folded(by or ""), *(name for one in known for name in one[:2])}
            return folded(row.handler) in names
        return row.department is None or any(department == row.department for *_, department in known)
