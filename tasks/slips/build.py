"""From rows to what is on a slip: in the reader's language, in local time, masked for what they may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.calendar.instants import from_iso, local
from models.language.rules import Rule
from models.store.schema import deadlines
from models.wording.catalogue import say, word
from models.wording.durations import elapsed_words
from models.wording.phrases import said
from tasks.digest.concerns import RUNNING
from tasks.digest.line import due_text, subject_of
from tasks.mail.penalties import penalty_in_case
from tasks.mail.subjects import one_line
from tasks.organisation.masking import masked_text
from tasks.slips import choose
from tasks.slips.contents import Form, PostponementRequest, Slip, SlipEntry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, tzinfo

    from sqlalchemy.engine import Connection

    from models.language.regulation import Regulation
    from tasks.mail.links import Links
    from tasks.organisation.registry import Pinned

LISTED = 200
"""So many cases a form; the rest is counted."""
TEXT_LENGTH = 80
REASON_LENGTH = 1000
_NONE: Mapping[tuple[int, str, int], int] = {}


@dataclass(frozen=True, slots=True)
class SlipReader:
    """Who reads a slip, and when: the head of every form."""

    name: str
    role: str
    instead_of: str
    language: str
    cleared: bool
    zone: tzinfo
    now: datetime
    serial: str
    links: Links | None = None
    """Where pages are found in the Prefect UI."""

    def local(self, at: datetime | None) -> str:
        """An instant in the organisation's zone; empty when there is none."""
        return local(at, self.zone) if at else ""

    def slip(self, form: Form, month: str, pinned_role: str = "", **more: Any) -> Slip:
        """A form with its head filled in."""
        return Slip(
            form=form,
            serial=self.serial,
            month=month,
            addressee=self._addressee(form, pinned_role),
            made_at=self.local(self.now.replace(second=0)),
            **more,
        )

    def _addressee(self, form: Form, role: str) -> str:
        to = say(self.language, f"slip.{form}.to", name=one_line(self.name, TEXT_LENGTH))
        if role:
            to += say(self.language, "slip.in_role", role=role)
        if self.instead_of:
            to += say(self.language, f"slip.{form}.stead", name=one_line(self.instead_of, TEXT_LENGTH))
        return to


def of_cases(
    connection: Connection, reader: SlipReader, form: Form, month: str, rows: Sequence[Any], pinned: Pinned
) -> Slip:
    """An urge or an inquiry about these deadlines."""
    listed = rows[:LISTED]
    told = choose.told_counts(connection, sorted({row.case_id for row in listed}))
    entries = tuple(entry_of(reader, row, pinned(row.regulation_id), told) for row in listed)
    role = _common_title(reader, pinned(rows[0].regulation_id)) if rows else ""
    return reader.slip(form, month, role, entries=entries, more=len(rows) - len(listed))


def of_request(connection: Connection, reader: SlipReader, row: Any, rules: Regulation) -> Slip:
    """A request for postponement: the case, what is late or runs, who asks, until when and why."""
    request = row.request or {}
    query = choose.select_case(row.case_id).where(RUNNING).order_by(deadlines.c.due_at)
    clocks = [one for one in connection.execute(query).all() if one.due_at is not None]
    told = choose.told_counts(connection, [row.case_id])
    entries = [entry_of(reader, one, rules, told) for one in clocks]
    asked = PostponementRequest(
        entry=entry_of(reader, row, rules),
        asked_at=reader.local(row.at),
        asked_by=one_line(row.by or "", TEXT_LENGTH),
        until=until_text(request.get("until"), reader.zone),
        reason=paragraphs(request.get("note") or request.get("reason")),
        late=tuple(entry for entry, one in zip(entries, clocks, strict=True) if one.due_at < reader.now),
        running=tuple(entry for entry, one in zip(entries, clocks, strict=True) if one.due_at >= reader.now),
        link=reader.links.case(row.number) if reader.links else "",
    )
    return reader.slip(Form.POSTPONEMENT, "", role_title(rules, reader.role, reader.language), request=asked)


def entry_of(
    reader: SlipReader, row: Any, rules: Regulation, told: Mapping[tuple[int, str, int], int] = _NONE
) -> SlipEntry:
    """One case, and where the row has one, its deadline."""
    language = reader.language
    facts = row._mapping  # noqa: SLF001 -- SQLAlchemy's public name
    rule = rules.rule(facts["rule"]) if "rule" in facts else None
    level = rules.levels.get(row.level or "")
    due_at, done_at = facts.get("due_at"), facts.get("met_at") or facts.get("closed_at")
    return SlipEntry(
        case=one_line(row.number, TEXT_LENGTH),
        station=said(rule.title, language) if rule else str(facts.get("rule") or ""),
        responsible=role_title(rules, rule.responsible, language) if isinstance(rule, Rule) else "",
        article=rule.cite.article if rule else "",
        do=said(rule.do, language) if isinstance(rule, Rule) and rule.do else "",
        level=said(level, language) if level else one_line(row.level or "", TEXT_LENGTH),
        department=one_line(row.department or "", TEXT_LENGTH),
        handler=one_line(row.handler or "", TEXT_LENGTH),
        subject=subject_of(row, cleared=reader.cleared),
        opened_at=reader.local(row.opened_at),
        closed_at=reader.local(facts.get("closed_at")),
        due_at=due_text(due_at, reader.zone),
        done_at=reader.local(done_at),
        late=elapsed_words((done_at or reader.now) - due_at, language) if due_at else "",
        told=told.get((facts["case_id"], facts["rule"], facts["round"]), 0) if "round" in facts else 0,
        penalty=penalty_in_case(rule, rules, _facts(row, facts), language),
    )


def role_title(rules: Regulation, role: str | None, language: str) -> str:
    """A role as this regulation calls it."""
    known = rules.roles.get(role or "")
    return said(known, language) if known else str(role or "")


def _common_title(reader: SlipReader, rules: Regulation) -> str:
    """The reader's role as everybody calls it: a form holds cases of several regulations."""
    known = word(reader.language, f"vocabulary.roles.{reader.role}", "")
    return known or role_title(rules, reader.role, reader.language)


def until_text(value: Any, zone: tzinfo) -> str:
    """The day that was asked for: as it was written, or an instant in local time."""
    text = str(value or "")
    try:
        return local(from_iso(text), zone) if "T" in text else one_line(text, TEXT_LENGTH)
    except ValueError:
        return one_line(text, TEXT_LENGTH)


def paragraphs(value: Any) -> str:
    """Free words with their lines, phone numbers masked, cut."""
    text = str(masked_text(str(value or "")))[:REASON_LENGTH]
    return "\n".join(line for part in text.splitlines() if (line := one_line(part, REASON_LENGTH)))


def _facts(row: Any, columns: Mapping[str, Any]) -> dict[str, Any]:
    number = columns.get("round")
    return {**(row.fields or {}), "level": row.level, "department": row.department, "round": number, "term": number}
