"""`duban init`: the schema of the database, and the regulations on record."""

from __future__ import annotations

from flows.commands.common import clock, given_deployment, open_database
from flows.commands.exit_codes import DONE
from flows.commands.output import say, warn
from models.packs.load import catalogue
from models.store.database import place, writing
from models.store.migrate import upgrade
from models.store.private import close_to_others
from models.wording.catalogue import FIRST, SECOND
from models.wording.catalogue import say as sentence


def init() -> int:
    """初始化 Create or upgrade the schema and put the regulations on record."""
    deployment = given_deployment()
    home = deployment.settings.home
    if home.is_dir() and not close_to_others(home):
        warn(" / ".join(sentence(language, "up.onlookers", home=home) for language in (FIRST, SECOND)))
    engine = open_database(deployment, create=True)
    before, after = upgrade(engine)
    where = place(engine)
    if before == after:
        say(f"schema is up to date ({after}): {where}")
    else:
        say(f"schema {f'upgraded from {before}' if before else 'created'} ({after}): {where}")
    with writing(engine) as connection:
        for name in catalogue(deployment.regulations.folders):
            _, rules = deployment.regulations.register(connection, name, clock())
            say(f"regulation {name} v{rules.version} {rules.content_hash[:12]}: {rules.title.zh} / {rules.title.en}")
    return DONE
