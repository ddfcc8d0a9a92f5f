"""When a refused mail is tried again: what an answer means, how long to wait, and when to give up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.settings import Settings
from tasks.delivery.answers import Refusal, concerns_domain, refusal
from tasks.delivery.schedule import DOUBTS, doubtful_wait, next_wait

USUAL = Settings()
DAYS = timedelta(days=5)


def waits(settings: Settings, *, slowly: bool = False) -> list[timedelta]:
    """The waits of a message that is refused every time, until it is given up."""
    found: list[timedelta] = []
    while (wait := next_wait(settings, len(found) + 1, slowly=slowly)) is not None:
        found.append(wait)
    return found


def test_waits_double_up_to_an_hour_for_five_days() -> None:
    """A minute, two, four .. an hour, and then hourly until five days of waiting are over."""
    found = waits(USUAL)
    assert [60, 120, 240, 480, 960, 1920, 3600, 3600] == [int(wait.total_seconds()) for wait in found[:8]]
    assert {timedelta(hours=1)} == set(found[6:])
    assert DAYS <= sum(found, timedelta()) <= DAYS + timedelta(hours=1)


def test_what_a_filter_refused_is_tried_a_few_times_only() -> None:
    """An hour, two, four .. a day: a filter that is hurried gets angrier."""
    found = waits(USUAL, slowly=True)
    assert [1, 2, 4, 8, 16, 24, 24] == [int(wait.total_seconds()) // 3600 for wait in found[:7]]
    assert DAYS <= sum(found, timedelta()) <= DAYS + timedelta(days=1)


def test_a_lifetime_and_a_number_of_attempts_may_be_set() -> None:
    """The setting that comes first ends it; no wait at all ends with its number of attempts."""
    assert 3 == len(waits(Settings(retry_attempts=4)))
    assert 2 == len(waits(Settings(retry_lifetime=150)))
    assert 9 == len(waits(Settings(retry_delay=0, retry_attempts=10)))


def test_what_may_have_arrived_is_not_sent_for_days() -> None:
    """Each attempt may be one mail more: it ends after twenty, or the number that is set."""
    assert doubtful_wait(USUAL, DOUBTS - 1) is not None
    assert doubtful_wait(USUAL, DOUBTS) is None
    assert doubtful_wait(Settings(retry_attempts=2), 2) is None


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        ("421 4.3.2 closing", Refusal.LATER),
        ("452 4.2.2 mailbox full", Refusal.LATER),
        ("451 greylisted", Refusal.LATER),
        ("550 5.1.1 <gone@example.com> no such user", Refusal.NEVER),
        ("550 no such user here", Refusal.NEVER),
        ("554 5.1.1 unknown", Refusal.NEVER),
        ("553 5.1.3 bad address", Refusal.NEVER),
        ("554 5.7.1 looks like spam", Refusal.SLOWLY),
        ("550 5.7.1 rejected by policy", Refusal.SLOWLY),
        ("554 DT:SPM refused", Refusal.SLOWLY),
        ("550 Mail content denied", Refusal.SLOWLY),
        ("550 邮件被识别为垃圾邮件", Refusal.SLOWLY),
        ("552 5.2.2 over quota", Refusal.SLOWLY),
        ("552 mailbox full", Refusal.SLOWLY),
        ("554 transaction failed", Refusal.SLOWLY),
    ],
)
def test_an_answer_is_understood_by_code_status_and_words(answer: str, meant: Refusal) -> None:
    """An address that is none is for good; a filter, a policy or a full mailbox is not."""
    assert meant is refusal(int(answer[:3]), answer)


def test_trouble_of_a_domain_is_told_from_that_of_a_mailbox() -> None:
    """X.3 and X.4 are about the system and the way to it; greylisting and full mailboxes are about one recipient."""
    assert concerns_domain("451 4.4.1 no answer from host")
    assert concerns_domain("452 4.3.1 disk full")
    assert not concerns_domain("452 4.2.2 mailbox full")
    assert not concerns_domain("451 4.7.1 greylisted")
    assert not concerns_domain("450 try later, see 10.4.4.7")
