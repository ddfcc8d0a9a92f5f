"""How operations sign in to the Prefect of `duban up`: one line `user:password`, made on the first start.

It stands in a file of the home that only its owner can read, or comes from DUBAN_PREFECT_SECRET; to change it, delete
the file or change the setting, and start again. Programs get it by their environment, never by their arguments.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, NamedTuple

from models.errors import UsageError
from models.settings import SIGN_IN, SIGN_IN_ADVICE
from models.store.private import private_folder
from models.wording.catalogue import FIRST, SECOND, say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from models.settings import Settings

PREFECT_VARIABLE = "PREFECT_SERVER_API_AUTH_STRING"
USER = "duban"
RANDOM_BYTES = 24


class SignIn(NamedTuple):
    """The line, whence it is (a file or a variable), and whether it has just been made."""

    line: str
    source: str
    fresh: bool = False

    def told(self, *, terminal: bool) -> str:
        """What `duban up` says of it: the line on the start that made it and to a terminal, else whence it is.

        What is no terminal is a log, which is kept; and what was set by hand is known to whoever set it.
        """
        shown = self.fresh or (terminal and not self.source.isupper())
        return f"{self.line}  ({self.source})" if shown else self.source


def sign_in_file(settings: Settings) -> Path:
    """Where the line is kept that was made on the first start."""
    return settings.home.absolute() / "sign-in"


def sign_in(settings: Settings, server: Mapping[str, str]) -> SignIn:
    """The line of the setting, of Prefect's own variable (in `server`), or of the file, made when it is not there.

    UsageError when it is off.
    """
    if given := settings.prefect_secret.get_secret_value():
        return SignIn(given, "DUBAN_PREFECT_SECRET")
    if given := server.get(PREFECT_VARIABLE, "").strip():
        if not SIGN_IN.fullmatch(given):
            raise UsageError(f"{PREFECT_VARIABLE}: {SIGN_IN_ADVICE}")
        return SignIn(given, PREFECT_VARIABLE)
    file = sign_in_file(settings)
    fresh = not file.exists()
    if fresh:
        _make(file)
    line = file.read_text(encoding="ascii", errors="replace").strip()
    if not SIGN_IN.fullmatch(line):
        raise UsageError(" / ".join(say(language, "up.no_sign_in", file=file) for language in (FIRST, SECOND)))
    return SignIn(line, str(file), fresh=fresh)


def _make(file: Path) -> None:
    """Written beside it and then linked: it is there as a whole or not at all, and one that is there stays."""
    private_folder(file.parent)
    fresh = file.with_name(f".sign-in.{os.getpid()}")
    number = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(number, "w", encoding="ascii") as opened:
            opened.write(f"{USER}:{secrets.token_urlsafe(RANDOM_BYTES)}\n")
        fresh.rename(file)
    finally:
        fresh.unlink(missing_ok=True)
