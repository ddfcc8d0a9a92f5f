"""The one Jinja2 environment of the mails; HTML is escaped, subjects and text are not, a missing name is an error.

A name that is written from right to left, or turns its line, moves nothing beside it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from models.language.unseen import isolated
from models.wording.catalogue import spoken

if TYPE_CHECKING:
    from jinja2 import Environment, Template

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
__all__ = ["TEMPLATES", "environment", "spoken", "template"]


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The environment, made at the first use: a command that sends nothing does not load Jinja2."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape  # noqa: PLC0415 -- 40 ms that a listing saves

    from tasks.mail.saying import say  # noqa: PLC0415 -- loads Jinja2 too
    from tasks.mail.styles import InlineStyles  # noqa: PLC0415 -- loads Jinja2 too

    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[InlineStyles],
        auto_reload=False,
        finalize=isolated,
    )
    made.globals["say"] = say
    return made


@lru_cache(maxsize=256)
def template(name: str) -> Template:
    """The compiled template of that path below `templates/`."""
    return environment().get_template(name)
