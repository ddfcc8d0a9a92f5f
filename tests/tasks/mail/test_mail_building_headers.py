"""Headers of a built mail: what was written is what is read, in lines that every server takes."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from types import SimpleNamespace
from typing import Any

import pytest

from tasks.mail.building import REPEAT, build
from tasks.mail.letters import Letter


def built(**changes: Any) -> bytes:
    """The bytes of a letter."""
    given: dict[str, Any] = {
        "id": uuid.UUID(int=7),
        "key": "2611001/first-contact/1/due",
        "message_id": "<1@example.org>",
        "kind": "escalation",
        "name": "孙红",
        "email": "sun@example.com",
        "language": "zh",
        "subject": "催办",
        "attempts": 1,
        "possible_repeat": False,
        "thread": None,
        "items": (),
        "corrections": (),
        "content": SimpleNamespace(text="正文\n", html="<p>正文</p>"),
    }
    letter = Letter(**given | changes)
    return build(letter, "督办 <duban@example.org>", datetime(2026, 12, 8, tzinfo=UTC), UTC).content


@pytest.mark.parametrize(
    "subject",
    [
        "Overdue: first contact 2611001",
        "=?utf-8?q?not_encoded?=",
        "【升级催办 2】首次联系客户 2611001（重大投诉）已超期，2026-11-02 09:15 到期",
        "很" * 150,
        "😀é督 " * 30 + "。",
        "a" * 240,
        '"; <>@\\,:' * 10 + "督",
    ],
)
def test_a_subject_says_the_same_when_it_is_read(subject: str) -> None:
    """However long and in whatever signs; no line is longer than a mail's lines should be, and no sign is torn."""
    content = built(subject=subject)
    head = content.partition(b"\r\n\r\n")[0]
    read = message_from_bytes(content, policy=default)
    assert subject == read["Subject"]
    assert not read["Subject"].defects
    assert all(len(line) <= 78 for line in head.split(b"\r\n") if line.startswith((b"Subject: =?", b" =?")))
    assert head.isascii()


@pytest.mark.parametrize(
    "evil", ["x\r\nBcc: victim@example.com", "督\nBcc: victim@example.com\r\n\r\nbody", "\udce9\x00 督"]
)
def test_nothing_in_a_letter_makes_a_header(evil: str) -> None:
    """Line breaks and signs that are none stay in the value where they stood."""
    read = message_from_bytes(
        built(subject=evil, name=evil, key=evil, thread=f"<a@b>{evil}", message_id=f"<a@b>{evil}"), policy=default
    )
    assert read["Bcc"] is None
    assert ["sun@example.com"] == [one.addr_spec for one in read["To"].addresses]
    assert ["multipart/alternative", "text/plain", "text/html"] == [part.get_content_type() for part in read.walk()]
    assert [] == read.defects


def test_a_possible_repeat_is_marked() -> None:
    """In the subject for people, in a header for programs."""
    read = message_from_bytes(built(possible_repeat=True), policy=default)
    assert (REPEAT["zh"] + "催办", "yes") == (read["Subject"], read["X-Duban-Possible-Repeat"])
