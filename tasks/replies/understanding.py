"""What an answer means: a small grammar of the sentences that people write, in Chinese and English.

It begins with its verdict (批准, 不批准, 同意至 3月5日, 已办, 请延期至.., 退回), and may go on with a remark. Whatever
could be read in two ways is not read at all: a question, a condition, a doubt, a no behind a yes. Its writer is asked
again, with the choices; an approval that nobody gave would be worse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003 -- a default of a tuple's field
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from models.language.written import folded
from models.wording.vocabulary import outcome_id, satisfaction_id
from tasks.replies import grammar
from tasks.replies.dates import day_at

if TYPE_CHECKING:
    from datetime import date

READ = 4_000
"""Signs of an answer that are read; so many of them may be a remark."""
REMARK = 1_000


class Act(StrEnum):
    """What somebody says with an answer."""

    APPROVE = "approve"
    REFUSE = "refuse"
    RETURN = "return"
    EVENT = "event"
    POSTPONE = "postpone"


class Unclear(StrEnum):
    """Why an answer is not understood; the words are in the catalogue under `reply.unclear`."""

    NOTHING = "nothing"
    WORDS = "words"
    DOUBT = "doubt"
    DATE = "date"
    NOT_ASKED = "not_asked"
    REMARK = "remark"
    WHICH = "which"


class UnclearError(ValueError):
    """The text may mean several things, or nothing that was asked."""

    def __init__(self, why: Unclear) -> None:
        self.why = why
        super().__init__(str(why))


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be answered: whether a decision or a review is asked, what 已办 records, and how events are called.

    `events` are the ids by everything people write for them, folded.
    """

    today: date
    decides: bool = False
    reviews: bool = False
    postpones: bool = False
    done: str | None = None
    events: Mapping[str, str] = field(default_factory=dict)


class Meant(NamedTuple):
    """What the answer says; `until` is a day as the record keeps it, `everything` that all questions are meant.

    `fields` are what was told of an event beside it: how satisfied the customer is, whether the matter is solved.
    """

    act: Act
    event: str = ""
    until: str = ""
    remark: str = ""
    everything: bool = False
    fields: Mapping[str, str] = {}


def understand(text: str, choices: Choices) -> Meant:
    """What the text says; UnclearError where it may mean something else, or what nobody asked."""
    said = text[:READ].strip()
    low = grammar.narrow(said)
    start = 0
    while (greeting := grammar.GREETING.match(low, start)) and greeting.end() < len(low):
        start = greeting.end()
    said, low = said[start:].strip(), low[start:].strip()
    if not low:
        raise UnclearError(Unclear.NOTHING)
    read = _event(said, low, choices) or _postponement(said, low, choices) or _decision(said, low, choices)
    read = read or _done(said, low, choices)
    if read is None:
        raise UnclearError(Unclear.WORDS)
    return read


# -- decisions ---------------------------------------------------------------------------------------------------


def _decision(said: str, low: str, choices: Choices) -> Meant | None:
    if found := _ended(grammar.REFUSE, low):
        remark = _remark(said, found.end())
        _sure(found, low, grammar.SECOND_THOUGHTS)
        act = Act.RETURN if choices.reviews and not choices.decides else Act.REFUSE
        return _asked(Meant(act, remark=remark, everything=_everything(found)), choices)
    if found := _ended(grammar.RETURN, low):
        _sure(found, low, grammar.SECOND_THOUGHTS)
        return _asked(Meant(Act.RETURN, remark=_remark(said, found.end()), everything=_everything(found)), choices)
    found = grammar.APPROVE.match(low)
    if found is None:
        return None
    end, until = found.end(), ""
    if found["until"] or found["until_en"]:
        day = day_at(low, end, choices.today)
        if day is None or day.value is None:
            raise UnclearError(Unclear.DATE)
        end, until = day.end, day.value
    if not grammar.BOUNDARY.match(low, end):
        _question(low)
        return None
    _question(low)
    if grammar.DOUBTS.search(low[end:]):
        raise UnclearError(Unclear.DOUBT)
    return _asked(Meant(Act.APPROVE, until=until, remark=_remark(said, end), everything=_everything(found)), choices)


def _ended(pattern: re.Pattern[str], low: str) -> re.Match[str] | None:
    """The verdict at the beginning, where nothing is written on to it."""
    found = pattern.match(low)
    if found is None or not grammar.BOUNDARY.match(low, found.end()):
        return None
    return found


