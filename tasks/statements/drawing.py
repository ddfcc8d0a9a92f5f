"""The charts as PNG, drawn by matplotlib with the font that comes with zhplot, so that Chinese renders on any machine.

Twice as dense as they are shown; the same figures give the same bytes. No state is shared: each chart is a `Figure` of
its own. Nothing here decides what a chart says.
"""

from __future__ import annotations

import io
import warnings
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.font_manager import FontProperties

WIDTH = 5.6
"""Inches, of 100 pixels as they are shown: the words stay readable when a phone shows the picture at 350."""
DENSITY = 200
BLUE, GREEN, ORANGE, GREY, RED = "#7ba6d6", "#2f855a", "#c05621", "#7b8794", "#d9736b"
INK, RULE = "#323f4b", "#dde1e6"
_SIZE, _SMALL = 10.0, 9.0
_PLAIN: dict[str, Any] = {"parse_math": False}
"""A dollar sign in a category is a dollar sign."""


class CannotDrawError(RuntimeError):
    """Neither matplotlib nor the font is to be had here."""


def font_file() -> Path:
    """Where zhplot keeps its font; the package itself is never imported, it would change matplotlib's settings."""
    spec = find_spec("zhplot")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        found = Path(folder) / "fonts" / "NotoSansSC-Regular.ttf"
        if found.is_file():
            return found
    raise CannotDrawError("the font of zhplot is not installed")


@lru_cache(maxsize=4)
def _font(size: float) -> FontProperties:
    try:
        from matplotlib.font_manager import FontProperties  # noqa: PLC0415 -- takes a second; only charts need it
    except ImportError as error:
        raise CannotDrawError(f"matplotlib cannot be loaded: {error}") from error
    return FontProperties(fname=str(font_file()), size=size)


def trend(
    labels: Sequence[str],
    bars: tuple[str, Sequence[float | None]],
    line: tuple[str, Sequence[float | None]],
    dashed: tuple[str, Sequence[float | None]] | None,
    level: tuple[str, Sequence[float | None]] | None,
) -> bytes:
    """Bars, a line and another year's dashed line, one value a label; a level, on a scale of its own, in a strip below.

    Each comes with its name.
    """
    places = list(range(len(labels)))
    axes, *below = _axes(2.7, 1.1) if level else _axes(2.7)
    axes.bar(places, _gaps(bars[1]), width=0.72, color=BLUE, label=bars[0])
    dots: dict[str, Any] = {"marker": "o", "markersize": 4} if len(places) < _FEW else {}
    axes.plot(places, _gaps(line[1]), color=GREEN, linewidth=2, label=line[0], **dots)
    if dashed:
        axes.plot(places, _gaps(dashed[1]), color=GREY, linewidth=1.6, linestyle=_DASHES, label=dashed[0])
    if level:
        below[0].plot(places, _gaps(level[1]), color=ORANGE, linewidth=2, label=level[0], **dots)
        below[0].fill_between(places, _gaps(level[1]), color=ORANGE, alpha=0.12, linewidth=0)
    for one in (axes, *below):
        one.set_ylim(bottom=0)
        one.set_xlim(-0.6, len(places) - 0.4)
        _values_left(one, 4 if one is axes else 2)
        one.set_xticks([])
    step = -(-len(labels) // _LABELS)
    last = (axes, *below)[-1]
    last.set_xticks(places[::step], labels[::step], fontproperties=_font(_SMALL), **_PLAIN)
    _legend(axes, *below)
    return _png(axes)


def pareto(
    names: Sequence[str], counts: Sequence[float], cumulative: Sequence[float], titles: tuple[str, str]
) -> bytes:
    """Bars by size and the line of their cumulative share; `titles` name both."""
    (axes,) = _axes(3.3)
    places = list(range(len(names)))
    shown = axes.bar(places, counts, width=0.72, color=BLUE, label=titles[0])
    axes.bar_label(shown, [f"{count:,.0f}" for count in counts], fontproperties=_font(_SMALL), color=INK, padding=1)
    axes.set_xticks(
        places, names, fontproperties=_font(_SMALL), rotation=30, ha="right", rotation_mode="anchor", **_PLAIN
    )
    axes.set_ylim(0, max(counts) * 1.14)
    _values_left(axes)
    right = axes.twinx()
    right.plot(
        places,
        [share * 100 for share in cumulative],
        color=ORANGE,
        linewidth=2,
        marker="o",
        markersize=4,
        label=titles[1],
    )
    right.set_ylim(0, 114)
    right.set_yticks(range(0, 101, 20), [f"{share}%" for share in range(0, 101, 20)], fontproperties=_font(_SMALL))
    _bare(right)
    _legend(axes, right)
    return _png(axes)


def bars(
    names: Sequence[str], shares: Sequence[float], texts: Sequence[str], lines: Sequence[tuple[str, float]]
) -> bytes:
    """A bar per name, the first on top; `texts` stand at their ends, `lines` (name, share) cross them all."""
    (axes,) = _axes(0.75 + 0.27 * len(names))
    places = list(range(len(names)))
    limit = min((share for _, share in lines), default=1.0)
    colours = [RED if share < limit else BLUE for share in shares]
    axes.barh(places, [share * 100 for share in shares], height=0.66, color=colours)
    for place, text in zip(places, texts, strict=True):
        axes.text(102, place, text, va="center", fontproperties=_font(_SMALL), color=INK, **_PLAIN)

    for (name, share), colour in zip(lines, (ORANGE, GREY), strict=False):
        axes.axvline(share * 100, color=colour, linewidth=1.4, linestyle=_DASHES, label=name)
    axes.set_yticks(places, names, fontproperties=_font(_SMALL), **_PLAIN)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, 146)
    axes.set_xticks(range(0, 101, 20), [f"{share}%" for share in range(0, 101, 20)], fontproperties=_font(_SMALL))
    _bare(axes)
    axes.grid(axis="x", color=RULE, linewidth=0.8)
    _legend(axes)
    return _png(axes)


