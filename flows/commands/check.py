"""`duban check`: whether regulations and directory are sound, and what the rules say in sentences."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from flows.commands.common import AsJson, clock, given_deployment, open_database
from flows.commands.exit_codes import DONE, REFUSED
from flows.commands.output import one_line, print_json, say, warn
from models.errors import RegulationError, StorageError, UsageError
from models.packs.load import Checked, catalogue, check_regulation, find_regulation, load_overrides
from models.packs.reference import reference
from models.packs.unset import Unset, unset
from models.store.database import reading
from models.wording.phrases import citation
from models.wording.sentences import sentences
from tasks.organisation.editions import edition_findings
from tasks.organisation.in_force import names_in_force
from tasks.organisation.inspection import directory_findings
from tasks.rulebook.page import write
from tasks.statements.schedule import schedule_findings

if TYPE_CHECKING:
    from models.language.regulation import Regulation
    from models.packs.load import Overrides
    from tasks.organisation.deployment import Deployment


class _Findings(NamedTuple):
    """All that a check found."""

    files: dict[Path, Checked]
    in_force: frozenset[str]
    """The regulations whose doubts and figures count: those in force, or the one that was named."""
    missing: tuple[str, ...]
    """Default regulations that are not there."""
    to_set: tuple[Unset, ...]
    warnings: tuple[str, ...]
    directory: tuple[str, ...] | None
    """None where it was not asked for."""

    @property
    def packs(self) -> dict[Path, Regulation]:
        """The regulations that are right."""
        right = ((path, one.regulation) for path, one in self.files.items() if not one.errors)
        return {path: pack for path, pack in right if pack is not None}

    @property
    def errors(self) -> list[RegulationError]:
        """Of every file."""
        return [error for one in self.files.values() for error in one.errors]

    @property
    def notices(self) -> list[RegulationError]:
        """Of the regulations that count."""
        counts = (one for one in self.files.values() if one.regulation and one.regulation.regulation in self.in_force)
        return [notice for one in counts for notice in one.notices]

    def status(self, *, strict: bool) -> int:
        """The exit code."""
        doubts = bool(self.to_set or self.notices or self.warnings or self.directory)
        return REFUSED if self.errors or self.missing or (strict and doubts) else DONE


def check(
    file: Annotated[
        str | None, typer.Argument(help="A regulation's file or name; without it all of them and the directory.")
    ] = None,
    language: Annotated[bool, typer.Option("--language", help="Print the reference of the rule language.")] = False,  # noqa: FBT002 -- a flag
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the regulation as a page, FILE.html and FILE.en.html.")
    ] = None,
    strict: Annotated[  # noqa: FBT002 -- a flag of the command line
        bool, typer.Option("--strict", help="Fail for figures that are not set, notices and warnings as well.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002 -- a flag of the command line
) -> int:
    """检查 Validate regulations and directory; print each rule as a sentence with its citation."""
    if language:
        say(reference())
        return DONE
    deployment = given_deployment()
    if out is not None and file is None:
        raise UsageError("--out writes one regulation: name it")
    found = _find(deployment, file)
    if as_json:
        print_json(_as_data(found))
        return found.status(strict=strict)
    _print_figures(found.to_set, deployment)
    for path, one in found.files.items():
        for error in one.errors:
            warn(f"duban: {error}")
        pack = found.packs.get(path)
        if pack is not None and out is None:
            _print_regulation(pack)
        elif pack is not None and out is not None:
            _write_page(pack, deployment, out)
    for name in found.missing:
        warn(f"duban: the default regulation {name} is not there: check DUBAN_REGULATION_COMPLAINT and _LOAN")
    for notice in found.notices:
        say(f"notice: {one_line(notice)}")
    for warning in (*found.warnings, *(found.directory or ())):
        say(f"warning: {one_line(warning)}")
    if found.directory is not None:
        many = len(found.directory)
        say(f"通讯录 directory: {f'{many} warnings' if many else 'no findings'}")
    return found.status(strict=strict)


def _find(deployment: Deployment, file: str | None) -> _Findings:
    """Read what is to be checked: one regulation, or all of them and the directory."""
    folders = deployment.regulations.folders
    if file is None:
        paths = list(catalogue(folders).values())
    else:
        paths = [Path(file) if os.path.isfile(file) else find_regulation(file, folders)]  # noqa: PTH113 -- False for any odd name
    overrides = load_overrides(deployment.settings.regulation_settings)
    files = {path: check_regulation(path, overrides) for path in paths}
    packs = {path: one.regulation for path, one in files.items() if one.regulation and not one.errors}
    in_force = frozenset(names_in_force(deployment) if file is None else (pack.regulation for pack in packs.values()))
    counted = [pack for pack in packs.values() if pack.regulation in in_force]
    missing: tuple[str, ...] = ()
    if file is None:
        settings = deployment.settings
        defaults = {settings.regulation_complaint, settings.regulation_loan}
        missing = tuple(sorted(defaults - {path.stem for path in paths}))
    return _Findings(
        files=files,
        in_force=in_force,
        missing=missing,
        to_set=tuple(
            figure
            for path, pack in packs.items()
            if pack.regulation in in_force
            for figure in unset(pack, files[path].raw)
        ),
        warnings=(
            *_editions(deployment, packs, overrides),
            *schedule_findings(deployment, counted, clock()),
        ),
        directory=_directory(deployment, list(packs.values())) if file is None else None,
    )


def _editions(deployment: Deployment, packs: dict[Path, Regulation], overrides: Overrides) -> list[str]:
    """Regulations that changed without a new version, where there is a database to ask."""
    try:
        with reading(open_database(deployment)) as connection:
            return list(edition_findings(connection, packs.items(), overrides))
    except StorageError:
        return []  # nothing is on record


def _directory(deployment: Deployment, packs: list[Regulation]) -> tuple[str, ...]:
    """What may be wrong with the directory, where there is a database to ask."""
    try:
        with reading(open_database(deployment)) as connection:
            return tuple(directory_findings(connection, deployment, packs, names_in_force(deployment)))
    except StorageError as error:
        return (str(error),)


# -- what is shown -----------------------------------------------------------------------------------------------------


def _print_figures(figures: tuple[Unset, ...], deployment: Deployment) -> None:
    """What the deployment has to set, each with the line to write; nothing when it has set everything."""
    if not figures:
        return
    where = deployment.settings.regulation_settings or "DUBAN_REGULATION_SETTINGS"
    number = f"{len(figures)} figure{'s' if len(figures) > 1 else ''}"
    say(f"待设定 {len(figures)} 项，写入 {where} / {number} to set in {where}:")
    for one in figures:
        about = f" [{', '.join(one.clauses)}]" if one.clauses else ""
        say(f"  {one.line}  # {one_line(one.note)}{about}")
    say()


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


def _as_data(found: _Findings) -> dict[str, Any]:
    """The same for a program."""
    return {
        "figures": [{**one._asdict(), "line": one.line} for one in found.to_set],
        "errors": [_placed(error) for error in found.errors],
        "notices": [_placed(notice) for notice in found.notices],
        "warnings": [*found.warnings, *(found.directory or ())],
        "missing": list(found.missing),
        "regulations": [
            {
                "regulation": pack.regulation,
                "version": pack.version,
                "content_hash": pack.content_hash,
                "sentences": [
                    {"id": name, "zh": zh, "en": en}
                    for (name, zh), (_, en) in zip(sentences(pack, "zh"), sentences(pack, "en"), strict=True)
                ],
            }
            for pack in found.packs.values()
        ],
    }


def _placed(error: RegulationError) -> dict[str, Any]:
    return {"file": error.file, "line": error.line, "rule": error.rule, "problem": error.problem}
