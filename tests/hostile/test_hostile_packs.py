"""Hostile regulations: each is refused with its file and what is wrong, soon, and whatever stands in its keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.hostile.harness import Answer, check, check_refusal
from tests.hostile.packs import DURATIONS, NUMBERS, TEXTS, VALUES
from tests.models.packs.trial import GOOD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EVERY_KEY = Path(__file__).parents[1] / "models" / "packs" / "every-key.yaml"


@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_text_is_refused(name: str, duban: Callable[..., Answer], folder: Path) -> None:
    """The check says in which file and why."""
    (folder / "trial.yaml").write_bytes(TEXTS[name])

    answer = duban("check", "trial.yaml")

    check(answer)
    assert 1 == answer.status
    assert all(line.startswith("duban: trial.yaml") for line in answer.err.splitlines())


@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_text_among_the_regulations_stops_nobody_else(
    name: str, duban: Callable[..., Answer], folder: Path
) -> None:
    """With such a file in the folder of regulations, complaints still come in, and it is named when it is asked for."""
    own = folder / ".duban" / "regulations"
    own.mkdir()
    (own / "trial.yaml").write_bytes(TEXTS[name])
    (folder / "in.csv").write_text("number,received_at,customer,regulation\nA1,2026-11-01,W,\nA2,2026-11-01,W,trial\n")

    answer = duban("import", "complaints", "in.csv")

    check(answer)
    assert 1 == answer.status


@pytest.mark.parametrize("number", NUMBERS)
def test_a_pattern_without_bounds_is_no_number(number: str, duban: Callable[..., Answer], folder: Path) -> None:
    """Widths, attributes and signs that a number cannot have are refused before one is made."""
    pack = yaml.safe_load(GOOD) | {"number": number}
    (folder / "trial.yaml").write_text(yaml.safe_dump(pack, allow_unicode=True), encoding="utf-8")

    check_refusal(duban("check", "trial.yaml"), "the number is made of")


@pytest.mark.parametrize("text", DURATIONS, ids=lambda text: repr(text[:20]))
def test_a_length_without_bounds_is_no_duration(text: str, duban: Callable[..., Answer], folder: Path) -> None:
    """What is longer than a century, or no length at all, is refused in a line that somebody can read."""
    pack = yaml.safe_load(GOOD)
    pack["rules"][0]["within"] = text
    (folder / "trial.yaml").write_text(yaml.safe_dump(pack, allow_unicode=True), encoding="utf-8")

    answer = duban("check", "trial.yaml")

    check(answer)
    assert 1 == answer.status
    assert answer.err


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("escalate", [{"after": "PT0S", "to": "clerk", "every": "PT1S"}]),
        ("repeat", {"every": "PT1S"}),
        ("penalty", {"amount": 1, "per": "PT1M", "charged_to": "clerk"}),
        ("penalty", {"amount": float("inf"), "charged_to": "clerk"}),
        ("penalty", {"amount": float("nan"), "charged_to": "clerk"}),
    ],
)
def test_what_comes_again_at_once_is_refused(key: str, value: Any, duban: Callable[..., Answer], folder: Path) -> None:
    """A step, a term or a penalty for every second would fill the record with millions of them."""
    pack = yaml.safe_load(GOOD)
    pack["rules"][0][key] = value
    (folder / "trial.yaml").write_text(yaml.safe_dump(pack, allow_unicode=True), encoding="utf-8")

    answer = duban("check", "trial.yaml")

    check(answer)
    assert 1 == answer.status
    assert "too soon" in answer.err or "penalty" in answer.err


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of a pack."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


def spoilt(path: tuple[Any, ...], value: str) -> str:
    """The pack that writes every key, with something else at one place."""
    pack = yaml.safe_load(EVERY_KEY.read_text(encoding="utf-8"))
    holder = pack
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = "@@"
    return yaml.safe_dump(pack, allow_unicode=True, sort_keys=False).replace("'@@'", value)


PLACES = list(places(yaml.safe_load(EVERY_KEY.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("turn", range(0, 60, 3))
def test_a_hostile_value_at_any_key_is_answered(turn: int, duban: Callable[..., Answer], folder: Path) -> None:
    """Wherever it stands: the pack is sound with it, or the line and the rule are named."""
    for place in range(turn, len(PLACES), 60):
        value = VALUES[(place * 7 + turn) % len(VALUES)]
        (folder / "every-key.yaml").write_text(spoilt(PLACES[place], value), encoding="utf-8")

        answer = duban("check", "every-key.yaml")

        check(answer)
        assert bool(answer.status) == bool(answer.err), (PLACES[place], value, answer)
