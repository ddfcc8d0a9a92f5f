"""The numbering above the lines that packs cite: what shows whether a citation is true, without the texts themselves.

    python -m models.packs.headings FOLDER > models/regulations/headings.csv

reads the texts in FOLDER and writes one row for each line that a pack cites: the numbers and short headings that stand
above it (the outermost first) and those that stand in it. Facts and numbering only, no sentence; of a citation that
quotes words, `《on Friday》`, the words where they stand in the line. To be run anew when a pack cites other lines.
"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from models import SHIPPED
from models.packs.citations import ARTICLE, CHINESE, DECIMAL, NUMBER, Row, citations, labels_of, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SHORT = 24
"""Signs of the longest heading that is kept."""
BEFORE = 60
"""So many lines above a text are looked at: its heading may stand there."""
FIRST = frozenset({"1", "一", "第一条", "第一章"})
RANKS = (
    "章",
    "节",
    "条",
    "款",
    "项",
    "cn",
    "cnb",
    "cnhalf",
    "n",
    *(f"decimal {depth}" for depth in range(9)),
    "nb",
    "half",
)
"""How numbers are written, the outermost first, where a text does not show it."""
_BEGIN = re.compile(
    rf"\s*(?:(?P<article>{ARTICLE})|(?P<cn>[{CHINESE}]+)(?=[、.．\s,，:：])|[(（](?P<cnb>[{CHINESE}]+)、?[)）]"
    rf"|(?P<cnhalf>[{CHINESE}]+)[)）]|(?P<decimal>{DECIMAL})|[(（](?P<nb>\d+)[)）]|(?P<half>\d+)[)）]"
    rf"|(?P<n>\d{{1,2}})(?=[、.．\s,，:：]|[^\d%年月日点:：.元号]))"
)
_INSIDE = re.compile(
    rf"(?<=[。;；:：!！.\s、,，)）★”\"])(?<!\d\.)"
    rf"(?:(?P<article>{ARTICLE})|(?P<cn>[{CHINESE}]+)(?=[、.．])|[(（](?P<cnb>[{CHINESE}]+)、?[)）]"
    rf"|(?P<decimal>{DECIMAL})(?![\d%元])|[(（](?P<nb>\d+)[)）]|(?P<half>\d+)[)）]|(?P<n>\d+)(?=[、.．](?!\d)))"
)
_STOPS = re.compile(r"[。;；!！?？]|[,，:：].")


class _Text:
    """One text with its lines."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    def row(self, source: str, lines: str, text_lines: str, words: Iterable[str]) -> Row:
        """What stands above and in these lines.

        `text_lines` is where the whole text of the pack stands; `words` are those that the citations of these lines
        quote: they are kept where the lines have them.
        """
        first, last = _ends(lines)
        begin, end = _ends(text_lines)
        above = _Above()
        inside = begin <= first <= end and begin < end
        for number in range(max((begin if inside else first) - BEFORE, 1), first):
            if inside and number == begin:
                above.stack.clear()
            if text := self.lines[number - 1].strip():
                above.pass_by(text)
        if inside and first == begin:
            above.stack.clear()
        own: list[str] = []
        for line in self.lines[first - 1 : last]:
            text = line.strip()
            numbers = list(_numbers(text))
            if numbers and not own:
                above.come_to(*numbers[0])
                above.stack.pop()
            own += [*(label for _, label in numbers), *(label for _, label in _inside(text)), _heading(text)]
            own += [f"《{one}》" for one in words if one in plain(text)]
        return Row(source, lines, _split(above.labels), _split(own))


def _ends_with(above: str, style: str, label: str) -> bool:
    """Whether a number of a new style ends what stands above: not when it may be the first of a list in it."""
    if style == "n":
        return above in ("nb", "half") and label not in FIRST
    return RANKS.index(above) >= RANKS.index(style) and not (style == "nb" and label in FIRST)


def _holds(span: str, lines: str) -> bool:
    return _ends(span)[0] <= _ends(lines)[0] <= _ends(span)[1]


