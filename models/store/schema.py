"""The tables. Instants are UTC; on SQLite text like `2026-11-01T01:05:00Z`, which other programs can write too.

Plain SQLAlchemy tables rather than mapped classes: every statement here works on sets of rows, and a command that only
lists something starts a tenth of a second sooner. Other programs may insert rows of `cases` and `events`: the columns
without a default below are all they must give; the next sweep does the rest.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from models.calendar.instants import from_iso, iso
from models.store.append_only import protect

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, whole seconds: `timestamptz` on PostgreSQL, ISO text with `Z` on SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Pick the column type of the database."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(20))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """To the database."""
        return iso(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None:
            return None
        return from_iso(value) if dialect.name == "sqlite" else value.astimezone(UTC)


Number = BigInteger().with_variant(Integer, "sqlite")
Document = JSON().with_variant(JSONB(), "postgresql")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Number, Identity(), primary_key=True)


def _sealed() -> tuple[Column[Any], ...]:
    """What ties a row into the chain (`chain.py`): its salt, its digest, and its link."""
    return (
        Column("salt", LargeBinary(32)),
        Column("digest", LargeBinary(32)),
        Column("link", Number),
    )


def _iso_text(column: str) -> CheckConstraint:
    """On SQLite a foreign program must write the one form that sorts."""
    glob = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]Z"
    check = CheckConstraint(f"{column} GLOB '{glob}'", name=f"{column}_is_utc")
    return check.ddl_if(dialect="sqlite")


regulations = Table(
    "regulations",
    metadata,
    _id(),
    Column("name", String(80), nullable=False),
    Column("version", Integer, nullable=False),
    Column("content_hash", String(64), nullable=False, unique=True),
    Column("kind", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("loaded_at", Instant, nullable=False),
    Index("ix_regulations_name", "name"),
)
"""Every content of a regulation that was ever in force here; a case keeps the one it was opened under."""

cases = Table(
    "cases",
    metadata,
    _id(),
    Column("number", String(80), nullable=False, unique=True),
    Column("kind", String(40), nullable=False),
    Column("regulation", String(80)),
    Column("regulation_id", Number, ForeignKey("regulations.id")),
    Column("status", String(12), nullable=False, server_default="open"),
    Column("round", Integer, nullable=False, server_default="1"),
    Column("level", String(80)),
    Column("department", String(200)),
    Column("handler", String(200)),
    Column("party", String(400)),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("fields", Document, nullable=False, server_default="{}"),
    Column("intake_key", String(64)),
    Column("evaluated_at", Instant),
    Column("trouble", Text),
    _iso_text("opened_at"),
    Index("ix_cases_kind_party", "kind", "party"),
    Index("ix_cases_intake_key", "intake_key"),
    Index("ix_cases_status", "status"),
    Index(
        "ix_cases_unevaluated",
        "opened_at",
        sqlite_where=text("evaluated_at IS NULL"),
        postgresql_where=text("evaluated_at IS NULL"),
    ),
    Index(
        "ix_cases_trouble",
        "id",
        sqlite_where=text("trouble IS NOT NULL"),
        postgresql_where=text("trouble IS NOT NULL"),
    ),
)
"""`party` is the person whose case it is (customer, borrower); `evaluated_at` is empty while a sweep has to look.

`trouble` says why a case cannot be watched (a regulation that does not exist, say); every sweep tries it again.
"""

events = Table(
    "events",
    metadata,
    _id(),
    Column("case_id", Number, ForeignKey("cases.id"), nullable=False),
    Column("name", String(80), nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", String(200)),
    Column("fields", Document, nullable=False, server_default="{}"),
    Column("recorded_at", Instant),
    Column("applied_at", Instant),
    Column("key", String(64)),
    Column("channel", String(10)),
    Column("account", String(320)),
    Column("place", String(500)),
    Column("verified", Boolean, nullable=False, server_default=text("false")),
    Column("unauthorised", Text),
    *_sealed(),
    _iso_text("at"),
    UniqueConstraint("case_id", "key"),
    Index(
        "ix_events_unapplied",
        "at",
        "case_id",
        sqlite_where=text("applied_at IS NULL"),
        postgresql_where=text("applied_at IS NULL"),
    ),
    Index(
        "ix_events_postponements",
        "case_id",
        sqlite_where=text("name = 'postponement_requested'"),
        postgresql_where=text("name = 'postponement_requested'"),
    ),
)
"""Facts, append-only: a trigger refuses to change or delete what an event says (`append_only.py`).

