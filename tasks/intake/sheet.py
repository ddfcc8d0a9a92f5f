"""The first sheet of a workbook as lines of JSON, read in a process of its own with bounds on memory, time and output.

The reader holds a sheet as one dense rectangle: two cells far apart make it ask for more memory than there is, and then
the process ends. So `workbook.py` runs this file as a script, which imports nothing of Duban. What the reader loses is
looked up in the XML: errors (`#N/A`), formulas that no program has computed, digits that a number cannot hold.
"""

from __future__ import annotations

import contextlib
import errno
import html
import json
import os
import re
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CELL_LIMIT = 32_767
"""Characters of a cell: what a spreadsheet can hold."""
UNPACKED, CELLS, ENCRYPTED, NO_SHEET, DAMAGED, MEMORY = (
    "unpacked",
    "cells",
    "encrypted",
    "no_sheet",
    "damaged",
    "memory",
)
"""The words by which a refusal is told on stderr."""

_OUTPUT_FACTOR = 8
"""Lines of JSON may be so many times longer than the XML: one text may stand in many cells."""
_READ_APART = (".xml", ".bin", ".rels")
_CELL = re.compile(
    rb"<c ([^<>]*)>(?:<f[^<>]*/>|<f[^<>]*>([^<]*)</f>)?(?:<v>([^<]*)</v>|<v ?/>)?</c>",
)
_HINT = re.compile(rb't="e"|</f>(?:<v></v>|<v ?/>)?</c>|<v>-?\d{16}')
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_LONG = re.compile(rb"-?\d{16,32}")
_PIECE = 1 << 20
_encoded = json.JSONEncoder(ensure_ascii=False).encode


class RefusedError(Exception):
    """The workbook is not read; the word says why."""


def main(file: str, unpacked: int, cells: int, seconds: int, memory: int) -> int:
    """Write every row that is not blank to stdout; on stderr one word when that cannot be."""
    _bound(seconds, memory, unpacked * _OUTPUT_FACTOR)
    try:
        _write(file, unpacked, cells)
    except RefusedError as error:
        word = str(error)
    except MemoryError:
        word = MEMORY
    except OSError as error:
        word = UNPACKED if error.errno == errno.EFBIG else DAMAGED
    except BaseException as error:  # noqa: BLE001 -- the reader panics over what is damaged, which is no Exception
        word = ENCRYPTED if type(error).__name__ == "PasswordError" else DAMAGED
    else:
        return 0
    sys.stderr.write(word)
    return 1


def _bound(seconds: int, memory: int, output: int) -> None:
    """What this process may use of the machine."""
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, output),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # the machine gives less, or does not know it
            resource.setrlimit(kind, (most, most))


def _write(file: str, unpacked: int, cells: int) -> None:
    from python_calamine import CalamineWorkbook, SheetTypeEnum  # noqa: PLC0415 -- only under the bounds

    packed = _packed(file, unpacked)
    book = CalamineWorkbook.from_path(file)
    places = [place for place, one in enumerate(book.sheets_metadata) if one.typ == SheetTypeEnum.WorkSheet]
    if not places:
        raise RefusedError(NO_SHEET)
    sheet = book.get_sheet_by_index(places[0])
    lost = _lost(packed, places[0], cells) if packed else {}
    top, left = sheet.start or (0, 0)
    if (left + sheet.width) * sheet.height > cells:
        raise RefusedError(CELLS)
    write = sys.stdout.write
    for number, values in enumerate(sheet.iter_rows(), top):
        row = [""] * left + [_text(value) for value in values]
        if number in lost:
            row = _completed(row, lost.pop(number))
        _write_row(write, number, row)
    for number in sorted(lost):  # below everything that the reader has seen
        _write_row(write, number, _completed([], lost[number]))
    sys.stdout.flush()


def _write_row(write: Callable[[str], object], number: int, row: list[str]) -> None:
    """The row's number, as a spreadsheet counts, and its cells; a blank row is left out."""
    while row and not row[-1]:
        row.pop()
    if row and any(cell and not cell.isspace() for cell in row):
        write(f"{number + 1}\t{_encoded(row)}\n")


