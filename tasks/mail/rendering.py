"""From a letter to the two forms of its body: plain text, and HTML whose styles are inlined."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from tasks.mail.environment import template

if TYPE_CHECKING:
    from tasks.mail.letters import Letter

_EMPTY_LINES = re.compile(r"\n{3,}")


class Body(NamedTuple):
    """Both forms of a mail."""

    text: str
    html: str


@runtime_checkable
class Written(Protocol):
    """The content of a letter that is written already: many read the same statement."""

    @property
    def text(self) -> str:
        """The plain form."""

    @property
    def html(self) -> str:
        """The other one."""


def render(letter: Letter) -> Body:
    """The body of the letter in its language."""
    if isinstance(letter.content, Written):
        return Body(letter.content.text, letter.content.html)
    body = fill(letter.kind, letter)
    return Body(tidy(body.text), body.html)


def fill(folder: str, letter: Letter, **facts: object) -> Body:
    """Both forms of a mail, from the templates of that folder; a template may use `facts` beside the letter."""
    given = {"letter": letter, "language": letter.language, **facts}
    text, html = template(f"{folder}/body.txt"), template(f"{folder}/body.html")
    return Body(text.render(given), html.render(given))


def tidy(text: str) -> str:
    """Plain text without the gaps that a template leaves."""
    return _EMPTY_LINES.sub("\n\n", text).strip() + "\n"