`key` tells an event imported again from a new one. `applied_at` stands beside what the event says: it is empty until a
sweep took it in. `channel`, `account`, `place` and `verified` say how it came (`tasks/record/provenance.py`). An event
without a `link` was written by another program and is not taken in yet; whatever it says of its channel is overwritten
then. `unauthorised` says why an event of another program counts for nothing: it decides what its `by` may not decide.
"""
protect(events)

derived_events = Table(
    "derived_events",
    metadata,
    _id(),
    Column("case_id", Number, ForeignKey("cases.id"), nullable=False),
    Column("name", String(80), nullable=False),
    Column("at", Instant, nullable=False),
    Column("fields", Document, nullable=False, server_default="{}"),
    Column("key", String(64), nullable=False),
    Column("derived_at", Instant, nullable=False),
    Column("applied_at", Instant),
    Column("retracted_at", Instant),
    UniqueConstraint("case_id", "key"),
)
"""What Duban itself concludes from the facts: a gate that was passed all the same (`flagged`), what a rule's `on_late`
gives (lapsed, raised ..), the rung that a count reached.

It follows the facts: what they no longer bear out gets `retracted_at`, and loses it when they bear it out again.
`applied_at` is empty while its case has to be looked at because of it.
"""

deadlines = Table(
    "deadlines",
    metadata,
    _id(),
    Column("case_id", Number, ForeignKey("cases.id"), nullable=False),
    Column("rule", String(80), nullable=False),
    Column("round", Integer, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("opens_at", Instant),
    Column("due_at", Instant),
    Column("original_due_at", Instant),
    Column("state", String(12), nullable=False),
    Column("met_at", Instant),
    Column("ended_by", String(80)),
    Column("limit", String(80)),
    Column("provisional", Boolean, nullable=False, server_default=text("false")),
    Column("next_at", Instant),
    Column("plan", Document, nullable=False, server_default="[]"),
    UniqueConstraint("case_id", "rule", "round"),
    Index(
        "ix_deadlines_next_at",
        "next_at",
        sqlite_where=text("next_at IS NOT NULL"),
        postgresql_where=text("next_at IS NOT NULL"),
    ),
    Index(
        "ix_deadlines_provisional",
        "case_id",
        sqlite_where=text("provisional AND next_at IS NOT NULL"),
        postgresql_where=text("provisional AND next_at IS NOT NULL"),
    ),
    Index(
        "ix_deadlines_overdue",
        "due_at",
        "case_id",
        sqlite_where=text("state = 'breached' AND met_at IS NULL AND ended_by IS NULL"),
        postgresql_where=text("state = 'breached' AND met_at IS NULL AND ended_by IS NULL"),
    ),
    Index(
        "ix_deadlines_running",
        "rule",
        "starts_at",
        sqlite_where=text("met_at IS NULL AND ended_by IS NULL"),
        postgresql_where=text("met_at IS NULL AND ended_by IS NULL"),
    ),
)
"""`plan` holds what is still to happen, as pairs of instant and step in order; `next_at` is its first instant."""

escalations = Table(
    "escalations",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("case_id", Number, ForeignKey("cases.id"), nullable=False),
    Column("rule", String(80), nullable=False),
    Column("round", Integer, nullable=False),
    Column("step", String(20), nullable=False),
    Column("due_at", Instant),
    Column("scheduled_at", Instant, nullable=False),
    Column("fired_at", Instant, nullable=False),
    Column("recipients", Document, nullable=False),
    Column("reason", Text, nullable=False),
    *_sealed(),
    Index("ix_escalations_case_id", "case_id"),
    Index("ix_escalations_fired_at", "fired_at"),
)
"""Permanent. The id is made from case, rule, round, step and due instant: a second decision cannot be written."""

messages = Table(
    "messages",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("key", Text, nullable=False),
    Column("message_id", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("person_id", Number, ForeignKey("people.id")),
    Column("name", String(200), nullable=False),
    Column("email", String(320), nullable=False),
    Column("language", String(8), nullable=False, server_default="zh"),
    Column("subject", Text, nullable=False),
    Column("state", String(12), nullable=False, server_default="queued"),
    Column("reason", Text),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("possible_repeat", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", Instant, nullable=False),
    Column("known_event", Number),
    Column("about", Document),
    Column("send_after", Instant),
    Column("claimed_by", String(120)),
    Column("claimed_at", Instant),
    Column("sent_at", Instant),
    Column("notified_at", Instant),
    Index(
        "ix_messages_waiting",
        "state",
        "created_at",
        sqlite_where=text("state IN ('queued', 'sending', 'in_doubt')"),
        postgresql_where=text("state IN ('queued', 'sending', 'in_doubt')"),
    ),
    Index("ix_messages_sent_at", "sent_at"),
    Index(
        "ix_messages_stuck",
        "state",
        "created_at",
        sqlite_where=text("state IN ('dead', 'held')"),
        postgresql_where=text("state IN ('dead', 'held')"),
    ),
    Index(
        "uq_messages_open_summary",
        "email",
        unique=True,
        sqlite_where=text("kind = 'summary' AND state = 'queued' AND attempts = 0"),
        postgresql_where=text("kind = 'summary' AND state = 'queued' AND attempts = 0"),
    ),
)
"""The outbox; the id is made from the key. After downtime a person has one open summary, into which late steps go.

