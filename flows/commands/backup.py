"""`duban backup` and `duban restore`: keeping the record safe, and going on from what was kept."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path  # noqa: TC003 -- typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from flows.commands.asking import ask
from flows.commands.common import AsJson, clock, given_deployment, open_database
from flows.commands.exit_codes import DONE
from flows.commands.output import print_json, say
from models.calendar.instants import local
from models.errors import DubanError, RefusedError
from models.store.database import place, reading
from models.wording.catalogue import both
from tasks.delivery.processes import is_alive
from tasks.organisation.lease import holders

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine


def backup(
    file: Annotated[Path, typer.Argument(help="Where to write it; a file that is not there yet.", show_default=False)],
    as_json: AsJson = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """备份 Write the database and what else is needed to go on into one file, while everything runs."""
    from tasks.recovery.backup import backup as take  # noqa: PLC0415 -- tar, gzip: only here

    deployment = given_deployment()
    manifest = take(open_database(deployment), deployment.settings, file, clock())
    if as_json:
        print_json({"file": str(file), **manifest.as_data()})
        return DONE
    size = file.stat().st_size / 1e6
    say(both("recovery.backed_up", file=file, size=f"{size:.1f}", at=local(manifest.taken_at, deployment.zone)))
    say(f"{manifest.position}:{manifest.hash}")
    return DONE


def _at_work(engine: Engine) -> list[str]:
    """The jobs that a worker looks ahead for on this machine; none where the database cannot be read any more."""
    with suppress(DubanError, SQLAlchemyError), reading(engine) as connection:
        return sorted(name for name, holder in holders(connection).items() if is_alive(holder.partition("@")[2]))
    return []


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `duban backup` wrote.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", help="Without being asked.")] = False,  # noqa: FBT002 -- a flag
    as_json: AsJson = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """恢复 Put a backup in the place of the database; what may be told twice is marked, the old one is kept aside."""
    from flows.local.children import leftovers  # noqa: PLC0415 -- psutil, alembic, tar: only here
    from flows.local.environment import process_record  # noqa: PLC0415 -- see above
    from tasks.recovery.restore import restore as put_back  # noqa: PLC0415 -- see above

    deployment = given_deployment()
    running, _ = leftovers(process_record(deployment.settings))
    if running is not None:
        raise RefusedError(both("recovery.running", pid=running.pid))
    engine = open_database(deployment, create=True)
    if working := _at_work(engine):
        raise RefusedError(both("recovery.at_work", jobs=", ".join(working)))
    ask(both("recovery.ask", file=file, place=place(engine)), yes=yes)
    done = put_back(engine, deployment.settings, file, clock())
    if as_json:
        told = {"aside": done.aside, "doubtful": done.doubtful, "differed": done.files}
        print_json({**done.manifest.as_data(), **told})
        return DONE
    say(both("recovery.restored", at=local(done.manifest.taken_at, deployment.zone)))
    if done.aside:
        say(both("recovery.aside", place=done.aside))
    say(both("recovery.doubtful", number=done.doubtful))
    for name in done.files:
        say(both("recovery.differed", file=name))
    say(both("recovery.go_on"))
    return DONE
