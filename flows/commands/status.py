"""`duban status`: whether everything is well, what is wrong, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.commands.common import AsJson, clock, given_deployment, open_database
from flows.commands.exit_codes import DONE, REFUSED
from flows.commands.output import one_line, print_json, say
from models.store.database import reading
from tasks.health.status import BETWEEN, as_data
from tasks.health.status import status as status_now
from tasks.health.telling import lines, verdict, what
from tasks.health.words import joined

if TYPE_CHECKING:
    from datetime import tzinfo

    from models.language.words import Text
    from tasks.health.status import Status


def status(as_json: AsJson = False) -> int:  # noqa: FBT002 -- a flag of the command line
    """状态 Whether everything is well: what is wrong, since when, what to do; exit code 1 when something is."""
    deployment = given_deployment()
    with reading(open_database(deployment)) as connection:
        found = status_now(connection, deployment, clock())
    if as_json:
        print_json(as_data(found))
    else:
        _print(found, deployment.zone)
    return DONE if found.healthy else REFUSED


def _print(found: Status, zone: tzinfo) -> None:
    """Problems first, each with what to do; then a line for each of the rest."""
    say(_line(verdict(found)))
    for number, one in enumerate(found.problems, 1):
        say(f"{number:3}. [{one.id}] {_line(what(one, found.now, zone))}")
        say(f"     → {_line(one.do)}")
    say()
    for label, told in lines(found, zone):
        say(f"{label.zh} {label.en}: {_line(joined(told))}")


def _line(text: Text) -> str:
    """In both languages, once where they are the same."""
    return one_line(text.zh if text.zh == text.en else f"{text.zh}{BETWEEN}{text.en}")
