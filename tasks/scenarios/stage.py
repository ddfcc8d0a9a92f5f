"""The stage on which stories are played: a database of its own in a temporary folder, two people for each role.

One engine serves all stories of a process (SQLAlchemy keeps its compiled statements there); between two stories the
file is replaced by a copy of the prepared one.
"""

from __future__ import annotations

import csv
import hashlib
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import event

from models.settings import Settings
from models.store.database import open_engine
from models.store.schema import metadata
from tasks.intake import import_file
from tasks.organisation.deployment import Deployment
from tasks.organisation.registry import Regulations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from models.calendar.work_calendar import WorkCalendar
    from models.language.regulation import Regulation

DEPARTMENT = "营业部"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
OPERATIONS = "operations@example.com"


def _hasty(connection: Any, _record: Any) -> None:
    """What is gone after a crash need not be safe on the disk."""
    connection.execute("PRAGMA synchronous=OFF")


class Shown(Regulations):
    """The regulations of a deployment, with one pack as it is in hand, whatever its file says."""

    def __init__(self, settings: Settings, pack: Regulation) -> None:
        super().__init__(settings)
        self.pack = pack

    def read(self, name: str) -> Regulation:
        """The pack in hand by its name, another one from its file."""
        return self.pack if name == self.pack.regulation else super().read(name)


class Stage:
    """Use it as a context: what it made is gone at the end."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="duban-stories-"))
        self.file = self.folder / "duban.db"
        self.engine = open_engine(f"sqlite:///{self.file}")
        event.listen(self.engine, "connect", _hasty)
        self._prepared: dict[tuple[tuple[str, str], ...], Path] = {}
        self._settings: dict[str, Settings] = {}

    def __enter__(self) -> Self:
        """The stage itself."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Clear it away."""
        self.engine.dispose()
        shutil.rmtree(self.folder, ignore_errors=True)

    def deployment(self, pack: Regulation | None = None, *, in_force: bool = False) -> Deployment:
        """A deployment that has this pack; `in_force` lets the calendar open the duties of the pack."""
        names = pack.regulation if pack and in_force else ""
        if names not in self._settings:
            values = {
                "home": self.folder,
                "database_url": f"sqlite:///{self.file}",
                "operations_email": OPERATIONS,
                "regulations_in_force": names,
            }
            self._settings[names] = Settings.model_validate(values)
        made = Deployment(self._settings[names])
        if pack:
            made.regulations = Shown(made.settings, pack)
        return made

    @property
    def calendar(self) -> WorkCalendar:
        """The calendar of every story."""
        return self.deployment().calendar

    def clear(self, pack: Regulation, others: Iterable[str] = (), absent: Iterable[str] = ()) -> None:
        """An organisation in which nothing has happened yet.

        Two people for each role of the pack, `ROLE` and `ROLE_2`, without those who are `absent` (a role or one of the
        two); and the people whom the story names otherwise, who hold none.
        """
        roles = dict(_holders(pack, frozenset(absent)))
        every = {name for role in pack.roles for name in both(role)}
        people = roles | {name: "" for name in others if name not in every}
        key = tuple(people.items())
        self.engine.dispose()
        for part in self.folder.glob("duban.db*"):
            part.unlink()
        if key in self._prepared:
            shutil.copyfile(self._prepared[key], self.file)
            return
        metadata.create_all(self.engine)
        directory = self.folder / "directory.csv"
        with directory.open("w", encoding="utf-8", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(("name", "email", "department", "role", "language"))
            rows.writerows(
                (name, f"{hashlib.sha256(name.encode()).hexdigest()[:16]}@example.com", DEPARTMENT, role, "zh")
                for name, role in people.items()
            )
        import_file(self.engine, self.deployment(), "directory", directory, now=LONG_AGO)
        with self.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self.engine.dispose()
        self._prepared[key] = self.folder / f"prepared-{len(self._prepared)}.db"
        shutil.copyfile(self.file, self._prepared[key])


def both(role: str) -> tuple[str, str]:
    """The two people who hold a role, the first of them called like it."""
    return role, f"{role}_2"


def _holders(pack: Regulation, away: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Whoever is there, by name, with the role."""
    for role in pack.roles:
        for name in both(role):
            if not away & {role, name}:
                yield name, role
