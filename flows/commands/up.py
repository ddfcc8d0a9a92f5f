"""`duban up`: everything on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.commands.common import given_deployment
from flows.local.up import run


def up(
    demo: Annotated[bool, typer.Option("--demo", help="With sample data.")] = False,  # noqa: FBT002 -- a flag
) -> int:
    """启动 Everything on this machine: database, Prefect, worker, local mailbox. Ctrl-C stops it all."""
    return run(given_deployment().settings, demo=demo)
