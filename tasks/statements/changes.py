"""What a revision says otherwise than the one before: each figure that changed, in every language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from models.wording.catalogue import SECOND, say
from tasks.statistics.phrases import Phrase, in_each, phrase, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tasks.statistics.figures import Cell, Figures, FigureTable

_Rows: TypeAlias = "dict[str, tuple[Phrase | None, tuple[Cell, ...]]]"
"""Rows by their key: a name of their own, if they have one, and the cells."""

MOST = 200
"""So many changes of one part are kept; a last line counts the rest."""
LISTS = frozenset({"longest_open", "postponements"})
"""Tables that list cases: they change with every case, and say nothing that the other tables do not."""


class _Place(NamedTuple):
    """Where a figure stands."""

    part: str
    table: str
    row: str
    column: str


def differences(before: Mapping[str, Figures], after: Mapping[str, Figures]) -> list[dict[str, Any]]:
    """Every figure that differs: part, table, row, column, before, after, and a sentence in each language."""
    found: list[dict[str, Any]] = []
    for part in sorted({*before, *after}):
        changed = list(_of_part(part, before.get(part), after.get(part)))
        found += changed[:MOST]
        if len(changed) > MOST:
            more = len(changed) - MOST
            found.append(_change(_Place(part, "", "", ""), None, more, phrase("statement.change.more", figures=more)))
    return found


def of_part(changes: list[dict[str, Any]], part: str) -> list[dict[str, Any]]:
    """Those that concern one part."""
    return [change for change in changes if change["part"] == part]


def _of_part(part: str, before: Figures | None, after: Figures | None) -> Iterator[dict[str, Any]]:
    if before is None or after is None:
        what = "new_part" if before is None else "gone_part"
        yield _change(_Place(part, "", "", ""), None, None, phrase(f"statement.change.{what}", part=part))
        return
    old = {headline.id: headline for headline in before.headlines}
    for headline in after.headlines:
        was = old[headline.id].value if headline.id in old else None
        if was != headline.value:
            place = _Place(part, "headlines", headline.id, "value")
            yield _figure(place, [headline.title], headline.kind, was, headline.value)
    tables = {table.id: table for table in before.tables}
    for table in after.tables:
        if table.id not in LISTS:
            yield from _of_table(part, tables.get(table.id), table)


def _of_table(part: str, before: FigureTable | None, after: FigureTable) -> Iterator[dict[str, Any]]:
    old = _rows(before) if before else {}
    new = _rows(after)
    columns = {column.id: index for index, column in enumerate(before.columns)} if before else {}
    for key in (*new, *(key for key in old if key not in new)):
        label, cells = new.get(key) or old[key]
        for index, column in enumerate(after.columns):
            if index == 0:
                continue  # the name of the row
            was = _cell(old, key, columns.get(column.id))
            now = _cell(new, key, index)
            if _compared(was) != _compared(now) and (was or now):
                place = _Place(part, after.id, key, column.id)
                yield _figure(place, [after.title, _text(label, cells), column.title], column.kind, was, now)


def _rows(table: FigureTable) -> _Rows:
    """What everybody may see of each row: the page of the review shows changes to operations."""
    found: _Rows = {
        row.key: (None, row.masked if row.secret else row.cells) for row in table.rows if row.masked or not row.secret
    }
    if table.total is not None:
        found["(total)"] = (phrase("statement.change.total"), table.total)
    return found


def _cell(rows: _Rows, key: str, index: int | None) -> Cell:
    return rows[key][1][index] if key in rows and index is not None else None


def _compared(value: Cell) -> object:
    """A value without the languages that came later than some statement."""
    return (value.zh, value.en) if isinstance(value, Phrase) else value


def _text(label: Phrase | None, cells: tuple[Cell, ...]) -> Phrase:
    if label:
        return label
    return cells[0] if isinstance(cells[0], Phrase) else in_each(lambda _: str(cells[0]))


def _figure(place: _Place, names: list[Phrase], kind: str, before: Cell, after: Cell) -> dict[str, Any]:
    from tasks.statements.values import shown  # noqa: PLC0415 -- only where something changed

    def sentence(language: str) -> str:
        where = say(language, "statement.change.within").join(said(name, language) for name in names)
        values = {"before": shown(before, kind, language), "after": shown(after, kind, language)}
        return say(language, "statement.change.figure", names=where, **values)

    return _change(place, before, after, in_each(sentence))


def _change(place: _Place, before: Cell, after: Cell, sentence: Phrase) -> dict[str, Any]:
    return {**place._asdict(), "before": _plain(before), "after": _plain(after), **sentence.model_dump()}


def _plain(value: Cell) -> Any:
    return value.model_dump() if isinstance(value, Phrase) else value


def sentence_of(change: Mapping[str, Any], language: str) -> str:
    """What changed, in English where it was written down before there was that language."""
    return str(change.get(language) or change[SECOND])
