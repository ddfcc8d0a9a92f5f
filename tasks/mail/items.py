"""One step of one deadline as its reader sees it: in their language, in local time, masked for what they may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from models.calendar.instants import from_iso, local
from models.language.rules import Rule
from models.wording.catalogue import say, spoken
from models.wording.durations import elapsed_words
from models.wording.phrases import door_words, event_words, field_words, said, value_words
from tasks.mail.asking import asked, how
from tasks.mail.letters import EarlierNotice, Item, NextStep
from tasks.mail.links import filled_form
from tasks.mail.penalties import penalty_in_case
from tasks.mail.subjects import one_line
from tasks.mail.words import channel_name, joined, step_name
from tasks.organisation.directory import OPERATIONS
from tasks.organisation.masking import HIDDEN, is_secret, masked_phone, masked_text
from tasks.record.authority import deciding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, tzinfo

    from models.language.permissions import Gate
    from models.language.regulation import Regulation
    from tasks.mail.letters import AnyRow
    from tasks.mail.links import Links

CONTENT_LENGTH = 500
TEXT_LENGTH = 120
CLEARED = frozenset({"borrower", "librarian", "archive_manager"})
"""Who may read the name of a secret item, when told in their own right and not as somebody's deputy."""
HANDLER = "handler"
TOLD = frozenset({"category", "channel", "quantity", "level", "department", "handler", "secrecy"})
"""Fields that have a place of their own in a mail, or are told to nobody."""


@dataclass(slots=True)
class View:
    """Who reads, and when."""

    name: str
    email: str
    language: str
    zone: tzinfo
    now: datetime
    links: Links | None = None
    """Where pages are found in the Prefect UI."""
    record_form: str = ""
    """The address of the form `record-event`; empty where it is not known."""

    def __post_init__(self) -> None:
        """Only languages that we speak."""
        self.language = spoken(self.language)

    def local(self, at: datetime | None) -> str:
        """An instant in the organisation's zone; empty when there is none."""
        return local(at, self.zone) if at else ""


def item_of(
    view: View, step: AnyRow, regulation: Regulation, told: list[AnyRow], happened: Sequence[AnyRow] = ()
) -> Item:
    """What the reader is told of this step.

    `told` are the escalations of the same deadline, `happened` what people said of the case, in order.
    """
    rule = regulation.rule(step.rule)
    language = view.language
    me: Mapping[str, Any] = next(
        (one for one in step.recipients if str(one.get("email", "")).lower() == view.email.lower()), {}
    )
    role = str(me.get("role") or "")
    stead = str(me.get("instead_of") or "")
    fields = step.fields or {}
    # who has to act needs the customer's number: the handler, and whom the rule makes responsible
    acts = {HANDLER, rule.responsible} if isinstance(rule, Rule) else {HANDLER}
    handles = role in acts or bool(step.handler and step.handler == view.name)
    late = (view.now - step.due_at) if step.due_at else timedelta()
    event = rule.stops[0].event if isinstance(rule, Rule) else ""

    def field(name: str, length: int = TEXT_LENGTH) -> str:
        value = fields.get(name)
        text = "" if value is None else str(value)[: length * 4]
        return one_line(text if handles else str(masked_text(text)), length)

    return Item(
        case=one_line(step.number, 80),
        kind=step.kind,
        level=_level(regulation, step.level, language),
        department=one_line(step.department or "", TEXT_LENGTH),
        category=one_line(value_words("category", field("category"), regulation, language), TEXT_LENGTH),
        channel=one_line(channel_name(fields.get("channel"), language), TEXT_LENGTH),
        party=one_line(step.party or str(fields.get("customer") or fields.get("borrower") or ""), TEXT_LENGTH),
        phone=field("phone") if handles else masked_phone(str(fields.get("phone") or "")[:TEXT_LENGTH]) or "",
        handler=one_line(step.handler or "", TEXT_LENGTH),
        item=HIDDEN if is_secret(fields) and (role not in CLEARED or stead) and fields.get("item") else field("item"),
        quantity=field("quantity"),
        content="" if is_secret(fields) else _content(fields.get("content"), handles=handles),
        others=_others(fields, rule, regulation, language),
        regulation=said(regulation.title, language),
        article=rule.cite.article if rule else "",
        title=said(rule.title, language) if rule else step.rule,
        do=said(rule.do, language) if isinstance(rule, Rule) and rule.do else "",
        owner=_owner(rule, regulation, role, language),
        record=f"duban record {_quoted(step.number)} {event}" if event else "",
        answer=how(asked(rule, regulation), regulation, language),
        link=view.links.case(step.number) if view.links else "",
        form=filled_form(view.record_form, step.number, event) if role == OPERATIONS and event else "",
        is_operations=role == OPERATIONS,
        step=step.step,
        step_name=step_name(step.step, language),
        urgency=_urgency(step.step, late),
        starts_at=view.local(step.starts_at),
        opens_at=view.local(step.opens_at),
        due_at=view.local(step.due_at),
        provisional=bool(step.provisional),
        late=elapsed_words(late, language) if step.due_at and late > timedelta() else "",
        left=elapsed_words(late, language) if step.due_at and late < timedelta() else "",
        seconds_late=int(late.total_seconds()),
        penalty=penalty_in_case(
            rule,
            regulation,
            {**fields, "level": step.level, "department": step.department, "round": step.round, "term": step.round},
            language,
        ),
        decided=_decided(view, happened, regulation),
        told=tuple(_told(view, other) for other in told if _before(other, step)),
        coming=_coming(view, step, rule, regulation),
        role=_role(regulation, role, language),
        instead_of="" if stead in regulation.roles else one_line(stead, TEXT_LENGTH),
        instead_of_role=_role(regulation, stead, language) if stead in regulation.roles else "",
    )