def _completed(row: list[str], lost: dict[int, str]) -> list[str]:
    """The row with what the reader has lost."""
    row += [""] * (max(lost) + 1 - len(row))
    for column, text in lost.items():
        row[column] = text
    return row


def _packed(file: str, unpacked: int) -> zipfile.ZipFile | None:
    """The parts of the workbook; None where it is no zip. Refused when they unpack to too much."""
    if not zipfile.is_zipfile(file):
        return None
    packed = zipfile.ZipFile(file)
    entries = packed.infolist()
    if any(entry.flag_bits & 1 for entry in entries):
        raise RefusedError(ENCRYPTED)
    if sum(entry.file_size for entry in entries if entry.filename.lower().endswith(_READ_APART)) > unpacked:
        raise RefusedError(UNPACKED)
    return packed


# -- what the reader loses ---------------------------------------------------------------------------------------------


def _lost(packed: zipfile.ZipFile, place: int, cells: int) -> dict[int, dict[int, str]]:
    """By row and column: texts of errors, formulas without a value, numbers of more digits than a float holds."""
    found: dict[int, dict[int, str]] = {}
    part = _part(packed, place)
    if part is None:
        return found
    count = 0
    with packed.open(part) as file:
        for piece in _pieces(file):
            if not _HINT.search(piece):
                continue
            for cell in _CELL.finditer(piece):
                text = _lost_text(*cell.groups(b""))
                where = _PLACE.search(cell[1]) if text else None
                if where is None:
                    continue
                count += 1
                if count > cells:
                    raise RefusedError(CELLS)
                found.setdefault(int(where[2]) - 1, {})[_column(where[1])] = text
    return found


def _lost_text(attributes: bytes, formula: bytes, value: bytes) -> str:
    """What the cell says and the reader does not; nothing for an ordinary cell."""
    kind = re.search(rb'\bt="(\w+)"', attributes)
    if kind and kind[1] == b"e":
        return html.unescape(value.decode("utf-8", "replace"))[: CELL_LIMIT + 1]
    if not value and formula and not (kind and kind[1] == b"str"):
        return "=" + html.unescape(formula.decode("utf-8", "replace"))[:CELL_LIMIT]
    long = not kind or kind[1] == b"n"
    return value.decode() if long and _LONG.fullmatch(value) else ""


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    """The part, cut in front of cells."""
    rest = b""
    while read := file.read(_PIECE):
        piece = rest + read
        cut = piece.rfind(b"<c ")
        cut = cut if cut > 0 and len(piece) - cut < _PIECE else len(piece)
        rest = piece[cut:]
        yield piece[:cut]
    yield rest


def _part(packed: zipfile.ZipFile, place: int) -> str | None:
    """The name of the part with that sheet, in the order of the workbook; None where it is written in another way."""
    names = {entry.filename.lower(): entry.filename for entry in packed.infolist()}
    try:
        book = packed.read(names["xl/workbook.xml"])
        relations = packed.read(names["xl/_rels/workbook.xml.rels"])
    except KeyError:
        return None
    sheets = re.findall(rb'<(?:\w+:)?sheet\s[^<>]*\b\w+:id="([^"<>]+)"', book)
    if place >= len(sheets):
        return None
    for relation in re.findall(rb"<(?:\w+:)?Relationship\s[^<>]*>", relations):
        if b'Id="%s"' % sheets[place] in relation and (target := re.search(rb'Target="([^"<>]+)"', relation)):
            name = target[1].decode("utf-8", "replace").lower()
            return names.get(name[1:] if name.startswith("/") else f"xl/{name}")
    return None


def _column(letters: bytes) -> int:
    """0 for A."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


# -- what a cell shows -------------------------------------------------------------------------------------------------


def _text(value: Any) -> str:
    """What the cell shows: whole numbers without a decimal point, dates in the order of the calendar."""
    if isinstance(value, str):
        return value[: CELL_LIMIT + 1]
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        shown = (value + timedelta(milliseconds=500)).replace(microsecond=0)
        return str(shown.date()) if shown.time() == time() else str(shown)
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    status = main(sys.argv[1], *map(int, sys.argv[2:]))
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # what a full disk has left in the buffer is of no use
