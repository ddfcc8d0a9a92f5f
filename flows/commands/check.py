"""`duban check`: whether regulations and directory are sound, and what the rules say in sentences."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.common import clock, given_deployment, open_database
from flows.commands.exit_codes import DONE, REFUSED
from flows.commands.output import one_line, say, warn
from models.errors import RegulationError, StorageError, UsageError
from models.packs.load import catalogue, find_regulation, load_overrides, load_regulation
from models.packs.reference import reference
from models.store.database import reading
from models.wording.phrases import citation
from models.wording.sentences import sentences
from tasks.organisation.editions import edition_findings
from tasks.organisation.in_force import names_in_force
from tasks.organisation.inspection import directory_findings
from tasks.rulebook.page import write

if TYPE_CHECKING:
    from models.language.regulation import Regulation
    from models.packs.load import Overrides
    from tasks.organisation.deployment import Deployment


def check(
    file: Annotated[
        str | None, typer.Argument(help="A regulation's file or name; without it all of them and the directory.")
    ] = None,
    language: Annotated[bool, typer.Option("--language", help="Print the reference of the rule language.")] = False,  # noqa: FBT002 -- a flag
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the regulation as a page, FILE.html and FILE.en.html.")
    ] = None,
) -> int:
    """检查 Validate regulations and directory; print each rule as a sentence with its citation."""
    if language:
        say(reference())
        return DONE
    deployment = given_deployment()
    if out is not None and file is None:
        raise UsageError("--out writes one regulation: name it")
    if file is None:
        paths = list(catalogue(deployment.regulations.folders).values())
    else:
        paths = [Path(file) if Path(file).is_file() else find_regulation(file, deployment.regulations.folders)]
    overrides = load_overrides(deployment.settings.regulation_settings)
    packs: dict[Path, Regulation] = {}
    wrong = 0
    for path in paths:
        try:
            pack = load_regulation(path, overrides)
        except RegulationError as error:
            warn(f"duban: {error}")
            wrong += 1
            continue
        if out is None:
            _print_regulation(pack)
        else:
            _write_page(pack, deployment, out)
        packs[path] = pack
    _print_editions(deployment, packs, overrides)
    if file is None:
        for name in {deployment.settings.regulation_complaint, deployment.settings.regulation_loan} - {
            path.stem for path in paths
        }:
            warn(f"duban: the default regulation {name} is not there: check DUBAN_REGULATION_COMPLAINT and _LOAN")
            wrong += 1
        _print_directory(deployment, list(packs.values()))
    return REFUSED if wrong else DONE


def _print_regulation(pack: Regulation) -> None:
    """All that it says, each part in one Chinese and one English sentence with its citation."""
    say(f"{pack.title.zh} / {pack.title.en} ({pack.regulation} v{pack.version}, {pack.content_hash[:12]})")
    for (name, zh), (_, en) in zip(sentences(pack, "zh"), sentences(pack, "en"), strict=True):
        rule = pack.rule(name)
        say(f"  {name} [{one_line(citation(rule.cite, 'en'))}]" if rule else f"  {name}")
        say(f"    {one_line(zh)}")
        say(f"    {one_line(en)}")
    for name, setting in pack.open_settings.items():
        clauses = f" [{', '.join(setting.clauses)}]" if setting.clauses else ""
        say(f"  未设定 not set: {name}{clauses}: {one_line(setting.note)}")
    say()


def _write_page(pack: Regulation, deployment: Deployment, out: Path) -> None:
    """The regulation to read and print, in both languages."""
    try:
        for file in write(pack, deployment.calendar, out, clock()):
            say(str(file))
    except OSError as error:
        raise UsageError(f"{out} cannot be written ({error.strerror}): name another file with --out") from error


def _print_editions(deployment: Deployment, packs: dict[Path, Regulation], overrides: Overrides) -> None:
    """Warnings about regulations that changed without a new version, where there is a database to ask."""
    try:
        with reading(open_database(deployment)) as connection:
            findings = list(edition_findings(connection, packs.items(), overrides))
    except StorageError:
        return  # nothing is on record
    for finding in findings:
        say(f"warning: {one_line(finding)}")


def _print_directory(deployment: Deployment, packs: list[Regulation]) -> None:
    """Warnings about the directory, where there is a database to ask."""
    in_force = names_in_force(deployment)
    try:
        with reading(open_database(deployment)) as connection:
            findings = list(directory_findings(connection, deployment, packs, in_force))
    except StorageError as error:
        findings = [str(error)]
    for finding in findings:
        say(f"warning: {one_line(finding)}")
    say(f"通讯录 directory: {f'{len(findings)} warnings' if findings else 'no findings'}")
