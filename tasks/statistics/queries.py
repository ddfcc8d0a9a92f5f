"""The queries of a statement: which rows of which table count, for all its windows in one pass each.

Cases that were open or opened in a window; clocks that fall due in one or run late at its end; what customers said in
one; loans and reopened cases with their whole story, because the columns of a case tell only its last closing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.timeline.story import DERIVED_ID
from tasks.record.erased import MARK
from tasks.statistics.columns import coded, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.statistics.columns import Snapshot
    from tasks.statistics.packs import Packs

UNCOUNTED = ("statement", "duty")
HAPPENED = (
    "(SELECT id, case_id, name, at, fields FROM events WHERE unauthorised IS NULL UNION ALL"  # noqa: S608 -- our own words
    f" SELECT id + {DERIVED_ID}, case_id, name, at, fields FROM derived_events WHERE retracted_at IS NULL) AS happened"
)
"""What was recorded, and what Duban derived from it: a lapse may close a case as well."""
"""Kinds of cases that are the organisation's own housekeeping."""
STEPS = (
    "first_contact",
    "result_returned",
    "revisited",
    "second_contact",
    "postponement_requested",
    "postponement_approved",
    "postponement_refused",
)
JUDGING = ("revisited", "second_contact")
POSTPONING = STEPS[4:]
ENDED_BY_CLOSING, ENDED_BY_GIVING_UP, ENDED_OTHERWISE = 1, 2, 3


