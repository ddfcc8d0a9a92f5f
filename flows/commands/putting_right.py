"""`duban requeue`, `duban hold`, `duban release`: messages put right by hand."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.common import clock, given_deployment, given_name, open_database
from flows.commands.exit_codes import DONE
from flows.commands.output import one_line, say
from models.errors import RefusedError, UnknownError, UsageError
from models.language.durations import Unit, parse_duration
from models.store.database import reading, writing
from models.wording.catalogue import both
from tasks.delivery import by_hand
from tasks.delivery.by_hand import Chosen, addresses_of

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from tasks.organisation.deployment import Deployment


class Kept(StrEnum):
    """States in which a message stays until somebody does something."""

    DEAD = "dead"
    IN_DOUBT = "in_doubt"
    HELD = "held"


Person = Annotated[str | None, typer.Argument(help="Somebody of the directory, or an address.", show_default=False)]
States = Annotated[list[Kept] | None, typer.Option("--state", help="Only in this state; may be repeated.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Only with these words in the reason.")]
To = Annotated[str | None, typer.Option("--to", help="Only to this address (or name).")]
Age = Annotated[str | None, typer.Option("--older-than", help="Only what was decided so long ago: PT2H, P3D.")]
Trial = Annotated[bool, typer.Option("--dry-run", help="Only say how many.")]


def requeue(
    state: States = None,
    reason: Reason = None,
    to: To = None,
    older_than: Age = None,
    dry_run: Trial = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """重发 Send again what was given up (dead; with --state what is in doubt or held), with a fresh schedule."""
    return _do("requeue", _states(state, "dead"), reason, to, older_than, dry_run=dry_run)


def release(
    person: Person = None,
    state: States = None,
    reason: Reason = None,
    to: To = None,
    older_than: Age = None,
    dry_run: Trial = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """放行 Let go what is held: a person's messages, or everybody's."""
    return _do("release", _states(state, "held"), reason, to or person, older_than, dry_run=dry_run)


def hold(
    person: Person = None,
    state: States = None,
    reason: Reason = None,
    to: To = None,
    older_than: Age = None,
    dry_run: Trial = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """暂扣 Keep back what waits for a person or an address, and what comes for them, until it is released."""
    if not (person or to or reason or older_than or state):
        raise UsageError(both("command.by_hand.whom"))
    return _do("hold", _states(state, "queued"), reason, to or person, older_than, dry_run=dry_run)


def _do(
    what: str, states: tuple[str, ...], reason: str | None, to: str | None, older_than: str | None, *, dry_run: bool
) -> int:
    deployment = given_deployment()
    engine = open_database(deployment)
    now = clock()
    before = now - _age(older_than) if older_than else None
    words = given_name(reason, "--reason") or ""
    with reading(engine) as connection:
        chosen = Chosen(states, _addresses(connection, deployment, to), words, before)
        found = by_hand.count(connection, chosen)
    if dry_run:
        say(both("command.by_hand.trial", what=both(f"command.by_hand.{what}", count=found)))
        return DONE
    with writing(engine) as connection:
        if what == "hold":
            done = by_hand.hold(connection, chosen, now)
        else:
            done = (by_hand.requeue if what == "requeue" else by_hand.release)(connection, chosen)
    say(both(f"command.by_hand.{what}", count=done))
    if what == "hold" and chosen.addresses:
        say(both("command.by_hand.coming", addresses=", ".join(chosen.addresses)))
    return DONE


def _states(given: list[Kept] | None, usual: str) -> tuple[str, ...]:
    return tuple(state.value for state in given or ()) or (usual,)


def _age(text: str) -> timedelta:
    try:
        duration = parse_duration(text.strip().upper())
    except ValueError:
        duration = None
    if duration is None or duration.count < 0 or duration.unit not in (Unit.SECONDS, Unit.DAYS):
        raise UsageError(both("command.by_hand.age", text=repr(one_line(text)[:40])))
    return timedelta(seconds=duration.count) if duration.unit is Unit.SECONDS else timedelta(days=duration.count)


def _addresses(connection: Connection, deployment: Deployment, text: str | None) -> tuple[str, ...]:
    """The address that is meant: one as it stands, or that of the one person of this name."""
    name = given_name(text, "--to")
    if not name:
        return ()
    if "@" in name:
        return addresses_of([name])
    found = deployment.directory(connection).meant(name)
    if not found:
        raise UnknownError(both("command.by_hand.unknown", person=one_line(name)[:80]))
    addresses = addresses_of([person.email for person in found])
    if len(addresses) > 1:
        raise RefusedError(both("command.by_hand.several", person=one_line(name)[:80], addresses=", ".join(addresses)))
    return addresses
