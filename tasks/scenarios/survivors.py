"""Which mutants of a pack its stories do not notice: where a clause is carried out in name only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasks.scenarios.mutants import built, mutants
from tasks.scenarios.run import is_told

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from models.packs.cite import Provision
    from tasks.scenarios.mutants import Mutant
    from tasks.scenarios.scenario import Story
    from tasks.scenarios.stage import Stage


def survivors(
    stage: Stage, raw: dict[str, Any], part: Provision, clauses: Collection[str], stories: Iterable[Story]
) -> Iterator[Mutant]:
    """The mutants of a part that no story notices which names one of the `clauses`; `raw` is the pack, spelt out.

    None where no story names them at all: that is said of the clause. The stories have to pass on the pack as it is;
    those about fewer clauses come first, and whichever noticed the last mutant before all others.
    """
    telling = sorted(
        (story for story in stories if not set(story.clauses).isdisjoint(clauses)),
        key=lambda story: (part.name not in story.expect.rules, len(story.clauses)),
    )
    for mutant in mutants(raw, part) if telling else ():
        noticing = next((story for story in telling if not _passes(stage, mutant, story)), None)
        if noticing is None:
            yield mutant
        else:
            telling.remove(noticing)
            telling.insert(0, noticing)


def _passes(stage: Stage, mutant: Mutant, story: Story) -> bool:
    """Whether the story says the same of the mutant."""
    pack = built(mutant.raw, story.settings)
    return pack is None or is_told(stage, pack, story)
