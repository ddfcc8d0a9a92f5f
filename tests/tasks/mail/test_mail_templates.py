"""The templates take their words from the catalogue: what is put into a sentence is escaped in HTML, and only there."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from jinja2 import DictLoader

from models.wording import catalogue
from tasks.mail.environment import environment
from tasks.mail.subjects import subject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EVIL = "<b>赵</b>&{name}"


@pytest.fixture
def languages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the languages, as a copy that a test may write to."""
    folder = tmp_path / "languages"
    shutil.copytree(catalogue.LANGUAGES, folder)
    monkeypatch.setattr(catalogue, "LANGUAGES", folder)
    for known in (catalogue.languages, catalogue.spoken, catalogue._words):
        known.cache_clear()
    yield folder
    monkeypatch.undo()
    for known in (catalogue.languages, catalogue.spoken, catalogue._words):
        known.cache_clear()


def written(file: str, source: str, /, **facts: object) -> str:
    """A template of that file name and source, filled in for a Chinese reader."""
    overlay = environment().overlay(loader=DictLoader({file: source}))
    return overlay.get_template(file).render(language="zh", **facts)


def test_values_are_escaped_in_html_and_stay_as_they_are_in_text() -> None:
    """The sentence is ours, the name is not; braces in a name are no place to fill."""
    source = "{{ say('mail.handled_by', name=name) }}"
    assert "经办 &lt;b&gt;赵&lt;/b&gt;&amp;{name}" == written("x.html", source, name=EVIL)
    assert f"经办 {EVIL}" == written("x.txt", source, name=EVIL)


def test_what_is_escaped_already_is_not_escaped_again() -> None:
    """A sentence within a sentence, and one that a filter joins with plain text."""
    inner = "say('mail.aside', text=name)"
    once = "（&lt;b&gt;赵&lt;/b&gt;&amp;{name}）"
    assert f"经办 {once}" == written("x.html", f"{{{{ say('mail.handled_by', name={inner}) }}}}", name=EVIL)
    joined = f"{{{{ [{inner}, name] | join('&') }}}}"
    assert f"{once}&amp;&lt;b&gt;赵&lt;/b&gt;&amp;{{name}}" == written("x.html", joined, name=EVIL)


def test_a_number_is_written_as_its_sentence_says() -> None:
    """Numbers need no escaping, and may choose a plural form."""
    assert "另有 3 项未列出" in written("x.html", "{{ say('mail.summary.more', count=3) }}")


def test_a_page_may_name_its_language() -> None:
    """The page of the local mailbox shows two languages at once."""
    assert "mailbox" in written("x.html", "{{ say('mailbox.title', language='en') }}")


def test_words_of_the_catalogue_are_trusted(languages: Path) -> None:
    """What stands in a language's file goes into HTML as it is written there."""
    file = languages / "zh.yaml"
    words = file.read_text("utf-8").replace("handled_by: 经办 {name}", "handled_by: <i>经办</i> {name}")
    file.write_text(words, "utf-8")
    source = "{{ say('mail.handled_by', name=name) }}"
    assert "<i>经办</i> &lt;" == written("x.html", source, name="<")


def test_a_third_language_is_one_file(languages: Path) -> None:
    """Its readers get their own words, from the templates that there are."""
    words = (languages / "en.yaml").read_text("utf-8")
    (languages / "de.yaml").write_text(words.replace("[Duban: summary]", "[Duban: Übersicht]"), "utf-8")
    assert subject("summary", "de", {}).startswith("[Duban: Übersicht]")
    assert subject("summary", "en", {}).startswith("[Duban: summary]")
