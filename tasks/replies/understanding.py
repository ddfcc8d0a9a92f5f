"""What an answer means: a small grammar of the sentences that people write, in Chinese and English.

It begins with its verdict (批准, 不批准, 同意至 3月5日, 已办, 请延期至.., 退回), and may go on with a remark. Whatever could be
read in two ways is not read at all: a question, a condition, a doubt, a no behind a yes. Its writer is asked again, with the
choices; an approval that nobody gave would be worse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from collections.abc import Mapping  # noqa: TC003 -- a default of a tuple's field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from models.language.written import folded
from models.wording.vocabulary import outcome_id, satisfaction_id
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


_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
"""Full-width signs and their half-width forms."""
_ALL = r"(?P<all>全部|都|所有|一律|统统|均)?"
_ALL_AFTER = r"(?P<all_after>\s*(?:全部|所有|以上全部|全部申请))?"
_ABOUT = r"(?:\s*(?:该|此|本|这个|这份|上述|以上|其)?(?:延期申请|延期|申请|请求|报告|报表|事项|意见|审批|方案|发布|下发|分发|发出))?"
_APPROVE = re.compile(
    rf"(?:我|本人|现)?{_ALL}(?:已|予以|特此)?(?P<verb>批准|同意|准予|核准|审批通过|审核通过|通过|可以|准){_ALL_AFTER}{_ABOUT}"
    r"(?:\s*(?:延期|延长|延|推迟|顺延|暂停)?(?P<until>\s*(?:至|到)\s*))?"
    r"|(?:i |we |it is |it's |this is )?(?P<all_en>all )?(?:hereby )?(?:approved?|agreed?|yes)(?P<all_en_after> all| everything)?"
    r"(?: (?:the request|the postponement|the report|it|this))?(?P<until_en> (?:until|till|up to|to) )?"
)
_REFUSE = re.compile(
    rf"(?:我|本人|现)?{_ALL}(?:不予批准|不予同意|不批准|不同意|不予通过|不通过|不准|不可以|不行|不批|未批准|驳回|拒绝|否决|否)"
    rf"{_ALL_AFTER}{_ABOUT}"
    r"|(?:i |we |it is )?(?P<all_en>all )?(?:(?:do not|don't|cannot|can't|not) (?:approved?|agreed?|accept(?:ed)?)"
    r"|disapproved?|refused?|reject(?:ed)?|declined?|deny|denied|no(?=[,.:;!\n]|$))(?P<all_en_after> all| everything)?"
    r"(?: (?:the request|the postponement|it|this))?"
)
_RETURN = re.compile(
    rf"(?:我|本人|现)?{_ALL}(?:退回修改|退回重做|退回更正|退回|打回|发回){_ALL_AFTER}{_ABOUT}"
    r"|(?:please )?(?:return(?:ed)?|send (?:it )?back|sent back)(?: it| the report)?"
)
_POSTPONE = re.compile(
    r"(?P<asks>请求?|申请|恳请|希望|需要?|拟|要求)?(?:将?(?:时限|期限|本案|该案))?(?:再)?(?:延期|延长|推迟|顺延|宽限|展期)"
    r"(?:期限|时限|时间)?(?:申请|办理)?(?P<until>\s*(?:至|到|为)?\s*[:：]?\s*)"
    r"|(?P<asks_en>please |could you |can we |may i |i need to |we need to |i ask to )?"
    r"(?:postpone|extend|delay)(?: it| this| the deadline| the date)?(?: (?:until|till|to) )"
    r"|(?P<asks_more>i need |we need |please give me |requesting )(?:more time|an extension|a postponement)(?: (?:until|till|to) )"
)
_DONE = re.compile(
    r"(?:我|我们|本案|该案|现)?(?:已经|已|均已|都已|全部已|刚刚?)?(?:全部)?(?:办理|办|完成|处理|落实)(?:完成|完毕|完|妥|好|结束|到位)*(?:了|啦)?"
    r"|(?:it is |it's |this is |i am |has been |it has been |already |all |i have )*(?:done|completed?|finished|handled|taken care of)"
)
_BOUNDARY = re.compile(r"$|[\s,，.。;；:：!！、(（—-]")
_ASKING = re.compile(r"[?？]|吗|是否|能否|可否|么[。,，!！\s]*$")
_TAKEN_BACK = r"撤回|收回|作废|取消|算了|等等|等一下|稍等|再说|再议|再定|再看|再考虑|再研究|再商量|缓一缓|先不|先别|暂不|暂缓|搁置|另议|待定"
_DOUBTS = re.compile(
    r"(?:不|未|没|别|勿|莫|非)[^，。,.;；\n]{0,4}(?:批|同意|准许|准予|通过|可以|认可|算数|办)"
    rf"|{_TAKEN_BACK}|驳回|拒绝|退回|否决|反对|(?<!不)但(?!愿)|但是|不过|除非|如果|假如|若|前提|条件是|只有|的话|才能|才可以|之后再|以后再|先.{{1,20}}再"
    r"|\b(?:not|no|never|cannot|unless|if|but|except|wait|hold|later|however|reject\w*|refus\w*|den(?:y|ied)|declin\w*|pending|once"
    r"|provided|condition\w*|only|cancel\w*|withdr\w*|disapprov\w*|return\w*)\b|n't\b"
)
"""Behind a yes these may take it back, or bind it to something."""
_SECOND_THOUGHTS = re.compile(
    rf"{_TAKEN_BACK}|(?<![不未没])(?:批准|同意)|(?<!不)可以|还是准|\b(?:approv\w*|agree\w*|yes|ok|okay|wait|cancel\w*)\b"
)
"""The same behind a no."""
_NOT_DONE = re.compile(
    r"还没|尚未|没有?办|未办|没完成|未完成|没有完成|未果|没联系|未联系|没接|没有接|未接|没人接|无人接|联系不上|打不通|不算|no answer|unreachable|取消|作废|\b(?:not yet|not|didn't|haven't|hasn't|n't|except|but not)\b"
)
_GREETING = re.compile(
    r"(?:您好|你好|大家好|各位好|好的?|收到|知悉|领导|辛苦了?|谢谢|ok|okay|hi|hello|dear(?: \w+)?|thanks|thank you|noted|received)"
    r"(?:[，,。.!！:：~\s]+|$)"
)
_LABEL = re.compile(
    r"[\s,，.。;；:：!！、—-]*"
    r"(?:(?:原因|理由|意见|说明|备注|reason|remark)(?:\s*[:：]\s*|\s+)|(?:因为|由于|because(?: of)?|due to)\s*[:：]?\s*)?",
    re.IGNORECASE,
)
_ALREADY = re.compile(
    r"^(?:我们?|本人|现)?(?:已经?|刚刚?|均已|都已)|^(?:ihave|wehave|i've|we've|hasbeen|already|haveto)"
)
_AFTERWARDS = re.compile(r"(?:了|过|过了|完毕|完了|啦)$")
_WORDS_END = re.compile(r"[,，.。;；:：!！?？、\n(（]|$")


def understand(text: str, choices: Choices) -> Meant:
    """What the text says; UnclearError where it may mean something else, or what nobody asked."""
    said = text[:READ].strip()
    low = narrow(said)
    start = 0
    while (greeting := _GREETING.match(low, start)) and greeting.end() < len(low):
        start = greeting.end()
    said, low = said[start:].strip(), low[start:].strip()
    if not low:
        raise UnclearError(Unclear.NOTHING)
    read = _event(said, low, choices) or _postponement(said, low, choices) or _decision(said, low, choices)
    read = read or _done(said, low, choices)
    if read is None:
        raise UnclearError(Unclear.WORDS)
    return read


def narrow(text: str) -> str:
    """The text in small letters and half-width signs, sign by sign: every place in it is the same place in the text."""
    low = text.translate(_NARROW)
    return "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in low)


# -- decisions ---------------------------------------------------------------------------------------------------


def _decision(said: str, low: str, choices: Choices) -> Meant | None:
    if found := _ended(_REFUSE, low):
        remark = _remark(said, found.end())
        _sure(found, low, _SECOND_THOUGHTS)
        act = Act.RETURN if choices.reviews and not choices.decides else Act.REFUSE
        return _asked(Meant(act, remark=remark, everything=_everything(found)), choices)
    if found := _ended(_RETURN, low):
        _sure(found, low, _SECOND_THOUGHTS)
        return _asked(Meant(Act.RETURN, remark=_remark(said, found.end()), everything=_everything(found)), choices)
    found = _APPROVE.match(low)
    if found is None:
        return None
    end, until = found.end(), ""
    if found["until"] or found["until_en"]:
        day = day_at(low, end, choices.today)
        if day is None or day.value is None:
            raise UnclearError(Unclear.DATE)
        end, until = day.end, day.value
    if not _BOUNDARY.match(low, end):
        _question(low)
        return None
    _question(low)
    if _DOUBTS.search(low[end:]):
        raise UnclearError(Unclear.DOUBT)
    return _asked(Meant(Act.APPROVE, until=until, remark=_remark(said, end), everything=_everything(found)), choices)


def _ended(pattern: re.Pattern[str], low: str) -> re.Match[str] | None:
    """The verdict at the beginning, where nothing is written on to it."""
    found = pattern.match(low)
    if found is None or not _BOUNDARY.match(low, found.end()):
        return None
    return found


def _sure(found: re.Match[str], low: str, doubts: re.Pattern[str]) -> None:
    _question(low)
    if doubts.search(low[found.end() :]):
        raise UnclearError(Unclear.DOUBT)


def _question(low: str) -> None:
    """Who asks has not decided."""
    if _ASKING.search(low):
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
    first = _WORDS_END.search(low)
    head = first.start() if first else len(low)
    ends = [head, *(found.start() for found in reversed(list(re.finditer(r"\s", low[:head]))))]
    for end in ends[:12]:
        if name := _named(low[:end], choices):
            return _fact(Meant(Act.EVENT, event=name, remark=_remark(said, end)), low, end, choices)
    return None


def _named(words: str, choices: Choices) -> str | None:
    plain = folded(words)
    for form in (plain, _ALREADY.sub("", plain), _AFTERWARDS.sub("", _ALREADY.sub("", plain))):
        if form in choices.events:
            return choices.events[form]
    return None


def _done(said: str, low: str, choices: Choices) -> Meant | None:
    found = _ended(_DONE, low)
    if found is None or found[0] in ("办", "办理", "完成", "处理", "落实"):  # that is an order
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
    if re.match(r"\s*[?？]", rest) or "吗" in first or _NOT_DONE.search(rest) or other not in (None, meant.event):
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
    found = _POSTPONE.match(low)
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
    label = _LABEL.match(said, end)
    rest = said[label.end() if label else end :]
    return "\n".join(line.strip() for line in rest.splitlines() if line.strip())[:REMARK].strip()


# -- several cases in one mail -----------------------------------------------------------------------------------


class Part(NamedTuple):
    """What is said about some cases; about none by its number where one verdict is meant for the mail."""

    cases: tuple[str, ...]
    text: str


def parts(text: str, numbers: tuple[str, ...]) -> list[Part]:
    """The answer by cases: a line begins with the numbers it is about, or ends with them; others go on with the last.

    UnclearError where a number stands in a place that could mean anything, or a case twice.
    """
    said = text[:READ].strip()
    if not numbers:
        return [Part((), said)]
    one = "|".join(re.escape(narrow(number)) for number in sorted(numbers, key=len, reverse=True))
    several = rf"(?:案件|编号|case|no\.?|#|№)?\s*(?:{one})(?:\s*(?:、|,|和|与|及|/|and|&)\s*(?:{one}))*"
    leading = re.compile(rf"\s*(?:\d{{1,2}}[.)、]\s+)?(?P<numbers>{several})(?![a-z0-9-])[\s:,、.。-]*")
    trailing = re.compile(rf"(?P<text>.*?[^a-z0-9-])(?P<numbers>{several})[\s.。!]*")
    number = re.compile(rf"(?<![a-z0-9-])(?:{one})(?![a-z0-9-])")
    exact = {narrow(given): given for given in numbers}
    found: list[Part] = []
    for line in said.splitlines():
        low = narrow(line)
        if begun := leading.match(low):
            told, rest = begun["numbers"], line[begun.end() :]
        elif (ended := trailing.fullmatch(low)) and not number.search(ended["text"]):
            told, rest = ended["numbers"], line[: ended.end("text")]
        elif not low.strip() or _GREETING.fullmatch(low.strip()):
            continue
        elif found:
            found[-1] = found[-1]._replace(text=f"{found[-1].text}\n{line}")
            continue
        else:
            found.append(Part((), line))
            continue
        found.append(Part(tuple(exact[told_one] for told_one in number.findall(told)), rest.strip()))
    named = [case for part in found for case in part.cases]
    if len(set(named)) < len(named) or (len(found) > 1 and not found[0].cases):
        raise UnclearError(Unclear.WHICH)
    return found