_FEW, _LABELS = 16, 10
_DASHES = (0, (4, 2.5))
_COLOURS = 32
"""So many tell every line and the smoothed edges of letters; the picture takes a third of the bytes."""


def _axes(*heights: float) -> list[Axes]:
    """Fields of that many inches, one below the other."""
    _font(_SMALL)  # says at once when nothing can be drawn
    from matplotlib.figure import Figure  # noqa: PLC0415 -- as above

    figure = Figure(figsize=(WIDTH, sum(heights)), dpi=DENSITY, layout="constrained", facecolor="white")
    fields = figure.subplots(len(heights), squeeze=False, gridspec_kw={"height_ratios": heights})
    return [field for row in fields for field in row]


def _values_left(axes: Axes, steps: int = 5) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 -- as above

    axes.yaxis.set_major_locator(MaxNLocator(steps, integer=True))
    for label in axes.get_yticklabels():
        label.set_fontproperties(_font(_SMALL))
    axes.grid(axis="y", color=RULE, linewidth=0.8)
    _bare(axes)


def _bare(axes: Axes) -> None:
    """No frame, no ticks, quiet colours."""
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors=INK)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _legend(*layers: Axes) -> None:
    """Above the chart, in one row, the bars first; none where nothing has a name."""
    from matplotlib.lines import Line2D  # noqa: PLC0415 -- as above

    found = [layer.get_legend_handles_labels() for layer in layers]
    pairs = [pair for one, two in found for pair in zip(one, two, strict=True)]
    pairs.sort(key=lambda pair: isinstance(pair[0], Line2D))  # what is in front came first: bars, then lines
    if not pairs:
        return
    handles, names = zip(*pairs, strict=True)
    figure = layers[0].figure
    figure.legend(
        handles,
        names,
        loc="outside upper left",
        ncols=4,
        frameon=False,
        prop=_font(_SIZE),
        handlelength=1.6,
        columnspacing=1.2,
    )


def _gaps(values: Sequence[float | None]) -> list[float]:
    return [float("nan") if value is None else float(value) for value in values]


def _png(axes: Axes) -> bytes:
    from PIL import Image  # noqa: PLC0415 -- as above

    figure = axes.get_figure(root=True)
    assert figure is not None  # noqa: S101 -- for mypy: axes of ours have one
    drawn = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a sign that the font lacks is shown as a box, and nobody can act on it
        figure.savefig(drawn, format="png")
    small = io.BytesIO()
    with Image.open(drawn) as picture:
        few = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    few.save(small, format="png", optimize=True)
    return small.getvalue()
