"""Files that ask for more than they may: the refusal names the limit and the setting that moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.errors import UsageError
from models.settings import PREFIX
from models.wording.catalogue import say

if TYPE_CHECKING:
    from models.settings import Settings


def refusal(reason: str, **words: object) -> UsageError:
    """Why a file is not read, in Chinese and English on one line."""
    return UsageError(" / ".join(say(language, f"intake.file.{reason}", **words) for language in ("zh", "en")))


def too_much(settings: Settings, limit: str, file: str) -> UsageError:
    """More than the limit of that name allows; the setting is `import_` and that name."""
    field = f"import_{limit}"
    return refusal(limit, file=file, limit=f"{getattr(settings, field):,}", setting=f"{PREFIX}{field.upper()}")
