"""Why a row is refused: one sentence each that says what to do, in the language of the file's headers."""

from __future__ import annotations

from typing import NamedTuple

SHOWN = 200
"""So many characters of an offending cell are quoted."""


class Sentence(NamedTuple):
    """The same reason in both languages; the braces are filled with words of the row."""

    zh: str
    en: str


REASONS: dict[str, Sentence] = {
    "quotes": Sentence(
        "引号不成对：请检查这一行的引号，单元格内的引号写两遍",
        "the quotation marks are broken: check this line, a mark inside a cell is written twice",
    ),
    "cells": Sentence(
        "这一行有 {count} 个单元格，表头有 {expected} 列：请补齐或删去，含分隔符的单元格加引号",
        "the row has {count} cells, the header {expected}: add or remove some, quote a cell that holds a separator",
    ),
    "headless": Sentence(
        "有内容的一列没有表头：请补上表头或清空该列",
        "there is a value in a column without header: name the column or empty it",
    ),
    "long": Sentence(
        "“{column}”超过 {limit} 个字符：请缩短",
        "{column} is longer than {limit} characters: shorten it",
    ),
    "lost_characters": Sentence(
        "“{column}”含有保存时损坏的字符：请重新填写，并以 UTF-8 保存",
        "{column} holds characters that were lost in saving: write it again and save as UTF-8",
    ),
    "control": Sentence(
        "“{column}”含有控制字符或换行：请删除",
        "{column} holds control characters or line breaks: remove them",
    ),
    "missing": Sentence("“{column}”为空：请填写", "{column} is empty: fill it in"),
    "date": Sentence(
        "“{column}”的“{text}”不是有效日期：请写成 2026-11-01 09:05",
        "{column}: {text!r} is no possible date: write it like 2026-11-01 09:05",
    ),
    "number": Sentence(
        "编号“{text}”不可用：只用文字、数字和 - _ . / # 及括号，不超过 80 个字符",
        "the number {text!r} cannot be used: letters, digits, - _ . / # and brackets only, at most 80 characters",
    ),
    "quantity": Sentence(
        "“{column}”的“{text}”应为大于零的整数：请更正",
        "{column}: {text!r} must be a whole number above zero: correct it",
    ),
    "email": Sentence(
        "“{text}”不是有效邮箱：请写成 name@example.com",
        "{text!r} is no e-mail address: write it like name@example.com",
    ),
    "language": Sentence("语言“{text}”未知：请写 zh 或 en", "unknown language {text!r}: write zh or en"),
    "level": Sentence(
        "级别“{text}”不在制度 {regulation} 中：请用 {known}",
        "unknown level {text!r}: the levels of {regulation} are {known}",
    ),
    "department": Sentence(
        "部门“{text}”不在通讯录中：请更正，或先导入通讯录",
        "unknown department {text!r}: correct it, or import the directory with it first",
    ),
    "regulation": Sentence(
        "没有制度“{text}”：请更正，可用的有 {known}", "unknown regulation {text!r}: there are {known}"
    ),
    "regulation_kind": Sentence(
        "制度 {text} 适用于“{kind}”，不适用于本表：请更换制度",
        "regulation {text} is for cases of kind {kind}: name another one",
    ),
    "regulation_changed": Sentence(
        "案件已按制度 {old} 立案：请清空该单元格，案件不更换制度",
        "the case was opened under {old}: empty the cell, a case keeps its regulation",
    ),
    "anonymous": Sentence(
        "没有编号、客户和内容，无法识别案件：请至少填写一项",
        "without number, customer and content the case cannot be told from others: give one of them",
    ),
    "numberless": Sentence(
        "制度 {regulation} 不能自动编号：请填写编号", "{regulation} gives no numbers: write one into the file"
    ),
    "kind_changed": Sentence(
        "编号 {number} 已用于另一类案件：请换一个编号", "the number {number} belongs to a {kind}: give another number"
    ),
    "opened_changed": Sentence(
        "编号 {number} 的案件立案时间是 {old}：请更正时间，或换一个编号",
        "case {number} was opened at {old}: correct the instant, or give another number",
    ),
    "contradicts": Sentence(
        "本文件另有一行是同一案件，但“{columns}”不同：请只保留一行",
        "another row of this file tells the same case with another {columns}: keep one of them",
    ),
    "event": Sentence(
        "事项“{text}”未知：请更正，例如 {nearest}", "unknown event {text!r}: correct it, for example to {nearest}"
    ),
    "derived_event": Sentence(
        "事项“{text}”由系统自行记录：请删除这一行", "{text} is noted by Duban itself: remove the row"
    ),
    "case": Sentence(
        "没有编号为“{text}”的案件：请更正编号，或先导入案件",
        "no case {text!r}: correct the number, or import the case first",
    ),
    "before_case": Sentence(
        "事项早于立案时间 {opened}：请更正时间",
        "the event lies before the case was opened at {opened}: correct the instant",
    ),
    "until_missing": Sentence(
        "批准延期须写明 until（延期至）：请填写日期", "postponement_approved needs `until`: fill in the new date"
    ),
    "until_before": Sentence(
        "until（延期至）不晚于事项时间：请更正日期", "`until` must be later than the event: correct the date"
    ),
    "deputy": Sentence(
        "代理人“{text}”既不在本文件也不在通讯录中：请更正或补上此人",
        "the deputy {text!r} is neither in this file nor in the directory: correct it or add the person",
    ),
    "deputy_ambiguous": Sentence(
        "有几位“{text}”：代理人请写邮箱", "there are several people called {text!r}: write the deputy's e-mail address"
    ),
    "deputy_self": Sentence("不能做自己的代理人：请写另一人", "nobody is their own deputy: name another person"),
    "absence_half": Sentence(
        "请假须同时写明开始和结束：请补上另一项",
        "an absence needs both absent_from and absent_until: fill in the other one",
    ),
    "absence_order": Sentence("请假结束早于开始：请更正", "absent_until lies before absent_from: correct one of them"),
    "person_contradicts": Sentence(
        "本文件另有一行给 {email} 写了不同的“{column}”：请统一",
        "another row of this file gives {email} another {column}: make them agree",
    ),
}


class BadRowError(Exception):
    """A row that cannot go in; carries the reason and the words of the row that the sentence needs."""

    def __init__(self, reason: str, **words: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.words = {name: _shown(word) for name, word in words.items()}

    def sentence(self, language: str) -> str:
        """The reason in `zh` or `en`."""
        told = REASONS[self.reason]
        return (told.zh if language == "zh" else told.en).format(**self.words)


def _shown(word: object) -> str:
    text = " ".join(str(word).split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
