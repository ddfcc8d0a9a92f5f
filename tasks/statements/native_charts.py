"""The charts of the workbook: Excel's own, drawn from the cells beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tasks.statements.worksheets import Book, SheetColumns
    from tasks.statistics.figures import FigureTable

BLUE, GREEN, ORANGE, GREY = "#7ba6d6", "#2f855a", "#c05621", "#7b8794"
_WIDTH, _ROW, _LOW = 760, 22, 340


def add_chart(book: Book, sheet: Any, table: FigureTable, grid: SheetColumns) -> None:
    """The charts that the table asks for, right of it, one below the other."""
    make = {"trend": _trend, "pareto": _pareto, "bars": _bars}.get(table.chart or "")
    if make is None:
        return
    top = 0
    for chart in make(book, _Range(sheet, table, grid)):
        height = max(_LOW, 90 + _ROW * len(table.rows)) if table.chart == "bars" else _LOW
        chart.set_size({"width": _WIDTH, "height": height})
        chart.set_title({"none": True})
        chart.set_legend({"position": "top"})
        sheet.insert_chart(grid.header, len(grid.columns) + 1, chart, {"y_offset": top})
        top += height + 16


class _Range:
    """The cells of a column as a series."""

    def __init__(self, sheet: Any, table: FigureTable, grid: SheetColumns) -> None:
        self.name = sheet.name
        self.first, self.last, self.header = grid.header + 1, grid.header + len(table.rows), grid.header
        self.places = {column.id: place for place, column in enumerate(table.columns)}

    def series(self, column: str, **look: Any) -> dict[str, Any] | None:
        """None when the table has no such column."""
        place = self.places.get(column)
        if place is None:
            return None
        return {
            "name": [self.name, self.header, place],
            "categories": [self.name, self.first, 0, self.last, 0],
            "values": [self.name, self.first, place, self.last, place],
            **look,
        }


def _add(chart: Any, *series: dict[str, Any] | None) -> Any:
    for one in series:
        if one:
            chart.add_series(one)
    return chart


def _trend(book: Book, cells: _Range) -> list[Any]:
    """Received and closed; and what is open, which has a scale of its own."""
    columns = book.workbook.add_chart({"type": "column"})
    _add(columns, cells.series("received", fill={"color": BLUE}, gap=40))
    lines = book.workbook.add_chart({"type": "line"})
    _add(
        lines,
        cells.series("closed", line={"color": GREEN, "width": 2}),
        cells.series("received_year_ago", line={"color": GREY, "width": 1.5, "dash_type": "dash"}),
    )
    columns.combine(lines)
    level = book.workbook.add_chart({"type": "line"})
    _add(level, cells.series("open_end", line={"color": ORANGE, "width": 2}))
    for chart in (columns, level):
        chart.set_y_axis(_AXIS)
        chart.set_x_axis({"num_font": {"rotation": -45}})
    return [columns, level]


def _pareto(book: Book, cells: _Range) -> list[Any]:
    columns = book.workbook.add_chart({"type": "column"})
    _add(columns, cells.series("received", fill={"color": BLUE}, gap=30, data_labels={"value": True}))
    line = book.workbook.add_chart({"type": "line"})
    look = {"line": {"color": ORANGE, "width": 2}, "marker": {"type": "circle", "size": 5}, "y2_axis": True}
    _add(line, cells.series("cumulative", **look))
    columns.combine(line)
    columns.set_y_axis(_AXIS)
    line.set_y2_axis({"min": 0, "max": 1, "num_format": "0%"})
    return [columns]


def _bars(book: Book, cells: _Range) -> list[Any]:
    chart = book.workbook.add_chart({"type": "bar"})
    _add(chart, cells.series("on_time_rate", fill={"color": BLUE}, gap=40, data_labels={"value": True}))
    chart.set_x_axis({"min": 0, "max": 1, "num_format": "0%", "major_gridlines": {"visible": True, "line": _RULE}})
    chart.set_y_axis({"reverse": True, "crossing": "max", "interval_unit": 1})
    return [chart]


_RULE = {"color": "#dde1e6"}
_AXIS = {"min": 0, "major_gridlines": {"visible": True, "line": _RULE}}
