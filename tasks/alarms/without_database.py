"""The one alarm that cannot be kept in the database: that the database cannot be used, or takes nothing any more.

A file in the home says that it was raised, made by whoever is first; whoever takes it away tells that it is over. So
several processes of a machine tell it once. It goes to the alarm addresses; where none is set, straight to the mail
server, past the outbox.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING

from models.calendar.instants import from_iso, iso
from tasks.alarms import words
from tasks.alarms.state import RAISED, REPEATED, RESOLVED
from tasks.channels.telling import named, tell
from tasks.delivery.smtp import ServerTroubleError, SmtpAnswer, SmtpConnection
from tasks.health.words import in_both
from tasks.mail.building import Envelope
from tasks.mail.subjects import one_line
from tasks.organisation.masking import masked_log, masked_words

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path
    from typing import Any

    from tasks.organisation.deployment import Deployment

log = masked_log("duban.alarm")

FILE = "alarm-database"
WHY_LENGTH = 200


def database_is_away(deployment: Deployment, why: str, now: datetime) -> bool:
    """Raise the alarm, or tell it again when it has stood long enough; whether it was told now.

    An alarm that nobody took is raised anew at the next look.
    """
    file = _file(deployment)
    says = RAISED
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as fresh:
            fresh.write(iso(now) or "")
    except FileExistsError:
        raised_at = _raised_at(file, now)
        if now - raised_at < timedelta(seconds=deployment.settings.alarm_repeat):
            return False
        says = REPEATED
        file.write_text(iso(now) or "", encoding="utf-8")
    except OSError:
        log.exception("the alarm about the database cannot be kept in %s", file)
        return False
    taken = _tell(deployment, says, _what(why), now, None)
    if not taken:
        file.unlink(missing_ok=True)
    return taken


def database_is_back(deployment: Deployment, now: datetime) -> bool:
    """Tell that it is over, where the alarm stood and nobody else has told it; whether it was told."""
    file = _file(deployment)
    if not file.exists():
        return False
    raised_at = _raised_at(file, now)
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    return _tell(deployment, RESOLVED, _what(""), raised_at, now)


def _file(deployment: Deployment) -> Path:
    return deployment.settings.home.absolute() / FILE


def _raised_at(file: Path, now: datetime) -> datetime:
    try:
        return from_iso(file.read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        return now


def _what(why: str) -> dict[str, Any]:
    what = in_both("alarm.database.what", why=one_line(masked_words(why), WHY_LENGTH) or "-")
    do = in_both("alarm.database.do")
    return {"what": {"zh": what.zh, "en": what.en}, "do": {"zh": do.zh, "en": do.en}, "since": None, "count": 1}


def _tell(
    deployment: Deployment, says: str, what: dict[str, Any], raised_at: datetime, resolved_at: datetime | None
) -> bool:
    title, body = words.both_languages(says, what, raised_at, resolved_at, deployment)
    log.warning("%s: %s", says, title)
    urls = named(deployment.settings.alarm_list)
    answers = tell(urls, title, body)
    for name, answer in answers.items():
        if answer is not None:
            log.warning("alarm channel %s %s", name, answer)
    if None in answers.values():
        return True
    return asyncio.run(_by_mail(deployment, title, body, resolved_at or raised_at))


async def _by_mail(deployment: Deployment, title: str, body: str, now: datetime) -> bool:
    """One mail to the address of operations, without the outbox; whether the server took it."""
    settings = deployment.settings
    if not settings.operations_email:
        return False
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = settings.mail_from, settings.operations_email
    mail["Subject"], mail["Date"] = one_line(title, 150), format_datetime(now)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(body)
    sender = mail["From"].addresses[0].addr_spec
    line = SmtpConnection(settings)
    try:
        await line.open()
        reply = await line.send(Envelope(sender, settings.operations_email, mail.as_bytes()))
    except ServerTroubleError as trouble:
        log.warning("the alarm about the database does not leave by mail: %s", trouble)
        return False
    await line.quit()
    return reply.answer is SmtpAnswer.SENT
