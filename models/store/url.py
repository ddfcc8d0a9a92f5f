"""Database addresses as people write them, with passwords that URLs would want quoted."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

_READ = (
    r"(?P<scheme>[\w+]+)://(?:(?P<user>[^:@/]*)(?::(?P<password>%s))?@)?"
    r"(?P<place>(?:\[[0-9a-fA-F:.]+\]|[^@:/?\[\]]*)(?::\d+)?(?:/[^?@]*)?(?:\?(?:\w+=.*)?)?)"
)
ADVICE = "write sqlite:////path/duban.db or postgresql://user:password@host/name"


def quoted_url(url: str) -> str:
    """The URL with its password quoted, so that no part of it (`p@ss`) is taken for a host, looked up and shown.

    ValueError, which repeats nothing of it, when it is none, or when it can be read in two ways.
    """
    if not url or url.startswith("sqlite"):
        return url
    shortest, longest = (re.fullmatch(_READ % some, url) for some in (".*?", ".*"))
    if shortest is None or longest is None:
        raise ValueError(ADVICE)
    if shortest["password"] is None:
        return url
    if shortest["password"] != longest["password"]:
        raise ValueError(f"{ADVICE}, with @ in the password, or behind the ?, as %40")
    password = quote(unquote(shortest["password"]), safe="")
    return "{}://{}:{}@{}".format(shortest["scheme"], shortest["user"], password, shortest["place"])
