"""What Duban keeps on this machine is for its owner alone, and no password of its database is ever shown."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from flows.commands.app import main
from models.errors import StorageError, UsageError
from models.settings import load_settings
from models.store.database import open_engine, place, reading, without_passwords, writing
from models.store.private import close_to_others, private_file, private_folder, write_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.engine import Engine


@pytest.fixture
def lax() -> Iterator[None]:
    """A umask that keeps nobody out."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    """The mode of everything in a folder, and of itself."""
    return {path.name: f"{stat.S_IMODE(path.lstat().st_mode):o}" for path in (folder, *folder.rglob("*"))}


@pytest.mark.usefixtures("lax")
def test_a_database_is_its_owners_with_all_that_sqlite_puts_beside_it(tmp_path: Path) -> None:
    """Also the folders that were missing, whatever the umask; the journal takes over the mode of the database."""
    file = tmp_path / "made" / "home" / "duban.db"
    engine = open_engine(f"sqlite:///{file}")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE t (a INTEGER)"))
    with reading(engine) as connection:
        connection.execute(text("SELECT * FROM t"))
        found = modes(tmp_path / "made")
    assert {"made": "700", "home": "700"} == {name: mode for name, mode in found.items() if "." not in name}
    assert {"duban.db", "duban.db-wal", "duban.db-shm"} == {name for name, mode in found.items() if mode == "600"}
    engine.dispose()


@pytest.mark.usefixtures("lax")
def test_init_closes_the_home_of_an_earlier_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was left open, at any depth, is closed; what a link names elsewhere is not touched."""
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    (home / "logs").mkdir(parents=True)
    (home / "logs" / "worker.log").write_text("138")
    elsewhere.write_text("x")
    (home / "link").symlink_to(elsewhere)
    monkeypatch.setenv("DUBAN_HOME", str(home))
    assert 0 == main(["init"])
    assert {"600", "700"} == {mode for name, mode in modes(home).items() if name != "link"}
    assert "666" == modes(tmp_path)["elsewhere"]


def test_a_place_for_more_than_duban_is_not_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own folder, and one like /tmp, stay as they are, and that others may look in is said."""
    monkeypatch.setenv("HOME", str(tmp_path))
    tmp_path.chmod(0o755)
    assert not close_to_others(tmp_path)
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    assert not close_to_others(shared)
    assert ("755", "1777") == (modes(tmp_path)[tmp_path.name], modes(tmp_path)["tmp"])
    tmp_path.chmod(0o700)
    assert close_to_others(tmp_path)


@pytest.mark.usefixtures("lax")
def test_a_private_file_is_written_through_no_link(tmp_path: Path) -> None:
    """An older, open one is closed; a link of that name is an error and its file stays as it is."""
    old, target = tmp_path / "old", tmp_path / "target"
    old.write_text("before and longer")
    write_private(old, b"after")
    assert (b"after", "600") == (old.read_bytes(), modes(tmp_path)["old"])
    target.write_text("kept")
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(OSError, match="link"):
        write_private(tmp_path / "link", b"x")
    private_file(target)
    assert ("kept", target) == (target.read_text(), private_folder(tmp_path) / "target")


def test_what_was_asked_for_by_name_has_the_users_umask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--out` is the user's own place: they decide who may read it."""
    monkeypatch.setenv("DUBAN_HOME", str(tmp_path / "home"))
    before = os.umask(0o027)
    try:
        assert 0 == main(["check", "standard-loans", "--out", str(tmp_path / "loans.html")])
    finally:
        os.umask(before)
    assert "640" == modes(tmp_path)["loans.html"]


@pytest.mark.parametrize("password", ["p@ss", "@", "a@b@c", "p:a/s@s?w#d", "10%", "%40", "密码@1"])
def test_a_password_may_hold_any_sign(password: str) -> None:
    """Written as it is, it is the password, and what is shown names host and database only."""
    url = load_settings({"DUBAN_DATABASE_URL": f"postgresql://duban:{password}@db.test:5433/duban?sslmode=require"}).url
    read = make_url(url)
    assert ("db.test", 5433, "duban") == (read.host, read.port, read.database)
    assert read.password == unquote(password)
    assert "postgresql+psycopg://duban:***@db.test:5433/duban" == place(open_engine(url))


@pytest.mark.parametrize(
    "url",
    [
        "duban:pa@ss@db/duban",
        "postgresql://u:pa@ss:word@h:x/d",
        "postgresql://u:pa@ss?x=1@h/d",
        "postgresql://h:pass",
        "pass",
    ],
)
def test_what_is_no_database_is_refused_without_its_words(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it can be read in two ways: no part of it is looked up as a host, and none is shown."""
    monkeypatch.setenv("DUBAN_DATABASE_URL", url)
    with pytest.raises(UsageError, match="DUBAN_DATABASE_URL: write sqlite") as refused:
        load_settings()
    assert "pa" not in str(refused.value).replace("password", "").replace("path", "")


def test_a_database_out_of_reach_is_named_without_its_password() -> None:
    """Neither in the address nor in the words of the driver; nor what else the address tells the driver."""
    given = "postgresql://duban:p@ss@127.0.0.1:9/duban?options=-csearch_path%3Dx&sslpassword=other"
    engine = open_engine(load_settings({"DUBAN_DATABASE_URL": given}).url)
    with pytest.raises(StorageError) as refused, reading(engine) as connection:
        connection.execute(text("SELECT 1"))
    assert "duban:***@127.0.0.1:9/duban" in str(refused.value)
    assert not [one for one in ("p@ss", "ss@", "other", "search_path") if one in str(refused.value)]
    words = "cannot use postgresql://duban:p%40ss@h/d with p@ss and other"
    assert "cannot use postgresql://duban:***@h/d with *** and ***" == without_passwords(words, engine.url)


def test_no_error_quotes_what_a_row_holds(engine: Engine) -> None:
    """A row that cannot be written is named without its values, which may be anybody's.

    PostgreSQL's own DETAIL may have them; it stands in no line that a command prints, and logs are masked.
    """
    with pytest.raises(IntegrityError) as refused, writing(engine) as connection:
        connection.execute(text("INSERT INTO cases (number, party) VALUES (:n, :p)"), {"n": None, "p": "13812345678"})
    assert "13812345678" not in f"{refused.value}".split("DETAIL")[0]
    assert "hide_parameters" in str(refused.value)
