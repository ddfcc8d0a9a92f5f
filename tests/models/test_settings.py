"""Settings: read leniently, refused with one line that names the variable and repeats no value."""

from __future__ import annotations

import re
import traceback
from datetime import time
from pathlib import Path

import pytest

from models.errors import UsageError
from models.settings import InDoubt, Settings, Tls, load_settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"


def test_every_setting_has_a_default() -> None:
    """A fresh machine needs no settings at all."""
    settings = load_settings({})

    assert "Asia/Shanghai" == settings.zone.key
    assert ((time(9), time(18)),) == settings.office_hours
    assert ("127.0.0.1", 2525) == settings.smtp_address
    assert f"sqlite:///{Path('.duban/duban.db').absolute()}" == settings.url


def test_the_example_lists_every_setting_and_no_other() -> None:
    """`.env.example` names each field of the settings once, under a comment of one line."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    listed = [found[1] for line in lines if (found := re.match(r"#(DUBAN_[A-Z_]+)=", line))]

    assert sorted(f"DUBAN_{name.upper()}" for name in Settings.model_fields) == sorted(listed)
    assert all(lines[n - 1].startswith("# ") for n, line in enumerate(lines) if re.match(r"#DUBAN_", line))


def test_the_example_shows_the_defaults() -> None:
    """Uncommenting a line of `.env.example` changes nothing."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    shown = dict(line[1:].split("=", 1) for line in lines if line.startswith("#DUBAN_"))

    assert Settings() == load_settings(shown)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("09:00-18:00", [(9, 0, 18, 0)]),
        ("9-18", [(9, 0, 18, 0)]),
        ("9:00 - 18:00", [(9, 0, 18, 0)]),
        ("08:30-12:00,13:30-17:30", [(8, 30, 12, 0), (13, 30, 17, 30)]),
        ("8:30-12, 13:30-17:30", [(8, 30, 12, 0), (13, 30, 17, 30)]),
        ("08:30~12:00；13:30～17:30", [(8, 30, 12, 0), (13, 30, 17, 30)]),
        ("8：30至12：00、13：30至17：30", [(8, 30, 12, 0), (13, 30, 17, 30)]),
        ("08:30-12:00 13:30-17:30,", [(8, 30, 12, 0), (13, 30, 17, 30)]),
        ("9:00:00-18:00:00", [(9, 0, 18, 0)]),
    ],
)
def test_office_hours_are_read_as_people_write_them(text: str, hours: list[tuple[int, int, int, int]]) -> None:
    """Dashes, tildes, commas, blanks and Chinese punctuation all do."""
    expected = tuple((time(a, b), time(c, d)) for a, b, c, d in hours)

    assert expected == load_settings({"DUBAN_OFFICE_HOURS": text}).office_hours


