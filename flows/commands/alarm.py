"""`duban alarm`: one look for what is wrong, by hand or by the clock of another machine; a test of the channels."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.commands.common import AsJson, clock, given_deployment, open_database
from flows.commands.exit_codes import DONE, REFUSED
from flows.commands.output import print_json, say, warn
from models.store.database import reading
from models.wording.catalogue import both
from models.wording.catalogue import say as sentence
from tasks.alarms.looking import look
from tasks.alarms.state import standing
from tasks.channels.telling import named, tell

Test = Annotated[bool, typer.Option("--test", help="Send a test to every address of DUBAN_ALARM_URLS.")]


def alarm(
    test: Test = False,  # noqa: FBT002 -- a flag of the command line
    as_json: AsJson = False,  # noqa: FBT002 -- see above
) -> int:
    """告警 Look for what is wrong and tell operations of it, by every channel that is set; --test tries them."""
    deployment = given_deployment()
    urls = named(deployment.settings.alarm_list)
    if not urls:
        warn(f"duban: {both('alarm.no_channel')}")
    if test:
        title, body = (
            " · ".join(sentence(language, f"alarm.test.{part}") for language in ("zh", "en"))
            for part in ("title", "body")
        )
        answers = tell(urls, title, body)
        for name, answer in answers.items():
            say(both("alarm.channel", name=name, answer=answer or both("alarm.taken")))
        return DONE if urls and not any(answers.values()) else REFUSED
    engine = open_database(deployment)
    look(engine, deployment, clock())
    with reading(engine) as connection:
        rows = standing(connection)
    if as_json:
        names = ("id", "raised_at", "told_at", "what", "channels")
        print_json([{name: getattr(row, name) for name in names} for row in rows])
        return DONE
    for row in rows:
        say(f"[{row.id}] {row.what['what']['zh']} / {row.what['what']['en']}")
    if not rows:
        say(both("alarm.none"))
    return DONE