`known_event` is the newest event there was when the message was decided: what was recorded since is looked at once more
before the message leaves. `about` names what a message tells of that is no escalation: a statement, a day, a form.
`notified_at` is when its recipient was told beside mail too.
"""

holds = Table(
    "holds",
    metadata,
    Column("address", String(320), primary_key=True),
    Column("since", Instant, nullable=False),
)
"""Addresses (in small letters) to which nothing leaves until they are released."""

alarms = Table(
    "alarms",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("raised_at", Instant, primary_key=True),
    Column("what", Document, nullable=False),
    Column("gone_at", Instant),
    Column("resolved_at", Instant),
    Column("says", String(12)),
    Column("told_at", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("tried_at", Instant),
    Column("channels", Document, nullable=False, server_default="{}"),
    Column("announced", String(12)),
    Index(
        "uq_alarms_standing",
        "id",
        unique=True,
        sqlite_where=text("resolved_at IS NULL"),
        postgresql_where=text("resolved_at IS NULL"),
    ),
)
"""A problem from when it was raised until it was resolved. `says` is what is still to be told (raised, repeated,
resolved), `channels` what became of that on each; `gone_at` is since when the problem is not seen any more; `announced`
is what automations heard of it."""

message_items = Table(
    "message_items",
    metadata,
    Column("message_id", Uuid(), ForeignKey("messages.id"), primary_key=True),
    Column("escalation_id", Uuid(), ForeignKey("escalations.id"), primary_key=True),
    Column("case_id", Number, nullable=False),
    Index("ix_message_items_escalation_id", "escalation_id"),
    Index("ix_message_items_case_id", "case_id"),
)
"""Which escalations a message tells of; `case_id` is the escalation's own."""

