"""The command as a process of its own: UTF-8 in any locale, readers that leave, and a start without heavy libraries."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def process(tmp_path: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The real command in a process of its own."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("DUBAN_", "LC_", "LANG", "PYTHON"))
    }
    command = [sys.executable, "-m", "flows.commands.app", *words]
    given = clean | {"PYTHONPATH": str(ROOT)} | environment
    return subprocess.run(command, cwd=tmp_path, env=given, capture_output=True, check=False, timeout=60)  # noqa: S603


def test_output_is_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    """In a locale that knows ASCII only, Chinese still comes out as UTF-8."""
    outcome = process(tmp_path, "init", LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii")

    assert (0, b"") == (outcome.returncode, outcome.stderr)
    assert "客户投诉处理制度" in outcome.stdout.decode("utf-8")


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    """`duban check | head -1` ends without a traceback."""
    shell = f"{sys.executable} -m flows.commands.app check | head -n 1"
    given = os.environ | {"PYTHONPATH": str(ROOT), "DUBAN_HOME": str(tmp_path)}
    command = ["bash", "-c", shell]
    outcome = subprocess.run(command, cwd=tmp_path, env=given, capture_output=True, check=False, timeout=60)  # noqa: S603

    assert (0, b"") == (outcome.returncode, outcome.stderr)
    assert outcome.stdout


HEAVY = ("prefect", "pandas", "openpyxl", "alembic", "jinja2", "holidays", "aiosmtplib", "fastapi", "yaml")


@pytest.mark.parametrize(
    "words",
    [
        ["list", "cases"],
        ["list", "loans", "--json"],
        ["sweep"],
        ["record", "2611001", "handed_over"],
        ["explain", "2611001"],
        ["status"],
    ],
    ids=" ".join,
)
def test_quick_commands_load_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    """A command that lists, records, explains or sweeps starts without the libraries that only others need."""
    just_now = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    process(tmp_path, "init")
    opened = ("--field", "customer=周", "--field", "number=2611001", "--at", just_now)
    assert 0 == process(tmp_path, "record", "NEW", "registered", *opened).returncode
    process(tmp_path, "sweep")
    code = (
        "import sys\nfrom flows.commands.app import main\n"
        f"status = main({words!r})\n"
        f"print('HEAVY', status, [name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    command = [sys.executable, "-c", code]
    given = {name: value for name, value in os.environ.items() if not name.startswith("DUBAN_")}
    given |= {"PYTHONPATH": str(ROOT)}
    outcome = subprocess.run(command, cwd=tmp_path, env=given, capture_output=True, check=False, timeout=60)  # noqa: S603

    assert "HEAVY 0 []\n" == outcome.stderr.decode()
