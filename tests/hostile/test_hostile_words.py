"""Hostile words, settings and files beside the command: one line each, and nothing is done."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.hostile.harness import check, check_refusal
from tests.hostile.packs import TEXTS
from tests.hostile.tables import GOOD, HEAD
from tests.hostile.words import NEW, SETTINGS, WORDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.hostile.harness import Answer


@pytest.mark.parametrize("name", WORDS)
def test_hostile_words_are_refused(name: str, duban: Callable[..., Answer], folder: Path) -> None:
    """One line, exit code 1 or 2, and no case has come into being."""
    (folder / "good.csv").write_text(HEAD + GOOD, encoding="utf-8")

    check_refusal(duban(*WORDS[name]))

    with sqlite3.connect(folder / ".duban" / "duban.db") as record:
        assert (0,) == record.execute("SELECT count(*) FROM cases").fetchone()


@pytest.mark.parametrize("name", SETTINGS)
def test_a_hostile_setting_is_named(
    name: str, duban: Callable[..., Answer], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that needs it refuses to run; none runs on for ever with a figure that nobody can mean."""
    (folder / "binary.txt").write_bytes(bytes(range(256)))
    (folder / "long.txt").write_bytes(b"2026-01-01 work\n" * 200_000)
    (folder / "impossible.txt").write_text("2026-02-31 work\n", encoding="utf-8")
    (folder / "laughs.yaml").write_bytes(TEXTS["aliases that multiply"])
    (folder / "in.csv").write_text(f"{HEAD}A1,2026-11-01,W,x\n", encoding="utf-8")
    setting, value = SETTINGS[name]
    monkeypatch.setenv(f"DUBAN_{setting}", value)

    answers = [duban("import", "complaints", "in.csv"), duban("sweep"), duban("check", "standard-complaints")]

    for answer in answers:
        check(answer)
    assert any(answer.status in (1, 2) and 1 == answer.err.count("\n") for answer in answers), answers


@pytest.mark.parametrize("name", ["folder", "pipe", "binary", "huge", "endless line"])
def test_a_hostile_env_file_is_refused_or_passed_over(name: str, duban: Callable[..., Answer], folder: Path) -> None:
    """What is no file of settings neither hangs the command nor fills the memory."""
    import os  # noqa: PLC0415 -- only here

    env = folder / ".env"
    if name == "folder":
        env.mkdir()
    elif name == "pipe":
        os.mkfifo(env)
    else:
        content = {
            "binary": bytes(range(256)) * 10,
            "huge": b"A=1\n" * 500_000,
            "endless line": b"DUBAN_HOME=" + b"x" * 2**21,
        }
        env.write_bytes(content[name])

    answer = duban("list", "cases")

    check(answer)
    assert name in ("folder", "pipe") or 1 == answer.err.count("\n")


def test_a_sweep_of_what_has_not_come_asks_and_then_does(duban: Callable[..., Answer]) -> None:
    """Without --yes it says what time it is; with it the sweep is done. The past asks nothing."""
    check_refusal(duban("sweep", "--as-of", "2199-12-31"), "--yes")

    assert 0 == duban("sweep", "--as-of", "2199-12-31", "--yes").status
    assert 0 == duban("sweep", "--as-of", "2020-01-01").status
    assert 0 == duban("replay", "--from", "2020-01-01", "--until", "2020-01-02").status


def test_a_name_by_hand_is_tidied(duban: Callable[..., Answer], folder: Path) -> None:
    """What nobody sees is removed from fields that are typed, and from who did it."""
    done = duban(*NEW, "--field", "customer=王\u200b先生", "--by", "李\u2060娜")

    check(done)
    assert 0 == done.status
    with sqlite3.connect(folder / ".duban" / "duban.db") as record:
        assert [("王先生",)] == record.execute("SELECT party FROM cases").fetchall()
        assert [("李娜",)] == record.execute("SELECT by FROM events").fetchall()
