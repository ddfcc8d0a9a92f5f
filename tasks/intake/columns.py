"""The header of a file: which column is which, in Chinese or English, and in what language to answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from models.errors import UsageError
from models.language.unseen import tidied
from models.language.written import folded
from tasks.intake.limits import refusal
from tasks.intake.reasons import BadRowError
from tasks.intake.rejected import REASON_COLUMNS, is_reason, unprotected
from tasks.intake.values import FREE_TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from models.language.regulation import Regulation
    from tasks.intake.table import Row, Table

_CASE = {
    "recorded_by": ("登记人", "受理人", "记录人", "录入人"),
    "level": ("级别", "投诉级别", "等级"),
    "handler": ("经办人", "处理人"),
    "regulation": ("适用制度", "制度", "适用规定"),
}
KNOWN: dict[str, dict[str, tuple[str, ...]]] = {
    "complaints": {
        "number": ("编号", "案件编号", "投诉编号", "单号", "case number"),
        "received_at": ("受理时间", "受理日期", "投诉时间", "接收时间"),
        "customer": ("客户", "客户姓名", "客户名称", "投诉人"),
        "phone": ("电话", "联系电话", "客户电话", "手机"),
        "channel": ("渠道", "受理渠道", "投诉渠道"),
        "department": ("被投诉部门", "部门", "责任部门"),
        "category": ("类别", "投诉类别", "分类"),
        "content": ("内容", "投诉内容"),
        **_CASE,
    },
    "loans": {
        "number": ("编号", "案件编号", "借阅编号", "单号", "case number"),
        "item": ("资料名称", "资料", "档案名称", "图书名称"),
        "borrower": ("借阅人", "借阅者", "借用人"),
        "department": ("部门", "借阅部门", "所在部门"),
        "lent_at": ("借出时间", "借出日期", "借阅时间", "借阅日期"),
        "quantity": ("数量", "份数", "册数"),
        "secrecy": ("密级", "保密级别"),
        "purpose": ("用途", "借阅用途", "借阅目的"),
        **_CASE,
    },
    "cases": {
        "number": ("编号", "案件编号", "单号", "case number"),
        "opened_at": (
            "received_at",
            "lent_at",
            "时间",
            "日期",
            "立案时间",
            "登记时间",
            "登记日期",
            "受理时间",
            "受理日期",
            "接收时间",
            "发生时间",
            "申请时间",
            "申请日期",
            "来访时间",
            "借出时间",
            "借出日期",
        ),
        "event": ("事项", "事件"),
        "kind": ("类型", "案件类型"),
        "customer": ("客户", "客户姓名", "客户名称", "信访人", "来访人", "投诉人"),
        "phone": ("电话", "联系电话", "手机"),
        "channel": ("渠道", "受理渠道"),
        "department": ("部门", "所在部门", "责任部门", "承办部门", "被投诉部门"),
        "category": ("类别", "分类"),
        "content": ("内容", "事由"),
        "item": ("资料名称", "资料"),
        "borrower": ("借阅人", "借用人", "借支人"),
        "quantity": ("数量", "份数"),
        "secrecy": ("密级", "保密级别"),
        "purpose": ("用途",),
        **_CASE,
    },
    "events": {
        "case": ("编号", "案件编号", "案件", "case number", "number"),
        "event": ("事项", "事件"),
        "at": ("时间", "发生时间", "事项时间"),
        "by": ("经办人", "操作人", "记录人"),
        "satisfaction": ("满意度", "客户满意度", "是否满意"),
        "outcome": ("结果", "联系结果"),
        "note": ("备注", "说明"),
        "until": ("延期至", "截止", "暂停至"),
        "period": ("期间", "所属期间"),
        "regulation": _CASE["regulation"],
    },
    "directory": {
        "name": ("姓名", "名字"),
        "email": ("邮箱", "电子邮箱", "邮件", "电子邮件", "邮箱地址", "e-mail address", "mail"),
        "department": ("部门", "所在部门"),
        "role": ("职务", "角色", "岗位", "roles"),
        "deputy": ("代理人", "代理"),
        "absent_from": ("请假开始", "缺勤开始", "离岗开始", "不在岗开始", "请假自"),
        "absent_until": ("请假结束", "缺勤结束", "离岗结束", "不在岗结束", "请假至"),
        "language": ("语言",),
        "notify": ("通知方式", "其他通知方式", "通知地址"),
    },
}
"""What can be imported: the columns by name, with the headers that people write for them."""

NEEDED = {
    "complaints": ("received_at",),
    "loans": ("item", "borrower", "lent_at"),
    "cases": ("opened_at",),
    "events": ("case", "event", "at"),
    "directory": ("name", "email"),
}

_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def names_of(what: str) -> dict[str, str]:
    """Every header that is known for this kind of file, folded, with its column."""
    found = {folded(name): name for name in KNOWN[what]}
    for name, others in KNOWN[what].items():
        for other in others:
            found.setdefault(folded(other), name)
    return found


SYSTEM = frozenset(
    {"number", "case", "event", "at", "by", "kind", "regulation", "period", "received_at", "lent_at", "opened_at"}
)
"""Columns that say which case, what and when: no field of a regulation takes their headers away."""


def name_of(header: str, known: Mapping[str, str], rules: Regulation | None) -> str:
    """The column or field that a header means; the regulation's own words go before the usual ones.

    `known` are the usual ones, folded (`names_of`). What nobody knows is its own name.
    """
    usual = known.get(folded(header))
    if usual in SYSTEM or rules is None:
        return usual or header
    return rules.field_names.get(folded(header)) or usual or header


class Columns:
    """Which cell of a row is what. Columns that nobody knows keep their header as name."""

    def __init__(self, what: str, table: Table, path: Path) -> None:
        """Read the header. UsageError names the column that is missing or stands twice."""
        known = self._known = names_of(what)
        headers = [" ".join(unprotected(tidied(header).strip()).split()) for header in table.header]
        for header in headers:
            if not header.isprintable():
                raise refusal(
                    "strange_header",
                    file=path.name,
                    text="".join(sign if sign.isprintable() else "?" for sign in header),
                )
        self.dropped = _drops_last(headers, table, path)
        """Whether the last column holds the reasons of an earlier import."""
        if self.dropped:
            headers.pop()
        self.headers = headers
        self.names = [known.get(folded(header), header) for header in headers]
        self.language = "zh" if sum(bool(_CHINESE.search(header)) for header in headers) * 2 > len(headers) else "en"
        first: dict[str, str] = {}
        for name, header in zip(self.names, headers, strict=True):
            if header and name in first:
                raise UsageError(f"{path.name} has the column {first[name]} twice ({header}): remove one of them")
            first[name] = header
        for name in NEEDED[what]:
            if name not in first:
                chinese = KNOWN[what][name][0]
                raise UsageError(f"{path.name} has no column {name} ({chinese}): {what} cannot be imported without it")
        self._first = first
        self.free = frozenset(
            place for place, name in enumerate(self.names) if name in FREE_TEXT or name not in KNOWN[what]
        )
        """The places of the columns that may hold several lines."""
        self._named: dict[int, tuple[Regulation, list[str]]] = {}

    def has(self, name: str) -> bool:
        """Whether the file has that column."""
        return name in self._first

    def title(self, name: str) -> str:
        """The header of a column as the file writes it."""
        if name in self._first:
            return self._first[name] or name
        own = (names for _, names in self._named.values() if name in names)
        return next((self.headers[names.index(name)] for names in own), name)

    def cells(self, row: Row) -> list[str]:
        """The row's cells without an earlier import's reason."""
        return row.cells[: len(self.names)]

    def values(self, row: Row, rules: Regulation | None = None) -> dict[str, str]:
        """What the row says, by column name, without empty cells; in the words of a regulation where it is given.

        BadRowError when it could not be read properly.
        """
        if row.broken:
            raise row.broken
        found: dict[str, str] = {}
        for name, cell in zip(self.names_for(rules), row.cells, strict=False):
            if cell and (text := cell.strip()):
                if name in found:
                    raise BadRowError("column_twice", column=name)
                found[name] = unprotected(text) if text[0] == "'" else text
        if "" in found:
            raise BadRowError("headless")
        return found

    def names_for(self, rules: Regulation | None) -> list[str]:
        """The names of the columns in a case of that regulation."""
        if rules is None or not rules.fields:
            return self.names
        held = self._named.get(id(rules))
        if held is None or held[0] is not rules:
            names = [name_of(header, self._known, rules) for header in self.headers]
            held = self._named[id(rules)] = (rules, names)
        return held[1]

    def cell(self, row: Row, name: str) -> str | None:
        """What stands in one column of a row; None when it is empty or there is no such column."""
        place = self.position(name)
        text = row.cells[place].strip() if place is not None and len(row.cells) > place else ""
        return unprotected(text) or None

    def reason(self, error: BadRowError) -> str:
        """Why a row is refused, in the file's language and with its own names of columns."""
        if "column" in error.words:
            error.words["column"] = self.title(error.words["column"])
        return error.sentence(self.language)

    def position(self, name: str) -> int | None:
        """Where the column stands."""
        return self.names.index(name) if name in self.names else None


def _drops_last(headers: Sequence[str], table: Table, path: Path) -> bool:
    """A file of rejected rows comes back with its reasons; a column of that name in another file is the user's own."""
    if not headers or headers[-1].casefold() not in REASON_COLUMNS:
        return False
    if path.name.endswith(".rejected.csv"):
        return True
    first = next(iter(table.rows()), None)
    return first is not None and is_reason(first.cells[-1])
