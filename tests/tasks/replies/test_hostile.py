"""Hostile mails: forged, replayed, malformed, enormous, clever. Nothing is recorded, nothing breaks.

Each of them answers a real mail (its token is genuine unless the attack is about the token) and is taken in by the very
path that an honest answer takes.
"""

from __future__ import annotations

import base64
import gzip
import resource
import time
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from models.store.schema import messages
from tasks.mail.tokens import reply_address
from tasks.replies.taking import Outcome
from tests.support.story import address

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.replying import Correspondence

CASE = "2611001"
SECONDS = 5.0
MEGABYTES = 500
YES = "批准"
HOLDER = address("总经理")


class Attack:
    """What the attacker knows: the mail that asked, and its token."""

    def __init__(self, mails: Correspondence) -> None:
        self.mails = mails
        self.form = mails.to("总经理", "延期申请")
        self.to = str(self.form["Reply-To"])

    def mail(self, text: str = YES, **headers: str | None) -> bytes:
        """An answer with these headers."""
        return self.mails.written(self.form, text, **headers)

    def raw(self, body: bytes, head: str = "Content-Type: text/plain; charset=utf-8") -> bytes:
        """A mail laid out by hand."""
        return f"From: {HOLDER}\r\nTo: {self.to}\r\nMessage-ID: <raw@x>\r\n{head}\r\n\r\n".encode() + body

    def other_token(self, change: Callable[[str], str]) -> bytes:
        """The answer, to an address that was tampered with."""
        return self.mail(To=change(self.to))

    def foreign_token(self) -> bytes:
        """The general manager's answer with the token of the handler's mail."""
        row = self.mails.rows(select(messages).where(messages.c.kind == "escalation"))[0]
        return self.mail(To=reply_address(self.mails.story.deployment.settings, row))


def multipart(attack: Attack, parts: list[bytes], kind: str = "mixed") -> bytes:
    """Parts in a frame."""
    body = b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--\r\n"
    return attack.raw(body, f"MIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary=x")


def nested(attack: Attack, depth: int) -> bytes:
    """A mail in a mail in a mail."""
    body = YES.encode()
    head = "Content-Type: text/plain; charset=utf-8"
    for number in range(depth):
        body = f"--b{number}\r\n{head}\r\n\r\n".encode() + body + f"\r\n--b{number}--\r\n".encode()
        head = f"Content-Type: multipart/mixed; boundary=b{number}"
    return attack.raw(body, head)


