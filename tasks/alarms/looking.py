"""One look: what is wrong, which alarms follow, and the telling of those that are due.

Channels are the addresses of `DUBAN_ALARM_URLS`. Where none is set operations are told by mail, of everything but the
mail server: a mail that says that no mail leaves helps nobody. Where none of them takes an alarm, mail steps in.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from models.calendar.instants import iso
from models.store.database import reading, writing
from tasks.alarms import words
from tasks.alarms.state import REPEATED, Alarm, claim, decide, note
from tasks.channels.telling import named, tell
from tasks.health.problem import Severity
from tasks.health.problems import problems
from tasks.mail.post import Post, post_new
from tasks.mail.subjects import subject
from tasks.organisation.masking import masked_log

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Engine

    from tasks.health.problem import Problem
    from tasks.organisation.deployment import Deployment

log = masked_log("duban.alarm")

KIND = "alarm"
"""Of the mail that tells operations."""
MAIL, NO_CHANNEL = "mail", "none"
UNTOLD_BY_MAIL = frozenset({"mail-server"})
PATIENCE = 3
"""After so many tries that no address took, mail steps in."""


def look(engine: Engine, deployment: Deployment, now: datetime) -> list[Alarm]:
    """Look once and tell what is due; what there was new to tell. An error of the database is the caller's."""
    with reading(engine) as connection:
        found = [one for one in problems(connection, deployment, now) if is_alarming(one)]
    repeat = timedelta(seconds=deployment.settings.alarm_repeat)
    with writing(engine) as connection:
        fresh = decide(connection, found, now, repeat)
        due = claim(connection, now)
        if not deployment.settings.alarm_list:
            for alarm in due:
                note(connection, alarm, {NO_CHANNEL if alarm.id in UNTOLD_BY_MAIL else MAIL: None}, now)
            by_mail(connection, deployment, due, now)
    for alarm in fresh:
        log.warning("%s: %s", alarm.says, words.title(alarm.says, alarm.what, "en"))
    if deployment.settings.alarm_list:
        for alarm in due:
            _tell(engine, deployment, alarm, now)
    return fresh


def is_alarming(problem: Problem) -> bool:
    """Whether somebody is fetched for it; the rest stands in the status."""
    return problem.severity is Severity.ALARM


def by_mail(connection: Connection, deployment: Deployment, due: Sequence[Alarm], now: datetime) -> None:
    """Put mails to operations into the outbox, once for each thing an alarm says."""
    told = [alarm for alarm in due if alarm.id not in UNTOLD_BY_MAIL]
    if not told:
        return
    people = deployment.directory(connection).operations(now)
    posts = []
    for alarm in told:
        about = {
            "id": alarm.id,
            "says": alarm.says,
            "raised_at": iso(alarm.raised_at),
            "resolved_at": iso(alarm.resolved_at) if alarm.resolved_at else None,
            "what": dict(alarm.what),
        }
        for person in people:
            which = f"{alarm.says}/{now:%Y-%m-%d}" if alarm.says == REPEATED else alarm.says
            key = f"{KIND}/{alarm.id}/{iso(alarm.raised_at)}/{which}/{person.email}"
            title = words.title(alarm.says, alarm.what, words.known(person.language))
            line = subject(KIND, person.language, {"title": title})
            posts.append(Post(KIND, key, person, line, now, about=about))
    post_new(connection, deployment, posts)


def _tell(engine: Engine, deployment: Deployment, alarm: Alarm, now: datetime) -> None:
    """Tell one alarm on the channels that have not taken it yet, and keep their answers."""
    urls = named(deployment.settings.alarm_list)
    left = {name: url for name, url in urls.items() if alarm.channels.get(name, "not yet") is not None}
    title, body = words.both_languages(alarm.says, alarm.what, alarm.raised_at, alarm.resolved_at, deployment)
    answers = tell(left, title, body)
    for name, answer in answers.items():
        if answer is not None:
            log.warning("alarm channel %s %s", name, answer)
    with writing(engine) as connection:
        note(connection, alarm, answers, now)
        nobody = None not in {**alarm.channels, **answers}.values()
        if nobody and alarm.attempts >= PATIENCE:
            by_mail(connection, deployment, [alarm], now)
