"""Runs the real command on hostile input: it ends soon, with a refusal of one line, and nothing is unforeseen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from flows.commands.app import main

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 5.0
"""Of processor time, in which nobody else's work counts: however hostile the input, the answer is there by then."""
MEGABYTES = 500
"""However hostile the input, the process and whatever it starts take no more."""
LONGEST_LINE = 4_000
"""Characters of a refusal that somebody can read."""
UNFORESEEN = ("Traceback", "not foreseen", "panicked", "stack backtrace")


class Answer(NamedTuple):
    """What a command said, and how long it took."""

    status: int
    out: str
    err: str
    seconds: float
    megabytes: float = 0.0


def in_process(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Runs commands in this process."""

    def run(*words: str) -> Answer:
        capsys.readouterr()
        begin = _spent()
        status = main(words)
        took = _spent() - begin
        said = capsys.readouterr()
        return Answer(status, said.out, said.err, took)

    return run


def _spent() -> float:
    """Seconds of processor time of this process and of those that it has waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


LAUNCHER = """
import json, os, subprocess, sys
child = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
spent = usage.ru_utime + usage.ru_stime
with open(sys.argv[1], "w") as file:
    json.dump([os.waitstatus_to_exitcode(status), spent, usage.ru_maxrss / 1024], file)
"""
"""A small process of its own starts the command: the memory of a child begins with that of whoever forks it."""


def in_a_child(folder: Path, *words: str, **settings: str) -> Answer:
    """Runs the command in a process of its own, and measures what it and its children took at most."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DUBAN_")}
    out, err, usage = folder / "out.txt", folder / "err.txt", folder / "usage.json"
    with out.open("wb") as to_out, err.open("wb") as to_err:
        subprocess.run(  # noqa: S603 -- our own command
            [sys.executable, "-S", "-c", LAUNCHER, str(usage), sys.executable, "-m", "flows.commands.app", *words],
            cwd=folder,
            env=kept | {"PYTHONPATH": str(ROOT)} | settings,
            stdout=to_out,
            stderr=to_err,
            check=True,
        )
    said = [file.read_text(encoding="utf-8", errors="replace") for file in (out, err)]
    status, seconds, megabytes = json.loads(usage.read_text())
    return Answer(status, *said, seconds, megabytes)


def check(answer: Answer) -> None:
    """The promises that hold for every input: soon, small, one line, nothing unforeseen."""
    assert answer.status in (0, 1, 2), answer
    assert not any(word in answer.out + answer.err for word in UNFORESEEN), answer.err[-2000:]
    assert answer.seconds < SECONDS, answer
    assert answer.megabytes < MEGABYTES, answer.megabytes
    if answer.status == 2:
        assert "" == answer.out
    lines = answer.err.splitlines()
    assert all(line.startswith("duban: ") for line in lines), answer.err
    assert all(len(line) < LONGEST_LINE for line in lines)


def check_refusal(answer: Answer, says: str = "") -> None:
    """A refusal: exit code 1 or 2 and one line on stderr, or rows that were rejected and counted on stdout."""
    check(answer)
    assert answer.status in (1, 2), answer
    if "rejected 0" in answer.out or "rejected" not in answer.out:
        assert 1 == answer.err.count("\n"), answer
    assert says in answer.out + answer.err, answer
