"""`duban digest`: the morning mail, queued for all managers as the flow does, or shown for one person."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.commands.common import AsJson, AsOf, given_deployment, given_instant, open_database
from flows.commands.exit_codes import DONE
from flows.commands.output import one_line, print_json, say, warn
from models.errors import RefusedError, UnknownError
from models.store.database import reading
from tasks.digest.gather import digest_for
from tasks.digest.letter import preview
from tasks.digest.readers import queue, readers
from tasks.organisation.directory import Directory

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.engine import Engine

    from tasks.digest.readers import DigestReader, Queued
    from tasks.organisation.deployment import Deployment


def digest(
    to: Annotated[
        str | None, typer.Option("--to", help="Show the digest of this person (name or address), and send nothing.")
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """晨报 Queue the morning mail of every manager, or show one person's."""
    deployment = given_deployment()
    now = given_instant(as_of, deployment)
    engine = open_database(deployment)
    if to is not None:
        return _show(engine, deployment, to, now, as_json=as_json)
    queued = queue(engine, deployment, now)
    if as_json:
        print_json({"day": queued.day.isoformat(), "working_day": not queued.free, "queued": _as_data(queued)})
    elif queued.free:
        say(f"{queued.day} 非工作日，不发晨报 is not a working day: nothing is queued")
    else:
        for reader in queued.fresh:
            say(f"{one_line(reader.person.name)} <{reader.person.email}>{_stead(reader)}")
        say(f"queued {len(queued.fresh)}, queued before {len(queued.known)}: `duban deliver` sends them")
    for person in queued.unreached:
        warn(f"duban: {person.name} is absent without a deputy: nobody reads the digest")
    return DONE


def _as_data(queued: Queued) -> list[dict[str, Any]]:
    found: list[tuple[Sequence[DigestReader], bool]] = [(queued.fresh, True), (queued.known, False)]
    return [
        {
            "name": reader.person.name,
            "to": reader.person.email,
            "for": [absent.email for absent in reader.stands_in_for],
            "fresh": fresh,
        }
        for group, fresh in found
        for reader in group
    ]


def _stead(reader: DigestReader) -> str:
    names = "、".join(one_line(absent.name) for absent in reader.stands_in_for)
    return f" 代 for {names}" if names else ""


def _show(engine: Engine, deployment: Deployment, to: str, now: datetime, *, as_json: bool) -> int:
    """Print the text of one person's digest; UnknownError when there is no such person, or none gets a digest there."""
    with reading(engine) as connection:
        directory = Directory(connection)
        people = directory.named(to)
        if not people:
            raise UnknownError(f"there is nobody {to!r} in the directory: give a name or an address")
        found = [reader for reader in readers(directory, deployment, now)[0] if reader.person in people]
        if not found:
            raise RefusedError(f"{to} gets no digest then: managers who are there do, and deputies of absent ones")
        digests = [digest_for(connection, deployment, reader, now) for reader in found]
    if as_json:
        print_json([{**asdict(one), "cases": sorted(one.cases)} for one in digests])
        return DONE
    for reader, one in zip(found, digests, strict=True):
        say(preview(reader.person, one).rstrip("\n"))
    return DONE
