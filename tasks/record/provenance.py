"""Where an event comes from: the channel by which it reached the record, whose account, and whether that is certain."""

from __future__ import annotations

import getpass
from enum import StrEnum
from typing import Any, NamedTuple

LONGEST_ACCOUNT = 320
LONGEST_PLACE = 500


class Channel(StrEnum):
    """The doors of the record."""

    CLI = "cli"
    FORM = "form"
    RESUME = "resume"
    IMPORT = "import"
    REPLY = "reply"
    INSERT = "insert"
    """A row that another program wrote into the table."""


class Provenance(NamedTuple):
    """How an event came; without a channel Duban itself noted it.

    `account` is the operating-system user, the flow run or the mail address; `place` is where it stands there: file and
    row, or the Message-ID of the mail. `verified` says that whoever is named by `by` has shown to be that person (they
    answered from their own address with the token that was sent there); otherwise it is only claimed.
    """

    channel: Channel | None
    account: str | None = None
    place: str | None = None
    verified: bool = False

    def columns(self, place: str | None = None) -> dict[str, Any]:
        """As columns of an event; `place` goes before the place that is known already."""
        where = place or self.place
        return {
            "channel": self.channel and str(self.channel),
            "account": self.account[:LONGEST_ACCOUNT] if self.account else None,
            "place": where[:LONGEST_PLACE] if where else None,
            "verified": self.verified,
        }


BY_DUBAN = Provenance(None)
"""Of what nobody said."""


def at_the_command_line() -> Provenance:
    """Of whoever runs this process."""
    return Provenance(Channel.CLI, operating_system_user())


def operating_system_user() -> str | None:
    """The account of this process; None where the system knows no name for it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return None
