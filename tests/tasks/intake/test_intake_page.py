"""The page about importing is played."""

from __future__ import annotations

from pathlib import Path

from tests.support.pages import play

PAGE = Path(__file__).parents[3] / "tasks" / "intake" / "README.md"


def test_every_kind_comes_in_as_the_page_says(tmp_path: Path) -> None:
    """A petition, a loan with consent, a second opening, a duty of a person; what is refused says why."""
    play(PAGE, tmp_path)
