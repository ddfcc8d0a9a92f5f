"""`duban verify`: whether the record still says what was put down."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from flows.commands.common import AsJson, given_deployment, open_database
from flows.commands.exit_codes import DONE, REFUSED
from flows.commands.output import print_json, say
from models.errors import UsageError
from models.store.database import reading
from tasks.record.verify import verify as walk

SHOWN = 50
"""So many findings are printed; `--json` has all."""


def verify(
    expect: Annotated[
        str | None, typer.Option("--expect", help="PLACE:HASH that an earlier run printed; it has to be there still.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """核验 Walk the chain of hashes over events and decisions; exit code 1 when something was changed since."""
    kept = None
    if expect is not None:
        found = re.fullmatch(r"(\d{1,18}):([0-9a-fA-F]{64})", expect.strip())
        if not found:
            raise UsageError(f"--expect {expect!r} is malformed: write PLACE:HASH as `duban verify` prints it")
        kept = (int(found[1]), found[2])
    with reading(open_database(given_deployment())) as connection:
        done = walk(connection, kept)
    if as_json:
        told = done._asdict()
        print_json({**told, "agrees": not done.breaches, "breaches": [one._asdict() for one in done.breaches]})
        return REFUSED if done.breaches else DONE
    for one in done.breaches[:SHOWN]:
        parts = (one.kind, one.table, one.row, one.case and f"case {one.case}", one.link and f"link {one.link}")
        say("  ".join(str(part) for part in parts if part))
    if len(done.breaches) > SHOWN:
        say(f"另有 {len(done.breaches) - SHOWN} 处  {len(done.breaches) - SHOWN} more, see --json")
    verdict = (
        f"记录与链不符 {len(done.breaches)} 处  the record differs from the chain in {len(done.breaches)} places"
        if done.breaches
        else "记录与链一致  the record is as it was put down"
    )
    say(f"{verdict}: {done.rows} rows, {done.links} links{f', {done.erased} erased' if done.erased else ''}")
    say(f"{done.position}:{done.hash}")
    return REFUSED if done.breaches else DONE
