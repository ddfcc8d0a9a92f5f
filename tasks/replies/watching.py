"""Answers as they come: the folder is looked through, then listened to, until a newer run takes over."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from models.store.database import reading
from tasks.organisation.lease import give_back, holds, take
from tasks.replies import imap

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment
    from tasks.replies.taking import Taken

LEASE = "replies"
BREATH = 5.0
"""How long the server is listened to before somebody looks whether a newer run is there."""


def once(
    engine: Engine, deployment: Deployment, *, now: Callable[[], datetime], on_taken: Callable[[Taken], None]
) -> int:
    """Take in what is there; how many. DeliveryError when the mailbox cannot be had."""
    with imap.connected(deployment.settings) as box:
        return imap.take_in(box, engine, deployment, now, on_taken)


def ahead(
    engine: Engine,
    deployment: Deployment,
    *,
    now: Callable[[], datetime],
    seconds: float,
    holder: str,
    on_taken: Callable[[Taken], None],
) -> None:
    """Take in what comes for so many seconds; leave when a newer holder took over. DeliveryError as above."""
    take(engine, LEASE, holder, now())
    end = time.monotonic() + seconds
    with imap.connected(deployment.settings) as box:
        while True:
            imap.take_in(box, engine, deployment, now, on_taken)
            left = end - time.monotonic()
            if left <= 0 or not _still_ours(engine, holder):
                give_back(engine, LEASE, holder)
                return
            imap.wait(box, min(left, BREATH))


def _still_ours(engine: Engine, holder: str) -> bool:
    with reading(engine) as connection:
        return holds(connection, LEASE, holder)
