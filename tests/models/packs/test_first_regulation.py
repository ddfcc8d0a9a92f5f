"""The page about the first regulation is played."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models import SHIPPED
from tests.support.pages import play

if TYPE_CHECKING:
    from pathlib import Path


def test_the_first_regulation_works_as_the_page_says(tmp_path: Path) -> None:
    """From an empty file to a regulation that is at work."""
    play(SHIPPED / "README.md", tmp_path)
