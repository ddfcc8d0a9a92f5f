"""What a mail of HTML says to its reader: its text in lines, without what is quoted, hidden or a program."""

from __future__ import annotations

import re
from html.parser import HTMLParser

DEEPEST = 400
"""So many elements inside each other; deeper ones are read as if they were closed."""
_NO_TAG = re.compile(r"<(?![^<>]{1,4000}>)")
_NOTE = re.compile(r"<!--|<!|<\?")
_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "object", "iframe", "select"})
_VOID = frozenset(
    {"br", "hr", "img", "meta", "link", "input", "area", "base", "col", "embed", "source", "track", "wbr", "param"}
)
_BLOCK = frozenset(
    {"p", "div", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr", "pre"}
)
_QUOTED = re.compile(
    r"gmail_quote|gmail_extra|gmail_attr|moz-cite-prefix|yahoo_quoted|divrplyfwdmsg|appendonsend|isreplycontent"
    r"|qmbox|foxmail_reply|ntes-?mail|reply-?separator|protonmail_quote|mail-?quote|olk_src|includetail"
    r"|ms-outlook-mobile-reference-message|ms-outlook-mobile-signature|gmail_signature|zm_.*quote|x_divrplyfwdmsg",
    re.IGNORECASE,
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])", re.IGNORECASE
)


def text_of_html(html: str) -> str:
    """The text of the document."""
    reader = _Reader()
    reader.feed(_with_whole_tags(_without_notes(html)))
    reader.close()
    text = re.sub(r"[ \t\u00a0]+", " ", "".join(reader.said))
    return re.sub(r" ?\n[ \n]*\n ?", "\n\n", text).strip()


def _without_notes(html: str) -> str:
    """Without comments, declarations and instructions: the parser takes for ever over some that never end."""
    kept: list[str] = []
    at = 0
    while (begin := _NOTE.search(html, at)) is not None:
        kept.append(html[at : begin.start()])
        close = "-->" if begin[0] == "<!--" else ">"
        end = html.find(close, begin.end())
        if end < 0:
            return "".join(kept)
        at = end + len(close)
    return "".join([*kept, html[at:]])


def _with_whole_tags(html: str) -> str:
    """Whatever looks like a tag and does not end soon is text: the parser would look for its end again and again."""
    return _NO_TAG.sub("&lt;", html)


class _Reader(HTMLParser):
    """Collects what is shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._spoke = False
        """Whether anything was shown so far: a quote without a word before it is what somebody answers below."""
        self._open: list[tuple[str, bool]] = []
        """The elements around the place, each with whether it silences what is inside."""
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element."""
        if tag == "br" or tag in _BLOCK:
            self._say("\n")
        if tag in _VOID:
            return
        given = {name: value or "" for name, value in attrs}
        silent = (
            tag in _SILENT
            or (tag == "blockquote" and self._spoke)
            or bool(_QUOTED.search(f"{given.get('class', '')} {given.get('id', '')} {given.get('name', '')}"))
            or bool(_HIDDEN.search(given.get("style", "")))
            or "hidden" in given
        )
        if len(self._open) < DEEPEST:
            self._open.append((tag, silent))
            self._silent += silent

    def handle_endtag(self, tag: str) -> None:
        """End an element, and whatever was left open in it."""
        if tag in _BLOCK:
            self._say("\n")
        if any(name == tag for name, _ in self._open):
            while self._open:
                name, silent = self._open.pop()
                self._silent -= silent
                if name == tag:
                    break

    def handle_data(self, data: str) -> None:
        """Text: its line breaks are blanks."""
        self._say(re.sub(r"\s+", " ", data))

    def _say(self, text: str) -> None:
        if not self._silent:
            self.said.append(text)
            self._spoke = self._spoke or not text.isspace()