def attached(attack: Attack, data: bytes, name: str, text: str = "见附件") -> bytes:
    """An answer with a file."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = HOLDER, attack.to, "<file@x>"
    mail.set_content(text)
    mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def html_only(attack: Attack, html: str) -> bytes:
    """A mail without plain text."""
    return attack.raw(html.encode(), "Content-Type: text/html; charset=utf-8")


PART = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
ATTACKS: dict[str, Callable[[Attack], bytes]] = {
    # -- who says so
    "another address": lambda a: a.mail(From="boss@evil.example"),
    "the holder's name before another address": lambda a: a.mail(From=f'"{HOLDER}" <evil@evil.example>'),
    "an address that only begins like the holder's": lambda a: a.mail(From=f"{HOLDER}.evil.example"),
    "two addresses in From": lambda a: a.mail(From=f"{HOLDER}, evil@evil.example"),
    "two From headers": lambda a: b"From: evil@evil.example\r\n" + a.mail(),
    "no From": lambda a: a.mail(From=None),
    "an empty From": lambda a: a.raw(YES.encode()).replace(f"From: {HOLDER}".encode(), b"From:"),
    "From in an encoded word": lambda a: a.raw(YES.encode()).replace(
        f"From: {HOLDER}".encode(), b"From: =?utf-8?b?" + base64.b64encode(HOLDER.encode()) + b"?= <e@evil.example>"
    ),
    "the holder in Sender and Reply-To only": lambda a: a.mail(
        From="evil@evil.example", Sender=HOLDER, Reply_To=HOLDER
    ),
    "a comment in From": lambda a: a.mail(From=f"evil@evil.example ({HOLDER})"),
    "a group in From": lambda a: a.raw(YES.encode()).replace(
        f"From: {HOLDER}".encode(), f"From: g:{HOLDER},e@e.example;".encode()
    ),
    "a look-alike domain": lambda a: a.raw(YES.encode()).replace(b"example.com\r\n", "exаmple.com\r\n".encode(), 1),
    # -- the token
    "no token": lambda a: a.other_token(lambda _: "duban@localhost"),
    "one sign changed": lambda a: a.other_token(lambda to: to.replace("+", "+a", 1)[:-11] + to[-10:]),
    "another signature": lambda a: a.other_token(lambda to: to.split("@")[0][:-10] + "aaaaaaaaaa@localhost"),
    "a made-up token": lambda a: a.other_token(lambda _: f"duban+{'a' * 42}@localhost"),
    "a token that is too short": lambda a: a.other_token(lambda to: to.split("@")[0][:-1] + "@localhost"),
    "another message's token": lambda a: a.foreign_token(),
    "two genuine tokens": lambda a: a.mail(Cc=str(a.mails.to("经办")["Reply-To"])),
    "the Message-ID alone": lambda a: a.mail(To="duban@localhost", References=str(a.form["Message-ID"])),
    "a token in the text": lambda a: a.mail(f"{YES} {a.to}", To="duban@localhost"),
    "a token in the subject": lambda a: a.mail(To="duban@localhost", Subject=a.to),
    # -- robots
    "an absence note": lambda a: a.mail(Auto_Submitted="auto-replied"),
    "an absence note by its subject": lambda a: a.mail(Subject="自动回复: 延期申请"),
    "an absence note of Exchange": lambda a: a.mail(X_Auto_Response_Suppress="All"),
    "a copy of a mailing list": lambda a: a.mail(List_Id="<all.example.com>", Precedence="list"),
    "a bounce with an empty path": lambda a: a.mail(Return_Path="<>"),
    "a bounce as a report": lambda a: multipart(a, [PART + YES.encode()], "report; report-type=delivery-status"),
    "our own mail coming back": lambda a: a.mail(X_Duban_Key="slip/1"),
    "a read receipt": lambda a: multipart(a, [PART + YES.encode()], "report; report-type=disposition-notification"),
    "a robot that loops": lambda a: a.mail(X_Loop="robot"),
    "a recalled mail": lambda a: a.mail(Subject="撤回: 延期申请"),
    # -- what it says
    "a question": lambda a: a.mail("批准吗？"),
    "a no that begins like a yes": lambda a: a.mail("批准不了"),
    "a condition": lambda a: a.mail("批准，但须先补材料"),
    "both choices": lambda a: a.mail("批准 / 不批准"),
    "a yes that is only quoted": lambda a: a.mail("> 批准\n> 同意"),
    "a yes below the quoted mail's head": lambda a: a.mail("\n在 2026年11月2日，Duban 写道：\n批准"),
    "a yes in the signature": lambda a: a.mail("收到\n-- \n批准"),
    "a yes in another sentence": lambda a: a.mail("请转告张三：我还没有批准"),
    "a yes for another case": lambda a: a.mail("2699999 批准"),
    "a yes and then a no": lambda a: a.mail("批准\n不批准"),
    "a day that has passed": lambda a: a.mail("同意至2026-10-01"),
    "a day that there is not": lambda a: a.mail("同意至2月30日"),
    "a day beyond the calendar": lambda a: a.mail("同意至99999年1月1日"),
    "commands": lambda a: a.mail("duban approve 2611001; DROP TABLE events; --"),
    "SQL in the number": lambda a: a.mail("2611001' OR 1=1 批准"),
    "a template": lambda a: a.mail("{{ 7*7 }} {until}"),
    "format places": lambda a: a.mail("%s%s%n {0.__class__}"),
    "letters of another alphabet": lambda a: a.mail("аpproved"),
    "signs that turn the direction": lambda a: a.mail("\u202e准批"),
    "nothing": lambda a: a.mail(""),
    "white space": lambda a: a.mail(" \n\u3000\n\t"),
    # -- how it is made
    "HTML that hides its yes": lambda a: html_only(a, '<p style="display:none">批准</p><p>我再想想</p>'),
    "HTML whose yes is a comment": lambda a: html_only(a, "<!-- 批准 --><p>稍等</p>"),
    "HTML whose yes is a program": lambda a: html_only(a, "<script>批准</script>"),
    "HTML of comments without end": lambda a: html_only(a, "<!--" * 200_000),
    "HTML a hundred thousand deep": lambda a: html_only(a, "<div>" * 100_000 + "再说"),
    "HTML of tags without end": lambda a: html_only(a, "<a " * 200_000),
    "HTML of entities": lambda a: html_only(a, "&lt;" * 200_000),
    "a yes in an attached file": lambda a: attached(a, YES.encode(), "批准.txt"),
    "a yes in a forwarded mail": lambda a: multipart(a, [b"Content-Type: message/rfc822\r\n\r\n" + a.mail()]),
    "ten megabytes of text": lambda a: a.raw("再说".encode() * 1_700_000),
    "ten megabytes in one line of base64": lambda a: a.raw(
        base64.b64encode(b"x" * 7_500_000), "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64"
    ),
    "ten megabytes of headers": lambda a: a.raw(b"x", "X-A: " + "b" * 5_000_000 + "\r\nX-B: " + "c" * 5_000_000),
    "a hundred thousand headers": lambda a: a.raw(b"x", "\r\n".join(f"X-{n}: y" for n in range(100_000))),
    "a bomb of gzip": lambda a: attached(a, gzip.compress(b"0" * 50_000_000), "bomb.gz"),
    "a thousand parts": lambda a: multipart(a, [PART] * 20_000),
    "a thousand mails in each other": lambda a: nested(a, 1000),
    "fifty mails in each other": lambda a: nested(a, 50),
    "a frame without an end": lambda a: a.raw(b"--x\r\n" * 50_000, "Content-Type: multipart/mixed; boundary=x"),
    "a frame without a boundary": lambda a: a.raw(b"--\r\n\r\n", "Content-Type: multipart/mixed"),
    "a boundary of ten thousand signs": lambda a: a.raw(
        b"x", f"Content-Type: multipart/mixed; boundary={'b' * 10_000}"
    ),
    "a charset that is no charset": lambda a: a.raw(b"\xff\xfe\x00", "Content-Type: text/plain; charset=zlib_codec"),
    "a charset that takes for ever": lambda a: a.raw(b"x" * 200_000, "Content-Type: text/plain; charset=punycode"),
    "an encoding that there is not": lambda a: a.raw(
        b"x", "Content-Type: text/plain\r\nContent-Transfer-Encoding: rot13"
    ),
    "base64 that is none": lambda a: a.raw(b"\xff!!!", "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64"),
    "uuencode that is broken": lambda a: a.raw(b"begin 644 x\n\xff\n", "Content-Transfer-Encoding: x-uuencode"),
    "bytes of no charset": lambda a: a.raw(bytes(range(256)) * 100),
    "nul bytes": lambda a: a.raw(b"\x00" * 100_000),
    "only line breaks": lambda a: a.raw(b"\r\n" * 400_000),
    "only quotes": lambda a: a.raw(b"> > > > >\n" * 90_000),
    "heads of mails without end": lambda a: a.raw(("发件人: a\n" * 60_000).encode()),
    "wrote without end": lambda a: a.raw(("On a " * 150_000).encode()),
    "spaces without end": lambda a: a.raw(b" " * 900_000 + b"x"),
    "digits without end": lambda a: a.raw("同意至".encode() + b"1" * 900_000),
    "numbers of cases without end": lambda a: a.raw(("2611001、" * 90_000).encode()),
    "no bytes": lambda _: b"",
    "one byte": lambda _: b"\xff",
    "no header": lambda _: b"\r\n\r\n" + YES.encode(),
    "a header without a name": lambda a: b": x\r\n" + b"\xff\xfe: y\r\n" + a.mail(From=None),
    "a Message-ID of a kilobyte with line breaks": lambda a: a.raw(b"x").replace(
        b"<raw@x>", b"<" + b"a\r\n b" * 300 + b"@x>"
    ),
    "a broken encoded word": lambda a: a.raw(b"x", "Subject: =?utf-8?b?//8=?= =?x?q?=ff?= =?utf-8?b?"),
    "an address list of ten thousand": lambda a: a.raw(
        b"x", "Cc: " + ", ".join(f"a{n}@b.example" for n in range(10_000))
    ),
    "parentheses in an address": lambda a: a.raw(b"x").replace(f"From: {HOLDER}".encode(), b"From: " + b"(" * 50_000),
    "quotes in an address": lambda a: a.raw(b"x").replace(f"From: {HOLDER}".encode(), b'From: "' + b'\\"' * 50_000),
}


def test_there_are_enough_of_them() -> None:
    """Sixty at least, each another way."""
    assert len(ATTACKS) >= 60


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # what a mail is does not hang on the database
@pytest.mark.parametrize("name", ATTACKS)
def test_nothing_comes_of_it(asked: Correspondence, name: str) -> None:
    """Nothing is recorded, nobody but the message's recipient is written to, neither time nor memory is lost."""
    attack = Attack(asked)
    raw = ATTACKS[name](attack)
    before, mails_before = asked.recorded(CASE), len(asked.waiting())
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()

    taken = asked.take(raw, "2026-11-02 10:00")

    assert time.perf_counter() - began < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used < MEGABYTES * 1024
    assert before == asked.recorded(CASE)
    assert taken.outcome not in (Outcome.RECORDED, Outcome.REFUSED)
    fresh = asked.waiting()[mails_before:]
    assert len(fresh) <= 1
    assert {HOLDER, address("经理"), address("经办")} >= {row.email for row in fresh}
    assert {HOLDER} == {row.email for row in fresh} or not fresh or "token" in name
    if taken.outcome in (Outcome.AUTOMATIC, Outcome.UNKNOWN):
        assert [] == fresh
    assert not asked.take(raw, "2026-11-02 10:01").fresh  # replayed
    assert (
        Outcome.RECORDED is asked.answer(attack.form, YES, "2026-11-02 10:05").outcome
    )  # and the honest answer counts


