"""A real webhook for tests: takes what is posted to it, or refuses."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass
class Hook:
    """Use as a context manager; `url` is its address as Apprise writes it."""

    status: int = 200
    got: list[dict[str, Any]] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)
    path: str = "/hook/hunter2"
    """It ends in what must be shown nowhere."""

    def __enter__(self) -> Self:
        """Listen on a free port of the loopback."""
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                hook.got.append(json.loads(body))
                self.send_response(hook.status)
                self.end_headers()
                hook.came.set()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def url(self) -> str:
        """`json://127.0.0.1:PORT/..`."""
        return f"json://127.0.0.1:{self._server.server_address[1]}{self.path}"

    @property
    def titles(self) -> list[str]:
        """What was told, by its title."""
        return [str(one["title"]) for one in self.got]
