"""A statement as files: a page with its pictures inside, plain text, and the workbook."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from tasks.statements.titles import number_of

if TYPE_CHECKING:
    from pathlib import Path
    from types import SimpleNamespace

    from tasks.statements.forms import Rendered


def write_files(folder: Path, name: str, rendered: Rendered) -> list[Path]:
    """Write `name`.html, .txt and .xlsx into the folder, which is made when it is not there; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    page = rendered.html
    written: dict[Path, bytes] = {}
    for attachment in rendered.attachments:
        if attachment.content_id is None:
            suffix = attachment.name.rpartition(".")[2]
            written[folder / f"{name}.{suffix}"] = attachment.data
        else:
            data = base64.b64encode(attachment.data).decode()
            page = page.replace(f"cid:{attachment.content_id}", f"data:{attachment.media_type};base64,{data}")
    written = {folder / f"{name}.html": page.encode(), folder / f"{name}.txt": rendered.text.encode(), **written}
    for path, content in written.items():
        path.write_bytes(content)
    return list(written)


def file_name(named: SimpleNamespace) -> str:
    """`statement-2026-11-standard-complaints`."""
    return number_of(named).replace("FX-", "statement-", 1)
