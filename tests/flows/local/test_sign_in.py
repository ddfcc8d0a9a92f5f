"""How to sign in to Prefect: one line, made once, for its owner alone, or given by a setting."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from flows.local.sign_in import SignIn, sign_in, sign_in_file
from models.errors import UsageError
from models.settings import Settings, load_settings

if TYPE_CHECKING:
    from pathlib import Path


def test_the_line_is_made_once_and_kept(tmp_path: Path) -> None:
    """In a file of the home, 0600; the second start finds it, and after it was deleted another one is made."""
    settings = Settings(home=tmp_path / "home")
    first = sign_in(settings, {})
    assert first.fresh
    assert (0o600, 0o700) == tuple(
        stat.S_IMODE(path.stat().st_mode) for path in (sign_in_file(settings), settings.home)
    )
    assert ["sign-in"] == [path.name for path in settings.home.iterdir()]
    assert SignIn(first.line, str(sign_in_file(settings))) == sign_in(settings, {})
    sign_in_file(settings).unlink()
    assert first.line != sign_in(settings, {}).line


def test_a_setting_goes_before_prefects_variable_and_the_file(tmp_path: Path) -> None:
    """And then no file is made."""
    given = {"PREFECT_SERVER_API_AUTH_STRING": "ops:of-the-variable"}
    settings = load_settings({"DUBAN_HOME": str(tmp_path), "DUBAN_PREFECT_SECRET": "ops:of-the-setting"})
    assert SignIn("ops:of-the-setting", "DUBAN_PREFECT_SECRET") == sign_in(settings, given)
    assert "ops:of-the-variable" == sign_in(Settings(home=tmp_path), given).line
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("line", ["nocolon-nocolon", "u:short", "用户:longer-than-twelve", "u:with a blank inside"])
def test_what_prefect_could_not_take_or_anybody_guesses_is_refused(tmp_path: Path, line: str) -> None:
    """In the setting, in Prefect's variable and in the file, with one line that does not repeat it."""
    (tmp_path / "sign-in").write_text(line, encoding="utf-8")
    attempts = (
        lambda: load_settings({"DUBAN_PREFECT_SECRET": line}),
        lambda: sign_in(Settings(home=tmp_path), {"PREFECT_SERVER_API_AUTH_STRING": line}),
        lambda: sign_in(Settings(home=tmp_path), {}),
    )
    for attempt in attempts:
        with pytest.raises(UsageError) as refused:
            attempt()
        assert line not in str(refused.value)


def test_the_line_is_shown_where_it_is_of_use_and_not_kept_in_logs() -> None:
    """On the start that made it, and at a terminal; a log is told the file; a setting is never repeated."""
    made, kept, given = SignIn("u:p", "/h/sign-in", fresh=True), SignIn("u:p", "/h/sign-in"), SignIn("u:p", "DUBAN_X")
    assert ["u:p  (/h/sign-in)"] * 2 == [made.told(terminal=False), kept.told(terminal=True)]
    assert "/h/sign-in" == kept.told(terminal=False)
    assert ["DUBAN_X"] * 2 == [given.told(terminal=shown) for shown in (True, False)]
