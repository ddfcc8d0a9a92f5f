"""Mails with pictures and files: how they nest, what the files are called, and that plain mails stay plain."""

from __future__ import annotations

import email
import uuid
from datetime import UTC, datetime
from email.policy import default
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from tasks.mail.building import build
from tasks.mail.letters import Attachment, Letter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from email.message import EmailMessage

PICTURE = Attachment("trend.png", "image/png", b"\x89PNG" + bytes(range(256)), "trend.1a2b@duban")
BOOK = Attachment(
    "分析报告-2026-11-月报.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK12"
)


def mail(attachments: Sequence[Attachment]) -> tuple[EmailMessage, bytes]:
    """The mail of a letter that is written already, as a mail program reads it, and its bytes."""
    letter = Letter(
        id=uuid.UUID(int=7),
        key="statement/1",
        message_id="<1@example.org>",
        kind="statement",
        name="孙红",
        email="sun@example.com",
        language="zh",
        subject="【分析报告】2026-11 月报",
        attempts=1,
        possible_repeat=False,
        thread=None,
        items=(),
        corrections=(),
        content=SimpleNamespace(text="正文\n", html='<p>正文<img src="cid:trend.1a2b@duban" alt="走势"></p>'),
        attachments=tuple(attachments),
    )
    content = build(letter, "督办 <duban@example.org>", datetime(2026, 12, 8, tzinfo=UTC), UTC).content
    return cast("EmailMessage", email.message_from_bytes(content, policy=default)), content


def shape(part: EmailMessage) -> object:
    """The types of a mail as nested lists."""
    if not part.is_multipart():
        return part.get_content_type()
    return [part.get_content_subtype(), *(shape(cast("EmailMessage", one)) for one in part.iter_parts())]


def test_pictures_belong_to_the_html_and_files_to_the_mail() -> None:
    """The text forms are alternatives, the pictures related to them, the files mixed in outside."""
    read, _ = mail([PICTURE, BOOK])
    text = ["alternative", "text/plain", "text/html"]
    assert ["mixed", ["related", text, "image/png"], BOOK.media_type] == shape(read)
    assert [] == read.defects
    (book,) = read.iter_attachments()
    assert (BOOK.name, BOOK.data) == (book.get_filename(), book.get_content())
    picture = next(part for part in read.walk() if part.get_content_type() == "image/png")
    assert ("<trend.1a2b@duban>", "inline") == (picture["Content-ID"], picture.get_content_disposition())
    assert PICTURE.data == picture.get_content()


@pytest.mark.parametrize(("attachments", "kind"), [([], "alternative"), ([PICTURE], "related"), ([BOOK], "mixed")])
def test_a_mail_nests_no_more_than_it_needs(attachments: list[Attachment], kind: str) -> None:
    """Without files and pictures it is what it was before there were any; text and HTML are found in each."""
    read, _ = mail(attachments)
    assert kind == read.get_content_subtype()
    plain, html = read.get_body(("plain",)), read.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "正文\n" == plain.get_content()
    assert "cid:trend.1a2b@duban" in html.get_content()


def test_a_long_or_hostile_name_of_a_file_stays_in_its_line() -> None:
    """No sign of a name starts a header or leaves its parameter, and no line is longer than SMTP allows."""
    for name in ('a".xlsx\r\nBcc: x@example.com', "很" * 300 + ".xlsx", "../\udce9.xlsx", "“引号”; x=1.xlsx"):
        read, content = mail([Attachment(name, BOOK.media_type, b"x", None)])
        assert all(len(line) <= 998 for line in content.split(b"\r\n"))
        (part,) = read.iter_attachments()
        assert (None, b"x") == (read["Bcc"], part.get_content())
        assert "\n" not in (part.get_filename() or "")


def test_a_media_type_is_none_of_the_sender_s_words() -> None:
    """What would write headers of its own is refused."""
    with pytest.raises(ValueError, match="no media type"):
        mail([Attachment("a.png", "image/png\r\nX: y", b"x", "a@b")])
