"""Subjects and Message-IDs, fixed when a message is decided."""

from __future__ import annotations

import pytest

from tasks.mail.subjects import SUBJECT_LENGTH, message_id, one_line, subject

FACTS = {
    "number": "2611001",
    "title": "首次联系客户",
    "step": "due",
    "level": "重大投诉",
    "due": "2026-11-02 09:15",
    "late": False,
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"step": "opens"}, "【督办·待办】2611001 首次联系客户（重大投诉），期限 2026-11-02 09:15"),
        ({"step": "opens", "due": "", "level": ""}, "【督办·待办】2611001 首次联系客户"),
        ({"step": "remind-1"}, "【督办·提醒】2611001 首次联系客户（重大投诉），期限 2026-11-02 09:15"),
        ({}, "【督办·到期】2611001 首次联系客户（重大投诉），期限 2026-11-02 09:15"),
        ({"late": True}, "【督办·超期】2611001 首次联系客户（重大投诉），应于 2026-11-02 09:15 前完成"),
        ({"step": "escalate-2"}, "【督办·超期】2611001 首次联系客户（重大投诉），应于 2026-11-02 09:15 前完成"),
    ],
)
def test_urgency_comes_first(changes: dict[str, object], expected: str) -> None:
    """The subject begins with how urgent it is, then the case, the rule and the due instant."""
    assert expected == subject("escalation", "zh", FACTS | changes)


def test_english_and_unknown_languages() -> None:
    """English people read English, everybody else Chinese."""
    facts = FACTS | {"title": "First contact", "level": "major complaint", "late": True}
    expected = "[Duban: overdue] 2611001 First contact (major complaint), was due 2026-11-02 09:15"
    assert expected == subject("escalation", "en-GB", facts)
    assert subject("escalation", "zh", facts) == subject("escalation", "fr", facts)
    assert "汇总" in subject("summary", "zh", {})
    assert "summary" in subject("summary", "en", {})


@pytest.mark.parametrize("sign", ["\r\n", "\n", "\x00", "\x0b", "\u2028", "\u202e", "\x85", "\ud800"])
def test_subject_is_one_printable_line(sign: str) -> None:
    """No line break, control or direction character gets into a subject, and it is not escaped like HTML."""
    line = subject("escalation", "zh", FACTS | {"number": f"26{sign}Bcc: x@y.z", "title": "<b>&"})
    assert sign not in line
    assert "26 Bcc: x@y.z <b>&" in line


def test_long_subject_is_cut() -> None:
    """A subject has at most 150 characters."""
    line = subject("escalation", "zh", FACTS | {"title": "长" * 500})
    assert SUBJECT_LENGTH == len(line)
    assert line.endswith("…")
    assert "短" == one_line(" 短 ")


def test_message_id_comes_from_the_key() -> None:
    """The same key has the same Message-ID, of our domain; one that fits no header becomes localhost."""
    one = message_id("2611001/first-contact/1/due", "Duban 督办 <duban@example.org>")
    assert one == message_id("2611001/first-contact/1/due", "duban@example.org")
    assert one != message_id("2611001/first-contact/1/escalate-1", "duban@example.org")
    assert one.endswith("@example.org>")
    assert message_id("a", "duban@xn--fiqs8s.cn").endswith("@xn--fiqs8s.cn>")
    assert message_id("a", "督办@中国.cn").endswith("@xn--fiqs8s.cn>")
    assert message_id("a", "nobody").endswith("@localhost>")
