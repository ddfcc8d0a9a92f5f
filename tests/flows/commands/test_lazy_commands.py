"""The command line knows its commands by name and one line of help; only what is called is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.commands.app import COMMANDS, main
from flows.commands.lazy import LazyCommand, load

ROOT = Path(__file__).resolve().parents[3]
NAMES = [command.name for command in COMMANDS]

ORDER = (
    "up init check coverage import record approve sweep replay deliver requeue hold release alarm "
    "replies digest slip statement review list explain status verify audit backup restore erase"
)


def loaded_by(tmp_path: Path, *words: str) -> set[str]:
    """The modules in memory after `duban WORDS` in a process of its own."""
    code = (
        "import sys\nfrom flows.commands.app import main\n"
        f"main({words!r})\nprint(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    given = {name: value for name, value in os.environ.items() if not name.startswith("DUBAN_")}
    outcome = subprocess.run(  # noqa: S603 -- our own program
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=given | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        timeout=60,
    )
    return set(outcome.stderr.decode().split())


def test_help_lists_every_command_in_order(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`duban --help` and `-h` name each command with its whole line of help."""
    monkeypatch.setenv("COLUMNS", "60")

    assert 0 == main(["--help"])
    out = capsys.readouterr().out
    assert 0 == main(["-h"])

    assert out == capsys.readouterr().out
    listed = out.partition("Commands:")[2].split("\n  ")
    assert ORDER.split() == [entry.split()[0] for entry in listed if entry[:1].strip()]
    for command in COMMANDS:
        assert f"{command.name} {command.help}" in " ".join(out.split())


def test_help_of_all_loads_no_command(tmp_path: Path) -> None:
    """The list of commands is printed from the table: neither a database nor anything of rich is loaded for it."""
    loaded = loaded_by(tmp_path, "--help")

    assert not {"sqlalchemy", "rich.console", "tasks", "models.settings"} & loaded
    assert not {command.target.partition(":")[0] for command in COMMANDS} & loaded


def test_a_command_does_not_pay_for_another(tmp_path: Path) -> None:
    """Of all the commands' modules the one that is called is loaded, and no table is drawn for nobody."""
    loaded = loaded_by(tmp_path, "list", "cases")

    assert {"flows.commands.listing"} == {command.target.partition(":")[0] for command in COMMANDS} & loaded
    assert not {"rich.console", "flows.commands.terminal"} & loaded


@pytest.mark.parametrize("command", COMMANDS, ids=NAMES)
def test_each_command_explains_itself(
    command: LazyCommand, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`duban COMMAND --help` shows the usage and the same line of help as the list of commands."""
    monkeypatch.setenv("COLUMNS", "100")

    assert 0 == main([str(command.name), "--help"])
    out = capsys.readouterr().out

    assert out.startswith(f"Usage: duban {command.name} [OPTIONS]")
    assert str(command.help) in " ".join(out.split())
    assert "-h, --help" in out


@pytest.mark.parametrize("command", COMMANDS, ids=NAMES)
def test_the_table_says_what_the_docstring_says(command: LazyCommand) -> None:
    """The line of help in the table and the first line of the function's docstring cannot drift apart."""
    docstring = load(command.target).__doc__ or ""

    assert docstring.splitlines()[0] == command.help


@pytest.mark.parametrize(("word", "meant"), [("lst", "list"), ("recrod", "record"), ("statment", "statement")])
def test_a_slip_of_the_pen_gets_a_hint(word: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A command that is nearly one is wrong usage, and the one that was meant is named."""
    assert 2 == main([word])
    assert f"'{meant}'?" in capsys.readouterr().err
