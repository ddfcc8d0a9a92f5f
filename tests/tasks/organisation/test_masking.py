"""What may stand in a log, or before everybody who signs in: no phone number, no whole mail address."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import flows.deliver
import flows.pages.runs
from flows.local.environment import child_environment
from flows.local.logs import write_logging
from models.settings import Settings
from tasks.delivery.report import Death, DeliveryReport
from tasks.organisation.masking import masked_log, masked_words

if TYPE_CHECKING:
    from pathlib import Path

OURS = "0123456789abcdef0123456789abcdef@example.org"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("请回电13812345678", "请回电138****5678"),
        ("+86 138-1234-5678, 138 1234 5678", "138****5678, 138****5678"),
        ("电话010-62345678或(0571)8765 4321", "电话010****5678或(0571)****4321"),
        ("0512 65123456转8", "0512****3456转8"),
        ("550 <zhao@example.com>: no such box", "550 <z***@example.com>: no such box"),
        ("2611001/due/2026-11-02T01:15:00Z/zhao@example.com/3", "2611001/due/2026-11-02T01:15:00Z/z***@example.com/3"),
        ("Key (email)=(王强@城东.cn) already exists", "Key (email)=(王***@城东.cn) already exists"),
        ("13812345678@qq.com", "1***@qq.com"),
        (f"message <{OURS}> is dead", f"message <{OURS}> is dead"),
        ("2026-11-02 09:00 2611001 20261101000123 0.05", "2026-11-02 09:00 2611001 20261101000123 0.05"),
    ],
)
def test_numbers_and_addresses_are_masked_and_nothing_else(said: str, shown: str) -> None:
    """Mobile and landline numbers and mail addresses; instants, numbers of cases and our Message-IDs stay."""
    assert shown == masked_words(said)


@pytest.mark.parametrize("name", ["duban.deliver", "prefect.flow_runs", "prefect.task_runs"])
def test_a_log_masks_what_it_is_given(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Words, arguments and tracebacks, in Duban's own logs and in those of runs."""
    assert flows.pages.runs.refusal_of("zhao@example.com").endswith(": z***@example.com")
    if name.startswith("duban"):
        masked_log(name)
    logger = logging.getLogger(name)
    logger.addHandler(caplog.handler)
    try:
        int("13812345678号")
    except ValueError:
        logger.exception("%s could not be told", "zhao@example.com")
    finally:
        logger.removeHandler(caplog.handler)
    assert "z***@example.com could not be told" in caplog.text
    assert "138****5678号" in caplog.text
    assert "zhao@" not in caplog.text


def test_the_programs_of_prefect_log_masked(tmp_path: Path) -> None:
    """Its server, which logs the rows that it could not write, the worker, and every library in them."""
    environment = child_environment(Settings(home=tmp_path), {})
    write_logging(environment)
    program = """
import logging
from prefect.logging.configuration import setup_logging
setup_logging()
for name in ("prefect.server", "uvicorn.error", "some.library"):
    logging.getLogger(name).error("%s of zhao@example.com", name)
"""
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)  # noqa: S603 -- our own lines
    assert 3 == done.stderr.count("of z***@example.com")
    assert "zhao@" not in done.stdout + done.stderr


def test_automations_are_told_of_a_dead_message_by_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of a message has the address in it: events, which stay, have the id of its row."""
    told: list[object] = []
    monkeypatch.setattr(flows.deliver, "emit_event", lambda *given, **more: told.append((given, more)))
    death = Death("2611001/due/z***@example.com", "z***@example.com", "550 gone", "5f0c")
    flows.deliver.add(DeliveryReport(), DeliveryReport(dead=1, deaths=[death]))
    assert "duban.message.5f0c" in str(told)
    assert "550 gone" in str(told)
