"""A year of a very large organisation, put there by SQL: so many complaints with three deadlines and six events each.

Twenty departments, two hundred handlers; one in seven first contacts is late and fined, one case in fifty stays open.
Everything is made from the number of the case, so both databases hold the same year.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import text

from models.store.database import is_postgresql, writing

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

    from tasks.organisation.deployment import Deployment


REGULATION = "standard-complaints"
FIRST = 1_735_660_800
"""Midnight of 1 January 2025 in Shanghai, in seconds since 1970."""
SPAN = 364 * 86_400
END = datetime(2025, 12, 31, 16, tzinfo=UTC)
MINUTE, HOUR = 60, 3600

RECEIVED = f"{FIRST} + CAST(n * 7919 % {{count}} AS BIGINT) * {SPAN} / {{count}}"
"""The cases in no order of time, as many programs insert them."""
CONTACT = f"opened + {MINUTE} + n * 31 % 630"
FOLLOW_UP = f"opened + {40 * MINUTE} + n * 37 % 1410"
RESULT = f"opened + {2 * HOUR} + n * 41 % {60 * HOUR}"
REVISIT = f"({RESULT}) + {3 * HOUR} + n * 43 % {76 * HOUR}"
CLOSED = f"({REVISIT}) + n * 47 % {20 * HOUR} + {MINUTE}"
OPEN = "n % 50 = 0"
"""These never get a result."""


def fill(engine: Engine, deployment: Deployment, count: int) -> None:
    """So many cases with their deadlines, events and penalties, and statistics for the planner."""
    with writing(engine) as connection:
        regulation, _ = deployment.regulations.register(connection, REGULATION, END)
        sql = _Sql(connection, count)
        sql.run(_CASES.replace("{regulation}", str(regulation)))
        for rule, start, limit, met in (
            ("first-contact", "opened", 10 * MINUTE, CONTACT),
            ("follow-up", "opened", HOUR, FOLLOW_UP),
            ("revisit", RESULT, 72 * HOUR, REVISIT),
        ):
            missed = f"WHERE NOT {OPEN}" if rule == "revisit" else ""
            given = {"rule": rule, "start": start, "limit": str(limit), "met": met, "where": missed}
            sql.run(_DEADLINES, given)
        for name, at, fields in (
            ("registered", "opened", "{}"),
            ("first_contact", CONTACT, "{}"),
            ("follow_up", FOLLOW_UP, "{}"),
            ("result_returned", RESULT, '{"note": "已返工并复检合格"}'),
            ("revisited", REVISIT, '{"satisfaction": "satisfied"}'),
            ("closed", CLOSED, "{}"),
        ):
            ended = f"WHERE NOT {OPEN}" if name in ("result_returned", "revisited", "closed") else ""
            sql.run(_EVENTS, {"name": name, "at": at, "fields": fields, "where": ended})
        sql.run(_PENALTIES)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


class _Sql:
    """Statements with a series of numbers, instants and documents, in the words of the database."""

    def __init__(self, connection: Connection, count: int) -> None:
        self.connection = connection
        self.postgresql = is_postgresql(connection)
        received = RECEIVED.format(count=count)
        if self.postgresql:
            series = f"SELECT n, {received} AS opened FROM generate_series(1::bigint, {count}) AS n"
        else:
            numbers = f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) "
            series = f"{numbers}SELECT n, {received} AS opened FROM s"
        self.series = f"({series}) AS series"

    def run(self, statement: str, given: dict[str, str] | None = None) -> None:
        """Fill in what the statement leaves open, instants last."""
        for name, value in (given or {}).items():
            statement = statement.replace("{" + name + "}", value)
        statement = statement.replace("{series}", self.series).replace("{open}", OPEN)
        object_of, document = ("jsonb_build_object", "::jsonb") if self.postgresql else ("json_object", "")
        statement = statement.replace("{object}", object_of).replace("{document}", document)
        statement = re.sub("«(.+?)»", lambda found: self._instant(found[1]), statement)
        self.connection.exec_driver_sql(statement.replace("%", "%%") if self.postgresql else statement)

    def _instant(self, seconds: str) -> str:
        if self.postgresql:
            return f"to_timestamp({seconds})"
        return f"strftime('%Y-%m-%dT%H:%M:%SZ', {seconds}, 'unixepoch')"


_CASES = f"""
INSERT INTO cases (id, number, kind, regulation, regulation_id, status, level, department, handler, party,
                   opened_at, closed_at, evaluated_at, fields)
SELECT n, 'TS' || n, 'complaint', '{REGULATION}', {{regulation}}, CASE WHEN {{open}} THEN 'open' ELSE 'closed' END,
       CASE n % 20 WHEN 0 THEN 'crisis' WHEN 1 THEN 'major' WHEN 2 THEN 'major' ELSE 'dissatisfied' END,
       '部门' || (n % 20), '经办' || (n % 200), '客户' || (n % 400000),
       «opened», CASE WHEN {{open}} THEN NULL ELSE «{CLOSED}» END, «{CLOSED}»,
       {{object}}('customer', '客户' || (n % 400000), 'phone', '138' || (10000000 + n % 400000),
                  'channel', CASE n % 3 WHEN 0 THEN 'onsite' WHEN 1 THEN 'web' ELSE 'phone' END,
                  'category', '类别' || (n * 7 % 11 % 8), 'content', '更换刹车片后仍有异响，客户要求重新检查。')
FROM {{series}}
"""
_DEADLINES = """
INSERT INTO deadlines (case_id, rule, round, starts_at, due_at, original_due_at, state, met_at, ended_by)
SELECT n, '{rule}', 1, «{start}», «{start} + {limit}», «{start} + {limit}»,
       CASE WHEN {met} <= {start} + {limit} THEN 'met' ELSE 'late' END, «{met}», 'met'
FROM {series} {where}
"""
_EVENTS = """
INSERT INTO events (case_id, name, at, fields, recorded_at, applied_at, key)
SELECT n, '{name}', «{at}», '{fields}'{document}, «{at}», «{at}», '{name}' FROM {series} {where}
"""
_PENALTIES = f"""
INSERT INTO penalties (case_id, rule, round, who, amount, points, at)
SELECT n, 'first-contact', 1, '部门' || (n % 20), 20, 0, «opened + {10 * MINUTE}» FROM {{series}}
WHERE n * 31 % 630 > {9 * MINUTE}
"""
