"""What holds for every shipped regulation."""

from __future__ import annotations

import csv
import json
import re

import pytest

from models import SHIPPED
from models.language.regulation import Regulation
from tests.models.packs.played import PACKS

OWN = {"standard-complaints": "complaint", "standard-loans": "loan", "statement-review": "statement"}
"""What Duban ships beside the regulations of the sources, with the kind of their cases."""


def test_every_regulation_of_the_sources_ships() -> None:
    """One pack for each system of the clause list, and the three of Duban's own; each under its own name."""
    with (SHIPPED / "clauses.csv").open(encoding="utf-8", newline="") as file:
        systems = {row["system_id"] for row in csv.DictReader(file)}

    assert systems | OWN.keys() == PACKS.keys()
    assert OWN == {name: PACKS[name].kind for name in OWN}
    assert all(name == pack.regulation for name, pack in PACKS.items())


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_everything_cites(pack: Regulation) -> None:
    """Everything names an article and lines, clause ids of the usual form, and has words in both languages.

    A duty of the text that has no row in the clause list names no clause.
    """
    cites = [part.cite for part in (*pack.rules, *pack.gates, *pack.pauses)]
    cites += [pack.rounds.cite] if pack.rounds.next else []
    clauses = [clause for cite in cites if cite for clause in cite.clauses]
    clauses += [clause for setting in pack.settings.values() for clause in setting.clauses]

    assert all(cite and cite.article and cite.source and cite.lines for cite in cites)
    assert all(setting.note for setting in pack.settings.values())
    assert all(re.fullmatch(r"[a-z0-9-]+:\d{2}", clause) for clause in clauses)
    assert all(rule.title.zh and rule.title.en and rule.do for rule in pack.rules)


@pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)
def test_a_stored_body_is_read_back_as_it_was(pack: Regulation) -> None:
    """What a case is pinned to is the same content; a body of before that lists its settings in another order, too."""
    body = pack.model_dump(mode="json", by_alias=True)
    body["settings"] = dict(reversed(body["settings"].items()))

    stored = Regulation.model_validate(json.loads(json.dumps(body)))

    assert pack == stored
    assert pack.content_hash == stored.content_hash


def test_the_workshop_pack_covers_its_clauses() -> None:
    """Clauses 01 to 21 of the workshop are each cited by something that acts on them."""
    pack = PACKS["workshop-complaints"]
    cites = [part.cite for part in (*pack.rules, *pack.pauses, pack.rounds)]

    covered = {clause for cite in cites if cite for clause in cite.clauses}

    assert {f"workshop-complaints:{number:02d}" for number in range(1, 22)} == covered
