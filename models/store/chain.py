"""The chain of hashes over what happened and what was decided: whoever changes a row later leaves a mark.

1. What a row says of people lies in one digest that is salted. The other columns and that digest make the digest of the
   row. To erase what it says of people, its salt gives way to that digest: the row's own digest still holds.
2. The rows that one transaction puts down make one link: the digest of their digests, in order of size.
3. A link's hash covers its place, its content and the hash before. `tasks/record/verify.py` walks it.

What is hashed is no secret and needs no key: who can rewrite the whole chain can hide. So its newest hash is shown, to
be kept where they cannot reach (`duban verify`).
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select, text

from models.calendar.instants import iso
from models.store.bulk import insert_many, update_many
from models.store.database import at_end, is_postgresql
from models.store.schema import escalations, events, links, penalties

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

    from models.store.bulk import Rows


class Covered(NamedTuple):
    """The columns of a table that the chain covers: those that stay as they are, and those that tell of people."""

    plain: tuple[str, ...]
    personal: tuple[str, ...]


COVERED = {
    events.name: Covered(
        ("case_id", "name", "at", "recorded_at", "channel", "verified", "unauthorised"),
        ("by", "fields", "account", "place"),
    ),
    escalations.name: Covered(
        ("id", "case_id", "rule", "round", "step", "due_at", "scheduled_at", "fired_at"), ("recipients", "reason")
    ),
    penalties.name: Covered(
        ("case_id", "rule", "round", "seq", "amount", "points", "share", "of", "measure", "at"), ("who",)
    ),
}
"""What is noted on a row later (that it was taken in, that a penalty was withdrawn) is not covered."""
TABLES = {table.name: table for table in (events, escalations, penalties)}
SIZE = 32
SALT = 16
START = bytes(SIZE)
"""Stands before the first link."""
_NAME = "chain"


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return iso(value) or ""
    if isinstance(value, UUID):
        return value.hex
    msg = f"the chain covers no {type(value).__name__}"
    raise TypeError(msg)


_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=_plain).encode


def insert_sealed(connection: Connection, table: Table, rows: Rows, *, unless: str | None = None) -> int:
    """Insert rows as `insert_many` does, and tie those that went in into the chain; how many went in."""
    if not rows:
        return 0
    link = _link_of(connection)
    sealed = [{**row, **seal(table, row), "link": link.id} for row in rows]
    done = insert_many(connection, table, sealed, unless=unless)
    if done < len(sealed):
        sealed = _went_in(connection, table, sealed, link.id)
    link.add(sealed)
    return done


def tie_in_existing(connection: Connection, table: Table, rows: Rows) -> None:
    """Rows that were put down before there was a chain: one link of their own."""
    link = _Link(_next_id(connection))
    sealed = [{**row, **seal(table, row)} for row in rows]
    link.add(sealed)
    wanted = ("id", "salt", "digest")
    update_many(connection, table, [{name: row[name] for name in wanted} | {"link": link.id} for row in sealed])
    link.finish(connection)


def tie_in(connection: Connection, row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that tie an event of another program, as it will read, into the chain of this transaction."""
    link = _link_of(connection)
    sealed = {**row, **seal(events, row)}
    link.add([sealed])
    return {name: sealed[name] for name in ("salt", "digest")} | {"link": link.id}


def seal(table: Table, row: Mapping[str, Any]) -> dict[str, bytes]:
    """A fresh salt, and with it the digest of the row."""
    salt = os.urandom(SALT)
    return {"salt": salt, "digest": row_digest(table.name, row, salt)}


def personal_digest(table: str, row: Mapping[str, Any], salt: bytes) -> bytes:
    """The salted digest of the columns that tell of people."""
    said = _ENCODE([_said(row, name) for name in COVERED[table].personal])
    return hashlib.blake2b(said.encode(), digest_size=SIZE, salt=salt).digest()


def row_digest(table: str, row: Mapping[str, Any], salt: bytes) -> bytes:
    """The digest of a whole row: the columns that stay, and the digest of the others (in place of the salt, if erased).

    `salt` is what the row has in that column.
    """
    personal = personal_digest(table, row, salt) if len(salt) == SALT else salt
    said = _ENCODE([table, *(_said(row, name) for name in COVERED[table].plain)])
    return hashlib.blake2b(said.encode() + personal, digest_size=SIZE).digest()


def left_digest(table: str, row: Mapping[str, Any]) -> bytes:
    """The digest of what erasing left of the columns that told of people: nobody is in it any more."""
    return personal_digest(table, row, bytes(SALT))


def is_empty(table: str, row: Mapping[str, Any]) -> bool:
    """Whether nothing is left in the columns that tell of people."""
    return all(row.get(name) in (None, {}, []) for name in COVERED[table].personal)


def content_of(digests: Iterable[bytes]) -> bytes:
    """The digest of the rows of one link, in whatever order they were read."""
    return hashlib.blake2b(b"".join(sorted(digests)), digest_size=SIZE).digest()


def hash_of(previous: bytes, position: int, link_id: int, rows: int, content: bytes) -> bytes:
    """The hash of a link."""
    head = f"{position}:{link_id}:{rows}:".encode()
    return hashlib.blake2b(previous + head + content, digest_size=SIZE).digest()


@dataclass(slots=True)
class _Link:
    """What one transaction has put down so far."""

    id: int
    digests: list[bytes] = field(default_factory=list)

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """These rows too."""
        self.digests += [row["digest"] for row in rows]

    def mark(self) -> int:
        """How many rows there are so far."""
        return len(self.digests)

    def back_to(self, mark: int) -> None:
        """The rows after so many were rolled back."""
        del self.digests[mark:]

    def finish(self, connection: Connection) -> None:
        """Write the link; on PostgreSQL whoever commits at the same time waits here for a moment."""
        if not self.digests:
            return
        if is_postgresql(connection):
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('duban chain'))"))
        newest = select(links.c.position, links.c.hash).order_by(links.c.position.desc()).limit(1)
        last, previous = next(iter(connection.execute(newest)), (0, START))
        content, position = content_of(self.digests), last + 1
        told = {"id": self.id, "position": position, "rows": len(self.digests), "content": content}
        told["hash"] = hash_of(previous, position, self.id, len(self.digests), content)
        connection.execute(links.insert().values(**told))


def _link_of(connection: Connection) -> _Link:
    """The link of the running transaction."""
    waiting = at_end(connection)
    link = waiting.get(_NAME)
    if not isinstance(link, _Link):
        link = waiting[_NAME] = _Link(_next_id(connection))
    return link


def _next_id(connection: Connection) -> int:
    if is_postgresql(connection):
        return int(connection.scalar(text("SELECT nextval(pg_get_serial_sequence('links', 'id'))")))
    return (connection.scalar(select(func.max(links.c.id))) or 0) + 1


def _went_in(connection: Connection, table: Table, rows: Rows, link: int) -> Rows:
    """Those of the rows that were not there already."""
    ids = sorted({row["case_id"] for row in rows})
    query = select(table.c.digest).where(table.c.case_id.in_(ids), table.c.link == link)
    there = set(connection.scalars(query))
    return [row for row in rows if row["digest"] in there]


_USUAL: dict[str, Any] = {"verified": False, "seq": 0, "fields": {}}
_FIGURES = frozenset({"amount", "points", "share"})


def _said(row: Mapping[str, Any], name: str) -> Any:
    """A column as it will be read back: with the table's default, figures as floats."""
    value = row.get(name)
    if value is None:
        return _USUAL.get(name)
    return float(value) if name in _FIGURES else value
