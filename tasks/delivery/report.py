"""What a delivery did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from tasks.organisation.masking import masked_log

_log = masked_log("duban.deliver")


class Death(NamedTuple):
    """A message that was given up, for operations: nothing personal is in it. `id` is that of its row."""

    key: str
    recipient: str
    reason: str
    id: str


@dataclass(slots=True)
class DeliveryReport:
    """What one delivery did. `problem` says why the server took nothing (more), `unreachable` that it was not there.

    `refused`: it takes nothing from us until somebody corrects a login, a sender or an account.
    """

    sent: int = 0
    deferred: int = 0
    dead: int = 0
    dropped: int = 0
    in_doubt: int = 0
    held: int = 0
    throttled_seconds: float = 0.0
    problem: str | None = None
    unreachable: bool = False
    refused: bool = False
    deaths: list[Death] = field(default_factory=list)

    @property
    def did_something(self) -> bool:
        """Whether anything changed in the outbox."""
        return bool(self.sent or self.deferred or self.dead or self.dropped or self.in_doubt)

    def log(self) -> None:
        """Tell the log, when there is anything to tell."""
        if self.problem:
            _log.warning("delivery stopped: %s", self.problem)
        if self.did_something:
            _log.info(
                "delivered: %d sent, %d deferred, %d dead, %d dropped, %d in doubt",
                *(self.sent, self.deferred, self.dead, self.dropped, self.in_doubt),
            )
