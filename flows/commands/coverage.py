"""`duban coverage`: which clauses of the written regulations the packs carry out, shown by stories and mutants."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.common import AsJson  # noqa: TC001 -- typer reads the annotation
from flows.commands.exit_codes import DONE, REFUSED
from flows.commands.output import one_line, print_json, say, warn
from models.errors import UsageError
from tasks.scenarios.coverage import Covered, coverages, systems

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tasks.scenarios.coverage import RegulationCoverage

STORIES = Path(__file__).resolve().parents[2] / "tests" / "stories"


def coverage(
    regulations: Annotated[list[str] | None, typer.Argument(help="Regulations; without any all of them.")] = None,
    stories: Annotated[Path, typer.Option("--stories", help="The folder with the stories.")] = STORIES,
    record: Annotated[
        Path | None, typer.Option("--record", help="Keep the result in this file, by regulation.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """覆盖率 Play the stories of each regulation, also on packs that say something else, and count its clauses."""
    if not stories.is_dir():
        raise UsageError(f"there are no stories in {stories}: name their folder with --stories")
    names = list(dict.fromkeys(regulations or systems()))
    if unknown := [name for name in names if name not in systems()]:
        raise UsageError(f"the clause list knows no regulation {unknown[0]!r}: one of {', '.join(systems())}")
    found = []
    for one in coverages(names, stories):
        found.append(one)
        if not as_json:
            _print(one, whole=bool(regulations))
        if record is not None:
            _keep(one, record)
    if as_json:
        print_json([_plain(one) for one in found])
    elif len(found) > 1:
        say(f"{len(found)} regulations: {_counts(found)}")
    return DONE if all(one.is_whole for one in found) else REFUSED


def _print(one: RegulationCoverage, *, whole: bool) -> None:
    """The counts, each clause that is not carried out (or each, when asked for by name), and the surviving mutants."""
    say(f"{one.regulation}: {_counts([one])}, {one.stories} stories")
    for item in one.clauses:
        if whole or item.state in (Covered.MISSING, Covered.NOMINAL):
            parts = f" [{', '.join(item.parts)}]" if item.parts else ""
            say(f"  {item.state.value:11} {item.clause.id}{parts} {one_line(item.why)}".rstrip())
    for mutant in one.survivors:
        say(f"  survives    {one_line(mutant)}")
    for result in one.failed:
        warn(f"duban: {one.regulation}: the story “{result.story.name}” fails: {'; '.join(result.failures)}")


def _counts(found: Iterable[RegulationCoverage]) -> str:
    regulations = list(found)
    total = sum(len(one.clauses) for one in regulations)
    counts = ", ".join(f"{sum(one.count(state) for one in regulations)} {state.value}" for state in Covered)
    return f"{total} clauses, {counts}"


def _plain(one: RegulationCoverage) -> dict[str, object]:
    return {
        "regulation": one.regulation,
        "content": one.content,
        **{state.value.replace(" ", "_"): one.count(state) for state in Covered},
        "stories": one.stories,
        "failed": [{"story": result.story.name, "differences": list(result.failures)} for result in one.failed],
        "survivors": list(one.survivors),
        "clauses": [
            {
                "clause": item.clause.id,
                "state": item.state.value.replace(" ", "_"),
                "parts": list(item.parts),
                "stories": list(item.stories),
                "survivors": list(item.survivors),
                "why": item.why,
            }
            for item in one.clauses
        ],
    }


def _keep(one: RegulationCoverage, file: Path) -> None:
    """Put the result of one regulation in the place of what the file has of it."""
    known = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    known[one.regulation] = one.recorded()
    file.write_text(json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
