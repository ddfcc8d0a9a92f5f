"""From a letter to the two forms of its body: plain text, and HTML whose styles are inlined."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tasks.mail.environment import template

if TYPE_CHECKING:
    from tasks.mail.letters import Letter

_EMPTY_LINES = re.compile(r"\n{3,}")


class Body(NamedTuple):
    """Both forms of a mail."""

    text: str
    html: str


def render(letter: Letter) -> Body:
    """The body of the letter in its language."""
    folder = f"{letter.kind}/{letter.language}"
    facts = {"letter": letter}
    text = template(f"{folder}/body.txt").render(facts)
    return Body(_EMPTY_LINES.sub("\n\n", text).strip() + "\n", template(f"{folder}/body.html").render(facts))
