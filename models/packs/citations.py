"""Whether citations are true: the numbers and headings of an article stand at or above the lines that are cited.

The texts themselves are not here; `headings.csv` has what stands there (`headings.py` writes it).
"""

from __future__ import annotations

import csv
import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from models import SHIPPED
from models.packs.text import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE = SHIPPED / "headings.csv"
CHINESE = "一二三四五六七八九十百零〇"
ARTICLE = rf"第\s*[{CHINESE}\d]+\s*[条章节款项]"
DECIMAL = r"\d+(?:[.．]\d+)+"
_TOKEN = re.compile(
    rf"(?P<joint>[至及和与](?=\s*[第\d(（{CHINESE}]))|《(?P<quoted>[^》]+)》|(?P<article>{ARTICLE})|[(（](?P<cnb>[{CHINESE}]+)、?[)）]|(?P<decimal>{DECIMAL})"
    rf"|[(（]?(?P<n>\d+)[)）]?|(?<![^\W\d_{CHINESE}])(?P<cn>[{CHINESE}]+)(?![^\W\d_至及和])|(?P<word>[^\W\d_]+)"
)
NUMBER = re.compile(rf"[\d.{CHINESE}]+|{ARTICLE}")
_WHOLE = "全文"
_RANGE = "至"


class Row(NamedTuple):
    """A cited line, or several as `589-593`: what stands above and in it, as labels (`四`, `第五条`) and headings."""

    source: str
    lines: str
    above: tuple[str, ...]
    here: tuple[str, ...]


class Cited(NamedTuple):
    """A citation of a pack: where it stands there, the article, and the lines of the text."""

    place: str
    article: str
    source: str
    lines: tuple[str, ...]
    """Each a number, or a range of them."""


def citations(file: Path) -> Iterator[Cited]:
    """Every citation of the pack in that file, the one of the whole text first."""
    yield from _cited(parsed(file.read_text(encoding="utf-8-sig")), file.stem)


def faults(citation: Cited, rows: dict[tuple[str, str], Row]) -> Iterator[str]:
    """What is not true of a citation: a label or heading that stands nowhere at or above its lines."""
    known = [rows[citation.source, line] for line in citation.lines if (citation.source, line) in rows]
    if len(known) < len(citation.lines):
        yield f"{citation.place}: lines {', '.join(citation.lines)} are not in {FILE.name}: write it anew"
        return
    standing = [label for row in known for label in (*row.above, *row.here)]
    labels = list(labels_of(citation.article))
    for label in labels:
        if not _stands(label, standing):
            there = "; ".join(f"{row.lines} {'/'.join((*row.above[-3:], *row.here)) or '-'}" for row in known)
            yield f"{citation.place}: {citation.article!r}: no {label} at or above its lines ({there})"
    for row in known:
        if (
            labels
            and _RANGE not in citation.article
            and not any(_stands(label, [*row.above, *row.here]) for label in labels)
        ):
            here = "/".join((*row.above[-3:], *row.here)) or "-"
            yield f"{citation.place}: {citation.article!r}: line {row.lines} is under {here}"


@cache
def headings(file: Path = FILE) -> dict[tuple[str, str], Row]:
    """The rows of the file, by source and line."""
    with file.open(encoding="utf-8", newline="") as lines:
        return {
            (row["source"], row["lines"]): Row(
                row["source"], row["lines"], tuple(row["above"].split()), tuple(row["here"].split())
            )
            for row in csv.DictReader(lines)
        }


def lines_of(text: str) -> tuple[str, ...]:
    """`585, 589-593` apart."""
    return tuple(dict.fromkeys(re.findall(r"\d+(?:-\d+)?", text)))


def labels_of(article: str) -> Iterator[str]:
    """The numbers and words of which an article is made."""
    for found in _TOKEN.finditer(article):
        kind, text = str(found.lastgroup), str(found[str(found.lastgroup)])
        if kind == "quoted":
            yield f"《{plain(text)}》"
        elif kind != "joint" and text != _WHOLE:
            yield plain(text)


def _stands(label: str, standing: list[str]) -> bool:
    """Whether it is one of the numbers, or words of a heading."""
    if label.startswith("《"):
        return any(label[1:-1] in other for other in standing)
    if NUMBER.fullmatch(label):
        return not {label, label.removeprefix("第").rstrip("条章节款项")}.isdisjoint(standing)
    return any(label in other for other in standing)


def plain(text: str) -> str:
    """Without spaces, and with one kind of point."""
    return re.sub(r"\s+", "", text).replace("．", ".").strip(".")


def _cited(value: Any, place: str) -> Iterator[Cited]:
    if isinstance(value, list):
        for number, entry in enumerate(value, 1):
            name = entry.get("id", number) if isinstance(entry, dict) else number
            yield from _cited(entry, f"{place} {name}")
    if not isinstance(value, dict):
        return
    cite = value.get("cite")
    if isinstance(cite, dict) and cite.get("source"):
        lines = lines_of(str(cite.get("lines", "")))
        yield Cited(place, str(cite["article"]), str(cite["source"]), lines)
    for key, entry in value.items():
        if key != "cite":
            yield from _cited(entry, place if isinstance(entry, list) else f"{place} {key}")
