"""Tells something at addresses of Apprise. An address is a secret: what is shown and kept of it is a name.

Apprise comes with Prefect and is imported where something is told, by no listing. It logs addresses, so that its own
log is silenced: what went wrong is in the answer.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

AT_ONCE = 8
UNKNOWN = "no address that Apprise knows: check it"
REFUSED = "did not take it: check the address, and whether it can be reached from here"
TITLE_LENGTH = 200


def named(urls: Iterable[str]) -> dict[str, str]:
    """The addresses by a name that betrays nothing: their kind, and their place in the list (`wecombot 1`)."""
    return {f"{url.partition('://')[0].lower()} {place}": url for place, url in enumerate(urls, 1)}


def is_known(url: str) -> bool:
    """Whether Apprise can make something of the address; asks nobody."""
    apprise = _apprise()
    return apprise.Apprise.instantiate(url, asset=_asset()) is not None


def tell(urls: Mapping[str, str], title: str, body: str) -> dict[str, str | None]:
    """Tell it at every address, side by side: by name, None where it was taken, else what went wrong.

    An address that is slow is given up by Apprise after some seconds; none makes another wait.
    """
    if not urls:
        return {}
    _apprise()
    line = " ".join(title.split())[:TITLE_LENGTH]
    with ThreadPoolExecutor(min(AT_ONCE, len(urls))) as pool:
        answers = pool.map(lambda url: _tell(url, line, body), urls.values())
        return dict(zip(urls, answers, strict=True))


def _tell(url: str, title: str, body: str) -> str | None:
    apprise = _apprise()
    try:
        service = apprise.Apprise.instantiate(url, asset=_asset())
        if service is None:
            return UNKNOWN
        taken = service.notify(title=title, body=body, notify_type=apprise.NotifyType.WARNING)
    except Exception as error:  # noqa: BLE001 -- another program's; its words may hold the address
        return f"{REFUSED} ({type(error).__name__})"
    return None if taken else REFUSED


@lru_cache(maxsize=1)
def _apprise() -> Any:
    import apprise  # noqa: PLC0415 -- 0.16 s, only where something is told

    silent = logging.getLogger("apprise")
    silent.setLevel(logging.CRITICAL + 1)
    silent.propagate = False
    return apprise


@lru_cache(maxsize=1)
def _asset() -> Any:
    return _apprise().AppriseAsset(app_id="Duban", app_desc="Duban 督办", app_url="", storage_mode="memory")
