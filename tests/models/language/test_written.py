"""Figures as people write them: every usual way is read, whatever may mean two things is not."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.language.fields import CaseField
from models.language.written import amount_of, count_of, plain

DIGITS = "零一二三四五六七八九"
FORMAL = str.maketrans("零一二三四五六七八九十百千", "零壹贰叁肆伍陆柒捌玖拾佰仟")
WIDE = str.maketrans("0123456789,.", "０１２３４５６７８９，．")


def in_characters(number: int) -> str:
    """The number as a schoolbook writes it."""
    if number < 10:
        return DIGITS[number]
    for worth, unit in ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if number >= worth:
            first, rest = divmod(number, worth)
            gap = DIGITS[0] if 0 < rest < worth // 10 else ""
            return in_characters(first) + unit + (gap + in_characters(rest) if rest else "")
    raise AssertionError(number)


@given(st.integers(0, 10**12))
def test_a_number_in_characters_is_the_number(number: int) -> None:
    """As a schoolbook writes it, and as a cheque does."""
    written = in_characters(number)

    assert [number] * 3 == [amount_of(written), amount_of(written.translate(FORMAL) + "元整"), count_of(written)]


@given(st.decimals(0, 10**12, places=2))
def test_a_number_in_digits_is_the_number(number: Decimal) -> None:
    """With and without separators, currency and full-width forms; kept as programs write it."""
    forms = (f"{number}", f"{number:,}", f"￥{number:,}", f"{number}元", f"RMB {number}", f"{number:,}".translate(WIDE))

    assert {number} == {amount_of(form) for form in forms}
    assert number == Decimal(plain(number))
    assert set("0123456789.") >= set(plain(number))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-5",
        "5,00",
        "50,00",
        "五千三",
        "一百三",
        "五万三",
        "一千五",
        "二〇二六",
        "五千元六",
        "约5000",
        "5e3",
        "$5",
        "nan",
    ],
)
def test_what_may_mean_two_things_means_nothing(text: str) -> None:
    """五千三 is 5,300 for one and 5,003 for another; a sum below zero is no sum."""
    assert amount_of(text) is None


@given(st.text(max_size=60))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    """No text is an error, and what is read has one plain form, which is read as the same."""
    for read in (amount_of, count_of):
        number = read(text)
        assert number is None or read(plain(number)) == number >= 0


@pytest.mark.parametrize(
    ("kind", "text", "kept"),
    [
        ("amount", "1.5万元", "15000"),
        ("count", "三人次", "3"),
        ("count", "3.5人", None),
        ("yes_no", "是", "yes"),
        ("yes_no", "没有", "no"),
        ("yes_no", "也许", None),
        ("text", "五千元", "五千元"),
    ],
)
def test_what_a_field_keeps(kind: str, text: str, kept: str | None) -> None:
    """Programs read the kept form only."""
    field = CaseField.model_validate({"zh": "甲", "en": "a", "is": kind})

    assert kept == field.read(text)


def test_values_are_kept_by_their_ids() -> None:
    """Written as id, title or alias; another value is refused unless the field has others as well."""
    values = {"internal": {"zh": "内部", "en": "internal slip", "aliases": ["内"]}}
    closed = CaseField.model_validate({"zh": "单", "en": "slip", "values": values})
    open_ = CaseField.model_validate({"zh": "单", "en": "slip", "values": values, "others": True})

    assert ["internal"] * 4 == [closed.read(text) for text in ("internal", "内部", " Internal Slip ", "内")]
    assert (None, "外部") == (closed.read("外部"), open_.read("外部"))
