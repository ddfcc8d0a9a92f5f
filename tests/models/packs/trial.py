"""A small good pack, and what changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
GOOD = """\
regulation: trial
version: 1
kind: complaint
title: {zh: 试行, en: Trial}
description: {zh: 试行, en: A trial.}
levels:
  minor: {zh: 一般, en: minor}
  grave: {zh: 严重, en: grave}
roles:
  clerk: {zh: 办事员, en: clerk, above: chief}
  chief: {zh: 主管, en: chief, above: operations}
settings:
  grace: {value: PT10M, note: not in the text}
rounds:
  next: {event: second_contact, where: {satisfaction: dissatisfied}}
  at_most: 2
  unless: {level: grave}
pauses:
  - {start: paused, stop: resumed, rules: call}
gates:
  - id: reopenings
    cite: {article: 第三条}
    title: {zh: 最多重开一次, en: Reopened once at most}
    guards: reopened
    counts: events
    at_most: 1
    flag: chief
rules:
  - id: call
    cite: {article: 第一条}
    title: {zh: 回电, en: Call}
    start: registered
    stop: first_contact
    within: PT60M
    responsible: clerk
    remind: [-PT20M, -PT5M]
    escalate:
      - {after: PT0S, to: clerk}
      - {after: $grace, to: [clerk, chief]}
    penalty: {amount: {minor: 10, grave: 20}, charged_to: department}
    give_up: {after_attempts: 3, at_most: 5}
  - id: answer
    cite: {article: 第二条}
    title: {zh: 答复, en: Answer}
    start: first_contact
    stop: result_returned
    within:
      - {by: level, table: {minor: P5D, grave: P2D}}
    responsible: clerk
    remind: [-P1D]
    escalate:
      - {after: P0D, to: clerk}
      - {after: P1D, to: chief}
"""


def write(folder: Path, text: str, name: str = "trial.yaml") -> Path:
    """A rule pack on disk."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def changed(old: str, new: str) -> tuple[str, int]:
    """The good pack with one thing changed, and the line of the change."""
    assert GOOD.count(old) >= 1, old
    begin = GOOD.index(old)
    return GOOD[:begin] + new + GOOD[begin + len(old) :], GOOD[:begin].count("\n") + 1


def line_of(text: str, part: str) -> int:
    """The line in which that stands first."""
    return text[: text.index(part)].count("\n") + 1