@pytest.mark.parametrize(
    ("text", "expected"), [("9", time(9)), ("09", time(9)), ("09:30", time(9, 30)), (" 8：05 ", time(8, 5))]
)
def test_the_notice_hour_is_an_hour_or_a_time(text: str, expected: time) -> None:
    """`9` and `09:30` are both notice hours."""
    assert expected == load_settings({"DUBAN_NOTICE_HOUR": text}).notice_hour


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DUBAN_OFFICE_HOURS", "18:00-09:00"),
        ("DUBAN_OFFICE_HOURS", "22:00-06:00"),
        ("DUBAN_OFFICE_HOURS", "09:00-12:00,11:00-18:00"),
        ("DUBAN_OFFICE_HOURS", "13:00-17:00,08:00-12:00"),
        ("DUBAN_OFFICE_HOURS", "09:00-25:00"),
        ("DUBAN_OFFICE_HOURS", "09:00"),
        ("DUBAN_OFFICE_HOURS", "always"),
        ("DUBAN_NOTICE_HOUR", "25"),
        ("DUBAN_NOTICE_HOUR", "nine"),
        ("DUBAN_NOTICE_HOUR", "09:00Z"),
        ("DUBAN_NOTICE_HOUR", "33000"),
        ("DUBAN_TIMEZONE", "Asia/Peking-on-Sea"),
        ("DUBAN_TIMEZONE", "../../etc/passwd"),
        ("DUBAN_TIMEZONE", "Asia"),
        ("DUBAN_SMTP_PORT", "smtp"),
        ("DUBAN_SMTP_PORT", "70000"),
        ("DUBAN_SMTP_TLS", "ssl3"),
        ("DUBAN_SMTP_TIMEOUT", "0"),
        ("DUBAN_SMTP_TIMEOUT", "inf"),
        ("DUBAN_RETRY_DELAY", "nan"),
        ("DUBAN_RETRY_ATTEMPTS", "0"),
        ("DUBAN_MAIL_RATE_PER_MINUTE", "-1"),
        ("DUBAN_MAIL_FROM", "duban@example.com\r\nBcc: everybody@example.com"),
        ("DUBAN_MAIL_FROM", "nobody"),
        ("DUBAN_OPERATIONS_EMAIL", "the desk"),
        ("DUBAN_IN_DOUBT", "drop"),
        ("DUBAN_SMTP_HOST", "duban:hunter2@mail.example.com"),
        ("DUBAN_UI_URL", "https://duban:hunter2@duban.example.org"),
        ("DUBAN_SMTP_ALLOW_PLAIN", "perhaps"),
        ("DUBAN_PREFECT_SECRET", "hunter2"),
        ("DUBAN_ALARM_URLS", "hunter2"),
        ("DUBAN_ALARM_URLS", "json://host/hunter2 and another"),
        ("DUBAN_ALARM_REPEAT", "5"),
        ("DUBAN_RETRY_LONGEST", "0"),
        ("DUBAN_RETRY_LIFETIME", "inf"),
        ("DUBAN_SWEEP_SECONDS", "-5"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_variable(name: str, value: str) -> None:
    """The error says which variable is off and what to do, on one line."""
    with pytest.raises(UsageError) as refused:
        load_settings({name: value})

    assert str(refused.value).startswith(f"{name}: ")
    assert "\n" not in str(refused.value)
    assert "Value error" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("name", ["DUBAN_SMTP_PORT", "DUBAN_NOTICE_HOUR", "DUBAN_OPERATIONS_EMAIL", "DUBAN_IN_DOUBT"])
def test_no_error_repeats_a_value(name: str) -> None:
    """A password that was pasted into the wrong variable is not shown, not even in a traceback."""
    secret = {"DUBAN_SMTP_PASSWORD": "hunter2-aaa", "DUBAN_DATABASE_URL": "postgresql://duban:hunter2-bbb@db/duban"}
    pasted = {**secret, name: "hunter2-ccc"}
    with pytest.raises(UsageError) as refused:
        load_settings(pasted)

    assert "hunter2" not in "".join(traceback.format_exception(refused.value))


def test_secrets_do_not_show_in_the_settings_themselves() -> None:
    """Printing the settings shows neither the password nor the database's."""
    urls = "json://host/hunter2，wecombot://hunter2"
    settings = load_settings(
        {
            "DUBAN_SMTP_PASSWORD": "hunter2",
            "DUBAN_DATABASE_URL": "postgresql://u:hunter2@db/d",
            "DUBAN_ALARM_URLS": urls,
        }
    )

    assert "hunter2" not in f"{settings!r}{settings}"
    assert "postgresql+psycopg://u:hunter2@db/d" == settings.url
    assert tuple(urls.split("，")) == settings.alarm_list


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://h/d", "postgresql+psycopg://h/d"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
        ("sqlite:////tmp/x.db", "sqlite:////tmp/x.db"),
    ],
)
def test_postgresql_is_reached_through_psycopg(url: str, expected: str) -> None:
    """The usual forms of a PostgreSQL address all mean the driver that is installed."""
    assert expected == load_settings({"DUBAN_DATABASE_URL": url}).url


@pytest.mark.parametrize(("tls", "port"), [("none", 25), ("STARTTLS", 587), ("tls", 465)])
def test_the_port_follows_the_protection(tls: str, port: int) -> None:
    """Without a port the usual one of the protection is taken; capitals do not matter."""
    settings = load_settings({"DUBAN_SMTP_HOST": "mail", "DUBAN_SMTP_TLS": tls})

    assert ("mail", port) == settings.smtp_address
    assert Tls(tls.lower()) is settings.smtp_tls


def test_an_empty_variable_counts_as_unset() -> None:
    """An empty or blank value takes the default."""
    assert Settings() == load_settings({"DUBAN_SMTP_PORT": "", "DUBAN_TIMEZONE": " ", "DUBAN_IN_DOUBT": ""})


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.env` is read, with its byte order mark, the environment overrides it, an empty variable does not."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"DUBAN_{name.upper()}", raising=False)
    text = "\ufeffDUBAN_SMTP_HOST=from-file\nDUBAN_IN_DOUBT=hold\nDUBAN_SMTP_PASSWORD='a${b}c'\nOTHER=1\n"
    (tmp_path / ".env").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUBAN_SMTP_HOST", "from-environment")
    monkeypatch.setenv("DUBAN_IN_DOUBT", "")

    settings = load_settings()

    assert "from-environment" == settings.smtp_host
    assert InDoubt.HOLD is settings.in_doubt
    assert "a${b}c" == settings.smtp_password.get_secret_value()


def test_a_file_in_another_encoding_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `.env` that is not UTF-8 is one line of advice."""
    (tmp_path / ".env").write_bytes("DUBAN_MAIL_FROM=督办 <d@x>".encode("gb18030"))
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UsageError, match="UTF-8"):
        load_settings()


def test_folders_may_start_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """`~` is the user's home, as in a shell."""
    monkeypatch.setenv("HOME", "/home/ops")

    assert Path("/home/ops/duban") == load_settings({"DUBAN_HOME": "~/duban"}).home
