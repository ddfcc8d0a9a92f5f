"""`make soak`: everything at work for a while; what each process needs of memory and each part of the home of disk.

It starts `duban up` in a home of its own and drops complaints into its inbox at the pace of so many a day. Prefect's
schedules follow the clock on the wall, so time cannot be made to pass faster: by default it runs 30 minutes and says
what that makes a day. `SOAK_MINUTES=2880 make soak` runs the 48 hours in full.
"""

from __future__ import annotations

import csv
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil

MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
CASES_A_DAY = int(os.environ.get("SOAK_CASES", "1000"))
SETTLING = 6 * 60
"""Seconds at the start that do not count: deployments, sample data, the first run of everything."""
SAMPLE = 60
DAY = 86_400
PARTS = ("duban.db", "prefect/prefect.db", "logs", "mailbox", "inbox", "prefect/storage")
COMMAND = (sys.executable, "-m", "flows.commands.app", "up", "--demo")


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(home: Path) -> dict[str, str]:
    """A Duban of its own."""
    ports = {f"DUBAN_{name}_PORT": str(free_port()) for name in ("PREFECT", "MAILBOX", "MAILBOX_SMTP")}
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DUBAN_", "PREFECT_"))}
    return {**kept, "DUBAN_HOME": str(home), **ports}


def drop(home: Path, number: int, rows: int) -> None:
    """Some complaints, each of somebody else."""
    file = home / "inbox" / f"complaints-{number}.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("received_at", "customer", "phone", "level", "department", "handler", "category", "content"))
        for row in range(rows):
            who = f"客户{number}-{row}"
            at = datetime.now(UTC).isoformat(timespec="seconds")
            writer.writerow((at, who, f"139{number:04}{row:04}", "major", "维修车间", "王磊", "维修质量", f"{who}投诉"))


def sizes(home: Path) -> dict[str, int]:
    """Bytes of each part of the home; a database with its log."""
    found = {}
    for part in PARTS:
        path = home / part
        files = path.rglob("*") if path.is_dir() else path.parent.glob(f"{path.name}*")
        found[part] = sum(file.stat().st_size for file in files if file.is_file())
    return found


def memory(pid: int) -> dict[str, int]:
    """Resident bytes by what a process is: up itself, Prefect's server, the worker, runs of flows."""
    found: dict[str, int] = {}
    parent = psutil.Process(pid)
    for process in (parent, *parent.children(recursive=True)):
        try:
            line = " ".join(process.cmdline())
            size = process.memory_info().rss
        except psutil.Error:
            continue
        names = {"prefect_server": "server", "worker start": "worker", "flow_runs": "runs", "engine": "runs"}
        name = next((what for sign, what in names.items() if sign in line), "up" if process.pid == pid else "others")
        found[name] = found.get(name, 0) + size
    return found


def main() -> None:
    """Run, sample, print."""
    home = Path(tempfile.mkdtemp(prefix="duban-soak-"))
    print(f"{MINUTES:.0f} minutes, {CASES_A_DAY} cases a day, in {home}", flush=True)  # noqa: T201 -- this is its output
    with subprocess.Popen(COMMAND, env=environment(home), start_new_session=True) as up:  # noqa: S603 -- our own program
        try:
            soak(home, up)
        finally:
            up.send_signal(signal.SIGTERM)


def soak(home: Path, up: subprocess.Popen[bytes]) -> None:
    """The time itself, and what it cost."""
    begun = time.monotonic()
    while not (home / "inbox").is_dir():
        time.sleep(1)
    base: tuple[float, dict[str, int]] | None = None
    most: dict[str, int] = {}
    dropped = files = 0
    while (passed := time.monotonic() - begun) < MINUTES * 60 and up.poll() is None:
        owed = int(CASES_A_DAY * passed / DAY) - dropped
        if owed > 0:
            drop(home, files, owed)
            dropped, files = dropped + owed, files + 1
        if base is None and passed > SETTLING:
            base = passed, sizes(home)
        most = {name: max(most.get(name, 0), size) for name, size in {**most, **memory(up.pid)}.items()}
        time.sleep(SAMPLE)
    if base is None:
        print(f"less than {SETTLING // 60} minutes say nothing of a day: only what is there now counts", flush=True)  # noqa: T201
    report(home, passed, base or (passed, sizes(home)), most, dropped)


def report(home: Path, passed: float, base: tuple[float, dict[str, int]], most: dict[str, int], dropped: int) -> None:
    """A line a process and a part."""
    locked = sum(log.read_text(errors="replace").count("database is locked") for log in (home / "logs").glob("*.log"))
    lines = [f"{dropped} cases in {passed / 60:.0f} minutes; database is locked: {locked}", "memory, the most seen:"]
    lines += [f"  {name:20} {size / 1e6:9.1f} MB" for name, size in sorted(most.items())]
    lines.append("disk, now, and what it grew by a day at this pace:")
    now, whole = sizes(home), 0.0
    for part in PARTS:
        daily = (now[part] - base[1][part]) / max(passed - base[0], 1) * DAY
        whole += daily
        lines.append(f"  {part:20} {now[part] / 1e6:9.1f} MB {daily / 1e6:9.1f} MB a day")
    lines.append(f"  {'together':20} {sum(now.values()) / 1e6:9.1f} MB {whole / 1e6:9.1f} MB a day")
    print("\n".join(lines), flush=True)  # noqa: T201 -- this is its output


if __name__ == "__main__":
    main()
