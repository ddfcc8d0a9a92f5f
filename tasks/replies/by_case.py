"""An answer by cases: which part of it is about which."""

from __future__ import annotations

import re
from typing import NamedTuple

from tasks.replies.grammar import GREETING, narrow
from tasks.replies.understanding import READ, Unclear, UnclearError


class Part(NamedTuple):
    """What is said about some cases; about none by its number where one verdict is meant for the mail."""

    cases: tuple[str, ...]
    text: str


def parts(text: str, numbers: tuple[str, ...]) -> list[Part]:
    """The answer by cases: a line begins with the numbers it is about, or ends with them; others go on with the last.

    UnclearError where a number stands in a place that could mean anything, or a case twice.
    """
    said = text[:READ].strip()
    if not numbers:
        return [Part((), said)]
    one = "|".join(re.escape(narrow(number)) for number in sorted(numbers, key=len, reverse=True))
    several = rf"(?:案件|编号|case|no\.?|#|№)?\s*(?:{one})(?:\s*(?:、|,|和|与|及|/|and|&)\s*(?:{one}))*"
    leading = re.compile(rf"\s*(?:\d{{1,2}}[.)、]\s+)?(?P<numbers>{several})(?![a-z0-9-])[\s:,、.。-]*")
    trailing = re.compile(rf"(?P<text>.*?[^a-z0-9-])(?P<numbers>{several})[\s.。!]*")
    number = re.compile(rf"(?<![a-z0-9-])(?:{one})(?![a-z0-9-])")
    exact = {narrow(given): given for given in numbers}
    found: list[Part] = []
    for line in said.splitlines():
        low = narrow(line)
        if begun := leading.match(low):
            told, rest = begun["numbers"], line[begun.end() :]
        elif (ended := trailing.fullmatch(low)) and not number.search(ended["text"]):
            told, rest = ended["numbers"], line[: ended.end("text")]
        elif not low.strip() or GREETING.fullmatch(low.strip()):
            continue
        elif found:
            found[-1] = found[-1]._replace(text=f"{found[-1].text}\n{line}")
            continue
        else:
            found.append(Part((), line))
            continue
        found.append(Part(tuple(exact[told_one] for told_one in number.findall(told)), rest.strip()))
    named = [case for part in found for case in part.cases]
    if len(set(named)) < len(named) or (len(found) > 1 and not found[0].cases):
        raise UnclearError(Unclear.WHICH)
    return found
