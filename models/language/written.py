"""What people write, as it is compared and counted: words without case and width, numbers in every usual way.

A figure is `5,000`, `5000元`, `￥5000.00`, `1.5万`, `五千元` or `伍仟元整`; whatever may mean two things means nothing.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

from models.language.unseen import UNSEEN

_SEPARATORS = re.compile(r"[\s_\-–—·]+")
_DIGITS = {
    digit: value
    for value, digits in enumerate(
        ("零〇", "一壹弌", "二贰貳两兩", "三叁參", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")
    )
    for digit in digits
}
_SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE = {"亿": 10**8, "億": 10**8, "万": 10**4, "萬": 10**4}
_PLAIN = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(\.[0-9]+)?([百千万亿]?)")
_UNITS = {"": 1, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_LONGEST = 40
_CURRENCY = re.compile(r"(?:人民币|rmb|cny|¥)?(.*?)(?:元|圆|块钱?|rmb|cny|yuan)?(?:(?<=[元圆])[整正])?")
_MEASURE = re.compile(r"(.*?)(?:个|件|份|人次|人|次|名|户|位|家|张|册|本|台|套|天|日)?")


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """The text as it is compared: without case, white space, hyphens, underscores, full-width forms and the unseen."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", UNSEEN.sub("", text))).casefold()


def amount_of(text: str) -> Decimal | None:
    """A sum of money in yuan, not below zero; None for what is no such figure."""
    figure = _CURRENCY.fullmatch(_plain_forms(text))
    return _number(figure[1].strip()) if figure else None


def count_of(text: str) -> Decimal | None:
    """A whole number, not below zero, with or without a measure word; None for what is none."""
    figure = _MEASURE.fullmatch(_plain_forms(text))
    number = _number(figure[1].strip()) if figure else None
    return number if number is not None and number == number.to_integral_value() else None


def plain(number: Decimal) -> str:
    """The number as programs write it: without separators, trailing zeros or exponent."""
    return f"{number.normalize():f}"


def _plain_forms(text: str) -> str:
    return unicodedata.normalize("NFKC", text[: _LONGEST + 1]).strip().lower()


def _number(text: str) -> Decimal | None:
    if not text or len(text) > _LONGEST:
        return None
    if found := _PLAIN.fullmatch(text):
        return Decimal(found[1].replace(",", "") + (found[2] or "")) * _UNITS[found[3]]
    value = _in_characters(text)
    return None if value is None else Decimal(value)


def _in_characters(text: str) -> int | None:
    """A number in Chinese characters; None where it is none, or colloquial and so of two meanings (五千三)."""
    if len(text) == 1 and text in _DIGITS:
        return _DIGITS[text]
    total = 0
    for unit, worth in _LARGE.items():
        if text.count(unit) > 1:
            return None
        before, found, after = text.partition(unit)
        if not found:
            continue
        part = _in_characters(before)
        if not part or len(after) == 1:  # 五万三 is 53,000 for one and 50,003 for another
            return None
        if not after:
            return total + part * worth
        total += part * worth
        text = after
    rest = _section(text)
    return None if rest is None else total + rest


def _section(text: str) -> int | None:
    """A number below ten thousand."""
    total, unit, digit, gap = 0, 10_000, None, False
    for place, character in enumerate(text):
        if character in _SMALL:
            worth = _SMALL[character]
            if worth >= unit or (digit is None and not (worth == _SMALL["十"] and (place == 0 or total))):
                return None
            total, unit, digit, gap = total + (1 if digit is None else digit) * worth, worth, None, False
        elif character not in _DIGITS or digit is not None:
            return None
        elif _DIGITS[character]:
            digit = _DIGITS[character]
        elif gap:
            return None
        else:
            gap = True
    if digit is None:
        return total if total and not gap else None
    if unit > _SMALL["十"] and not gap:
        return None
    return total + digit