def _decided(view: View, happened: Sequence[AnyRow], regulation: Regulation) -> str:
    """The newest decision of the case, with who took it and how certain that is; empty where there is none."""
    names = deciding(regulation)
    last = next((one for one in reversed(happened) if one.name in names and one.by and one.channel), None)
    if last is None:
        return ""
    words = event_words(last.name, regulation, view.language)
    door = door_words(last.channel, view.language, verified=bool(last.verified))
    told = {"what": words, "by": one_line(last.by, TEXT_LENGTH), "door": door, "at": view.local(last.at)}
    return say(view.language, "mail.decided", **told)


def _others(
    fields: Mapping[str, Any], rule: Rule | Gate | None, regulation: Regulation, language: str
) -> tuple[tuple[str, str], ...]:
    """The fields that the rule asks for, where they hold neither free text nor somebody's name."""
    asks = rule.asks if isinstance(rule, Rule) else frozenset()
    return tuple(
        (
            field_words(name, regulation, language),
            one_line(value_words(name, fields[name], regulation, language), TEXT_LENGTH),
        )
        for name, field in regulation.fields.items()
        if name in asks - TOLD and fields.get(name) and (field.values or field.is_ not in ("text", "person"))
    )


def _level(regulation: Regulation, level: str | None, language: str) -> str:
    title = regulation.levels.get(level or "")
    return said(title, language) if title else one_line(level or "", TEXT_LENGTH)


def _role(regulation: Regulation, role: str, language: str) -> str:
    """A role's title; operations are known everywhere."""
    if role in regulation.roles:
        return said(regulation.roles[role], language)
    if role == "operations":
        return say(language, "mail.role.operations")
    return role


def _owner(rule: Rule | Gate | None, regulation: Regulation, role: str, language: str) -> str:
    """The role that has to act when it is not the reader's; a handler acts too, and need not be told to urge."""
    if not isinstance(rule, Rule) or role in (rule.responsible, "handler"):
        return ""
    return _role(regulation, rule.responsible, language)


def _quoted(number_: str) -> str:
    """A case number as one word of a command line."""
    plain = one_line(number_, 80)
    return plain if all(sign.isalnum() or sign in "-_./" for sign in plain) else f'"{plain.replace(chr(34), "")}"'


def _content(value: Any, *, handles: bool) -> str:
    """The complaint's own words with their paragraphs, cut; escaped later, by the template."""
    if value in (None, ""):
        return ""
    text = str(value)[: CONTENT_LENGTH * 4]
    lines = (one_line(line, CONTENT_LENGTH) for line in (text if handles else str(masked_text(text))).splitlines())
    joined = "\n".join(line for line in lines if line)
    return joined if len(joined) <= CONTENT_LENGTH else joined[: CONTENT_LENGTH - 1].rstrip() + "…"


def _urgency(step: str, late: timedelta) -> str:
    """The colour of the bar: calm, soon, due, late, severe."""
    if step.startswith("escalate-") and step != "escalate-1":
        return "severe"
    if step.startswith("escalate") or late > timedelta():
        return "late"
    return {"opens": "calm", "due": "due"}.get(step, "soon")


def _before(other: AnyRow, step: AnyRow) -> bool:
    """Told earlier than this step, or in the same moment for an earlier instant; who was told nothing is left out."""
    return (
        other.id != step.escalation_id
        and bool(other.recipients)
        and (other.fired_at, other.scheduled_at) < (step.fired_at, step.scheduled_at)
    )


def _told(view: View, other: AnyRow) -> EarlierNotice:
    names = (one_line(str(one.get("name") or ""), TEXT_LENGTH) for one in other.recipients)
    return EarlierNotice(view.local(other.fired_at), step_name(other.step, view.language), joined(names, view.language))


def _coming(view: View, step: AnyRow, rule: Rule | Gate | None, regulation: Regulation) -> NextStep | None:
    """The next step that is planned after this one."""
    if not isinstance(rule, Rule):
        return None
    for text, name in step.plan or ():
        if from_iso(text) <= step.scheduled_at or name not in rule.steps():
            continue
        roles = joined((_role(regulation, role, view.language) for role in rule.steps()[name][1]), view.language)
        return NextStep(view.local(from_iso(text)), step_name(name, view.language), roles)
    return None