class Queries:
    """SQL for the windows, in the words of the database; `spans` are (since, until) as SQL, the statement's first."""

    def __init__(self, columns: Snapshot, packs: Packs, spans: Sequence[tuple[str, str]], regulation: str) -> None:
        self._columns = columns
        self._packs = packs
        self._spans = spans
        self._counted = f"kind NOT IN ({listed(UNCOUNTED)})"
        self._own = f"coalesce(regulation, '') = {listed([regulation])}" if regulation else "1 = 1"
        self._scope = f"{self._counted} AND {self._own}"
        own = f"SELECT id FROM cases WHERE {self._scope}"  # noqa: S608 -- quoted names and instants of ours
        self._narrow = f" AND case_id IN ({own})" if regulation else ""

    def cases(self, received_since: Sequence[str]) -> str:
        """Cases that count in a window; from `received_since` on also those that are only compared with later ones.

        These may be of another regulation (`own` = 0): a customer who comes again does not ask under which one.
        """
        lately = " OR ".join(
            f"(opened_at >= {since} AND opened_at < {until})"
            for since, (_, until) in zip(received_since, self._spans, strict=True)
        )
        compared = f"({self._counted} AND kind <> 'loan' AND NOT ({self._own}) AND ({lately}))"
        counted = f"({self._scope} AND ({self._near('cases', received_since)}))"
        return f"{self._case_columns()} WHERE {counted} OR {compared} ORDER BY id"

    def cases_named(self) -> str:
        """Cases by their id, because something of theirs counts."""
        return f"{self._case_columns()} WHERE {self._scope} AND id IN ({{ids}}) ORDER BY id"

    def first_case(self) -> str:
        """When the record begins."""
        first = self._columns.epoch("min(opened_at)")
        return f"SELECT {first} AS opened FROM cases WHERE {self._scope}"  # noqa: S608 -- quoted names and instants of ours

    def _case_columns(self) -> str:
        c = self._columns
        phone, mark = c.field("fields", "phone"), f"nullif({c.field('fields', MARK)}, '')"
        columns = (
            "id",
            f"{coded('regulation', self._packs.names)} AS regulation",
            "CASE WHEN kind = 'loan' THEN 1 ELSE 0 END AS loan",
            f"CASE WHEN {self._own} THEN 1 ELSE 0 END AS own",
            "kind",
            "coalesce(level, '') AS level",
            "coalesce(department, '') AS department",
            "coalesce(handler, '') AS handler",
            f"{c.field('fields', 'channel')} AS channel",
            f"{c.field('fields', 'category')} AS category",
            f"{c.epoch('opened_at')} AS opened",
            f"{c.epoch('closed_at')} AS closed",
            "CASE WHEN round > 1 THEN 0 ELSE 1 END AS single",
            "CASE WHEN status = 'withdrawn' THEN 1 ELSE 0 END AS withdrawn",
            f"CASE WHEN coalesce(party, '') = '' THEN '' ELSE coalesce({mark}, party || '\t' || {phone}) END AS party",
        )
        return f"SELECT {', '.join(columns)} FROM cases"  # noqa: S608 -- as above

    def _near(self, table: str, received_since: Sequence[str] = ()) -> str:
        """Whether a case may have been open in one of the windows, or was received lately."""
        parts = [
            f"({table}.opened_at < {until} AND ({table}.closed_at IS NULL OR {table}.closed_at >= {since}"
            f" OR {table}.round > 1{f' OR {table}.opened_at >= {lately}' if lately else ''}))"
            for (since, until), lately in zip(self._spans, received_since or [""] * len(self._spans), strict=True)
        ]
        return " OR ".join(parts)

    def halves(self, query: str, table: str) -> list[str]:
        """A query of a large table as two that run side by side."""
        middle = f"(SELECT max(id) / 2 FROM {table})"  # noqa: S608 -- quoted names and instants of ours
        return [f"{query} AND id <= {middle}", f"{query} AND id > {middle}"]

    def clocks(self) -> str:
        """Clocks due in a window, those that run late at the end of one, and those that ended by giving up."""
        c = self._columns
        alive = f"EXISTS (SELECT 1 FROM cases WHERE cases.id = deadlines.case_id AND ({self._near('cases')}))"  # noqa: S608
        running = f"(ended_by IS NULL OR {alive})"
        due = " OR ".join(
            f"(due_at < {until} AND (due_at >= {since} OR ((met_at IS NULL OR met_at >= {until}) AND {running})))"
            for since, until in self._spans
        )
        gave_up = f"ended_by IN ({listed(self._packs.giving_up)}) AND met_at IS NULL AND {alive}"
        ended = (
            f"CASE WHEN ended_by IS NULL OR met_at IS NOT NULL THEN 0"
            f" WHEN ended_by IN ({listed(self._packs.giving_up)}) THEN {ENDED_BY_GIVING_UP}"
            f" WHEN ended_by IN ({listed(self._packs.closing)}) THEN {ENDED_BY_CLOSING} ELSE {ENDED_OTHERWISE} END"
        )
        return (
            f"SELECT case_id, {coded('rule', self._packs.rules)} AS rule, {c.epoch('starts_at')} AS starts,"  # noqa: S608
            f" {c.epoch('due_at')} AS due, {c.epoch('met_at')} AS met, {ended} AS ended,"
            f" CASE WHEN state = 'void' THEN 1 ELSE 0 END AS void FROM deadlines"
            f" WHERE ((state <> 'void' AND ({due})) OR ({gave_up})){self._narrow}"
        )

    def ended(self) -> str:
        """What ended clocks that nothing met, by cases."""
        c = self._columns
        return (
            f"SELECT case_id, {coded('rule', self._packs.rules)} AS rule, {c.epoch('starts_at')} AS starts,"  # noqa: S608
            " coalesce(ended_by, '') AS ended_by FROM deadlines"
            " WHERE ended_by IS NOT NULL AND met_at IS NULL AND case_id IN ({ids})"
        )

    def stories(self) -> str:
        """Of some cases the events that may end, open or begin a stretch, in order; fields where conditions ask."""
        text = "fields::text" if self._columns.postgresql else "fields"
        text = f"CASE WHEN name IN ({listed(self._packs.conditional)}) THEN {text} END"
        turning = f"name IN ({listed(self._packs.turning)})"
        return (
            f"SELECT case_id, id, name, {self._columns.epoch('at')} AS at, coalesce({text}, '{{{{}}}}') AS fields"  # noqa: S608
            f" FROM {HAPPENED} WHERE {turning} AND case_id IN ({{ids}}) ORDER BY case_id, at, id"
        )

    def steps(self) -> str:
        """First contacts, results, contacts and postponements in a window; open requests from before it as well."""
        c = self._columns
        judged = f"name IN ({listed(JUDGING)})"
        inside = " OR ".join(f"(at >= {since} AND at < {until})" for since, until in self._spans)
        since, until = self._spans[0]
        still_open = (
            f"at < {since} AND name IN ({listed(POSTPONING)}) AND EXISTS (SELECT 1 FROM cases"  # noqa: S608
            f" WHERE cases.id = events.case_id AND (closed_at IS NULL OR closed_at >= {until} OR round > 1))"
        )
        return (
            f"SELECT case_id, id, {coded('name', STEPS)} AS name, {c.epoch('at')} AS at,"  # noqa: S608
            f" CASE WHEN {judged} THEN {c.field('fields', 'satisfaction')} ELSE '' END AS satisfaction,"
            f" CASE WHEN {judged} THEN {c.field('fields', 'outcome')} ELSE '' END AS outcome"
            " FROM events WHERE unauthorised IS NULL"
            f" AND ((name IN ({listed(STEPS)}) AND ({inside})) OR ({still_open})){self._narrow}"
        )

    def earlier_steps(self) -> str:
        """The same events of some cases, from before the statement's window."""
        return (
            f"SELECT case_id, id, {coded('name', STEPS)} AS name, {self._columns.epoch('at')} AS at FROM events"  # noqa: S608
            f" WHERE unauthorised IS NULL AND name IN ({listed(STEPS[:4])})"
            f" AND at < {self._spans[0][0]} AND case_id IN ({{ids}})"
        )

    def loan_events(self) -> str:
        """How loans ended, and their renewals."""
        names = ["renewed", *sorted(self._packs.closing)]
        return (
            f"SELECT case_id, id, name, {self._columns.epoch('at')} AS at FROM {HAPPENED}"  # noqa: S608
            f" WHERE name IN ({listed(names)}) AND case_id IN"
            f" (SELECT id FROM cases WHERE kind = 'loan' AND {self._scope} AND ({self._near('cases')}))"
        )

    def loan_terms(self) -> str:
        """The due instants of loans that are out at the end of the statement's window."""
        c = self._columns
        _, until = self._spans[0]
        return (
            f"SELECT case_id, {coded('regulation', self._packs.names)} AS regulation,"  # noqa: S608
            f" {coded('rule', self._packs.rules)} AS rule, deadlines.round AS round,"
            f" {c.epoch('starts_at')} AS starts, {c.epoch('due_at')} AS due"
            " FROM deadlines JOIN cases ON cases.id = deadlines.case_id"
            f" WHERE starts_at < {until} AND case_id IN ({{ids}})"
        )

    def penalties(self, known_at: str, *, from_the_first: bool) -> str:
        """Penalties that stand, in the windows or (where what is over the cap is carried over) from the first on."""
        c = self._columns
        last = max(until for _, until in self._spans)
        inside = " OR ".join(f"(at >= {since} AND at < {until})" for since, until in self._spans)
        when = f"at < {last}" if from_the_first else f"({inside})"
        return (
            f"SELECT case_id, rule, seq, who, amount, points, {c.epoch('at')} AS at,"  # noqa: S608
            " coalesce(share, 0.0) AS share, coalesce(penalties.of, '') AS of,"
            " CASE WHEN measure IS NULL THEN 0 ELSE 1 END AS measures FROM penalties"
            f" WHERE (withdrawn_at IS NULL OR withdrawn_at > {known_at}) AND {when}{self._narrow} ORDER BY id"
        )

    def details(self) -> str:
        """What is shown of single cases: number and person, and the item of a loan."""
        c = self._columns
        named = ", ".join(f"{c.field('fields', name)} AS {name}" for name in ("item", "purpose", "secrecy"))
        return (
            f"SELECT id, number, coalesce(party, {c.field('fields', 'borrower')}) AS party, {named}"  # noqa: S608
            " FROM cases WHERE id IN ({ids})"
        )
