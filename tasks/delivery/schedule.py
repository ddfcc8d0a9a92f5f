"""When a message is tried again: waits that double up to a longest, until their sum is the lifetime of a message.

Only waits that an attempt caused count: a mail server that is away for a week uses up no message's lifetime.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.settings import Settings

DOUBTS = 20
"""So often a message that may have arrived is sent at most, where the setting names no other number."""
SLOWEST = 24
"""Of what is tried slowly the longest wait is so many times the usual one."""
_DOUBLINGS = 40


def next_wait(settings: Settings, attempts: int, *, slowly: bool = False) -> timedelta | None:
    """How long to wait after so many attempts (1 or more); None when the message is to be given up."""
    if settings.retry_attempts is not None and attempts >= settings.retry_attempts:
        return None
    waits = [_wait(settings, one, slowly=slowly) for one in range(1, min(attempts, _DOUBLINGS) + 1)]
    waited = sum(waits[:-1]) + waits[-1] * max(0, attempts - _DOUBLINGS)
    if waits[-1] and waited >= settings.retry_lifetime:
        return None
    return timedelta(seconds=waits[-1])


def doubtful_wait(settings: Settings, attempts: int) -> timedelta | None:
    """The same for a message of which nobody knows whether it left: each attempt may be one mail more."""
    limit = settings.retry_attempts or DOUBTS
    return None if attempts >= limit else next_wait(settings, attempts)


def _wait(settings: Settings, attempt: int, *, slowly: bool) -> float:
    first = settings.retry_longest if slowly else settings.retry_delay
    longest = settings.retry_longest * (SLOWEST if slowly else 1)
    return float(min(longest, first * 2 ** (min(attempt, _DOUBLINGS) - 1)))
