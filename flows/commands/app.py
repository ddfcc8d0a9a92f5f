"""The command line: `duban COMMAND`. Exit codes: 0 done, 1 refused or partly refused, 2 wrong usage."""

from __future__ import annotations

import gc

gc.disable()  # imports make much that lives for ever: not looking at it saves a fifth of the start-up time

import io  # noqa: E402 -- after gc.disable()
import logging  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
from typing import TYPE_CHECKING  # noqa: E402

import typer  # noqa: E402
from typer.main import get_command  # noqa: E402

from flows.commands.approve import approve  # noqa: E402
from flows.commands.common import DONE, REFUSED, WRONG_USAGE  # noqa: E402
from flows.commands.coverage import coverage  # noqa: E402
from flows.commands.digest import digest  # noqa: E402
from flows.commands.intake import import_, record  # noqa: E402
from flows.commands.output import one_line, warn  # noqa: E402
from flows.commands.prepare import check, init, up  # noqa: E402
from flows.commands.run import deliver, replay, sweep  # noqa: E402
from flows.commands.show import explain, list_  # noqa: E402
from flows.commands.slip import slip  # noqa: E402
from flows.commands.statement import review, statement  # noqa: E402
from models.errors import DubanError, UsageError  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence

gc.freeze()
gc.enable()

INTERRUPTED = 130
PIPE_CLOSED = 141
"""As a shell reports the signals of the same name."""

app = typer.Typer(
    name="duban",
    help="督办 Duban: watches open cases against the clock of a written regulation and chases the people responsible.",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("up")(up)
app.command("init")(init)
app.command("check")(check)
app.command("coverage")(coverage)
app.command("import")(import_)
app.command("record")(record)
app.command("approve")(approve)
app.command("sweep")(sweep)
app.command("replay")(replay)
app.command("deliver")(deliver)
app.command("digest")(digest)
app.command("slip")(slip)
app.command("statement")(statement)
app.command("review")(review)
app.command("list")(list_)
app.command("explain")(explain)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; whatever goes wrong is one line on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # UTF-8 whatever the locale says
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if not os.environ.get("DUBAN_DEBUG"):
        logging.getLogger("duban").addHandler(logging.NullHandler())  # stderr is for the one line of advice
    try:
        status = _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except typer.Exit as error:
        return error.exit_code
    except typer.TyperException as error:
        return _wrong_usage(error)
    except DubanError as error:
        warn(f"duban: {error}")
        return WRONG_USAGE if isinstance(error, UsageError) else REFUSED
    except Exception as error:
        if os.environ.get("DUBAN_DEBUG"):
            raise
        first = one_line(str(error).strip().partition("\n")[0])
        warn(f"duban: {type(error).__name__}: {first} -- this was not foreseen: set DUBAN_DEBUG=1 for the traceback")
        return REFUSED
    return status


def _run(arguments: list[str]) -> int:
    command = get_command(app)
    with command.make_context("duban", arguments) as context:
        return command.invoke(context) or DONE


def _wrong_usage(error: typer.TyperException) -> int:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "duban"
    problem = getattr(error, "format_message", error.__str__)()
    warn(f"duban: {problem.rstrip('.')}: see `{command} --help`")
    return WRONG_USAGE


if __name__ == "__main__":
    sys.exit(main())
