"""A whole statement: the tables of the organisation and of each department that has anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.oracle.figures.complaint_tables import complaint_tables
from tests.oracle.figures.loan_tables import loan_tables
from tests.oracle.figures.shared import compared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.oracle.figures.cases import Case
    from tests.oracle.figures.shared import Compared, Tables
    from tests.oracle.figures.time import Period


def statement(everything: list[Case], periods: Sequence[Period], regulation: str = "") -> dict[str, Tables]:
    """By department, the whole under no name; `periods` are its own, the one before and the one a year ago."""
    kinds = {case.kind for case in everything if regulation in ("", case.regulation)}
    whole = {kind: compared(everything, kind, periods, regulation) for kind in sorted(kinds)}
    departments = {case.row["department"] for three in whole.values() for case in three.now.cases}
    found = {"": _tables(whole)}
    for name in sorted(departments - {""}):
        parts = {
            kind: three.where(lambda case, name=name: case.row["department"] == name) for kind, three in whole.items()
        }
        if any(_has_anything(three) for three in parts.values()):
            found[name] = _tables(parts)
    return found


def _tables(parts: dict[str, Compared]) -> Tables:
    tables = complaint_tables(parts["complaint"]) if "complaint" in parts else {}
    return tables | (loan_tables(parts["loan"]) if "loan" in parts else {})


def _has_anything(three: Compared) -> bool:
    now = three.now
    return any((now.received, now.reopened, now.closed(), now.open_end, now.due))
