"""Columns of numbers from either database, as arrays and never as Python objects: Arrow carries them.

What differs between SQLite and PostgreSQL in such queries is here, and nowhere else. Whatever may be missing is asked
for with a stand-in ('' or `NEVER`), because a driver guesses the type of a column from its first rows. Large queries
run side by side on two connections that see the same snapshot.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import pandas as pd
import pyarrow as pa

from models.calendar.instants import iso
from models.errors import StorageError
from models.store.database import writing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from numpy.typing import NDArray
    from sqlalchemy.engine import Engine

NEVER = 2**62
"""Seconds since 1970 of what did not happen: later than everything."""
BATCH = 65_536
"""How many rows SQLite hands over at a time."""
CHUNK = 20_000
"""How many ids one query names."""
READERS = 2
_SECOND = 1_000_000
_TEXTS = (pa.string(), pa.large_string(), pa.string_view())
_WIDTHS = (np.int8, np.int16, np.int32)


class Snapshot:
    """One snapshot of the database; every query of a statement sees the same rows."""

    def __init__(self, connections: Sequence[Any], *, postgresql: bool) -> None:
        self.postgresql = postgresql
        self._free: SimpleQueue[Any] = SimpleQueue()
        for connection in connections:
            self._free.put(connection)

    def read(self, query: str, codes: Sequence[str] = ()) -> pd.DataFrame:
        """The rows of a query: integers as narrow as they fit, texts as categories.

        Of the columns named in `codes` only numbers are kept, the same for the same text, -1 for an empty one.
        """
        parts: dict[str, list[Any]] = defaultdict(list)
        connection = self._free.get()
        try:
            with connection.cursor() as cursor:
                if not self.postgresql:
                    cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(BATCH)})
                cursor.execute(query)
                batches = cursor.fetch_record_batch()
                names, types = batches.schema.names, batches.schema.types
                for batch in batches:  # a batch is freed before the next one comes
                    for name, column in zip(names, batch.columns, strict=True):
                        is_text = column.type in _TEXTS
                        parts[name].append(column.dictionary_encode() if is_text else _narrow(_whole(column)))
        finally:
            self._free.put(connection)
        found: dict[str, Any] = {}
        for name, kind in zip(names, types, strict=True):
            values = parts.pop(name, [])
            if kind not in _TEXTS:
                found[name] = np.concatenate(values) if values else np.zeros(0, dtype=np.int64)
                continue
            column = pa.chunked_array(values, pa.dictionary(pa.int32(), kind)).unify_dictionaries().combine_chunks()
            encoded = column if isinstance(column, pa.Array) else pa.concat_arrays(column.chunks)
            found[name] = _numbers(encoded) if name in codes else encoded.to_pandas()
        return pd.DataFrame(found, copy=False)

    def read_all(self, queries: Sequence[str], codes: Sequence[str] = ()) -> list[pd.DataFrame]:
        """Several queries side by side."""
        with ThreadPoolExecutor(READERS) as pool:
            return list(pool.map(lambda query: self.read(query, codes), queries))

    def read_for(self, query: str, ids: Sequence[int]) -> pd.DataFrame:
        """The rows of a query in which `{ids}` stands for a list of ids, also a long one; texts as objects."""
        chunks = [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)] or [[]]
        parts = [self.read(query.format(ids=",".join(map(str, chunk)) or "NULL")) for chunk in chunks]
        for part in parts:
            for name in part.columns[part.dtypes == "category"]:
                part[name] = part[name].astype(object)
        return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]

    # -- the words in which the two differ -----------------------------------------------------------------------

    def epoch(self, column: str) -> str:
        """What `read` gives as seconds since 1970, `NEVER` where there is no instant.

        PostgreSQL hands over timestamps as they are stored, which costs it half of what counting seconds does; text
        becomes a number in SQLite as fast as anywhere.
        """
        return column if self.postgresql else f"coalesce(unixepoch({column}), {NEVER})"

    def field(self, column: str, name: str) -> str:
        """A field of a document as text, '' where it is not given."""
        value = f"{column}->>'{name}'" if self.postgresql else f"CAST(json_extract({column}, '$.{name}') AS TEXT)"
        return f"coalesce({value}, '')"

    def instant(self, value: datetime) -> str:
        """An instant to compare a column with."""
        return f"timestamptz '{iso(value)}'" if self.postgresql else f"'{iso(value)}'"


def _whole(column: pa.Array[Any]) -> NDArray[Any]:
    """Numbers as they are, instants as whole seconds since 1970."""
    if not pa.types.is_timestamp(column.type):
        return np.asarray(column.to_numpy())
    known = column.cast(pa.timestamp("us", column.type.tz)).view(pa.int64())
    seconds = (known.fill_null(0).to_numpy() + _SECOND // 2) // _SECOND
    return np.where(known.is_valid().to_numpy(zero_copy_only=False), seconds, NEVER) if known.null_count else seconds


def _narrow(values: NDArray[Any]) -> NDArray[Any]:
    """The same whole numbers in as few bytes as hold them."""
    if values.dtype.kind != "i" or not values.size:
        return values
    low, high = int(values.min()), int(values.max())
    for width in _WIDTHS:
        if np.iinfo(width).min <= low and high <= np.iinfo(width).max:
            return values.astype(width)
    return np.array(values)  # a copy, so that nothing holds on to what was read


def _numbers(encoded: Any) -> NDArray[np.int32]:
    empty = encoded.dictionary.index("").as_py()
    numbers = encoded.indices.to_numpy()
    return np.where(numbers == empty, -1, numbers).astype(np.int32)


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''").replace("\0", "") + "'"


def listed(texts: Iterable[str]) -> str:
    """Texts as the list of an IN; never empty."""
    return ", ".join(quoted(text) for text in sorted(set(texts))) or "''"


def coded(column: str, texts: Sequence[str]) -> str:
    """The place of a column's text in `texts`, -1 when it is not there: numbers travel faster than words."""
    if not texts:
        return "-1"
    cases = " ".join(f"WHEN {quoted(text)} THEN {code}" for code, text in enumerate(texts))
    return f"CASE {column} {cases} ELSE -1 END"


