"""What cannot be undone is asked first: `--yes` answers, and where nobody can be asked it is refused without."""

from __future__ import annotations

import sys

import typer

from models.errors import UsageError
from models.wording.catalogue import both


def ask(question: str, *, yes: bool) -> None:
    """Go on only when somebody agrees. UsageError without a terminal; Ctrl-C's way out when the answer is no."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(both("command.say_yes", question=question))
    typer.confirm(question, abort=True)
