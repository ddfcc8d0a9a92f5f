"""Contents of regulations on record go on meaning what they meant, although the language says something else now.

`as_meant` is the one place that rewrites a stored content: what a later version of the language reads differently is
written out there. The cases opened under a content keep it; no new case takes one that was rewritten, unless its file
says the same words.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from models.store.schema import Number

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

regulations = sa.table(
    "regulations", sa.column("id", Number), sa.column("content_hash", sa.String), sa.column("body", sa.Text)
)


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    rows = connection.execute(sa.select(regulations).order_by(regulations.c.id)).all()
    taken = {row.content_hash for row in rows}
    for row in rows:
        old = json.loads(row.body)
        new = as_meant(json.loads(row.body))
        if new == old:
            continue
        body = _text(new)
        mark = _hash(new)
        if mark in taken:  # another row says the same already; the cases of this one keep this one
            mark = hashlib.sha256(f"{row.id} {body}".encode()).hexdigest()
        taken.add(mark)
        changed = regulations.update().where(regulations.c.id == row.id)
        connection.execute(changed.values(body=body, content_hash=mark))


def as_meant(body: dict[str, Any]) -> dict[str, Any]:
    """The content in the words of this version; changed in place."""
    for part in _mappings(body):
        _daily_left_out_free_days(part)
        _inside_is_two_keys(part)
    return body


def _daily_left_out_free_days(part: dict[str, Any]) -> None:
    """`every: day` without `holiday` meant working days; it means every day now."""
    if part.get("every") == "day" and "holiday" in part and part["holiday"] is None:
        part["holiday"] = "skip"


def _inside_is_two_keys(part: dict[str, Any]) -> None:
    """A gate's `inside` is `not_before` and `not_after` now; what comes too late is flagged instead of refused."""
    if "inside" in part and "guards" in part:
        rule = part.pop("inside")
        part["not_before"] = part["not_after"] = rule


def _mappings(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in the content, at whatever depth."""
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        yield from _mappings(item)


def _text(body: dict[str, Any]) -> str:
    """Written as the models write it."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _hash(body: dict[str, Any]) -> str:
    """By which a file that says the same finds this row: of the body, with the settings in order."""
    settings = dict(sorted((body.get("settings") or {}).items()))
    return hashlib.sha256(_text({**body, "settings": settings} if settings else body).encode()).hexdigest()
