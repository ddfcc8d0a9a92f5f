"""The words of the trade in Chinese and English: events, channels, results, secrecy classes, roles, and their ids.

Files come with either language; the record holds ids only. Whatever is looked up, case, spaces, hyphens and
full-width forms do not count.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.language.regulation import Regulation, Role
    from models.language.words import Text


class Words(NamedTuple):
    """One thing in both languages, and what else people write for it."""

    zh: str
    en: str
    others: tuple[str, ...] = ()


EVENTS: dict[str, Words] = {
    "registered": Words("登记", "registered", ("受理", "已登记", "投诉登记", "受理登记")),
    "handed_over": Words("移交", "handed over", ("转交", "已移交", "派单", "转办")),
    "first_contact": Words("首次联系", "first contact", ("首次联系客户", "首次回电", "初次联系")),
    "agreement": Words("达成协议", "agreement", ("初步协议", "达成一致", "达成初步协议")),
    "follow_up": Words("跟踪电话", "follow-up call", ("跟踪", "跟进", "跟踪回访", "follow-up")),
    "result_returned": Words("交回处理结果", "result returned", ("处理结果", "结果反馈", "处理完成", "结果交回")),
    "second_contact": Words("二次联系", "second contact", ("第二次联系", "再次联系")),
    "revisited": Words("回访", "revisited", ("已回访", "完成回访", "revisit")),
    "unreachable": Words("联系不上", "unreachable", ("无法联系", "未接通", "无人接听", "未联系上")),
    "postponement_requested": Words("申请延期", "postponement requested", ("延期申请",)),
    "postponement_approved": Words("批准延期", "postponement approved", ("延期批准", "同意延期", "延期通过")),
    "postponement_refused": Words("拒绝延期", "postponement refused", ("延期拒绝", "不同意延期", "延期驳回")),
    "paused": Words("暂停", "paused", ("中止", "挂起", "暂停计时")),
    "resumed": Words("恢复", "resumed", ("恢复计时", "继续", "恢复处理")),
    "closed": Words("结案", "closed", ("关闭", "已结案", "办结")),
    "reopened": Words("重新打开", "reopened", ("重开", "再次打开", "重新受理")),
    "withdrawn": Words("撤销", "withdrawn", ("撤回", "撤诉", "已撤销")),
    "lent": Words("借出", "lent", ("借阅", "已借出", "出借")),
    "renewed": Words("续借", "renewed", ("已续借", "续期")),
    "returned": Words("归还", "returned", ("已归还", "还回", "退还")),
    "lost": Words("遗失", "lost", ("丢失", "已遗失")),
    "recalled": Words("催还", "recalled", ("召回", "收回")),
    "amended": Words("更正", "amended"),
    "flagged": Words("标记违规", "flagged"),
    "duty_opened": Words("定期工作开始", "duty opened"),
    "done": Words("已完成", "done", ("完成",)),
    "lapsed": Words("失效", "lapsed", ("已失效", "自动失效")),
    "raised": Words("级别上调", "level raised"),
    "rounds_exhausted": Words("轮次用尽", "rounds exhausted"),
    "counted": Words("计数到限", "count reached"),
    "retracted": Words("自动记录作废", "note retracted"),
}
"""The events that every regulation knows."""

CHANNELS: dict[str, Words] = {
    "phone": Words("电话", "phone", ("来电", "热线", "电话投诉", "telephone", "hotline")),
    "onsite": Words("现场", "on site", ("上门", "到店", "来访", "现场投诉")),
    "letter": Words("信函", "letter", ("来信", "信件", "书信")),
    "mailbox": Words("意见箱", "mailbox", ("投诉箱", "suggestion box")),
    "web": Words("网络", "web", ("网站", "互联网", "在线", "微信", "online", "internet")),
    "revisit": Words("回访", "revisit", ("电话回访", "客户回访")),
}

SATISFACTION: dict[str, Words] = {
    "satisfied": Words("满意", "satisfied", ("非常满意", "基本满意", "比较满意", "very satisfied", "yes", "是")),
    "dissatisfied": Words(
        "不满意", "dissatisfied", ("非常不满意", "很不满意", "不太满意", "unsatisfied", "not satisfied", "no", "否")
    ),
}

OUTCOMES: dict[str, Words] = {
    "resolved": Words("已解决", "resolved", ("解决", "问题已解决", "solved")),
    "unresolved": Words("未解决", "unresolved", ("没有解决", "问题未解决", "not resolved", "unsolved")),
    "no_answer": Words("无人接听", "no answer", ("未接听", "无应答")),
    "refused": Words("拒绝", "refused", ("拒绝回访", "拒访")),
    "wrong_number": Words("号码错误", "wrong number", ("空号", "错号")),
}

SECRECY: dict[str, Words] = {
    "public": Words("公开", "public"),
    "ordinary": Words("普通", "ordinary", ("一般", "非密", "无密级", "无", "none")),
    "internal": Words("内部", "internal", ("内部资料", "内部公开", "internal use")),
    "confidential": Words("秘密", "confidential", ("秘密级", "商业秘密")),
    "secret": Words("机密", "secret", ("机密级",)),
    "top_secret": Words("绝密", "top secret", ("绝密级",)),
}
"""Secrecy classes, the most open first. 秘密 is the lowest of the three classes that restrict reading."""

LANGUAGES: dict[str, Words] = {
    "zh": Words("中文", "Chinese", ("zh", "zh-cn", "zh-hans", "汉语", "简体中文", "cn")),
    "en": Words("英文", "English", ("en", "en-us", "en-gb", "英语")),
}

ROLES: dict[str, Words] = {
    "handler": Words("经办人", "handler", ("处理人",)),
    "department_manager": Words("部门经理", "department manager", ("部门负责人", "部门主管", "部门主任")),
    "revisit_specialist": Words("回访专员", "revisit specialist", ("回访员",)),
    "service_manager": Words("客服部经理", "service manager", ("客服经理", "客户服务部经理")),
    "general_manager": Words("总经理", "general manager"),
    "operations": Words("运维", "operations", ("运维人员", "系统管理员", "运营")),
    "borrower": Words("借阅人", "borrower", ("借阅者",)),
    "librarian": Words("资料管理员", "librarian", ("图书管理员", "资料员", "档案管理员")),
    "archive_manager": Words("档案室主任", "archive manager", ("资料室主任", "档案室负责人", "档案主管")),
    "desk": Words("工位", "desk", ("座席", "坐席", "话务员")),
    "shift_leader": Words("班长", "shift leader", ("值班长", "班组长")),
    "service_director": Words("客服部主任", "service director", ("客服主任",)),
}
"""The roles of the shipped regulations."""

PAY: dict[str, Words] = {
    "base_pay": Words("底薪", "base pay"),
    "monthly_bonus": Words("月奖金", "monthly bonus"),
    "performance_pay": Words("绩效工资", "performance pay"),
    "score_pay": Words("考核工资", "score pay"),
    "appraisal": Words("考核分", "appraisal"),
}
"""What a penalty may take a part of; Duban does not know the figures."""


def share_words(part: float, of: str) -> Words:
    """A part of a pay, bonus or appraisal: 底薪的 50%, 50% of the base pay."""
    words = PAY.get(of, Words(of, of.replace("_", " ")))
    return Words(f"{words.zh}的 {part:.0%}", f"{part:.0%} of the {words.en}")


_WIDE = re.compile(r"[\s_\-–—·]+")


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """The text as it is compared: without case, white space, hyphens, underscores and full-width forms."""
    return _WIDE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def event_id(text: str, regulation: Regulation | None = None) -> str | None:
    """The id of an event written as id, Chinese or English; the regulation's own go before the standard ones."""
    return (_find(text, regulation.events) if regulation else None) or _known(text, "events")