def _ends(lines: str) -> tuple[int, int]:
    found = [int(part) for part in lines.split("-")]
    return found[0], found[-1]


class _Above:
    """The numbers and headings that govern a line, while a text is read."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.stack: list[tuple[str, str]] = []

    @property
    def labels(self) -> list[str]:
        """The last two headings without a number, then the numbers, the outermost first."""
        return [*self.titles[-2:], *(label for _, label in self.stack)]

    def pass_by(self, text: str) -> None:
        """Read a line that stands above."""
        begin = list(_numbers(text))
        if not begin and len(text) <= SHORT and not _STOPS.search(text):
            self.titles.append(plain(text))
            return
        for number, (style, label) in enumerate((*begin, *_inside(text))):
            self.come_to(style, label)
            if number == len(begin) - 1:
                self.stack[-1] = (style, f"{label} {_heading(text)}")

    def come_to(self, style: str, label: str) -> None:
        """A number: what is of its rank or below it ends."""
        styles = [one for one, _ in self.stack]
        if style in styles:
            self.stack = self.stack[: styles.index(style)]
        else:
            self.stack = [one for one in self.stack if not _ends_with(one[0], style, label)]
        self.stack.append((style, label))


def _split(labels: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for label in labels for part in label.split()))


def _numbers(text: str) -> Iterator[tuple[str, str]]:
    """The numbers with which a line begins, each with its style: `3、 3.1` are two."""
    begin = 0
    while found := _BEGIN.match(text, begin):
        yield _style(found), _label(found)
        begin = found.end()
        while begin < len(text) and text[begin] in "、.．,， :：\u3000":
            begin += 1


def _inside(text: str) -> Iterator[tuple[str, str]]:
    """The numbers in the midst of a line, with their styles."""
    yield from ((_style(found), _label(found)) for found in _INSIDE.finditer(text) if found.start())


def _style(found: re.Match[str]) -> str:
    """The rank of a number is known by how it is written."""
    kind = str(found.lastgroup)
    if kind == "decimal":
        return f"decimal {_label(found).count('.')}"
    return _label(found)[-1] if kind == "article" else kind


def _label(found: re.Match[str]) -> str:
    return plain(str(found[str(found.lastgroup)]))


def _heading(text: str) -> str:
    """The words of a short line, or those before a colon or a space; nothing of a sentence."""
    words = text
    while found := _BEGIN.match(words):
        words = words[found.end() :].lstrip("、.．,， :：\u3000")
    head = re.split(r"[:：]", words)[0]
    short = plain(words if len(words) <= SHORT and not _STOPS.search(words) else head)
    return short if len(short) <= SHORT and not _STOPS.search(short) and not re.search(r"\d$", short) else ""


def _rows(folder: Path) -> Iterator[Row]:
    """Every cited line of every pack, once."""
    texts: dict[str, _Text] = {}
    found: dict[tuple[str, str], Row] = {}
    for file in sorted(SHIPPED.glob("*.yaml")):
        cited = list(citations(file))
        for one in cited:
            if one.source not in texts:
                texts[one.source] = _Text((folder / one.source).read_text(encoding="utf-8").splitlines())
            words = [label.strip("《》") for label in labels_of(one.article) if not NUMBER.fullmatch(label)]
            whole = {other.source: other.lines for other in cited if other.place == file.stem}
            for lines in one.lines:
                around = next((span for span in whole.get(one.source, ()) if _holds(span, lines)), "0")
                row = texts[one.source].row(one.source, lines, around, words)
                known = found.get((one.source, lines))
                here = tuple(dict.fromkeys([*known.here, *row.here])) if known else row.here
                found[one.source, lines] = row._replace(here=here)
    yield from (found[key] for key in sorted(found, key=lambda key: (key[0], int(key[1].split("-")[0]), key[1])))


def main(folder: Path) -> None:
    """Write the rows."""
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(Row._fields)
    for row in _rows(folder):
        rows.writerow((row.source, row.lines, " ".join(row.above), " ".join(row.here)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