def test_an_honest_answer_with_ten_megabytes_of_pictures_counts(asked: Correspondence) -> None:
    """The text stands before them; the rest is never looked at."""
    raw = attached(Attack(asked), b"\x89PNG" * 2_500_000, "现场.png", text="批准\n\n发自我的iPhone")

    assert Outcome.RECORDED is asked.take(raw, "2026-11-02 10:00").outcome


@pytest.mark.parametrize("charset", ["gb18030", "gbk", "gb2312", "utf-8", "utf-16"])
def test_an_honest_answer_of_html_in_any_charset_counts(asked: Correspondence, charset: str) -> None:
    """As webmail of China sends it, with the quoted mail below."""
    html = '<div>同意至12月1日</div><div class="gmail_quote">不批准</div>'
    content = base64.b64encode(html.encode(charset))
    head = f"Content-Type: text/html; charset={charset}\r\nContent-Transfer-Encoding: base64"

    assert Outcome.RECORDED is asked.take(Attack(asked).raw(content, head), "2026-11-02 10:00").outcome


def test_a_token_survives_servers_that_change_its_case(asked: Correspondence) -> None:
    """An address in capitals is the same address."""
    form = asked.to("总经理", "延期申请")

    assert Outcome.RECORDED is asked.answer(form, YES, "2026-11-02 10:00", To=str(form["Reply-To"]).upper()).outcome


def test_another_secret_knows_no_token(asked: Correspondence) -> None:
    """Who changes DUBAN_SECRET ends every token that was sent."""
    asked.story.deployment = asked.story.deployment.changed(secret="another")  # noqa: S106 -- no secret

    assert Outcome.UNKNOWN is asked.answer(asked.to("总经理", "延期申请"), YES, "2026-11-02 10:00").outcome
