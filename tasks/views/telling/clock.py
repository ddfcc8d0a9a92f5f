"""What is told of a clock: why it started, its limits, what counted, how it ended, where the record differs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from models.timeline.story import State
from models.wording.catalogue import FIRST
from models.wording.durations import duration_words
from tasks.views.story import StartedBy
from tasks.views.telling.words import at, by, event, length, state, titled, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import tzinfo

    from tasks.views.story import ClockStory, LimitStory, SpanStory

SPANS = 12
"""So many stretches of one clock are told; `--json` has all of them."""


def heading(clock: ClockStory) -> str:
    """Which rule, by which article, in which round."""
    title = f"{clock.title.zh} {clock.title.en}" if clock.title else clock.rule
    article = (clock.cite.article,) if clock.cite else ()
    return " · ".join((f"{clock.rule}: {title}", *article, words("round", count=clock.round)))


def facts(clock: ClockStory, zone: tzinfo) -> Mapping[str, str]:
    """What is known of the clock, by the names of the labels; empty what is not."""
    provisional = f" · {words('provisional')}" if clock.provisional else ""
    return {
        "state": state(clock.state) + provisional,
        "responsible": titled(clock.responsible, clock.responsible_title),
        "started": _started(clock, zone),
        "opens": at(clock.opens_at, zone),
        "limit": "; ".join(_limits(clock, zone)),
        "due": _due(clock, zone),
        "ended": _ended(clock, zone),
        "article": clock.cite.article if clock.cite else "",
        "met": at(clock.met_at, zone),
    }


def _started(clock: ClockStory, zone: tzinfo) -> str:
    started = clock.started
    if started is None:
        return at(clock.starts_at, zone)
    why = f" ({words('new_round')})" if started.why is StartedBy.ROUND else ""
    base = ""
    if clock.counts_from and clock.counts_from != started.at:
        base = f" · {words('counts_from')} {at(clock.counts_from, zone)}"
    return f"{at(started.at, zone)} {event(started.event, started.title)}{why}{by(started.by)}{base}"


def _limits(clock: ClockStory, zone: tzinfo) -> Iterator[str]:
    """Which limits there are, and which of them is the tightest."""
    several = sum(limit.applies for limit in clock.limits) > 1
    for limit in clock.limits:
        yield _limit(limit) + (_compared(limit, zone) if several else "")


def _limit(limit: LimitStory) -> str:
    text = limit.limit or "-"
    if limit.limit and not limit.date:
        text = f"{duration_words(limit.limit, FIRST)} {limit.limit}"
    if limit.by:
        text += f" ({limit.by}={limit.value})"
    if limit.date:
        text += f" ({words('dated')})"
    return text if limit.applies else f"{text} {words('inapplicable')}"


def _compared(limit: LimitStory, zone: tzinfo) -> str:
    """When a limit among others would fall due alone."""
    tightest = f" ← {words('tightest')}" if limit.tightest else ""
    return f" → {at(limit.due_at, zone) or '-'}{tightest}" if limit.applies else ""


def _due(clock: ClockStory, zone: tzinfo) -> str:
    text = at(clock.due_at, zone)
    if clock.due_at is None and clock.limits and clock.state is State.PAUSED:
        text = words("open_end")
    original = clock.recorded.original_due_at if clock.recorded else None
    moved = original is not None and original != clock.due_at
    return f"{text} ({words('originally')} {at(original, zone)})" if moved else text


def _ended(clock: ClockStory, zone: tzinfo) -> str:
    ended = clock.ended
    if ended is None:
        return ""
    name = event(ended.event, ended.title) if ended.event else ""
    return f"{at(ended.at, zone)} {words(f'ending.{ended.how}')} {name}{by(ended.by)}"


def counted(clock: ClockStory) -> str:
    """How long the clock ran; nothing for one that never stood still."""
    stood = any(not span.counted for span in clock.spans)
    return length(timedelta(seconds=clock.counted_seconds)) if stood else ""


def spans(clock: ClockStory, zone: tzinfo) -> Iterator[str]:
    """What counted and what did not; a clock that never stood still needs no list."""
    if not counted(clock):
        return
    for span in clock.spans[:SPANS]:
        sign = "+" if span.counted else "-"
        whole = length(span.until - span.since)
        yield f"{sign} {at(span.since, zone)} – {at(span.until, zone)} {whole} {_why(span)}"
    if len(clock.spans) > SPANS:
        yield f"… {words('more_spans', count=len(clock.spans) - SPANS)}"


def _why(span: SpanStory) -> str:
    """Why a stretch did or did not count."""
    return f"{words('why.paused')}: {event(span.paused_by, span.title)}" if span.paused_by else words(f"why.{span.why}")


def doubt(clock: ClockStory, zone: tzinfo) -> str:
    """Where the record says something else than the computation; nothing where it does not."""
    if clock.recorded is None:
        return words("unrecorded")
    values = ((name, getattr(clock.recorded, name)) for name in clock.differs)
    said = [f"{name} {at(value, zone) if isinstance(value, datetime) else value}" for name, value in values]
    return f"{words('differs')}: {', '.join(said)}" if said else ""
