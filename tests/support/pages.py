"""Pages that teach by example are played: their files are written, their commands run, and they say what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"(?:^`(?P<file>[^`\n]+)`\n\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_SHELL = f"duban() {{ '{sys.executable}' -m flows.commands.app \"$@\"; }}; python() {{ '{sys.executable}' \"$@\"; }}\n"


class Block(NamedTuple):
    """A fenced block; one with the name of a file above it is that file."""

    file: str | None
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    """Every block of the page."""
    return [Block(*found.group("file", "language", "text")) for found in _BLOCK.finditer(page.read_text("utf-8"))]


def said(expected: str, lines: list[str]) -> bool:
    """Whether some line is the expected one; `...` stands for anything, a line without it may be a part."""
    begin, dots, end = expected.partition("...")
    return any(line.startswith(begin) and line.endswith(end) if dots else expected in line for line in lines)


def play(page: Path, folder: Path) -> None:
    """Each block in its turn: a file is written, commands run (in one shell), what they say is in their output."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DUBAN_")}
    environment["PYTHONPATH"] = str(ROOT)
    script, lines = _SHELL, list[str]()
    for block in blocks(page):
        if block.file:
            file = folder / block.file
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        elif block.language == "sh":
            exports = [line for line in block.text.splitlines() if line.startswith("export ")]
            done = subprocess.run(  # noqa: S603 -- the commands are those of our own page
                ["bash", "-c", script + block.text],  # noqa: S607 -- whichever shell there is
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            script += "".join(f"{line}\n" for line in exports)
            lines = (done.stdout + done.stderr).splitlines()
            assert "Traceback" not in done.stderr, done.stderr
        else:
            assert "text" == block.language
            assert [] == [line for line in block.text.splitlines() if not said(line, lines)], lines
