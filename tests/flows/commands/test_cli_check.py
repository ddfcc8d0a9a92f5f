"""`duban check`: each rule in two languages, errors with file, line and rule, warnings about the directory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from flows.commands.app import main
from models.store.database import open_engine, writing
from models.store.schema import metadata, people, person_roles

if TYPE_CHECKING:
    from pathlib import Path

PACK = """\
regulation: {name}
version: 1
kind: complaint
title: {{zh: 小制度, en: Small rules}}
description: {{zh: 试验, en: for a trial}}
roles:
  desk: {{zh: 前台, en: desk, above: operations}}
rules:
  - id: call-back
    cite: {{article: 第一条}}
    title: {{zh: 回电, en: Call back}}
    start: registered
    stop: first_contact
    within: PT1H
    responsible: {responsible}
"""


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each test has a deployment of its own."""
    for name in ("DUBAN_DATABASE_URL", "DUBAN_OPERATIONS_EMAIL", "DUBAN_REGULATIONS_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DUBAN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def test_a_regulation_reads_in_both_languages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each rule is one Chinese and one English sentence under its id and citation."""
    file = tmp_path / "small.yaml"
    file.write_text(PACK.format(name="small", responsible="desk"), encoding="utf-8")

    status = main(["check", str(file)])
    lines = capsys.readouterr().out.splitlines()

    assert 0 == status
    assert lines[0].startswith("小制度 / Small rules (small v1, ")
    assert "  call-back [第一条]" == lines[1]
    assert "前台" in lines[2]
    assert "desk" in lines[3]


def test_an_error_names_file_line_and_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong regulation is exit code 1 and one line: file, line, rule, problem."""
    file = tmp_path / "small.yaml"
    file.write_text(PACK.format(name="small", responsible="nobody"), encoding="utf-8")

    status = main(["check", str(file)])
    captured = capsys.readouterr()

    assert (1, "") == (status, captured.out)
    assert captured.err.startswith(f"duban: {file}:15: rule call-back: unknown role 'nobody'")
    assert 1 == captured.err.count("\n")


def test_a_shipped_regulation_is_checked_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    """The name of a pack is as good as its file."""
    assert 0 == main(["check", "standard-loans"])
    assert "(standard-loans v1, " in capsys.readouterr().out


def test_everything_is_checked_without_a_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a name every shipped and every own pack is read; a wrong one does not hide the others."""
    own = tmp_path / "home" / "regulations"
    own.mkdir(parents=True)
    (own / "broken.yaml").write_text(PACK.format(name="broken", responsible="nobody"), encoding="utf-8")
    (own / "small.yaml").write_text(PACK.format(name="small", responsible="desk"), encoding="utf-8")

    status = main(["check"])
    captured = capsys.readouterr()

    assert 1 == status
    assert "broken.yaml:15: rule call-back" in captured.err
    for name in ("small", "standard-complaints", "standard-loans"):
        assert f"({name} v1, " in captured.out
    assert "duban init" in captured.out


def test_a_pack_that_changed_without_a_new_version_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is on record under the same version says something else; figures of the deployment are no such change."""
    own = tmp_path / "home" / "regulations"
    own.mkdir(parents=True)
    file = own / "small.yaml"
    text = PACK.format(name="small", responsible="desk").replace("PT1H", "{value: PT1H, open: no figure}")
    file.write_text(text, encoding="utf-8")
    figures = tmp_path / "figures.yaml"
    figures.write_text("small: {call-back-within: PT3H}\n", encoding="utf-8")
    assert 0 == main(["init"])

    def warnings(changed: str) -> list[str]:
        file.write_text(changed, encoding="utf-8")
        capsys.readouterr()
        assert 0 == main(["check", "small"])
        return [line for line in capsys.readouterr().out.splitlines() if line.startswith("warning")]

    changed = text.replace("value: PT1H", "value: PT2H")
    told = "warning: small.yaml says something else than what is on record as version 1 of small: raise `version` to 2"
    assert [] == warnings(text + "# a comment\n")
    assert [told] == warnings(changed)
    assert [] == warnings(changed.replace("version: 1", "version: 2"))
    monkeypatch.setenv("DUBAN_REGULATION_SETTINGS", str(figures))
    assert [] == warnings(text)
    assert [told] == warnings(text.replace("first_contact", "closed"))


def test_a_missing_default_is_an_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A default regulation that does not exist would stop every intake: exit code 1."""
    monkeypatch.setenv("DUBAN_REGULATION_COMPLAINT", "gone")

    assert 1 == main(["check"])
    assert "gone" in capsys.readouterr().err


def test_holes_in_the_directory_are_warnings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Unfilled roles, departments without manager, lost deputies and bad addresses are told; none is an error."""
    engine = open_engine(f"sqlite:///{tmp_path / 'home' / 'duban.db'}")
    metadata.create_all(engine)
    with writing(engine) as connection:
        for key, name, email, department, deputy, role in (
            (1, "王", "wang@example.com", "机修部", None, "department_manager"),
            (2, "李", "li@example.com", "客服部", "gone@example.com", "service_manager"),
            (3, "钱", "nowhere", "客服部", None, "general_manager"),
        ):
            person = {"id": key, "name": name, "email": email, "department": department, "deputy": deputy}
            connection.execute(people.insert().values(person))
            connection.execute(person_roles.insert().values(person_id=key, role=role))

    status = main(["check"])
    out = capsys.readouterr().out
    warnings = [line.removeprefix("warning: ") for line in out.splitlines() if line.startswith("warning: ")]

    assert 0 == status
    assert "李: the deputy gone@example.com is not in the directory" in warnings
    assert "钱: 'nowhere' is no usable e-mail address" in warnings
    assert "客服部 has no department_manager: the next level up is told instead" in warnings
    assert any(
        warning.startswith("nobody has the role revisit_specialist (standard-complaints)") for warning in warnings
    )
    assert not any("shift_leader" in warning for warning in warnings), "a pack that is not in force asks for nobody"
    assert any("DUBAN_OPERATIONS_EMAIL" in warning for warning in warnings)


def test_titles_in_the_directory_are_roles_by_what_the_packs_call_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A title of a pack in force asks for another import, a slip is named with what it looks like."""
    engine = open_engine(f"sqlite:///{tmp_path / 'home' / 'duban.db'}")
    metadata.create_all(engine)
    with writing(engine) as connection:
        for key, (name, title) in enumerate((("王", "被投诉部门经理"), ("李", "general_manger"), ("钱", "司机")), 1):
            connection.execute(people.insert().values(id=key, name=name, email=f"{key}@example.com", department="x"))
            connection.execute(person_roles.insert().values(person_id=key, role=title))

    main(["check"])
    out = capsys.readouterr().out

    assert "warning: general_manger (李) is no role of a regulation (did you mean `general_manager`" in out
    assert "warning: 司机 (钱) is no role of a regulation" in out


BROKEN = """\
regulation: broken
kind: complaint
title: {zh: 小制度, en: Small rules}
description: {zh: 试验, en: for a trial}
roles:
  desk: {zh: 前台, en: desk, above: operations}
duties:
  - id: table
    cite: {article: 第二条}
    title: {zh: 报表, en: Table}
    every: month
    holiday: nxt
    responsible: dsk
rules:
  - id: call-back
    cite: {article: 第一条}
    title: {zh: 回电, en: Call back}
    strat: registered
    start: registred
    stop: first_contact
    within: PT1H
    responsible: desk
  - id: answer
    cite: {article: 第一条}
    title: {zh: 回电, en: Call back}
    start: registered
    stop: closed
    within: {due_of: call-bak}
    responsible: desks
"""


def test_everything_wrong_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Unknown keys, values, events, rules and roles, each on one line with what may have been meant."""
    file = tmp_path / "broken.yaml"
    file.write_text(BROKEN, encoding="utf-8")

    assert 1 == main(["check", str(file)])
    lines = capsys.readouterr().err.splitlines()

    assert all(line.startswith(f"duban: {file}:") for line in lines)
    told = "\n".join(lines)
    for line, said in (
        (12, "rule table: duties.holiday: Input should be 'next', 'previous', 'skip' or 'keep' (did you mean `next`?)"),
        (18, "rule call-back: rules.strat: unknown key (did you mean `start`?)"),
        (28, "rule answer: unknown rule 'call-bak': use call-back"),
        (29, "rule answer: unknown role 'desks' (did you mean `desk`?): the roles are desk, operations"),
    ):
        assert f"{file}:{line}: {said}" in told
    assert 4 == len(lines), "what follows from a part that is wrong already is not told"


UNSET = """
settings:
  night: {value: null, note: the hours are missing in the text, clauses: ["small:01"]}
duties:
  - {id: round, cite: {article: 第三条}, title: {zh: 巡查, en: Round}, every: day, at: $night, responsible: desk}
"""


def test_figures_to_set_come_first_each_with_the_line_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An example of the right kind, which the file of figures takes; only `--strict` fails for them."""
    file = tmp_path / "small.yaml"
    file.write_text(PACK.format(name="small", responsible="desk") + UNSET, encoding="utf-8")
    figures = tmp_path / "figures.yaml"

    assert 0 == main(["check", str(file)])
    first, second = capsys.readouterr().out.splitlines()[:2]
    assert first.endswith("1 figure to set in DUBAN_REGULATION_SETTINGS:")
    assert '  small: {night: "17:00"}  # the hours are missing in the text [small:01]' == second
    assert 1 == main(["check", str(file), "--strict"])

    figures.write_text(second.strip(), encoding="utf-8")
    monkeypatch.setenv("DUBAN_REGULATION_SETTINGS", str(figures))
    capsys.readouterr()
    assert 0 == main(["check", str(file), "--strict"])
    assert capsys.readouterr().out.startswith("小制度")


DOUBTFUL = """
approvals:
  - id: consent
    cite: {article: 第四条}
    title: {zh: 同意, en: Consent}
    request: postponement_requested
    by: desk
    approve: postponement_approved
    refuse: postponement_refused
  - id: sign
    cite: {article: 第四条}
    title: {zh: 签字, en: Signature}
    request: revisited
    by: desk
    approve: signed
    refuse: unsigned
events:
  signed: {zh: 已签字, en: signed}
  unsigned: {zh: 未签字, en: not signed}
duties:
  - {id: round, cite: {article: 第三条}, title: {zh: 巡查, en: Round}, every: week, lead: P10D, responsible: desk}
"""


def test_what_is_doubtful_is_a_notice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Approvals that nothing depends on, values that look like slips, leads that overlap: told, and no error."""
    file = tmp_path / "small.yaml"
    text = PACK.format(name="small", responsible="desk")
    rule = text[text.index("  - id: call-back") :]
    for number, (grade, channel, stop) in enumerate(
        (("urgent", "phone", "closed"), ("urgent", "phone", "revisited"), ("urgnt", "fone", "follow_up")), 1
    ):
        when = f"    when: {{grade: {grade}, slip: inside, channel: {channel}}}\n    stop: {stop}"
        text += rule.replace("call-back", f"call-{number}").replace("    stop: first_contact", when)
    text += rule.replace("call-back", "call-4").replace(
        "start: registered", "start: {event: registered, where: {slip: inside}}"
    )
    file.write_text(text + DOUBTFUL, encoding="utf-8")

    status = main(["check", str(file)])
    captured = capsys.readouterr()
    notices = [line.split(": ", 2)[2] for line in captured.out.splitlines() if line.startswith("notice: ")]

    assert 0 == status, captured.err
    assert [
        "rule sign: nothing depends on this approval: give `guards`, or use signed in a rule, gate or pause",
        "rule call-3: grade: nothing else asks for 'urgnt' (did you mean `urgent`?)",
        "rule call-3: channel: nothing else asks for 'fone' (did you mean `phone`?)",
        "rule round: P10D before it is due the one before it is still open: make `lead` shorter than the week",
        "rule call-4: the fields given with 'registered' are the case's: ask for them with `when`",
    ] == notices


def test_the_check_as_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` has errors, notices, figures and sentences."""
    file = tmp_path / "broken.yaml"
    file.write_text(BROKEN, encoding="utf-8")
    assert 1 == main(["check", str(file), "--json"])
    errors = json.loads(capsys.readouterr().out)["errors"]
    assert {"file", "line", "rule", "problem"} == set(errors[0])

    file.write_text(PACK.format(name="broken", responsible="desk") + UNSET, encoding="utf-8")
    assert 0 == main(["check", str(file), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert ['broken: {night: "17:00"}'] == [one["line"] for one in found["figures"]]
    assert ["call-back", "round"] == [one["id"] for one in found["regulations"][0]["sentences"]]
