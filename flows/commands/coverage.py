"""`duban coverage`: which clauses of the written regulations the packs carry out, shown by playing their stories."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.common import AsJson  # noqa: TC001 -- typer reads the annotation
from flows.commands.exit_codes import DONE, REFUSED
from flows.commands.output import one_line, print_json, say, warn
from models.errors import UsageError
from tasks.scenarios.coverage import Covered, systems
from tasks.scenarios.coverage import coverage as covered
from tasks.scenarios.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tasks.scenarios.coverage import RegulationCoverage

STORIES = Path(__file__).resolve().parents[2] / "tests" / "stories"


def coverage(
    regulation: Annotated[str | None, typer.Argument(help="One regulation; without it all of them.")] = None,
    stories: Annotated[Path, typer.Option("--stories", help="The folder with the stories.")] = STORIES,
    as_json: AsJson = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """覆盖率 Play the stories of each regulation and say which of its clauses they show."""
    if not stories.is_dir():
        raise UsageError(f"there are no stories in {stories}: name their folder with --stories")
    found = []
    with Stage() as stage:
        for name in [regulation] if regulation else systems():
            one = covered(stage, name, stories)
            found.append(one)
            if not as_json:
                _print(one, whole=regulation is not None)
    if as_json:
        print_json([_plain(one) for one in found])
    elif regulation is None:
        _print_total(found)
    return DONE if all(one.is_whole for one in found) else REFUSED


def _print(one: RegulationCoverage, *, whole: bool) -> None:
    """A line with the counts, and one for each clause that is not shown (or for each, when asked for one pack)."""
    say(f"{one.regulation}: {_counts([one])}, {one.stories} stories")
    for item in one.clauses:
        if whole or item.state.value == "missing":
            parts = f" [{', '.join(item.parts)}]" if item.parts else ""
            say(f"  {item.state.value:8} {item.clause.id}{parts} {one_line(item.why)}".rstrip())
    for result in one.failed:
        warn(f"duban: {one.regulation}: the story “{result.story.name}” fails: {'; '.join(result.failures)}")


def _print_total(found: list[RegulationCoverage]) -> None:
    say(f"{len(found)} regulations: {_counts(found)}")


def _counts(found: Iterable[RegulationCoverage]) -> str:
    regulations = list(found)
    total = sum(len(one.clauses) for one in regulations)
    counts = ", ".join(f"{sum(one.count(state) for one in regulations)} {state.value}" for state in Covered)
    return f"{total} clauses, {counts}"


def _plain(one: RegulationCoverage) -> dict[str, object]:
    return {
        "regulation": one.regulation,
        **{state.value: one.count(state) for state in Covered},
        "stories": one.stories,
        "failed": [{"story": result.story.name, "differences": list(result.failures)} for result in one.failed],
        "clauses": [
            {
                "clause": item.clause.id,
                "state": item.state.value,
                "parts": list(item.parts),
                "stories": list(item.stories),
                "why": item.why,
            }
            for item in one.clauses
        ],
    }
