"""The committed record of the coverage is about these packs and stories, and says what playing them says.

`make coverage` writes it. A pack that changed since is played anew here; of the others a few, others each time when
anything changes. The record does not see changes of the engine or the language: after those `make coverage` is to be
run whole.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from models import SHIPPED
from models.packs.cite import clauses
from tasks.scenarios.coverage import Covered, content, coverage, systems
from tasks.scenarios.stage import Stage

STORIES = Path(__file__).parent
RECORD: dict[str, dict[str, Any]] = json.loads((STORIES / "coverage.json").read_text(encoding="utf-8"))
CONTENTS = {name: content(name, STORIES) for name in systems() if (SHIPPED / f"{name}.yaml").is_file()}
CHANGED = [name for name, found in CONTENTS.items() if RECORD.get(name, {}).get("content") != found]
SAMPLE = 3


def sample() -> list[str]:
    """A few packs, drawn by all that packs and stories say."""
    seed = "".join(CONTENTS.values())
    return sorted(CONTENTS, key=lambda name: hashlib.sha256(f"{seed}{name}".encode()).hexdigest())[:SAMPLE]


@pytest.mark.parametrize("name", dict.fromkeys([*CHANGED, *sample()]))
def test_the_record_says_what_the_stories_say(name: str) -> None:
    """As many clauses carried out, waiting, nominal and waived, and the same survivors: else `make coverage`."""
    with Stage() as stage:
        found = coverage(stage, name, STORIES).recorded()

    assert {**RECORD.get(name, {}), "content": CONTENTS[name]} == found


def test_no_clause_is_left_out_of_the_record() -> None:
    """Every clause of every text is counted, and none is missing."""
    assert len(clauses()) == sum(one["clauses"] for one in RECORD.values())
    assert [] == [clause for one in RECORD.values() for clause in one.get(Covered.MISSING.value, ())]
