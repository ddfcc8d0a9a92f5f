"""Run the stories of a regulation: each on a cleared stage, through the real engine and on the pure timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from models import SHIPPED
from models.errors import RegulationError
from models.packs.load import load_regulation
from tasks.scenarios import pure
from tasks.scenarios.compare import Comparison
from tasks.scenarios.play import named, needs_calendar, play

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from models.language.regulation import Regulation
    from tasks.scenarios.play import Played
    from tasks.scenarios.scenario import Scenarios, Story
    from tasks.scenarios.stage import Stage


class Result(NamedTuple):
    """What came of one story; without failures it passed."""

    story: Story
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the engine says what the story says."""
        return not self.failures


def run(stage: Stage, scenarios: Scenarios, folder: Path = SHIPPED) -> Iterator[Result]:
    """Each story of the file, in its order; the pack lies in `folder`."""
    file = folder / f"{scenarios.regulation}.yaml"
    usual: Regulation | None = None
    for story in scenarios.stories:
        try:
            if story.settings or usual is None:
                pack = load_regulation(file, {scenarios.regulation: story.settings})
                usual = usual if story.settings else pack
            else:
                pack = usual
        except RegulationError as error:
            yield Result(story, (str(error),))
            continue
        yield Result(story, run_story(stage, pack, story))


def run_story(stage: Stage, pack: Regulation, story: Story) -> tuple[str, ...]:
    """The differences between what the story expects and what the engine says."""
    try:
        played = _played(stage, pack, story)
        compared = Comparison(pack, story, played, stage.calendar.zone)
        return (*compared.differences(), *pure.differences(pack, story, played, stage.calendar, compared))
    except Exception as error:  # noqa: BLE001 -- a story that breaks the engine is a failure like any other
        return (f"the engine broke: {type(error).__name__}: {error}",)


def is_told(stage: Stage, pack: Regulation, story: Story) -> bool:
    """Whether the engine says what the story says, without what is different; the pack need not lie in a file."""
    try:
        played = _played(stage, pack, story)
        return next(Comparison(pack, story, played, stage.calendar.zone).differences(), None) is None
    except Exception:  # noqa: BLE001 -- as above
        return False


def _played(stage: Stage, pack: Regulation, story: Story) -> Played:
    deployment = stage.deployment(pack, in_force=needs_calendar(pack, story))
    stage.clear(pack, named(pack, story), story.absent)
    return play(stage.engine, deployment, pack, story)
