"""`duban verify`: walk the chain and say what was changed, taken away or slipped in since it was put down.

1. The links in order: each hash follows from the one before.
2. The rows of each table in order of their ids: what a row says against its digest, and the digests of a link's rows
   against its content. Of the rows only those of unfinished links are kept in memory.
3. What erasing left of a row (statistics need it) against what the event `erased` of its case says of it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select

from models.store.chain import COVERED, SALT, START, TABLES, content_of, hash_of, is_empty, left_digest, row_digest
from models.store.in_array import in_array
from models.store.schema import cases, events, links
from tasks.record.erased import ERASED, LEFT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy.engine import Connection

AT_ONCE = 5000
OWN_DOORS = (None, "cli")
"""By which `erased` may come: no file and no other program says what was erased."""


class Breach(NamedTuple):
    """Something that is not as it was put down.

    `kind`: altered (a row says something else), missing (rows of a link are gone), extra (rows that their link does not
    know, digests that were made anew included), outside (a row that counts and is in no link), broken (a link, or the
    order of links, was changed), head (the place and hash that somebody kept are not there).
    """

    kind: str
    table: str
    row: str | None
    case: str | None
    link: int | None


class Verified(NamedTuple):
    """How many rows and links were walked, the place and hash of the newest link, and what is wrong."""

    rows: int
    links: int
    position: int
    hash: str
    erased: int
    """Rows whose words about people were erased: what they said cannot be held against anything any more."""
    waiting: int
    """Events of other programs that no sweep has taken over yet."""
    breaches: tuple[Breach, ...]


def verify(connection: Connection, expected: tuple[int, str] | None = None) -> Verified:
    """Walk the whole chain; `expected` is the place and hash that somebody kept."""
    walk = _Walk(connection)
    position, newest = walk.chain(expected)
    for name in COVERED:
        walk.rows_of(name)
    walk.unfinished()
    walk.left_over()
    waiting = connection.scalar(select(func.count()).where(events.c.link.is_(None), events.c.applied_at.is_(None)))
    found = tuple(walk.named())
    return Verified(walk.rows, walk.links, position, newest.hex(), walk.erased, waiting or 0, found)


def verify_since(connection: Connection, kept: tuple[int, str] | None, case_ids: Collection[int]) -> Verified:
    """Walk the links after the place and hash that somebody kept, and the rows of these cases.

    Every row of a newer link has to be among those of the cases; of the older links only what these rows say is looked
    at. Nothing is known of what waits.
    """
    walk = _Walk(connection)
    position, newest = walk.chain(kept, only_newer=True)
    wanted = sorted(case_ids)
    for name in COVERED:
        for start in range(0, len(wanted), AT_ONCE):
            walk.rows_of(name, wanted[start : start + AT_ONCE])
    walk.unfinished()
    return Verified(walk.rows, walk.links, position, newest.hex(), walk.erased, 0, tuple(walk.named()))


class _Walk:
    """One walk: what was seen so far, and the rows of links that are not complete yet."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.rows = self.links = self.erased = 0
        self.breaches: list[Breach] = []
        self.known: dict[int, tuple[int, bytes]] = {}
        self.open: dict[int, list[bytes]] = defaultdict(list)
        self.where: dict[int, str] = {}
        self.remains: dict[int, tuple[bytes, dict[str, Any]]] = {}
        self.sealed_remains: dict[int, bytes] = {}

    def chain(self, expected: tuple[int, str] | None, *, only_newer: bool = False) -> tuple[int, bytes]:
        """The links in order, or `only_newer` ones than what is expected; the place and hash of the last."""
        previous, last, is_met = START, 0, expected in (None, (0, START.hex()))
        query = select(links).order_by(links.c.position)
        if only_newer and expected:
            query = query.where(links.c.position >= expected[0])
            last = expected[0] - 1
        for link in self._stream(query):
            if only_newer and expected and link.position == expected[0]:
                is_met = link.hash.hex() == expected[1].lower()
                previous, last = link.hash, link.position
                continue
            self.links += 1
            self.known[link.id] = (link.rows, link.content)
            hashed = hash_of(previous, link.position, link.id, link.rows, link.content)
            if link.position != last + 1 or hashed != link.hash:
                self.breaches.append(Breach("broken", links.name, str(link.position), None, link.id))
            if expected and link.position == expected[0]:
                is_met = link.hash.hex() == expected[1].lower()
            previous, last = link.hash, link.position
        if not is_met and expected:
            self.breaches.append(Breach("head", links.name, str(expected[0]), None, None))
        return last, previous

    def rows_of(self, name: str, case_ids: Sequence[int] | None = None) -> None:
        """The rows of one table, or of these cases in it."""
        table, covered = TABLES[name], COVERED[name]
        wanted = dict.fromkeys(("id", "case_id", "salt", "digest", "link", *covered.plain, *covered.personal))
        query = select(*(table.c[column] for column in wanted)).order_by(table.c.id)
        if name == events.name:
            query = query.where(table.c.link.is_not(None) | table.c.applied_at.is_not(None))
        if case_ids is not None:
            query = query.where(in_array(self.connection, table.c.case_id, case_ids)).order_by(None)
        for one in self._stream(query):
            row = dict(zip(wanted, one, strict=True))
            self.rows += 1
            if row["link"] is None or row["digest"] is None or row["salt"] is None:
                self._note("outside", name, row)
                continue
            if row_digest(name, row, row["salt"]) != row["digest"]:
                self._note("altered", name, row)
            if len(row["salt"]) != SALT:
                self._erased(name, row)
            elif name == events.name and row["name"] == ERASED and row["channel"] in OWN_DOORS:
                said = (row["fields"] or {}).get(LEFT) or {}
                self.sealed_remains |= {int(key): bytes.fromhex(digest) for key, digest in said.items()}
            if case_ids is None or row["link"] in self.known:
                self._collect(name, row)

    def _erased(self, name: str, row: dict[str, Any]) -> None:
        """A row of which what people said is gone: what is left of it has to be known to its case's event."""
        self.erased += 1
        if is_empty(name, row):
            return
        if name != events.name:
            self._note("altered", name, row)
            return
        self.remains[row["id"]] = left_digest(name, row), {key: row[key] for key in ("id", "case_id", "link")}

    def left_over(self) -> None:
        """What erasing left, compared with what was put down of it."""
        for key, (digest, row) in self.remains.items():
            if self.sealed_remains.get(key) != digest:
                self._note("altered", events.name, row)

    def _collect(self, name: str, row: dict[str, Any]) -> None:
        link = row["link"]
        count, content = self.known.get(link, (0, b""))
        if not count:
            self._note("extra", name, row)
            return
        found = self.open[link]
        found.append(row["digest"])
        self.where.setdefault(link, name)
        if len(found) == count:
            if content_of(found) != content:
                self.breaches.append(Breach("extra", name, f"one of {count}", None, link))
            del self.open[link]
            self.known[link] = (0, content)

    def unfinished(self) -> None:
        """The links of which rows are missing: those that were begun, and those of which nothing was found."""
        for link, (count, _content) in self.known.items():
            if count:
                missing = count - len(self.open.get(link, ()))
                self.breaches.append(Breach("missing", self.where.get(link, "-"), f"{missing} rows", None, link))

    def _note(self, kind: str, name: str, row: dict[str, Any]) -> None:
        self.breaches.append(Breach(kind, name, str(row["id"]), str(row["case_id"]), row["link"]))

    def named(self) -> Iterator[Breach]:
        """What is wrong, with the numbers of the cases."""
        ids = sorted({int(one.case) for one in self.breaches if one.case})
        numbers: dict[int, str] = {}
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            query = select(cases.c.id, cases.c.number).where(cases.c.id.in_(some))
            numbers |= {row.id: row.number for row in self.connection.execute(query)}
        for one in self.breaches:
            yield one._replace(case=numbers.get(int(one.case)) if one.case else None)

    def _stream(self, query: Any) -> Any:
        return self.connection.execution_options(yield_per=AT_ONCE).execute(query)
