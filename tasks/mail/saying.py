"""The global `say` of the templates: a sentence of the catalogue in the language of the mail."""

from __future__ import annotations

from jinja2 import pass_context
from jinja2.runtime import Context  # noqa: TC002 -- Jinja2 is loaded anyway where this is
from markupsafe import Markup, escape

from models.language.unseen import isolated
from models.wording import catalogue


@pass_context
def say(context: Context, key: str, /, *, language: str | None = None, **values: object) -> str:
    """The sentence of that key, in `language` or in that of the mail.

    The catalogue is ours, what is put into its places comes from outside: a template of HTML gets it escaped.
    """
    spoken = language or context["language"]
    values = {name: isolated(value) for name, value in values.items()}
    if not context.eval_ctx.autoescape:
        return catalogue.say(spoken, key, **values)
    escaped = {name: value if isinstance(value, int | float) else escape(value) for name, value in values.items()}
    return Markup(catalogue.say(spoken, key, **escaped))  # noqa: S704 -- every value is escaped