penalties = Table(
    "penalties",
    metadata,
    _id(),
    Column("case_id", Number, ForeignKey("cases.id"), nullable=False),
    Column("rule", String(80), nullable=False),
    Column("round", Integer, nullable=False),
    Column("who", String(200), nullable=False),
    Column("amount", Float, nullable=False),
    Column("points", Float, nullable=False),
    Column("seq", Integer, nullable=False, server_default="0"),
    Column("share", Float),
    Column("of", String(80)),
    Column("measure", Text),
    Column("at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Column("note", Text),
    *_sealed(),
    Index(
        "uq_penalties_standing",
        "case_id",
        "rule",
        "round",
        "seq",
        unique=True,
        sqlite_where=text("withdrawn_at IS NULL"),
        postgresql_where=text("withdrawn_at IS NULL"),
    ),
)
"""`seq` tells those of one deadline apart (one for each day late, say); `share` is a part of a figure that Duban does
not know, named in `of`; `measure` is what is not money."""

people = Table(
    "people",
    metadata,
    _id(),
    Column("email", String(320), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("department", String(200)),
    Column("language", String(8), nullable=False, server_default="zh"),
    Column("deputy", String(320)),
    Column("notify", Text),
    Index("ix_people_name", "name"),
    Index(
        "ix_people_notify",
        "id",
        sqlite_where=text("notify IS NOT NULL"),
        postgresql_where=text("notify IS NOT NULL"),
    ),
)
"""The directory. `deputy` is the e-mail address of another person; `notify` are addresses beside mail, which are
secrets."""

person_roles = Table(
    "person_roles",
    metadata,
    Column("person_id", Number, ForeignKey("people.id"), primary_key=True),
    Column("role", String(80), primary_key=True),
)

absences = Table(
    "absences",
    metadata,
    Column("person_id", Number, ForeignKey("people.id"), primary_key=True),
    Column("since", Instant, primary_key=True),
    Column("until", Instant, nullable=False),
)
"""A person is away from `since` to `until`, both included."""

statements = Table(
    "statements",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("cadence", String(12), nullable=False),
    Column("regulation", String(80), nullable=False, server_default=""),
    Column("period", String(12), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("data_at", Instant, nullable=False),
    Column("data_hash", String(64), nullable=False),
    Column("state", String(12), nullable=False),
    Column("parts", Document, nullable=False),
    Column("cases", LargeBinary, nullable=False),
    Column("changes", Document, nullable=False, server_default="[]"),
    Column("case_id", Number, ForeignKey("cases.id")),
    Column("run_id", String(40)),
    Column("created_at", Instant, nullable=False),
    Column("answered_at", Instant),
    Column("answered_by", String(200)),
    Column("remark", Text),
    UniqueConstraint("cadence", "regulation", "period", "revision"),
    Index(
        "ix_statements_waiting",
        "created_at",
        sqlite_where=text("state = 'in_review'"),
        postgresql_where=text("state = 'in_review'"),
    ),
)
"""Permanent: what was computed for a period, from which data, and what the general manager said of it.

`parts` are the figures per department ("" = all) as JSON, `cases` the rows behind them (JSON, gzip), `changes` what
differs from the revision before. States: in_review, approved, returned, superseded (a newer revision came before the
answer). `case_id` is the case whose clock runs until the answer, `run_id` the Prefect run that waits for it.
"""

refusals = Table(
    "refusals",
    metadata,
    _id(),
    Column("key", String(64), nullable=False, unique=True),
    Column("case_id", Number, ForeignKey("cases.id"), nullable=False),
    Column("event", String(80), nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", String(200)),
    Column("channel", String(10), nullable=False),
    Column("account", String(320)),
    Column("place", String(500)),
    Column("reason", Text, nullable=False),
    Column("noted_at", Instant, nullable=False),
    Column("told_at", Instant),
    Index(
        "ix_refusals_untold",
        "id",
        sqlite_where=text("told_at IS NULL"),
        postgresql_where=text("told_at IS NULL"),
    ),
)
"""Decisions that somebody who may not decide wrote into a file or a table: nobody was there to be told, so operations
are. `told_at` is empty until they were."""

links = Table(
    "links",
    metadata,
    _id(),
    Column("position", Number, nullable=False, unique=True),
    Column("rows", Integer, nullable=False),
    Column("content", LargeBinary(32), nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)
"""The chain of hashes: one link for each transaction that put down events, escalations or penalties (`chain.py`)."""

duties = Table(
    "duties",
    metadata,
    Column("regulation", String(80), primary_key=True),
    Column("duty", String(80), primary_key=True),
    Column("started_at", Instant, nullable=False),
    Column("opened_until", Instant),
    Column("turns", Integer, nullable=False, server_default="0"),
    Column("next_at", Instant),
    Index(
        "ix_duties_next_at",
        "next_at",
        sqlite_where=text("next_at IS NOT NULL"),
        postgresql_where=text("next_at IS NOT NULL"),
    ),
)
"""The recurring duties of the regulations in force, and the instant at which the next case of each is opened.

What fell due before `started_at` was never opened; what was to be opened up to `opened_until` has been, in `turns`
turns. `next_at` is empty while the duty is not in force, or waits for a setting.
"""

corrections = Table(
    "corrections",
    metadata,
    Column("escalation_id", Uuid(), ForeignKey("escalations.id"), primary_key=True),
    Column("email", String(320), primary_key=True),
    Column("noted_at", Instant, nullable=False),
    Column("told_in", Uuid(), ForeignKey("messages.id")),
    Index(
        "ix_corrections_untold",
        "email",
        sqlite_where=text("told_in IS NULL"),
        postgresql_where=text("told_in IS NULL"),
    ),
)
"""Who was told of a lateness that was none after all, and in which later message they learnt it."""

replies = Table(
    "replies",
    metadata,
    Column("id", Uuid(), primary_key=True),
    Column("message_id", Uuid(), ForeignKey("messages.id")),
    Column("mail_id", String(255), nullable=False),
    Column("sender", String(320), nullable=False),
    Column("arrived_at", Instant, nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("outcome", String(12), nullable=False),
    Column("reason", Text),
    Column("recorded", Document, nullable=False, server_default="[]"),
    Column("answered", Boolean, nullable=False, server_default=text("false")),
    Index("ix_replies_message_id", "message_id"),
    Index("ix_replies_taken_at", "taken_at"),
)
"""Every mail that came in, once; nothing of its text. The id is made from its Message-ID and sender.

`message_id` is the message it answers, where its token is genuine; `mail_id` its own Message-ID. `sender` is masked
unless it is the message's recipient. `recorded` says what it led to: [{case, question, event, until, at}]. `answered`:
a mail was sent because of it.
"""

leases = Table(
    "leases",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("holder", String(120), nullable=False),
    Column("taken_at", Instant, nullable=False),
)
"""Who looks ahead, per job; the newest run takes over."""

serials = Table(
    "serials",
    metadata,
    Column("prefix", String(80), primary_key=True),
    Column("last", Integer, nullable=False),
)

pages = Table(
    "pages",
    metadata,
    Column("key", String(120), primary_key=True),
    Column("artifact_id", String(36), nullable=False),
)
"""Which artifact of the Prefect server shows a case or a board, so that links open on its content."""

facts = Table(
    "facts",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("value", Text, nullable=False),
)
"""What the engine must remember about itself, such as the calendar's fingerprint."""
