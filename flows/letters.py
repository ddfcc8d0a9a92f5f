"""Who writes the messages that tell of no escalation, by their kind: put together here, handed to every delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.alarms import letter as alarms
from tasks.alarms.looking import KIND as ALARM
from tasks.digest import letter as digest
from tasks.digest import unwatched
from tasks.digest.readers import KIND as DIGEST
from tasks.engine import closings, refused
from tasks.engine.troubles import KIND as TROUBLE
from tasks.mail.about import LetterWriter
from tasks.replies import letter as replies
from tasks.replies.taking import KIND as REPLY
from tasks.slips import letter as slips
from tasks.slips.decide import KIND as SLIP
from tasks.statements import letters as statements
from tasks.statements.store import KIND as STATEMENT

if TYPE_CHECKING:
    from tasks.mail.about import Writers

WRITERS: Writers = {
    ALARM: LetterWriter(alarms.write, alarms.is_over),
    closings.KIND: LetterWriter(closings.write, closings.is_over),
    refused.KIND: LetterWriter(refused.write, refused.is_over),
    DIGEST: LetterWriter(digest.write, digest.is_over),
    REPLY: LetterWriter(replies.write, replies.is_over),
    SLIP: LetterWriter(slips.write, slips.is_settled),
    TROUBLE: LetterWriter(unwatched.write, unwatched.is_over),
    STATEMENT: LetterWriter(statements.letter, statements.check, heavy=True),
}
