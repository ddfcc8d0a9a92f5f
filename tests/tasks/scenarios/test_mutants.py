"""Mutants of a pack: one for each thing that a part says, none for what is a default, a word, or the same after all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models import SHIPPED
from models.packs.cite import provisions
from models.packs.load import load_regulation
from tasks.scenarios.mutants import built, mutants, spelt_out

if TYPE_CHECKING:
    from pathlib import Path

PACK = """
regulation: example
kind: complaint
title: {zh: 例, en: Example}
description: {zh: 例, en: Example}
levels:
  minor: {zh: 一般, en: minor}
  major: {zh: 重大, en: major}
roles:
  handler: {person: handler, above: department_manager}
  department_manager: {of_department: true, above: operations}
settings:
  silence: {value: P3D, note: none in the text}
gates:
  - id: one-agreement
    cite: {article: 一, clauses: ["example:01"]}
    title: {zh: 一次, en: Once}
    guards: agreement
    counts: events
    at_most: 1
    flag: department_manager
authorities:
  - id: closing
    cite: {article: 五, clauses: ["example:05"]}
    title: {zh: 经理结案, en: A manager closes}
    when: {level: major}
    events: [closed, agreement]
    by: [department_manager, {role: handler, when: {amount: {at_most: 500}}}]
counters:
  - id: often
    cite: {article: 二, clauses: ["example:02"]}
    title: {zh: 多次, en: Often}
    counts: {event: registered, where: {channel: [phone, letter]}}
    of: handler
    window: month
    ladder: [{at: 3, to: department_manager}]
duties:
  - id: report
    cite: {article: 三, clauses: ["example:03"]}
    title: {zh: 月报, en: Report}
    every: month
    day: 5
    at: "17:00"
    responsible: department_manager
    remind: [{value: -P1D, open: none in the text}]
rules:
  - id: contact
    cite: {article: 四, clauses: ["example:04"]}
    title: {zh: 联系, en: Contact}
    when: {level: major, amount: {at_least: 500}}
    start: registered
    stop: first_contact
    within: [PT30M, {by: urgency, table: {urgent: P2D, other: P5D}}]
    responsible: handler
    escalate: [{after: PT0S, to: [handler, department_manager]}, {after: $silence, to: department_manager}]
    penalty: {amount: {minor: 20, major: 50}, charged_to: handler}
"""
WANTED = {
    "one-agreement": {
        "one-agreement at_most: 1 -> 2",
        "one-agreement at_most: 1 -> nothing",
        "one-agreement flag 1: department_manager -> handler",
        "one-agreement guards: agreement -> renewed",
    },
    "closing": {
        "closing: all of it -> nothing",
        "closing when level: major -> nothing",
        "closing when level: major -> {not: [major]}",
        "closing events 1: closed -> nothing",
        "closing events 2: agreement -> nothing",
        "closing by 1: {role: department_manager} -> nothing",
        "closing by 1 role: department_manager -> operations",
        "closing by 2: {role: handler, when: {amount: {at_most: 500}}} -> nothing",
        "closing by 2 when amount: {at_most: 500} -> nothing",
        "closing by 2 when amount: {at_most: 500} -> {at_most: 501}",
        "closing by 2 when amount: {at_most: 500} -> {at_most: 499}",
    },
    "often": {
        "often counts 1 where channel: [phone, letter] -> [phone]",
        "often counts 1 where channel: [phone, letter] -> [letter]",
        "often counts 1 where channel: [phone, letter] -> {not: [phone, letter]}",
        "often window: month -> quarter",
        "often ladder 1 at: 3 -> 4",
        "often ladder 1 at: 3 -> 2",
    },
    "report": {
        "report every: month -> quarter",
        "report day: 5 -> 6",
        "report at 1: 17:00 -> 18:00",
        "report responsible: department_manager -> handler",
    },
    "contact": {
        "contact: all of it -> nothing",
        "contact when level: major -> nothing",
        "contact when level: major -> {not: [major]}",
        "contact when amount: {at_least: 500} -> {at_least: 501}",
        "contact when amount: {at_least: 500} -> {at_least: 499}",
        "contact start 1 event: registered -> renewed",
        "contact within 1 of: PT30M -> PT60M",
        "contact within 1 of: PT30M -> PT15M",
        "contact within 2 table urgent: P2D -> P4D",
        "contact within 2 table urgent: P2D -> P2WD",
        "contact within 2 table urgent: P2D -> nothing",
        "contact escalate 1 to 1: handler -> nothing",
        "contact escalate 2 to 1: department_manager -> handler",
        "contact penalty amount major: 50 -> 51",
        "contact penalty charged_to 1: handler -> department_manager",
    },
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The pack in a file."""
    found = tmp_path / "example.yaml"
    found.write_text(PACK, encoding="utf-8")
    return found


@pytest.mark.parametrize("name", WANTED)
def test_each_thing_that_a_part_says_is_altered(file: Path, name: str) -> None:
    """Figures both ways, conditions taken away and turned, roles, events and days replaced, entries deleted."""
    part = next(part for part in provisions(file) if part.name == name)

    assert set() == WANTED[name] - {str(mutant) for mutant in mutants(spelt_out(file), part)}


def test_a_default_a_word_and_what_says_the_same_are_left_alone(file: Path) -> None:
    """Settings and what consists of nothing else, titles, what is so without being written."""
    raw = spelt_out(file)
    told = [str(mutant) for part in provisions(file) for mutant in mutants(raw, part)]

    assert [] == [mutant for mutant in told if mutant.split(":")[0] in ("contact escalate 2 after", "report remind")]
    assert [] == [mutant for mutant in told if "title" in mutant or "cite" in mutant]
    assert len(told) == len(set(told))


def test_every_mutant_is_another_sound_pack(file: Path) -> None:
    """It loads, and says something else."""
    raw = spelt_out(file)
    original = built(raw, {})
    assert original is not None

    packs = [built(mutant.raw, {}) for part in provisions(file) for mutant in mutants(raw, part)]

    assert None not in packs
    assert original.content_hash not in {pack.content_hash for pack in packs if pack}


@pytest.mark.parametrize("shipped", sorted(SHIPPED.glob("*.yaml")), ids=lambda shipped: shipped.stem)
def test_a_pack_spelt_out_says_the_same(shipped: Path) -> None:
    """Short forms are written in full, and nothing else changes."""
    pack = built(spelt_out(shipped), {})

    assert pack is not None
    assert load_regulation(shipped).content_hash == pack.content_hash
