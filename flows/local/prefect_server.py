"""Prefect's server as `prefect server start` runs it; on SQLite its transactions wait instead of failing.

One of its transactions that reads first and writes then cannot wait for another that wrote meanwhile: SQLite refuses it
at once, whatever the timeout ("database is locked"), and a heartbeat, an automation or an answer to a form is lost. So
those that mean to write take the lock when they begin, as some of Prefect's do, and wait for it up to a minute.
"""

from __future__ import annotations

import runpy
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from prefect.server.database.configurations import AioSqliteConfiguration

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction

_begin = AioSqliteConfiguration.begin_transaction


@asynccontextmanager
async def begin_with_the_lock(
    configuration: AioSqliteConfiguration,
    session: AsyncSession,
    with_for_update: bool = False,  # noqa: ARG001, FBT001, FBT002 -- Prefect's signature; the answer is always yes
) -> AsyncIterator[AsyncSessionTransaction]:
    """A transaction that nobody's writing can make fail."""
    async with _begin(configuration, session, with_for_update=True) as transaction:
        yield transaction


def main() -> None:
    """Run the server in this process."""
    AioSqliteConfiguration.begin_transaction = begin_with_the_lock  # type: ignore[method-assign, assignment]
    sys.argv = ["prefect", "server", "start"]
    runpy.run_module("prefect", run_name="__main__")


if __name__ == "__main__":
    main()
