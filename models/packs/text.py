"""YAML to plain data, and to nodes that know their lines; a safe loader, the C one where there is one."""

from __future__ import annotations

from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parsed(text: str) -> Any:
    """What the text says."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 -- a safe loader, see above


def nodes(text: str) -> Any:
    """The same as nodes."""
    return yaml.compose(text, Loader=_Loader)
