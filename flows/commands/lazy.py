"""What is imported when it is asked for: a command when it is called, tables and bars where somebody looks at them."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand
from typer.main import get_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class LazyCommand(TyperCommand):
    """A command of which name and help line are known; the function is imported when the command is called."""

    def __init__(self, name: str, target: str, help_line: str) -> None:
        """`target` is `module:function`, `help_line` the first line of the function's docstring."""
        super().__init__(name, help=help_line, short_help=help_line)
        self.target = target

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """The context of the real command: it knows the parameters, and it is what the group invokes."""
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        with _no_collection():
            app.command(self.name)(load(self.target))
        return get_command(app).make_context(info_name, args, parent, **extra)


def load(target: str) -> Callable[..., Any]:
    """The function that `module:function` names."""
    function: Callable[..., Any] = resolve_name(target)
    return function


@contextmanager
def _no_collection() -> Iterator[None]:
    """Imports make much that lives for ever: not looking at it again and again saves a third of the start-up time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
