"""The flow `new-case`: the form in the UI through which operations open a case.

The run's page asks for what the regulation knows of such a case, with levels, departments and values to choose from;
with `fields` the case is opened at once.

(No `from __future__ import annotations` in modules of flows: Prefect makes its forms from the annotations as they are.)
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.input import RunInput
from pydantic import Field, create_model
from sqlalchemy.engine import Engine

from flows.pages.forms import asked, blank, choice, chosen, done, lines_of, named, refused, said, who
from flows.pages.opening import opened
from flows.pages.runs import at_this_run, bilingual, cell, utc_now
from models.calendar.instants import parse_instant
from models.errors import DubanError
from models.language.ids import CHANNELS, SECRECY
from models.language.regulation import Regulation
from models.store.database import reading, writing
from tasks.intake.by_hand import Recorded, open_by_hand
from tasks.intake.columns import KNOWN
from tasks.organisation.deployment import Deployment
from tasks.organisation.directory import Directory
from tasks.record.approvals import decider
from tasks.record.provenance import Channel


class CaseKind(StrEnum):
    """What kind of case is opened."""

    COMPLAINT = "complaint"
    LOAN = "loan"


COLUMNS = {
    CaseKind.COMPLAINT: ("customer", "phone", "channel", "category", "content"),
    CaseKind.LOAN: ("item", "quantity", "secrecy", "purpose"),
}
"""What every case of the kind may have, beside level, department and people."""
TITLES = {name: titles[0] for what in ("complaints", "loans") for name, titles in KNOWN[what].items()}
"""What the columns are called in Chinese."""


@flow(name="new-case", flow_run_name="new {kind}", validate_parameters=True)
def new_case(
    *,
    kind: CaseKind = CaseKind.COMPLAINT,
    regulation: str = "",
    opened_at: datetime | None = None,
    by: str = "",
    fields: dict[str, str] | None = None,
) -> State[Any]:
    """新建案件 · Open a case; without fields this run's page asks for them (Resume).

    Args:
        kind: 投诉 complaint / 借阅 loan
        regulation: 适用制度，留空为默认 · the regulation; empty means the default of the kind
        opened_at: 受理或借出时间，留空为现在 · when it came; empty means now
        by: 登记人，姓名或邮箱 · who records it, name or e-mail address
        fields: 各字段；留空则在运行页面填写 · the fields; empty = fill in the form on the run's page

    """
    with opened() as (deployment, engine):
        try:
            if fields:
                found: Recorded | State[Any] = record(
                    engine, deployment, kind, regulation, at=opened_at, by=by.strip() or None, fields=fields
                )
            else:
                rules, directory = known(engine, deployment, kind, regulation)
                kind = CaseKind.LOAN if rules.kind == CaseKind.LOAN else CaseKind.COMPLAINT
                found = asked(
                    lambda: form_of(kind, rules, directory),
                    lambda: f"### {cell(rules.title.zh)} · {cell(rules.title.en)}\n",
                    lambda filled: record_form(engine, deployment, kind, regulation, filled),
                )
        except DubanError as error:
            return refused(f"new {kind}", error)
        if isinstance(found, State):
            return found
        words = bilingual("flow.record.opened" if found.fresh else "flow.record.known")
        return done(f"new {kind} · {found.number}", f"{found.number} {words}")


def known(engine: Engine, deployment: Deployment, kind: CaseKind, regulation: str) -> tuple[Regulation, Directory]:
    """The regulation under which the case comes, and the people there are; UnknownError for a name nobody knows."""
    name = regulation.strip() or deployment.regulations.default_name(kind)
    with writing(engine) as connection:
        _, rules = deployment.regulations.register(connection, name, utc_now())
    with reading(engine) as connection:
        return rules, deployment.directory(connection)


def form_of(kind: CaseKind, rules: Regulation, directory: Directory) -> type[RunInput]:
    """The form of that kind of case: the usual columns and the regulation's own fields."""
    people = named([decider(directory, one) for one in directory.people.values()])
    departments = sorted({one.department for one in directory.people.values() if one.department})
    own: dict[str, Any] = {}
    if rules.levels:
        titles = (f"{words.zh} {words.en} · {name}" for name, words in rules.levels.items())
        own["level"] = (str, choice(titles, "级别", "level", default=""))
    for name in COLUMNS[kind]:
        own[name] = (str, _column(name))
    if kind is CaseKind.LOAN:
        own["borrower"] = (str, choice(people, "借阅人", "borrower"))
    else:
        own["handler"] = (str, choice(people, "经办人", "handler", default=""))
    own["department"] = (str, choice(departments, "部门", "department", default=""))
    own["by"] = (str, choice(people, "登记人", "who records it", default=""))
    for name, field in rules.fields.items():
        if name not in own:
            titles = (f"{words.zh} {words.en} · {value}" for value, words in field.values.items())
            own[name] = (str, choice(titles, field.zh, field.en, default=""))
    own["opened_at"] = (str, blank("受理时间，如 2026-03-05 14:30，留空为现在", "when it came; empty means now"))
    own["more_fields"] = (str, blank("其他，每行一项：名称=值", "further fields, one NAME=VALUE a line"))
    return create_model("CaseForm", __base__=RunInput, **own)


def _column(name: str) -> Any:
    """A usual column: chosen from its values where it has some; an item and a customer are needed."""
    where, values = {"channel": ("channels", CHANNELS), "secrecy": ("secrecy", SECRECY)}.get(name, ("", ()))
    title = TITLES[name]
    if values:
        return choice(said(values, where), title, name, default="")
    return Field(title=title, description=f"{title} · {name}") if name in ("item", "customer") else blank(title, name)


def record_form(engine: Engine, deployment: Deployment, kind: CaseKind, regulation: str, filled: Any) -> Recorded:
    """Open what was filled in on the page: of a choice its id, of a person the name that the directory has."""
    given = {name: value for name, value in filled.model_dump().items() if name not in ("opened_at", "by")}
    more = lines_of(given.pop("more_fields"))
    fields = {}
    with reading(engine) as connection:
        directory = deployment.directory(connection)
    for name, value in {**given, **more}.items():
        text = chosen(str(value or ""))
        person = directory.by_email.get((who(text) or "").lower()) if "<" in text else None
        fields[name] = person.name if person else text
    at = parse_instant(filled.opened_at, deployment.zone) if filled.opened_at.strip() else None
    return record(engine, deployment, kind, regulation, at=at, by=who(filled.by), fields=fields)


def record(
    engine: Engine,
    deployment: Deployment,
    kind: CaseKind,
    regulation: str,
    *,
    at: datetime | None,
    by: str | None,
    fields: dict[str, str],
) -> Recorded:
    """Open the case in one transaction; RefusedError with the article."""
    now = utc_now()
    name = regulation.strip() or deployment.regulations.default_name(kind)
    given = {key: value for key, value in {"regulation": name, **fields}.items() if value}
    told: dict[str, Any] = {"by": by, "fields": given, "now": now, "provenance": at_this_run(Channel.FORM)}
    with writing(engine) as connection:
        rules = deployment.regulations.register(connection, name, now)[1]
        instant = parse_instant(at, deployment.zone) if at else None
        return open_by_hand(connection, deployment, rules.opening_of(kind), at=instant, **told)