def _sure(found: re.Match[str], low: str, doubts: re.Pattern[str]) -> None:
    _question(low)
    if doubts.search(low[found.end() :]):
        raise UnclearError(Unclear.DOUBT)


def _question(low: str) -> None:
    """Who asks has not decided."""
    if grammar.ASKING.search(low):
        raise UnclearError(Unclear.DOUBT)


def _everything(found: re.Match[str]) -> bool:
    return any(value for name, value in found.groupdict().items() if name.startswith("all"))


def _asked(meant: Meant, choices: Choices) -> Meant:
    """The verdict, where it was asked for."""
    if meant.act is Act.RETURN:
        if not choices.reviews:
            raise UnclearError(Unclear.NOT_ASKED)
        if not meant.remark:
            raise UnclearError(Unclear.REMARK)
    elif not (choices.decides or (choices.reviews and meant.act is Act.APPROVE)):
        raise UnclearError(Unclear.NOT_ASKED)
    return meant


# -- what happened -----------------------------------------------------------------------------------------------


def _event(said: str, low: str, choices: Choices) -> Meant | None:
    """An event by one of its names, which end where a word ends; the longest name counts."""
    first = grammar.WORDS_END.search(low)
    head = first.start() if first else len(low)
    ends = [head, *(found.start() for found in reversed(list(re.finditer(r"\s", low[:head]))))]
    for end in ends[:12]:
        if name := _named(low[:end], choices):
            return _fact(Meant(Act.EVENT, event=name, remark=_remark(said, end)), low, end, choices)
    return None


def _named(words: str, choices: Choices) -> str | None:
    plain = folded(words)
    for form in (plain, grammar.ALREADY.sub("", plain), grammar.AFTERWARDS.sub("", grammar.ALREADY.sub("", plain))):
        if form in choices.events:
            return choices.events[form]
    return None


def _done(said: str, low: str, choices: Choices) -> Meant | None:
    found = _ended(grammar.DONE, low)
    if found is None or found[0] in grammar.ORDERS:
        return None
    if choices.done is None:
        raise UnclearError(Unclear.WHICH if choices.events else Unclear.NOT_ASKED)
    return _fact(Meant(Act.EVENT, event=choices.done, remark=_remark(said, found.end())), low, found.end(), choices)


def _fact(meant: Meant, low: str, end: int, choices: Choices) -> Meant:
    """What happened, unless it is asked or taken back in the same breath."""
    rest = low[end:]
    first = rest.partition("\n")[0]
    other = next(
        (name for part in re.split(r"[\s,，.。;；:：、!！]+", rest) if part and (name := _named(part, choices))), None
    )
    if (
        re.match(r"\s*[?？]", rest)
        or "吗" in first
        or grammar.NOT_DONE.search(rest)
        or other not in (None, meant.event)
    ):
        raise UnclearError(Unclear.DOUBT)
    return meant._replace(fields=_beside(meant.remark))


def _beside(remark: str) -> dict[str, str]:
    """What stands alone between two commas and is a word of the vocabulary: 满意, 未解决."""
    found: dict[str, str] = {}
    for part in re.split(r"[\s,，.。;；:：、!！]+", remark):
        word = re.sub(r"^客户", "", part)
        if word and (told := satisfaction_id(word)) and word not in ("是", "否"):
            found.setdefault("satisfaction", told)
        elif word and (told := outcome_id(word)):
            found.setdefault("outcome", told)
    return found


def _postponement(said: str, low: str, choices: Choices) -> Meant | None:
    found = grammar.POSTPONE.match(low)
    if found is None:
        return None
    asks = any(found[name] for name in ("asks", "asks_en", "asks_more"))
    day = day_at(low, found.end(), choices.today)
    if day is None and not asks:
        return None
    if not choices.postpones or (choices.decides and not asks):
        raise UnclearError(Unclear.NOT_ASKED if not choices.decides else Unclear.DOUBT)
    _question(low)
    if day is None or day.value is None:
        raise UnclearError(Unclear.DATE)
    return Meant(Act.POSTPONE, until=day.value, remark=_remark(said, day.end))


def _remark(said: str, end: int) -> str:
    label = grammar.LABEL.match(said, end)
    rest = said[label.end() if label else end :]
    return "\n".join(line.strip() for line in rest.splitlines() if line.strip())[:REMARK].strip()
