"""What is read out of a mail: its writer's own words, in any charset, and whether a person wrote it."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from tasks.replies.automatic import why_automatic
from tasks.replies.cutting import own_words
from tasks.replies.html import text_of_html
from tasks.replies.reading import read

OURS = "duban@example.org"


@pytest.mark.parametrize(
    "below",
    [
        '\n\n在 2026-11-27 17:05:00，"Duban" <duban@example.org> 写道：\n> 请批准',
        "\n\nDuban 督办 <duban@example.org> 于2026年11月27日周五 17:05写道：\n\n> 不批准",
        "\n\nOn Fri, Nov 27, 2026 at 5:05 PM Duban <duban@example.org> wrote:\n> approve or not",
        "\n\nOn Fri, Nov 27, 2026 at 5:05 PM Duban 督办 with a long name\n<duban@example.org> wrote:\n> x",
        '\n\n------------------ 原始邮件 ------------------\n发件人: "Duban"\n发送时间: 2026年11月27日\n请批准',
        "\n\n---原始邮件---\n发件人: Duban",
        "\n\n-----Original Message-----\nFrom: Duban\nSent: Friday",
        "\n\n发件人: Duban 督办 <duban@example.org>\n发送时间: 2026年11月27日\n收件人: 张三\n主题: 延期\n\n不批准",
        "\n\n发件人： Duban\n日期： 2026-11-27\n",
        "\n\nFrom: Duban <duban@example.org>\nSent: Friday, November 27, 2026\nTo: Zhang\nSubject: x\n\nrefused",
        "\n\n________________________________\n发件人: Duban",
        "\n\n________________________________________\nnot approved",
        "\n-- \n张三\n维修部 不拖延",
        "\n--\n张三",
        "\n\n发自我的iPhone",
        "\n\n发自我的 iPhone\n",
        "\n\n发自我的华为手机",
        "\n\n来自QQ邮箱手机版",
        "\n\n发自我的企业微信",
        "\n\nSent from my iPhone",
        "\n\nSent from Outlook for iOS",
        "\n\n获取 Outlook for iOS",
        "\n\nGet Outlook for Android",
        "\n\n> 一\n> 二\n>> 不批准",
        "\n\n本邮件及其附件含有本公司的保密信息，仅限于发送给上面地址中列出的个人",
        "\n\nThis email and any attachments are confidential and intended solely for the addressee",
        "\n\nDuban <duban@example.org> schrieb:\n> x",
        "\n\n-------- 转发的消息 --------\n不批准",
    ],
)
def test_what_others_wrote_is_cut_off(below: str) -> None:
    """Quotes, heads of quoted mails, signatures, what phones and lawyers add."""
    assert "批准" == own_words(f"批准{below}")


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("> 请问批准吗？\n批准", "批准"),
        ("【外部邮件】本邮件来自外部邮件地址，请谨慎\n批准", "批准"),
        ("CAUTION: external email, think before you click\n\napproved", "approved"),
        ("批准\r\n\r\n张三", "批准\n\n张三"),
        ("\ufeff批\u200b准", "批准"),
        ("不批准，原因：\n1. 材料不全\n2. 超期", "不批准，原因：\n1. 材料不全\n2. 超期"),
        ("> 全部引用", ""),
        ("", ""),
    ],
)
def test_what_the_writer_wrote_is_kept(text: str, own: str) -> None:
    """Also below a quote, below a banner of the server, over several lines."""
    assert own == own_words(text)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>批准</p>", "批准"),
        ("<div>批准</div><blockquote>不批准</blockquote>", "批准"),
        ('<div>批准</div><div class="gmail_quote">不批准</div>', "批准"),
        ('<div>批准</div><div id="divRplyFwdMsg">不批准</div>', "批准"),
        ("<style>p{}</style><script>不批准</script><p>批准</p>", "批准"),
        ('<p style="display:none">不批准</p><p>批准</p>', "批准"),
        ("<p hidden>不批准</p><p>批准</p>", "批准"),
        ("<!-- 不批准 --><p>批&#x51C6;</p>", "批准"),
        ("<blockquote>请问？</blockquote><p>批准</p>", "请问？\n\n批准"),
        ("批准<br>尽快", "批准\n尽快"),
        ("<table><tr><td>批准</td></tr></table>", "批准"),
        ("<p>批准", "批准"),
        ("<<<>>><p>批准</p>", "<<<>>>\n批准"),
    ],
)
def test_html_is_read_as_it_is_shown(html: str, text: str) -> None:
    """Without what is quoted, hidden, or no text."""
    assert text == text_of_html(html)


def mail(text: str = "批准", **headers: str) -> bytes:
    """A mail of one part."""
    made = EmailMessage(policy=SMTP)
    made["From"] = headers.pop("From", "张三 <zhang@example.com>")
    made["To"] = OURS
    made["Message-ID"] = "<one@example.com>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


@pytest.mark.parametrize(
    ("charset", "named"),
    [
        ("utf-8", "utf-8"),
        ("gb18030", "GB18030"),
        ("gb2312", "gb2312"),
        ("gbk", "GBK"),
        ("gbk", "gb2312"),
        ("big5", "big5"),
        ("gb18030", "utf-8"),
        ("utf-8", "no-such-charset"),
        ("utf-8", "zlib"),
        ("utf-8", "idna"),
        ("utf-16", "utf-16"),
        ("hz", "hz-gb-2312"),
    ],
)
def test_any_charset_is_read(charset: str, named: str) -> None:
    """The one that is named, or the one that fits where the name is wrong."""
    text = "批准，請儘快" if charset == "big5" else "批准，请尽快"
    content = base64.b64encode(text.encode(charset))
    raw = b"From: a@example.com\r\nContent-Type: text/plain; charset=%s\r\nContent-Transfer-Encoding: base64\r\n\r\n%s"

    assert text == read(raw % (named.encode(), content)).text


def test_the_plain_form_goes_before_the_html() -> None:
    """HTML is read where there is no plain text."""
    both = EmailMessage()
    both["From"] = "a@example.com"
    both.set_content("批准")
    both.add_alternative("<p>见图</p>", subtype="html")
    empty = EmailMessage()
    empty["From"] = "a@example.com"
    empty.set_content("  \n")
    empty.add_alternative("<p>批准</p>", subtype="html")

    assert ["批准", "批准"] == [read(one.as_bytes()).text for one in (both, empty)]


@pytest.mark.parametrize(
    ("given", "sender"),
    [
        ("Zhang <Zhang@Example.COM>", "zhang@example.com"),
        ("zhang@example.com", "zhang@example.com"),
        ("a@example.com, b@example.com", ""),
        ("nobody", ""),
        ('"boss@example.com" <evil@example.net>', "evil@example.net"),
    ],
)
def test_the_sender_is_the_one_address_in_from(given: str, sender: str) -> None:
    """Not what stands beside it, and none where there are several."""
    raw = f"From: {given}\r\n\r\nx".encode()

    assert sender == read(raw).sender


def test_two_froms_are_none() -> None:
    """A mail that claims two senders has none."""
    assert "" == read(b"From: a@example.com\r\nFrom: b@example.com\r\n\r\nx").sender


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated (failure)"},
        {"X_Auto_Response_Suppress": "All"},
        {"X_Auto_Response_Suppress": "DR, OOF, AutoReply"},
        {"Precedence": "bulk"},
        {"Precedence": "auto_reply"},
        {"X_Autoreply": "yes"},
        {"X_Autorespond": "Vacation"},
        {"X_Failed_Recipients": "a@example.com"},
        {"List_Id": "<all.example.com>"},
        {"List_Unsubscribe": "<mailto:x@example.com>"},
        {"Return_Path": "<>"},
        {"X_Duban_Key": "escalation/1"},
        {"From": "MAILER-DAEMON@example.com"},
        {"From": "no-reply@example.com"},
        {"From": "postmaster@example.com"},
        {"From": "duban@example.org"},
        {"From": "duban+abcdef@example.org"},
        {"Subject": "自动回复: 延期"},
        {"Subject": "自动答复：我正在休假"},
        {"Subject": "Automatic reply: Duban"},
        {"Subject": "Out of Office Re: Duban"},
        {"Subject": "系统退信/Systems bounce"},
        {"Subject": "Undeliverable: Duban"},
        {"Subject": "Re: 自动回复：x"},
        {"Subject": "已读: 督办"},
    ],
)
def test_a_robot_is_known(headers: dict[str, str]) -> None:
    """By any one of the signs that mail programs and servers give."""
    assert why_automatic(read(mail(**headers)), OURS)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Auto_Submitted": "no"},
        {"Subject": "Re: 【督办·超期】2611001 首次联系客户"},
        {"Subject": "回复：延期申请"},
        {"Return_Path": "<zhang@example.com>"},
        {"Precedence": "normal"},
        {"X_Mailer": "Foxmail"},
        {"X_Priority": "1"},
    ],
)
def test_a_person_is_no_robot(headers: dict[str, str]) -> None:
    """What ordinary mail programs write is no sign."""
    assert "" == why_automatic(read(mail(**headers)), OURS)


def test_a_bounce_is_a_report() -> None:
    """By its type, whatever its headers say."""
    raw = (
        b"From: a@example.com\r\nContent-Type: multipart/report; boundary=x\r\n\r\n--x\r\n\r\n\xe6\x89\xb9\r\n--x--\r\n"
    )

    assert "multipart/report" == why_automatic(read(raw), OURS)
