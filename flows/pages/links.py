"""Where the form `record-event` is found in the Prefect UI: noted in Duban's database, so that mails can link to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect import get_run_logger
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound

from models.store.database import upsert, writing
from models.store.schema import facts
from tasks.mail.links import RECORD_FORM

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

DEPLOYMENT = "record-event/record-event"


def note(engine: Engine) -> None:
    """Keep the id of the deployment; a server that does not know it, or does not answer, changes nothing."""
    try:
        with get_client(sync_client=True) as client:
            key = str(client.read_deployment_by_name(DEPLOYMENT).id)
    except ObjectNotFound:
        return
    except Exception:  # noqa: BLE001 -- a link less in a mail; the delivery goes on
        get_run_logger().warning("the form record-event could not be looked up", exc_info=True)
        return
    with writing(engine) as connection:
        row = upsert(connection, facts).values(name=RECORD_FORM, value=key)
        connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": key}))
