"""Mail programs ignore style sheets: each `class` of a template becomes a `style` when the template is compiled.

css-inline does it, once per class and not per mail. Only class selectors work; a class that begins with `m-` stays,
for the media queries of phones.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2.ext import Extension

if TYPE_CHECKING:
    from css_inline import CSSInliner

STYLE_SHEET = Path(__file__).resolve().parents[2] / "templates" / "mail.css"
_CLASS = re.compile(r'\bclass="([\w\s-]+)"')
_STYLE = re.compile(r'style="([^"]*)"')
_SPACES = re.compile(r"\s*([:;])\s*")
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


class InlineStyles(Extension):
    """Styles for classes, and no indentation, in the HTML of mails (the mailbox is a page and has its style sheet)."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002 -- Jinja2's signature
        """The source as it is compiled."""
        if not name or not name.endswith(".html") or name.startswith("mailbox/"):
            return source
        return _CLASS.sub(lambda found: _styled(found[1]), _INDENT.sub("", source))


@lru_cache(maxsize=512)
def _styled(classes: str) -> str:
    """The `style` attribute for these classes, and a `class` for those that stay."""
    inlined = _inliner().inline(f'<div class="{classes}"></div>')
    style = _STYLE.search(inlined)
    stays = " ".join(name for name in classes.split() if name.startswith("m-"))
    parts = [f'class="{stays}"'] if stays else []
    if style:
        tight = _SPACES.sub(r"\1", style[1])
        parts.append(f'style="{tight}"')
    elif not stays:
        msg = f"no style for class {classes!r}: add it to {STYLE_SHEET.name}"
        raise ValueError(msg)
    return " ".join(parts)


@lru_cache(maxsize=1)
def _inliner() -> CSSInliner:
    from css_inline import CSSInliner  # noqa: PLC0415 -- who only needs a subject does not load it

    css = STYLE_SHEET.read_text(encoding="utf-8")
    return CSSInliner(extra_css=css, load_remote_stylesheets=False)
