"""The forms of operations: what a run asks on its page, and how it says what came of it.

A form that depends on its case cannot be the run form, which is fixed when the flow is deployed: the run pauses, and
its page asks (the button Resume). What is refused is said above the same form, which is asked again.
"""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from prefect import get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.exceptions import FlowPauseTimeout
from prefect.flow_runs import pause_flow_run
from prefect.states import Completed
from pydantic import Field

from flows.pages.runs import bilingual, cell, refusal_of, rename
from models.errors import DubanError, UsageError
from models.wording.catalogue import FIRST, SECOND, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from prefect.client.schemas.objects import State
    from prefect.input import RunInput

    from tasks.record.approvals import Decider

WAIT_SECONDS = 1800
"""A form that nobody fills in for so long is given up."""
POLL_SECONDS = 1
PEOPLE_SHOWN = 200
REFUSED = "Refused"
"""The state of a run whose form was refused: nothing broke."""
GIVEN_UP = "GivenUp"

Answer = TypeVar("Answer")
Form = TypeVar("Form", bound="RunInput")


def choice(options: Iterable[str], zh: str, en: str, *, default: Any = ...) -> Any:
    """A field of a form that is chosen from a list, as the server holds everybody to; free text where it is empty."""
    found = list(dict.fromkeys(options))
    more: dict[str, Any] = {"enum": found} if found else {}
    return Field(default=default, title=_title(zh), description=f"{zh} · {en}", json_schema_extra=more)


def blank(zh: str, en: str) -> Any:
    """A field of a form that may stay empty."""
    return Field(default="", title=_title(zh), description=f"{zh} · {en}")


def _title(zh: str) -> str:
    """What a field is called, without what is to be said of it: the page has little room."""
    return re.split("[，（：]", zh)[0]


def said(values: Sequence[str], section: str) -> list[str]:
    """Values as a list shows them: `满意 satisfied · satisfied`."""
    words = (
        " ".join(say(language, f"vocabulary.{section}.{value}") for language in (FIRST, SECOND)) for value in values
    )
    return [f"{word} · {value}" for word, value in zip(words, values, strict=True)]


def chosen(line: str) -> str:
    """What a line of a list stands for: its id comes last; other text stands for itself."""
    return line.rsplit(" · ", 1)[-1].strip()


def lines_of(text: str) -> dict[str, str]:
    """Further fields as they were written, one `NAME=VALUE` a line; UsageError for a line that is none."""
    found = {}
    for line in filter(None, map(str.strip, text.replace("＝", "=").splitlines())):
        name, equals, value = line.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"“{line[:40]}”：请每行写 名称=值 / write one NAME=VALUE a line")
        found[name.strip()] = value.strip()
    return found


def named(people: Sequence[Decider]) -> list[str]:
    """People as a list shows them: `陈志远`, or `陈志远 <gm@example.com>` where two have that name."""
    return [one.label for one in people[:PEOPLE_SHOWN]]


def who(chosen: str) -> str | None:
    """The address of whoever was chosen, or what was written."""
    found = re.search(r"<([^<>\s]+@[^<>\s]+)>\s*$", chosen)
    return found[1] if found else chosen.strip() or None


def asked(
    form: Callable[[], type[Form]], shown: Callable[[], str], record: Callable[[Form], Answer]
) -> Answer | State[Any]:
    """Ask on the run's page until what was filled in can be recorded; a state when nobody fills it in.

    `form` and `shown` are asked anew each time: what is possible may have changed meanwhile.
    """
    refusal = ""
    for attempt in count(1):
        page = form().with_initial_data(description=f"{refusal}{shown()}")
        try:
            filled = pause_flow_run(
                wait_for_input=page, timeout=WAIT_SECONDS, poll_interval=POLL_SECONDS, key=f"form-{attempt}"
            )
        except FlowPauseTimeout:
            words = bilingual("flow.form.given_up")
            rename(words)
            return Completed(name=GIVEN_UP, message=words)
        try:
            return record(filled)
        except DubanError as error:
            words = refusal_of(error)
            get_run_logger().warning("%s", words)
            refusal = f"**{cell(words)}**\n\n"
    raise AssertionError  # pragma: no cover -- the count has no end


def refused(name: str, error: DubanError) -> State[Any]:
    """The end of a run whose form cannot be recorded: the reason as its message and on its page."""
    words = refusal_of(error)
    get_run_logger().warning("%s", words)
    rename(f"{name} · {bilingual('flow.refused')}")
    create_markdown_artifact(f"### {cell(words)}\n", key="form-result", description=name)
    return Completed(name=REFUSED, message=words)


def done(name: str, said: str, lines: Iterable[str] = ()) -> State[Any]:
    """The end of a run whose form was recorded; `lines` are what whoever filled it in should know."""
    more = [cell(line) for line in lines]
    text = "\n".join([f"### {cell(name)}", "", cell(said), "", *(f"- {line}" for line in more)])
    create_markdown_artifact(f"{text}\n", key="form-result", description=name)
    rename(f"{name} · {said}")
    return Completed(message=" · ".join([said, *more]))
