"""A table whose rows say what they say for ever: triggers on both databases refuse to rewrite or delete them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import DDL, event

if TYPE_CHECKING:
    from sqlalchemy import Table

SAID = ("case_id", "name", "at", "by", "fields", "recorded_at", "key")
"""The columns that no update may touch; the others keep what Duban did with the row."""
_COLUMNS = ", ".join(f'"{name}"' for name in SAID)
_WORDS = "events are facts: they are never changed or deleted, record a new one instead"

_REFUSE = f"BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"

SQLITE = (
    f"CREATE TRIGGER events_stay_as_they_are BEFORE UPDATE OF {_COLUMNS} ON events {_REFUSE}",
    f"CREATE TRIGGER events_stay BEFORE DELETE ON events {_REFUSE}",
)
POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION events_are_facts() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{_WORDS}' USING ERRCODE = 'restrict_violation'; END $$""",
    f"""CREATE TRIGGER events_stay_as_they_are BEFORE UPDATE OF {_COLUMNS} OR DELETE ON events
        FOR EACH ROW EXECUTE FUNCTION events_are_facts()""",
    """CREATE TRIGGER events_stay BEFORE TRUNCATE ON events
        FOR EACH STATEMENT EXECUTE FUNCTION events_are_facts()""",
)

SEALED = ("channel", "account", "place", "verified", "unauthorised", "digest", "link")
"""What is fixed once the row is in the chain (`chain.py`); a row of another program gets it when it is taken in."""
_SEALED = ", ".join(SEALED)
SQLITE_SEALED = (
    f"CREATE TRIGGER events_stay_sealed BEFORE UPDATE OF {_SEALED} ON events WHEN OLD.link IS NOT NULL {_REFUSE}",
)
POSTGRESQL_SEALED = (
    f"""CREATE TRIGGER events_stay_sealed BEFORE UPDATE OF {_SEALED} ON events
        FOR EACH ROW WHEN (OLD.link IS NOT NULL) EXECUTE FUNCTION events_are_facts()""",
)

_SAME = "NEW.case_id = OLD.case_id AND NEW.name = OLD.name AND NEW.at = OLD.at AND NEW.digest = OLD.digest"
_ERASES = f"coalesce({{0}}(OLD.salt) = 16 AND {{0}}(NEW.salt) = 32 AND {_SAME}, false)"
"""What is said of people may be erased, in one way only: the salt gives way to the digest of it (`chain.py`)."""
SQLITE_ERASABLE = (
    "DROP TRIGGER events_stay_as_they_are",
    f"""CREATE TRIGGER events_stay_as_they_are BEFORE UPDATE OF {_COLUMNS} ON events
        WHEN NOT {_ERASES.format("length")} {_REFUSE}""",
)
POSTGRESQL_ERASABLE = (
    "DROP TRIGGER events_stay_as_they_are ON events",
    f"""CREATE TRIGGER events_stay_as_they_are BEFORE UPDATE OF {_COLUMNS} ON events
        FOR EACH ROW WHEN (NOT {_ERASES.format("octet_length")}) EXECUTE FUNCTION events_are_facts()""",
    """CREATE TRIGGER events_stay_there BEFORE DELETE ON events
        FOR EACH ROW EXECUTE FUNCTION events_are_facts()""",
)


def protect(table: Table) -> None:
    """Have the triggers made together with the table."""
    for dialect, statements in (
        ("sqlite", SQLITE + SQLITE_SEALED + SQLITE_ERASABLE),
        ("postgresql", POSTGRESQL + POSTGRESQL_SEALED + POSTGRESQL_ERASABLE),
    ):
        for statement in statements:
            event.listen(table, "after_create", DDL(statement).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]
