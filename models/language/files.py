"""Text files that people write: ordinary files in UTF-8 of a size that a person can have written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 1024 * 1024
"""Bytes. The longest regulation that there is has 30,000."""


def written_text(file: Path) -> str:
    """What the file says, without a byte order mark. OSError or ValueError says why it cannot be read."""
    if file.exists() and not file.is_file():
        raise OSError("it is no ordinary file")
    with file.open("rb") as opened:
        found = opened.read(LARGEST + 1)
    if len(found) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST:,} bytes, which nobody writes by hand")
    try:
        return found.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8 (byte {error.start}): save it as UTF-8") from None
