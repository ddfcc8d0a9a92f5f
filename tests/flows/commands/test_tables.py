"""Tables in a pipe and in a terminal: aligned whatever the script, never cut, and nothing in them steers a terminal."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.cells import cell_len

from flows.commands import tables
from flows.commands.progress import progress_bar
from flows.commands.tables import print_table, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

ZONE = ZoneInfo("Asia/Shanghai")


def names(*given: str) -> Iterable[dict[str, str]]:
    """Rows of a customer and a mark behind it."""
    return ({"customer": name, "mark": "|"} for name in given)


class Terminal(io.StringIO):
    """What somebody looks at."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> tuple[Terminal, Terminal]:
    """Stdout and stderr as a terminal of 30 columns, from here to the end of the test."""
    out, err = Terminal(), Terminal()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)
    monkeypatch.setenv("COLUMNS", "30")
    return out, err


def test_columns_are_aligned_whatever_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    """A Chinese character takes two columns, a combining sign none."""
    assert 4 == print_table(("customer", "mark"), names("周", "ａｂｃ", "e\u0301te\u0301", "Smith & Sons"), ZONE)

    lines = capsys.readouterr().out.splitlines()
    assert {cell_len("Smith & Sons") + 2} == {cell_len(line[: line.index("|")]) for line in lines[1:]}


def test_a_pipe_gets_one_line_a_row_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    """What reads the output finds the whole value on the row's line."""
    print_table(("customer", "mark"), names("周" * 200, "吴"), ZONE)

    lines = capsys.readouterr().out.splitlines()
    assert ["customer", "周" * 200, "吴"] == [line.split()[0] for line in lines]


def test_a_long_table_stays_aligned(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is written in parts; a later part is at least as wide as an earlier one, and the heading comes once."""
    monkeypatch.setattr(tables, "CHUNK", 2)

    assert 5 == print_table(("customer", "mark"), names("周周周周周周", "吴", "郑", "王", "冯"), ZONE)

    lines = capsys.readouterr().out.splitlines()
    assert 6 == len(lines)
    assert {14} == {cell_len(line[: line.index("|")]) for line in lines[1:]}


def test_what_steers_a_terminal_is_neutral(capsys: pytest.CaptureFixture[str]) -> None:
    """Control signs, line ends and signs that turn the direction of writing become spaces."""
    print_table(("customer", "mark"), names("a\x1b[31mb", "c\u202ed\u2066e", "f\ng\th", "i\x9bj\u200fk"), ZONE)

    assert all(sign.isprintable() for line in capsys.readouterr().out.splitlines() for sign in line)


def test_a_terminal_gets_cells_folded_to_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is cut away and no line is wider than the terminal; markup in a value is text."""
    printed, _ = at_a_terminal(monkeypatch)

    print_table(("customer", "mark"), names("周" * 40, "[red]吴[/red]"), ZONE)

    out = printed.getvalue()
    assert 40 == out.count("周")
    assert "[red]吴[/red]" in out
    assert max(map(cell_len, out.splitlines()[1:])) <= 30


def test_a_bar_moves_where_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is drawn on stderr, so that stdout holds the result alone."""
    out, err = at_a_terminal(monkeypatch)

    with progress_bar("replay", 10) as move:
        move(5)
        move(5, 20)

    assert "" == out.getvalue()
    assert "replay" in err.getvalue()


def test_without_a_terminal_a_bar_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    """A log file gets no bar."""
    with progress_bar("replay", 10) as move:
        move(5)

    assert ("", "") == capsys.readouterr()


def test_values_are_shown_as_people_read_them() -> None:
    """Instants in the organisation's zone, figures without noise, recipients with whom they stand in for."""
    stead = {"name": "李", "role": "handler", "instead_of": "王"}

    assert "2026-11-02 09:00" == shown(datetime(2026, 11, 2, 1, tzinfo=UTC), ZONE)
    assert ["", "", "✓", "20", "0.5"] == [shown(value, ZONE) for value in (None, False, True, 20.0, 0.5)]
    assert "李 (handler 代 王), 5" == shown([stead, 5], ZONE)
