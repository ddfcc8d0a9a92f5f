"""The logs of Prefect's programs under `duban up`: as Prefect has them, with everything personal masked.

Its server logs rows that it could not write, and so whatever stood in a form or in another program's error.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import StorageError
from models.store.private import private_folder, write_private
from tasks.organisation.masking import Masking

if TYPE_CHECKING:
    from collections.abc import Mapping

MASKED = "masked"


def write_logging(environment: Mapping[str, str]) -> None:
    """Write Prefect's own configuration of logging with our filter on every handler, where its programs look for it."""
    import yaml  # noqa: PLC0415 -- only where `duban up` starts something

    prefect = find_spec("prefect")
    if prefect is None or prefect.origin is None:
        raise StorageError("Prefect is not installed here: run `make install`")
    own = yaml.safe_load(Path(prefect.origin).with_name("logging").joinpath("logging.yml").read_text("utf-8"))
    own["filters"] = {MASKED: {"()": f"{Masking.__module__}.{Masking.__qualname__}"}}
    for handler in own["handlers"].values():
        handler["filters"] = [MASKED]
    file = Path(environment["PREFECT_LOGGING_SETTINGS_PATH"])
    private_folder(file.parent)
    write_private(file, yaml.safe_dump(own).encode())
