"""Figures of the benchmarks, printed at the end of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

_figures: list[str] = []


@pytest.fixture
def record_figure() -> Callable[[str, float, str], None]:
    """Keep a figure for the report: what was measured, how much, in what unit."""

    def record(what: str, value: float, unit: str) -> None:
        _figures.append(f"{what}: {value:,.2f} {unit}")

    return record


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured."""
    if _figures:
        terminalreporter.section("figures")
        for line in _figures:
            terminalreporter.write_line(line)