def level_id(text: str, regulation: Regulation) -> str | None:
    """The id of a level of the regulation, given as id or title."""
    return _find(text, regulation.levels)


def role_id(text: str, regulation: Regulation | None = None) -> str | None:
    """The id of a role given as id or title; a title of the regulation goes before the usual ones."""
    return (_find(text, regulation.roles) if regulation else None) or _known(text, "roles")


def channel_id(text: str) -> str | None:
    """The id of the way by which a complaint came."""
    return _known(text, "channels")


def satisfaction_id(text: str) -> str | None:
    """`satisfied` or `dissatisfied`."""
    return _known(text, "satisfaction")


def outcome_id(text: str) -> str | None:
    """The id of how an attempt or a handling ended."""
    return _known(text, "outcomes")


def secrecy_id(text: str) -> str | None:
    """The id of a secrecy class."""
    return _known(text, "secrecy")


def language_id(text: str) -> str | None:
    """`zh` or `en`."""
    return _known(text, "languages")


def event_words(name: str, regulation: Regulation | None = None) -> Words:
    """How people call an event; its id where nobody gave it words."""
    own = regulation.events.get(name) if regulation else None
    return Words(own.zh, own.en) if own else EVENTS.get(name) or Words(name, name)


_TABLES: dict[str, dict[str, Words]] = {
    "events": EVENTS,
    "channels": CHANNELS,
    "satisfaction": SATISFACTION,
    "outcomes": OUTCOMES,
    "secrecy": SECRECY,
    "languages": LANGUAGES,
    "roles": ROLES,
}


@lru_cache(maxsize=4096)
def _known(text: str, table: str) -> str | None:
    return _aliases(table).get(folded(text))


@lru_cache(maxsize=16)
def _aliases(table: str) -> dict[str, str]:
    """Every way of writing, folded, with its id; an id and a first word go before other ways of writing."""
    found: dict[str, str] = {}
    for name, words in _TABLES[table].items():
        for text in (name, words.zh, words.en):
            found[folded(text)] = name
    for name, words in _TABLES[table].items():
        for text in words.others:
            found.setdefault(folded(text), name)
    return found


def _find(text: str, named: Mapping[str, Text] | Mapping[str, Role]) -> str | None:
    """Among what a regulation names: ids, then titles."""
    wanted = folded(text)
    for name, words in named.items():
        if wanted in (folded(name), folded(words.zh), folded(words.en)):
            return name
    return None
