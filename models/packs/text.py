"""YAML to plain data, and to nodes that know their lines; a safe loader, the C one where there is one.

Before anything is built the text is looked at as a stream: what would unfold without end is refused with its line.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

DEEPEST = 40
"""Levels of nesting."""
LONGEST = 100_000
"""Values, those counted again to which an alias refers."""
DIGITS = 15
"""Of a number: what a program can hold exactly."""
_NUMBER = re.compile(r"[-+]?(0[xob])?[0-9a-fA-F_:.,]+([eE][-+]?\d+)?")


def parsed(text: str) -> Any:
    """What the text says. YAMLError with its line for what is no YAML, or too deep, too long or tagged."""
    _bounded(text)
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 -- a safe loader, see above
    except (ArithmeticError, AttributeError, LookupError, TypeError) as error:
        raise yaml.YAMLError(f"a value cannot be read: {error}") from error


def nodes(text: str) -> Any:
    """The same as nodes; `text` is one that was `parsed`."""
    return yaml.compose(text, Loader=_Loader)


def _bounded(text: str) -> None:
    """Refuse what would take more time or memory than its text, and tags, of which a regulation has none."""
    sizes: dict[str, int] = {}
    begun: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in begun):
                raise _problem("is nested too deep: an alias that contains itself", event)
            total += sizes.get(event.anchor or "", 1)
        elif isinstance(event, yaml.CollectionStartEvent | yaml.ScalarEvent):
            total += 1
            if event.tag and event.tag != "!":
                raise _problem(f"the tag {event.tag[:40]!r}: write the value without it", event)
            if isinstance(event, yaml.CollectionStartEvent):
                begun.append((event.anchor, total))
            elif isinstance(event, yaml.ScalarEvent):
                if event.anchor:
                    sizes[event.anchor] = 1
                _check_number(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = begun.pop()
            if anchor:
                sizes[anchor] = total - before + 1
        if len(begun) > DEEPEST:
            raise _problem(f"nested deeper than {DEEPEST} levels", event)
        if total > LONGEST:
            raise _problem(f"more than {LONGEST:,} values, those counted to which aliases refer", event)


def _check_number(event: yaml.ScalarEvent) -> None:
    plain = event.implicit[0]
    if plain and len(event.value) > DIGITS and _NUMBER.fullmatch(event.value):
        digits = sum(character.isalnum() for character in event.value)
        if digits > DIGITS:
            raise _problem(
                f"the number {event.value[:20]} has more than {DIGITS} digits: quote it if it is a text", event
            )


def _problem(what: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=what, problem_mark=event.start_mark)
