"""A run that looks ahead and was killed leaves nothing uncovered: `duban up` stands in until the next one is there.

Each lease names the process of its holder. When that has gone without giving the lease back, the command of the job is
run every moment, without Prefect, and a new run is asked for; the command's own idempotence makes that harmless.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from flows.local.environment import ROOT
from models.errors import DubanError
from models.store.database import reading
from models.wording.catalogue import both
from tasks.delivery.processes import is_gone
from tasks.organisation.lease import holders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sqlalchemy.engine import Engine

COMMANDS = {"sweep": ("sweep",), "deliver": ("deliver",), "replies": ("replies", "--once")}
"""What is run in the place of each job."""
LOOK_SECONDS = 1.0
AGAIN_SECONDS = 3.0
"""Between two runs of a command."""
ASK_SECONDS = 30.0
"""Between two times that a new run is asked for."""


@dataclass(slots=True)
class _Gone:
    """A holder that has gone, and what is done about it."""

    holder: str
    asked_at: float
    ran_at: float = float("-inf")
    process: subprocess.Popen[bytes] | None = None

    def runs(self) -> bool:
        """Whether a command is at work for it."""
        return self.process is not None and self.process.poll() is None


@dataclass(slots=True)
class StandIn:
    """Looks at the leases and stands in; `look` returns at once."""

    engine: Engine
    environment: Mapping[str, str]
    logs: Path
    say: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    gone: dict[str, _Gone] = field(default_factory=dict)
    may_ask: bool = False
    """Whether there is a worker already that would take a new run."""
    _next: float = float("-inf")
    _asking: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def look(self) -> None:
        """See who has gone, and do their work for a moment."""
        now = self.clock()
        if now < self._next:
            return
        self._next = now + LOOK_SECONDS
        self._asking = [process for process in self._asking if process.poll() is None]
        try:
            with reading(self.engine) as connection:
                found = holders(connection)
        except (DubanError, SQLAlchemyError):
            return  # a database that is away is told by everything else
        for name in COMMANDS:
            holder = found.get(name, "")
            if not is_gone(holder.partition("@")[2]):
                self._ended(name)
            else:
                self._stand_in(name, holder, now)

    def _stand_in(self, name: str, holder: str, now: float) -> None:
        known = self.gone.get(name)
        if known is None or known.holder != holder:
            self.say(both("up.stands_in", name=name))
            known = self.gone[name] = _Gone(holder, asked_at=float("-inf"), process=known.process if known else None)
        if self.may_ask and now - known.asked_at >= ASK_SECONDS:
            known.asked_at = now
            self._asking.append(self._run("flows.local.groundwork", "follow", name))
        if now - known.ran_at >= AGAIN_SECONDS and not known.runs():
            known.ran_at = now
            known.process = self._run("flows.commands.app", *COMMANDS[name])

    def _ended(self, name: str) -> None:
        """Somebody looks ahead again; a command that still runs comes to its end by itself."""
        known = self.gone.get(name)
        if known is not None and not known.runs():
            del self.gone[name]

    def _run(self, *command: str) -> subprocess.Popen[bytes]:
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / "stand-in.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603 -- our own programs
                [sys.executable, "-m", *command],
                env=dict(self.environment),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def others_asked(self) -> None:
        """From now on there is a worker, and new runs were asked for just now."""
        self.may_ask = True
        for known in self.gone.values():
            known.asked_at = self.clock()

    def stop(self) -> None:
        """Wait for what is still running: a command takes seconds, and what it has begun it brings to its end."""
        running = [one.process for one in self.gone.values() if one.process is not None]
        for process in (*running, *self._asking):
            try:
                process.wait(AGAIN_SECONDS)
            except subprocess.TimeoutExpired:
                process.terminate()
                process.wait()
