"""The environment of child processes: Duban's settings as variables, and a Prefect of its own that calls nobody."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from flows.local.sign_in import PREFECT_VARIABLE, sign_in
from models.settings import PREFIX, Settings, surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
"""The checkout: prefect.yaml lies here."""
LOOPBACK = "127.0.0.1"
SERVER = "PREFECT_SERVER_"
DAY = 24 * 3600
CHATTER_SECONDS = 3600
"""How long Prefect keeps what it says itself about each run, task, page and worker: it is read while it happens.

An event takes about 10 KB of its database, with the resources it names and their indexes.
"""
CHATTER = (
    *("prefect.flow-run.heartbeat", "prefect.flow-run.pull-step.executed"),
    *(f"prefect.flow-run.{state}" for state in ("Scheduled", "Late", "Pending", "Submitting", "Running", "Completed")),
    *(f"prefect.task-run.{state}" for state in ("Pending", "Running", "Completed", "Retrying", "AwaitingRetry")),
    *("prefect.worker.submitted-flow-run", "prefect.worker.executed-flow-run"),
    *("prefect.artifact.created", "prefect.artifact-collection.created", "prefect.artifact-collection.updated"),
)


def duban_environment(settings: Settings) -> dict[str, str]:
    """The settings as `DUBAN_*` variables from which `load_settings` makes the same ones in any folder."""
    given = {name: _text(getattr(settings, name)) for name in sorted(settings.model_fields_set)}
    given |= {"home": str(settings.home.absolute()), "database_url": settings.url}
    return {f"{PREFIX}{name.upper()}": text for name, text in given.items() if text != ""}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Path):
        return str(value.absolute())
    if isinstance(value, tuple):
        return ",".join(f"{begin:%H:%M}-{end:%H:%M}" for begin, end in value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat("minutes"))
    return str(value)


def prefect_home(settings: Settings) -> Path:
    """Where this Duban's Prefect keeps its database, profile and files; never the user's own."""
    return settings.home.absolute() / "prefect"


def process_record(settings: Settings) -> Path:
    """Where `duban up` writes down which processes are its own."""
    return prefect_home(settings) / "processes.json"


def server_variables(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """What the operator asks of Prefect's server: `PREFECT_SERVER_*` of the environment and of `.env`.

    The port is not among it: DUBAN_PREFECT_PORT is.
    """
    found = surroundings(SERVER) if environment is None else environment
    return {key: value for key, value in found.items() if key.startswith(SERVER) and key != f"{SERVER}API_PORT"}


def server_host(server: Mapping[str, str]) -> str:
    """Where Prefect's server listens: on this machine alone, unless the operator asks for more."""
    return server.get(f"{SERVER}API_HOST", LOOPBACK).strip()


def api_url(settings: Settings, server: Mapping[str, str]) -> str:
    """Prefect's API of `duban up`, as it is reached from this machine."""
    host = server_host(server)
    host = LOOPBACK if host in ("0.0.0.0", "::", "") else f"[{host}]" if ":" in host else host  # noqa: S104 -- compared
    return f"http://{host}:{settings.prefect_port}{_api_path(server)}"


def _api_path(server: Mapping[str, str]) -> str:
    return server.get(f"{SERVER}API_BASE_PATH", "/api")


def prefect_environment(settings: Settings, server: Mapping[str, str]) -> dict[str, str]:
    """Prefect for this machine alone: own home, loopback only, signed in to, no telemetry, no look-ups outside.

    What the operator asks of the server (`server`) goes before ours. Ours have the names that give way where Prefect
    knows a setting by two.
    """
    home = prefect_home(settings)
    line = sign_in(settings, server).line
    return {
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_API_URL": api_url(settings, server),
        "PREFECT_UI_URL": settings.ui_address,
        "PREFECT_SERVER_API_HOST": LOOPBACK,
        # The page asks whoever it came from: 127.0.0.1, localhost, the far end of a tunnel, a reverse proxy.
        "PREFECT_SERVER_UI_API_URL": _api_path(server),
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home / "ui"),
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": settings.ui_origin,
        "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_RUNNER_AUTO_INSTALL_DEPENDENCIES": "false",
        # Runs are planned an hour ahead only: so few are left to be replayed when the machine was off.
        "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_RUNS": "15",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(settings.keep_runs_days * DAY),
        "PREFECT_SERVER_SERVICES_DB_VACUUM_LOOP_SECONDS": "600",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_EVENT_RETENTION_OVERRIDES": json.dumps(
            dict.fromkeys(CHATTER, CHATTER_SECONDS)
        ),
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": f"PT{settings.keep_events_hours}H",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "PREFECT_WORKER_QUERY_SECONDS": "5",
        "PREFECT_LOGGING_SETTINGS_PATH": str(home / "logging.yml"),
        "PREFECT_LOGGING_LEVEL": "INFO",
        "PREFECT_LOGGING_SERVER_LEVEL": "WARNING",
        **server,
        "PREFECT_SERVER_API_PORT": str(settings.prefect_port),
        PREFECT_VARIABLE: line,
        "PREFECT_API_AUTH_STRING": line,
    }


def child_environment(settings: Settings, environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """What the children of `duban up` see: nothing of another Prefect, nothing through a proxy to this machine."""
    inherited = os.environ if environment is None else environment
    kept = {key: value for key, value in inherited.items() if not key.startswith(("PREFECT_", PREFIX))}
    passing = [part for part in kept.get("no_proxy", kept.get("NO_PROXY", "")).split(",") if part]
    no_proxy = ",".join(dict.fromkeys([*passing, LOOPBACK, "localhost"]))
    return {
        **kept,
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        "PYTHONUNBUFFERED": "1",
        "PWD": str(ROOT),
        **prefect_environment(settings, server_variables(environment)),
        **duban_environment(settings),
    }
