"""Who is trusted to be the mail server: certificates are always verified, by the system's authorities or one's own."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from models.errors import UsageError

if TYPE_CHECKING:
    from models.settings import Settings


def tls_context(settings: Settings) -> ssl.SSLContext:
    """What SMTP and IMAP ask of the other side; with `ca_file` only what it vouches for. UsageError names the file."""
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        why = error.strerror or type(error).__name__ if isinstance(error, OSError) else type(error).__name__
        raise UsageError(
            f"DUBAN_CA_FILE: {settings.ca_file} cannot be used ({why}): name a PEM file with certificates"
        ) from error
