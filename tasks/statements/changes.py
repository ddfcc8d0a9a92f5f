"""What a revision says otherwise than the one before: each figure that changed, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from models.language.words import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tasks.statistics.figures import Cell, Figures, FigureTable

_Rows: TypeAlias = "dict[str, tuple[Text | None, tuple[Cell, ...]]]"
"""Rows by their key: a name of their own, if they have one, and the cells."""

MOST = 200
"""So many changes of one part are kept; a last line counts the rest."""
LISTS = frozenset({"longest_open", "postponements"})
"""Tables that list cases: they change with every case, and say nothing that the other tables do not."""
_TOTAL = Text(zh="合计", en="total")


class _Place(NamedTuple):
    """Where a figure stands."""

    part: str
    table: str
    row: str
    column: str


def differences(before: Mapping[str, Figures], after: Mapping[str, Figures]) -> list[dict[str, Any]]:
    """Every figure that differs: part, table, row, column, before, after, and a sentence in zh and en."""
    found: list[dict[str, Any]] = []
    for part in sorted({*before, *after}):
        changed = list(_of_part(part, before.get(part), after.get(part)))
        found += changed[:MOST]
        if len(changed) > MOST:
            more = len(changed) - MOST
            place = _Place(part, "", "", "")
            found.append(_change(place, None, more, f"另有 {more} 处不同", f"{more} more figures differ"))
    return found


def of_part(changes: list[dict[str, Any]], part: str) -> list[dict[str, Any]]:
    """Those that concern one part."""
    return [change for change in changes if change["part"] == part]


def _of_part(part: str, before: Figures | None, after: Figures | None) -> Iterator[dict[str, Any]]:
    if before is None or after is None:
        zh, en = ("新增", "is new") if before is None else ("不再出现", "is gone")
        yield _change(_Place(part, "", "", ""), None, None, f"部门“{part}”{zh}", f"the department {part} {en}")
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
            if was != now and (was or now):
                place = _Place(part, after.id, key, column.id)
                yield _figure(place, [after.title, _text(label, cells), column.title], column.kind, was, now)


def _rows(table: FigureTable) -> _Rows:
    """What everybody may see of each row: the page of the review shows changes to operations."""
    found: _Rows = {
        row.key: (None, row.masked if row.secret else row.cells) for row in table.rows if row.masked or not row.secret
    }
    if table.total is not None:
        found["(total)"] = (_TOTAL, table.total)
    return found


def _cell(rows: _Rows, key: str, index: int | None) -> Cell:
    return rows[key][1][index] if key in rows and index is not None else None


def _text(label: Text | None, cells: tuple[Cell, ...]) -> Text:
    if label:
        return label
    return cells[0] if isinstance(cells[0], Text) else Text(zh=str(cells[0]), en=str(cells[0]))


def _figure(place: _Place, names: list[Text], kind: str, before: Cell, after: Cell) -> dict[str, Any]:
    zh = "·".join(name.zh for name in names)
    en = " / ".join(name.en for name in names)
    old, new = _shown(before, kind), _shown(after, kind)
    return _change(place, before, after, f"{zh}：{old[0]} → {new[0]}", f"{en}: {old[1]} → {new[1]}")


def _shown(value: Cell, kind: str) -> tuple[str, str]:
    """A value in a sentence."""
    from tasks.statements.values import shown  # noqa: PLC0415 -- only where something changed

    return shown(value, kind, "zh"), shown(value, kind, "en")


def _change(place: _Place, before: Cell, after: Cell, zh: str, en: str) -> dict[str, Any]:
    return {**place._asdict(), "before": _plain(before), "after": _plain(after), "zh": zh, "en": en}


def _plain(value: Cell) -> Any:
    return value.model_dump() if isinstance(value, Text) else value
