"""Hostile workbooks, written part by part: each is generated, named for what is wrong with it."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACK = "http://schemas.openxmlformats.org/package/2006"
_TYPES = (
    f'<Types xmlns="{_PACK}/content-types"><Default Extension="rels" ContentType="application/xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_RELS = (
    f'<Relationships xmlns="{_PACK}/relationships"><Relationship Id="rId1" Type="{_DOC}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>'
)
_BOOK = (
    f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOC}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOOK_RELS = (
    f'<Relationships xmlns="{_PACK}/relationships">'
    f'<Relationship Id="rId1" Type="{_DOC}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_DOC}/sharedStrings" Target="sharedStrings.xml"/>'
    f'<Relationship Id="rId3" Type="{_DOC}/styles" Target="styles.xml"/></Relationships>'
)
BEGIN = f'<worksheet xmlns="{_MAIN}"><sheetData>'
END = "</sheetData></worksheet>"


def row(number: int, *cells: str) -> str:
    """A row of inline texts."""
    inline = (f'<c r="{chr(65 + n)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>' for n, cell in enumerate(cells))
    return f'<row r="{number}">{"".join(inline)}</row>'


HEAD = row(1, "number", "received_at", "customer", "content")
GOOD = row(2, "A1", "2026-11-01", "W", "x")


def book(path: Path, sheet: Iterable[str], **parts: Iterable[str]) -> None:
    """An XLSX; `parts` are further ones, or others in place of the usual, by name: `styles`, `workbook`."""
    texts: dict[str, Iterable[str]] = {
        "[Content_Types].xml": [_TYPES],
        "_rels/.rels": [_RELS],
        "xl/workbook.xml": [_BOOK],
        "xl/_rels/workbook.xml.rels": [_BOOK_RELS],
        "xl/worksheets/sheet1.xml": sheet,
    } | {name if "/" in name else f"xl/{name}.xml": text for name, text in parts.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in texts.items():
            with packed.open(name, "w", force_zip64=True) as part:
                for piece in text:
                    part.write(piece.encode())


def sheet(*rows: str) -> list[str]:
    """A sheet of these rows under the usual header."""
    return [BEGIN, HEAD, *rows, END]


def _broken(path: Path, *, keep: float = 1.0, damage: int = 0) -> None:
    book(path, sheet(GOOD))
    content = bytearray(path.read_bytes())
    content = content[: int(len(content) * keep)]
    for place in range(damage):
        content[100 + place * 37 % (len(content) - 100)] ^= 0xFF
    path.write_bytes(bytes(content))


def _lying(path: Path) -> None:
    """A part that says it is small and unpacks to 200 MB."""
    book(path, [BEGIN, HEAD, *(["<row/>" * 100_000] * 330), END])
    content = path.read_bytes()
    with zipfile.ZipFile(path) as packed:
        size = packed.getinfo("xl/worksheets/sheet1.xml").file_size
    path.write_bytes(
        content.replace(size.to_bytes(8, "little"), (1_000).to_bytes(8, "little")).replace(
            size.to_bytes(4, "little"), (1_000).to_bytes(4, "little")
        )
    )


def _encrypted(path: Path) -> None:
    path.write_bytes(_OLE + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 4_000)


def _many_entries(path: Path, count: int) -> None:
    book(path, sheet(GOOD))
    with zipfile.ZipFile(path, "a") as packed:
        for number in range(count):
            packed.writestr(f"xl/x{number}", b"")


def ods(path: Path, body: str) -> None:
    """A workbook as LibreOffice writes it, of one table."""
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for short, long in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("META-INF/manifest.xml", "<manifest/>")
        packed.writestr(
            "content.xml",
            f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="S">{body}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )


def ods_row(*cells: str, cell: str = "", of: str = "") -> str:
    """A row of texts; `cell` and `of` are further attributes."""
    inside = "".join(
        f'<table:table-cell office:value-type="string"{cell}><text:p>{one}</text:p></table:table-cell>' for one in cells
    )
    return f"<table:table-row{of}>{inside}</table:table-row>"


ODS_HEAD = ods_row("number", "received_at", "customer", "content")
_FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
_ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
)
_MANY_SHEETS = "".join(f'<sheet name="S{n}" sheetId="{n + 1}" r:id="rId1"/>' for n in range(2, 20_000))

BOOKS: dict[str, tuple[Callable[[Path], object], str]] = {
    "two cells at the corners": (lambda path: book(path, sheet(GOOD, _FAR)), "DUBAN_IMPORT_MEMORY"),
    "two cells far apart in a row": (
        lambda path: book(path, sheet('<row r="200"><c r="XFD200"><v>1</v></c></row>', GOOD)),
        "DUBAN_IMPORT_CELLS",
    ),
    "cells beyond all columns": (lambda path: book(path, sheet('<row r="2"><c r="ZZZZZZ2"><v>1</v></c></row>')), ""),
    "rows beyond all rows": (
        lambda path: book(path, sheet('<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>')),
        "",
    ),
    "a row zero": (lambda path: book(path, sheet('<row r="0"><c r="A0"><v>1</v></c></row>')), ""),
    "a cell without a name": (lambda path: book(path, sheet('<row><c r=""><v>1</v></c></row>')), ""),
    "a bomb in the sheet": (
        lambda path: book(path, [BEGIN, HEAD, *(["<row/>" * 100_000] * 300), END]),
        "DUBAN_IMPORT_UNPACKED",
    ),
    "a bomb in the texts": (
        lambda path: book(
            path, sheet(GOOD), sharedStrings=[f'<sst xmlns="{_MAIN}">', *(["<si><t>a</t></si>" * 50_000] * 200)]
        ),
        "DUBAN_IMPORT_UNPACKED",
    ),
    "a bomb in the styles": (
        lambda path: book(path, sheet(GOOD), styles=[f'<styleSheet xmlns="{_MAIN}">', *(["<xf/>" * 100_000] * 300)]),
        "DUBAN_IMPORT_UNPACKED",
    ),
    "a bomb in another sheet": (
        lambda path: book(path, sheet(GOOD), **{"xl/worksheets/sheet2.xml": [BEGIN, *(["<row/>" * 100_000] * 300)]}),
        "DUBAN_IMPORT_UNPACKED",
    ),
    "texts just below the limit": (
        lambda path: book(
            path,
            sheet(GOOD),
            sharedStrings=[f'<sst xmlns="{_MAIN}">', *(["<si><t>a</t></si>" * 50_000] * 140), "</sst>"],
        ),
        "DUBAN_IMPORT_MEMORY",
    ),
    "one text in very many cells": (
        lambda path: book(
            path,
            [BEGIN, HEAD, *(['<row><c t="s"><v>0</v></c></row>' * 1_000] * 100), END],
            sharedStrings=[f'<sst xmlns="{_MAIN}"><si><t>', "y" * 32_767, "</t></si></sst>"],
        ),
        "DUBAN_IMPORT_MEMORY",
    ),
    "a part that lies about its size": (_lying, ""),
    "entities that multiply": (lambda path: book(path, [_ENTITIES, "]>", BEGIN, row(1, "number", "&j;"), END]), ""),
    "entities from outside": (
        lambda path: book(
            path,
            [
                '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
                BEGIN,
                row(1, "number", "received_at"),
                row(2, "&e;", "x"),
                END,
            ],
        ),
        "",
    ),
    "deep nesting": (lambda path: book(path, [BEGIN, HEAD, "<a>" * 200_000, END]), ""),
    "a sheet that ends early": (lambda path: book(path, [BEGIN, HEAD, '<row r="2"><c r="A2"><v>1']), ""),
    "no sheet part": (lambda path: book(path, [], **{"xl/worksheets/sheet1.xml": []}), ""),
    "no sheets": (
        lambda path: book(path, sheet(GOOD), workbook=[f'<workbook xmlns="{_MAIN}"><sheets/></workbook>']),
        "",
    ),
    "very many sheets": (
        lambda path: book(path, [BEGIN, HEAD, END], workbook=[_BOOK.replace("</sheets>", f"{_MANY_SHEETS}</sheets>")]),
        "accepted 0",
    ),
    "a sheet of nothing": (lambda path: book(path, [BEGIN, END]), "empty"),
    "millions of empty rows": (
        lambda path: book(path, [BEGIN, *(['<row r="5" spans="1:11"/>' * 50_000] * 40), END]),
        "empty",
    ),
    "more columns than allowed": (
        lambda path: book(
            path,
            [
                BEGIN,
                '<row r="1">',
                "".join('<c t="inlineStr"><is><t>x</t></is></c>' for _ in range(2_000)),
                "</row>",
                END,
            ],
        ),
        "DUBAN_IMPORT_COLUMNS",
    ),
    "a text that is no index": (
        lambda path: book(path, sheet('<row r="2"><c r="A2" t="s"><v>99999999999</v></c></row>')),
        "",
    ),
    "a number of a million digits": (
        lambda path: book(path, sheet(f'<row r="2"><c r="A2"><v>{"9" * 1_000_000}</v></c></row>')),
        "",
    ),
    "a truncated zip": (lambda path: _broken(path, keep=0.6), ""),
    "a zip without its end": (lambda path: _broken(path, keep=0.97), ""),
    "a damaged zip": (lambda path: _broken(path, damage=40), ""),
    "a zip of something else": (lambda path: _zip(path, "readme.txt", b"x" * 100), ""),
    "an empty zip entry": (lambda path: _zip(path, "xl/workbook.xml", b""), ""),
    "only the start of a zip": (lambda path: path.write_bytes(b"PK\x03\x04"), ""),
    "a zip of many entries": (lambda path: _many_entries(path, 20_000), ""),
    "an encrypted workbook": (_encrypted, ""),
    "an old workbook of noise": (lambda path: path.write_bytes(_OLE + bytes(range(256)) * 200), ""),
    "an old workbook of zeros": (lambda path: path.write_bytes(_OLE + b"\0" * 100_000), ""),
    "an old workbook of full blocks": (lambda path: path.write_bytes(_OLE + b"\xff" * 100_000), ""),
    "an ODS of repeated rows": (
        lambda path: ods(path, ODS_HEAD + ods_row("a", "b", "c", "d", of=' table:number-rows-repeated="1048576"')),
        "",
    ),
    "an ODS of repeated cells": (
        lambda path: ods(path, ODS_HEAD + ods_row("a", cell=' table:number-columns-repeated="2000000000"')),
        "",
    ),
    "an ODS of both": (
        lambda path: ods(
            path,
            ODS_HEAD
            + ods_row("a", cell=' table:number-columns-repeated="16384"', of=' table:number-rows-repeated="1048576"'),
        ),
        "",
    ),
    "an ODS of no number": (
        lambda path: ods(path, ODS_HEAD + ods_row("a", of=' table:number-rows-repeated="-1"')),
        "",
    ),
    "an ODS of nothing": (lambda path: ods(path, ""), ""),
}
"""How it is written, and a word of the answer."""


def _zip(path: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(name, content)
