"""Hostile regulations and settings: texts that would unfold without end, and values that no rule can mean."""

from __future__ import annotations

from tests.models.packs.trial import GOOD


def _laughs(levels: int, width: int = 9) -> str:
    lines = ["a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join(lines) + "\n"


def _merges(levels: int) -> str:
    lines = ["m0: &m0 {x0: 1}"]
    lines += [f"m{n}: &m{n} {{<<: [*m{n - 1}, *m{n - 1}], x{n}: 1}}" for n in range(1, levels)]
    return "\n".join(lines) + "\n"


TEXTS: dict[str, bytes] = {
    "empty": b"",
    "a scalar": b"1\n",
    "a list": b"[1, 2]\n",
    "null": b"~\n",
    "several documents": b"a: 1\n---\nb: 2\n",
    "aliases that multiply": _laughs(12).encode(),
    "aliases that multiply in the pack": (GOOD + _laughs(12)).encode(),
    "merges that multiply": _merges(40).encode(),
    "an alias of itself": b"a: &a [*a]\n",
    "a mapping that holds itself": b"regulation: &r {x: *r}\n",
    "an unknown alias": b"a: *b\n",
    "deep brackets": b"[" * 100_000,
    "deep brackets that close": b"[" * 5_000 + b"]" * 5_000,
    "deep braces": b"{a: " * 50_000,
    "deep lists": b"- " * 50_000 + b"x",
    "deep indentation": "".join(" " * n + "a:\n" for n in range(900)).encode(),
    "a million entries": b"a: [" + b"1," * 400_000 + b"]\n",
    "a large file": b"# " + b"x" * 3_000_000 + b"\n",
    "an integer of a million digits": b"version: " + b"9" * 1_000_000 + b"\n",
    "an integer of five thousand digits": b"version: " + b"9" * 5_000 + b"\n",
    "an integer of sixty parts": b"version: 1" + b":59" * 300_000 + b"\n",
    "a hexadecimal number": b"version: 0x" + b"f" * 400_000 + b"\n",
    "a float of many digits": b"version: 1." + b"0" * 400_000 + b"\n",
    "a float beyond all": b"version: 1e999999999\n",
    "a tag of Python": b"!!python/object/apply:os.system ['true']\n",
    "a tag of an integer": b"a: !!int foo\n",
    "a tag of an empty integer": b'a: !!int ""\n',
    "a tag of a timestamp": b"a: !!timestamp foo\n",
    "a tag of a truth": b"a: !!bool foo\n",
    "a tag of binary": b"a: !!binary //\n",
    "a tag of a set": b"!!set {a, b}\n",
    "a tag of an ordered map": b"!!omap [a: 1]\n",
    "a tag of nobody": b"!unknown {a: 1}\n",
    "an impossible date": b"a: 2026-13-45\n",
    "a date with a far zone": b"a: 2026-01-01 00:00:00 +99:99\n",
    "no UTF-8": "title: 制度\n".encode("gb18030"),
    "UTF-16": "title: 制度\n".encode("utf-16"),
    "NUL bytes": b"a: \0\n",
    "control characters": b"a: \x1b[2J\n",
    "a tab as indentation": b"a:\n\tb: 1\n",
    "a quote that never closes": b'a: "' + b"x" * 100_000,
    "a list as key": b"? [a, b]\n: 1\n",
    "a mapping as key": b"? {a: b}\n: 1\n",
    "keys that are no text": b"1: a\n2026-01-01: b\nnull: c\ntrue: d\n",
    "a key twice": (GOOD + "version: 1\nversion: 2\n").encode(),
    "a directive": b"%YAML 9.9\n---\na: 1\n",
    "a ZIP": b"PK\x03\x04" + bytes(range(256)),
    "random bytes": bytes(range(256)) * 100,
}
"""Whole files."""

NUMBERS = (
    "{serial:0999999999d}",
    "{serial:999999999}",
    "{serial!r:>999999999}",
    "{serial.__class__}",
    "{serial[0]}",
    "{serial:{serial}}",
    "{0}{serial}",
    "{}",
    "{serial",
    "{serial:03x}",
    "{serial:,}",
    "{serial:%}",
    "{serial:09999999d}",
    "\u202e{serial}",
    "a\nb{serial}",
    "<b>{serial}",
    "x" * 100 + "{serial}",
    "{mm}",
    "",
    "{serial:.999999999f}",
)
"""Patterns of numbers that are refused."""

DURATIONS = (
    "PT99999999999M",
    "P9999999D",
    "P99999Y",
    "P" + "9" * 5_000 + "D",
    "PT" + "9" * 500_000 + "H",
    "P1.5D",
    "P-1D",
    "P1DT1H",
    "PT",
    "P",
    "",
    "-P",
    "R/P1D",
    "P1W2D",
    "* * * * *",
    "every day",
    "1 day",
    "PT1H1WH",
    "P１D",
    "10000000",
    "P0X",
)
"""Lengths of time that are refused."""

VALUES = (
    "null",
    "[]",
    "{}",
    "true",
    "-1",
    "0",
    "999999999999999",
    "99999999999999999999",
    "1e308",
    ".nan",
    ".inf",
    '""',
    '"\\0"',
    '"\\u202e"',
    "2026-11-01",
    "$none",
    "$",
    "[[[]]]",
    "{a: {b: {c: d}}}",
    "P0D",
    "-P1D",
    "PT1S",
    "~",
    "*",
)
"""What is put in the place of every key's value."""
