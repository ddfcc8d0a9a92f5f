"""A clock that is set is noticed, and does not keep a run from its end."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from models.store.database import reading
from models.store.schema import facts
from tasks.engine.sweep import look_ahead
from tasks.organisation import clocks, lease

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from tasks.organisation.deployment import Deployment

START = datetime(2026, 11, 2, 1, tzinfo=UTC)


class SetClock:
    """A wall clock that is set once, beside one that only counts."""

    def __init__(self, after: float, seconds: float) -> None:
        self.passed = 0.0
        self.after = after
        self.set = seconds

    def now(self) -> datetime:
        """What the wall clock shows."""
        return START + timedelta(seconds=self.passed + (self.set if self.passed >= self.after else 0))

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.passed += max(seconds, 0.001)


@pytest.mark.parametrize("seconds", [3600, -3600, 10, -10])
def test_a_jump_is_told_once_and_the_run_ends_in_time(engine: Engine, deployment: Deployment, seconds: int) -> None:
    """Forward or back: by how much it was set, and after its seconds the run has ended, neither sooner nor later."""
    clock, heard = SetClock(20, seconds), []
    look_ahead(
        engine,
        deployment,
        holder="a",
        seconds=60,
        now=clock.now,
        wait=clock.wait,
        elapsed=lambda: clock.passed,
        on_jump=heard.append,
    )
    assert [seconds] == [round(one) for one in heard]
    assert 60 == round(clock.passed)


@pytest.mark.parametrize("seconds", [0, 2, -2])
def test_a_clock_that_is_kept_right_is_no_alarm(seconds: int) -> None:
    """Small corrections, and looks that come late."""
    watch = clocks.Watch(100.0, START)
    assert 0 == watch.jumped(700.0, START + timedelta(seconds=600 + seconds))


def test_a_run_that_ends_gives_its_lease_back(engine: Engine, deployment: Deployment) -> None:
    """So nobody takes its end for a kill; what a newer run has taken over stays its own."""
    clock = SetClock(10**6, 0)
    look_ahead(engine, deployment, holder="a", seconds=5, now=clock.now, wait=clock.wait)
    with reading(engine) as connection:
        assert lease.NOBODY == lease.holders(connection)["sweep"]
    lease.take(engine, "sweep", "newer", START)
    lease.give_back(engine, "sweep", "a")
    with reading(engine) as connection:
        assert lease.holds(connection, "sweep", "newer")


def test_the_record_keeps_the_last_jump(engine: Engine) -> None:
    """For whoever asks whether all is well."""
    clocks.note(engine, 3600.4, START)
    clocks.note(engine, -60.0, START)
    with reading(engine) as connection:
        value = connection.scalar(select(facts.c.value).where(facts.c.name == clocks.FACT))
    assert {"at": "2026-11-02T01:00:00Z", "seconds": -60} == json.loads(str(value))
