"""The command line: `duban COMMAND`. Exit codes: 0 done, 1 refused or partly refused, 2 wrong usage."""

from __future__ import annotations

import io
import logging
import os
import sys
from typing import TYPE_CHECKING

import typer
from typer.core import TyperGroup

from flows.commands.exit_codes import DONE, INTERRUPTED, PIPE_CLOSED, REFUSED, WRONG_USAGE
from flows.commands.lazy import LazyCommand
from flows.commands.output import one_line, warn
from models.errors import DubanError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (
    LazyCommand(
        "up",
        "flows.commands.up:up",
        "启动 Everything on this machine: database, Prefect, worker, local mailbox. Ctrl-C stops it all.",
    ),
    LazyCommand(
        "init",
        "flows.commands.init:init",
        "初始化 Create or upgrade the schema and put the regulations on record.",
    ),
    LazyCommand(
        "check",
        "flows.commands.check:check",
        "检查 Validate regulations and directory; print each rule as a sentence with its citation.",
    ),
    LazyCommand(
        "coverage",
        "flows.commands.coverage:coverage",
        "覆盖率 Play the stories of each regulation, also on packs that say something else, and count its clauses.",
    ),
    LazyCommand(
        "import",
        "flows.commands.import_file:import_",
        "导入 Import a file: valid rows go in, bad ones into FILE.rejected.csv with the reason.",
    ),
    LazyCommand(
        "record",
        "flows.commands.record:record",
        "登记 Record an event of a case; `record NEW registered|lent` opens one.",
    ),
    LazyCommand(
        "approve",
        "flows.commands.approve:approve",
        "审批 Approve or refuse what a case waits for; only who may decide it by the regulation.",
    ),
    LazyCommand(
        "sweep",
        "flows.commands.sweep:sweep",
        "巡检 One pass: take in new events and fire what is due, without waiting.",
    ),
    LazyCommand(
        "replay",
        "flows.commands.replay:replay",
        "重放 Fire everything of a span in order, each step at its own instant.",
    ),
    LazyCommand(
        "deliver",
        "flows.commands.deliver:deliver",
        "投递 Send what waits in the outbox; exit code 1 when something could not be sent.",
    ),
    LazyCommand(
        "requeue",
        "flows.commands.putting_right:requeue",
        "重发 Send again what was given up (dead; with --state what is in doubt or held), with a fresh schedule.",
    ),
    LazyCommand(
        "hold",
        "flows.commands.putting_right:hold",
        "暂扣 Keep back what waits for a person or an address, and what comes for them, until it is released.",
    ),
    LazyCommand(
        "release",
        "flows.commands.putting_right:release",
        "放行 Let go what is held: a person's messages, or everybody's.",
    ),
    LazyCommand(
        "alarm",
        "flows.commands.alarm:alarm",
        "告警 Look for what is wrong and tell operations of it, by every channel that is set; --test tries them.",
    ),
    LazyCommand(
        "replies",
        "flows.commands.replies:replies",
        "答复 Take in answers by mail as they come; with --once only what is there.",
    ),
    LazyCommand(
        "digest",
        "flows.commands.digest:digest",
        "晨报 Queue the morning mail of every manager, or show one person's.",
    ),
    LazyCommand(
        "slip",
        "flows.commands.slip:slip",
        "表单 Write the form slips as pages to print (HTML, A4), one for each recipient.",
    ),
    LazyCommand(
        "statement",
        "flows.commands.statement:statement",
        "报告 Write a statement as HTML, text and workbook; with --submit put it before the general manager.",
    ),
    LazyCommand(
        "review",
        "flows.commands.review:review",
        "审阅 Approve a statement, which sends it out, or return it with a remark.",
    ),
    LazyCommand(
        "list",
        "flows.commands.listing:list_",
        "列出 List what is there.",
    ),
    LazyCommand(
        "explain",
        "flows.commands.show:explain",
        "说明 Tell a case's story: each clock, what counted, what fired, to whom, under which article.",
    ),
    LazyCommand(
        "status",
        "flows.commands.status:status",
        "状态 Whether everything is well: what is wrong, since when, what to do; exit code 1 when something is.",
    ),
    LazyCommand(
        "verify",
        "flows.commands.verify:verify",
        "核验 Walk the chain of hashes over events and decisions; exit code 1 when something was changed since.",
    ),
    LazyCommand(
        "audit",
        "flows.commands.audit:audit",
        "核对 Recompute from the facts what should have been decided by now; exit code 1 when the record differs.",
    ),
    LazyCommand(
        "backup",
        "flows.commands.backup:backup",
        "备份 Write the database and what else is needed to go on into one file, while everything runs.",
    ),
    LazyCommand(
        "restore",
        "flows.commands.backup:restore",
        "恢复 Put a backup in the place of the database; what may be told twice is marked, the old one is kept aside.",
    ),
    LazyCommand(
        "erase",
        "flows.commands.erase:erase",
        "删除 Erase what closed cases say of a customer; clocks, decisions and figures stay. It cannot be undone.",
    ),
)
"""Each command with its function and its line of help, in the order of `duban --help`."""

duban = TyperGroup(
    name="duban",
    help="督办 Duban: watches open cases against the clock of a written regulation and chases the people responsible.",
    commands=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)


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
    with duban.make_context("duban", arguments) as context:
        return duban.invoke(context) or DONE


def _wrong_usage(error: typer.TyperException) -> int:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "duban"
    problem = getattr(error, "format_message", error.__str__)()
    warn(f"duban: {problem.rstrip('.')}: see `{command} --help`")
    return WRONG_USAGE


if __name__ == "__main__":
    sys.exit(main())
