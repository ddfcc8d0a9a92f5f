"""`duban audit`: whether the record says what the facts ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.commands.common import AsJson, AsOf, given_deployment, given_instant, open_database
from flows.commands.exit_codes import DONE, REFUSED
from flows.commands.output import one_line, print_json, say
from models.calendar.instants import local
from models.wording.catalogue import both
from tasks.audit.run import audit as run

if TYPE_CHECKING:
    from tasks.audit.finding import Finding
    from tasks.audit.run import Audit
    from tasks.organisation.deployment import Deployment

SHOWN = 50
"""So many findings are printed; `--json` has all."""


def audit(as_of: AsOf = None, as_json: AsJson = False) -> int:  # noqa: FBT002 -- a flag of the command line
    """核对 Recompute from the facts what should have been decided by now; exit code 1 when the record differs."""
    deployment = given_deployment()
    now = given_instant(as_of, deployment) if as_of else None
    done = run(open_database(deployment), deployment, now)
    if as_json:
        print_json([one._asdict() for one in done.findings])
    else:
        _print(done, deployment)
    return DONE if done.agrees else REFUSED


def _print(done: Audit, deployment: Deployment) -> None:
    for one in done.findings[:SHOWN]:
        say(_line(one))
    if len(done.findings) > SHOWN:
        say(both("audit.more", count=len(done.findings) - SHOWN))
    parts = [both("audit.agrees") if done.agrees else both("audit.differs", count=len(done.findings))]
    parts.append(both("audit.looked", count=done.cases))
    if done.waiting:
        parts.append(both("audit.waiting", count=done.waiting))
    if not done.agrees:
        when = local(done.agreed_at, deployment.zone) if done.agreed_at else both("audit.never")
        parts.append(both("audit.since", instant=when))
    say("; ".join(parts))


def _line(one: Finding) -> str:
    """`状态不符 (another state): 2611001 first-contact (1): state=open -> state=met`."""
    round_ = f"({one.round})" if one.round is not None else None
    place = " ".join(str(part) for part in (one.case, one.rule, round_, one.step) if part is not None)
    return one_line(f"{both(f'audit.kind.{one.kind}')}: {place}: {one.expected} -> {one.found}")