# -- snapshots -------------------------------------------------------------------------------------------------


@contextmanager
def snapshot(engine: Engine) -> Iterator[Snapshot]:
    """All of it as of one instant, read-only; writers are not kept waiting."""
    postgresql = engine.dialect.name == "postgresql"
    with ExitStack() as stack:
        begin = _begun_on_postgresql if postgresql else _begun_on_sqlite
        connections = begin(engine, stack)
        yield Snapshot(connections, postgresql=postgresql)


def _begun_on_postgresql(engine: Engine, stack: ExitStack) -> list[Any]:
    """The first transaction hands its snapshot to the others."""
    import adbc_driver_postgresql.dbapi as driver  # noqa: PLC0415 -- only what the database needs

    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connections = [_kept(driver.connect(url), stack) for _ in range(READERS)]
    exported = None
    for connection in connections:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SET LOCAL jit = off")  # each query is one pass: compiling it showed no gain
            if exported is None:
                cursor.execute("SELECT pg_export_snapshot()")
                exported = cursor.fetchone()[0]
            else:
                cursor.execute(f"SET TRANSACTION SNAPSHOT {quoted(exported)}")
    return connections


def _begun_on_sqlite(engine: Engine, stack: ExitStack) -> list[Any]:
    """All begin to read while nobody can write, which takes a moment."""
    import adbc_driver_sqlite.dbapi as driver  # noqa: PLC0415 -- as above

    file = engine.url.database
    if not file or file == ":memory:":
        raise StorageError("a statement cannot be read from a database in memory: set DUBAN_DATABASE_URL to a file")
    with writing(engine):
        connections = [_kept(driver.connect(f"file:{quote(file)}?mode=ro"), stack) for _ in range(READERS)]
        for connection in connections:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM regulations")
                cursor.fetchone()
    return connections


def _kept(connection: Any, stack: ExitStack) -> Any:
    """Rolled back and closed in the end."""
    stack.callback(connection.close)
    stack.callback(connection.rollback)
    return connection
