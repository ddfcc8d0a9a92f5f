"""The shipped regulations, played on the pure timeline: every figure to the second, in Asia/Shanghai."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from models import SHIPPED
from models.calendar.instants import parse_instant
from models.calendar.work_calendar import WorkCalendar
from models.language.regulation import Regulation
from models.packs.load import catalogue, load_regulation
from models.timeline.case import Case
from models.timeline.reading import timeline
from models.timeline.story import Event, State, Status

if TYPE_CHECKING:
    from datetime import datetime

    from models.timeline.story import Deadline, Timeline

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar(SHANGHAI)
PACKS = {name: load_regulation(file) for name, file in catalogue([SHIPPED]).items()}
LATER = "2027-12-31 00:00:00"


def instant(text: str) -> datetime:
    """A time of Shanghai."""
    return parse_instant(text, SHANGHAI)


def shown(value: datetime | None) -> str | None:
    """An instant as the people of Shanghai write it, to the second."""
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if value else None


def story(
    pack: str, *happened: tuple[str, str] | tuple[str, str, dict[str, Any]], now: str = LATER, **fields: Any
) -> Timeline:
    """What became of a case to which this happened: (instant, event) or (instant, event, fields)."""
    events = [Event(what[1], instant(what[0]), what[2] if len(what) > 2 else {}, n) for n, what in enumerate(happened)]
    facts = {"level": "dissatisfied", "channel": "phone", **fields}
    return timeline(Case.told(facts, events), PACKS[pack], CALENDAR, instant(now))


def clock(case: Timeline, rule: str, number: int = 1) -> Deadline:
    """The one deadline of that rule and round."""
    (found,) = [item for item in case.deadlines if (item.rule, item.round) == (rule, number)]
    return found


def plan(deadline: Deadline) -> dict[str, str | None]:
    """The steps that somebody is told at, each with its instant."""
    steps = [step for step in deadline.plan if step.step in ("opens", "due") or "-" in step.step]
    return {step.step: shown(step.at) for step in steps}


def told(pack: str, rule: str, step: str) -> tuple[str, ...]:
    """Who is told at a step."""
    found = PACKS[pack].rule(rule)
    assert found is not None
    return found.steps()[step][1]


# -- all packs --------------------------------------------------------------------------------------------------


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


# -- standard-complaints ----------------------------------------------------------------------------------------

STANDARD = "standard-complaints"


def test_standard_first_contact() -> None:
    """First contact is due after 10 minutes, reminded 3 before, escalated 10 and 30 after, through the night."""
    case = story(STANDARD, ("2026-11-01 23:55:07", "registered"), now="2026-11-01 23:56:00")

    assert {
        "remind-1": "2026-11-02 00:02:07",
        "due": "2026-11-02 00:05:07",
        "escalate-1": "2026-11-02 00:15:07",
        "escalate-2": "2026-11-02 00:35:07",
    } == plan(clock(case, "first-contact"))
    assert ("department_manager", "handler") == told(STANDARD, "first-contact", "due")
    assert ("service_manager",) == told(STANDARD, "first-contact", "escalate-1")
    assert ("general_manager",) == told(STANDARD, "first-contact", "escalate-2")


@pytest.mark.parametrize(("met", "state"), [("09:15:00", State.MET), ("09:15:01", State.LATE)])
def test_the_due_instant_still_meets(met: str, state: State) -> None:
    """An event at the due instant meets the deadline; one second later is late."""
    case = story(STANDARD, ("2026-11-02 09:05:00", "registered"), (f"2026-11-02 {met}", "first_contact"))

    assert state == clock(case, "first-contact").state


def test_a_call_before_minute_40_is_no_follow_up() -> None:
    """A call at minute 12 does not count; the specialist is told at 40, it is late at 60 and goes up at 90."""
    case = story(
        STANDARD, ("2026-11-02 09:00:00", "registered"), ("2026-11-02 09:12:00", "follow_up"), now="2026-11-02 09:13:00"
    )

    follow_up = clock(case, "follow-up")
    assert State.OPEN == follow_up.state
    assert {
        "opens": "2026-11-02 09:40:00",
        "due": "2026-11-02 10:00:00",
        "escalate-1": "2026-11-02 10:30:00",
    } == plan(follow_up)
    assert ("revisit_specialist",) == told(STANDARD, "follow-up", "opens")
    assert ("revisit_specialist", "service_manager") == told(STANDARD, "follow-up", "due")
    assert ("general_manager",) == told(STANDARD, "follow-up", "escalate-1")


def test_a_call_at_minute_40_counts() -> None:
    """The opening instant itself counts."""
    case = story(STANDARD, ("2026-11-02 09:00:00", "registered"), ("2026-11-02 09:40:00", "follow_up"))

    assert State.MET == clock(case, "follow-up").state


def test_standard_revisit() -> None:
    """The revisit is due 72 hours after the result came back, and goes up a day later."""
    case = story(
        STANDARD,
        ("2026-11-02 09:00:00", "registered"),
        ("2026-11-03 17:20:30", "result_returned"),
        now="2026-11-03 18:00:00",
    )

    assert {
        "remind-1": "2026-11-06 13:20:30",
        "due": "2026-11-06 17:20:30",
        "escalate-1": "2026-11-07 17:20:30",
    } == plan(clock(case, "revisit"))
    assert ("revisit_specialist", "service_manager") == told(STANDARD, "revisit", "due")
    assert ("general_manager",) == told(STANDARD, "revisit", "escalate-1")


def test_unreachable_five_times_ends_the_revisit() -> None:
    """Four failed attempts leave the clock running, the fifth ends it without meeting it."""
    attempts = [(f"2026-11-0{day} 10:00:00", "unreachable") for day in (3, 3, 4, 4, 5)]
    begin = [("2026-11-02 09:00:00", "registered"), ("2026-11-02 18:00:00", "result_returned")]

    four = clock(story(STANDARD, *begin, *attempts[:4], now="2026-11-04 12:00:00"), "revisit")
    five = clock(story(STANDARD, *begin, *attempts), "revisit")

    assert (State.OPEN, 4) == (four.state, four.attempts)
    assert (State.VOID, 5, "2026-11-05 10:00:00", ()) == (five.state, five.attempts, shown(five.ended_at), five.plan)


def test_only_reopening_begins_a_standard_round() -> None:
    """A dissatisfied revisit begins no round by itself; reopening starts every clock of the receipt anew."""
    dissatisfied = {"satisfaction": "dissatisfied"}
    happened = [
        ("2026-11-02 09:00:00", "registered"),
        ("2026-11-02 12:00:00", "result_returned"),
        ("2026-11-02 13:00:00", "revisited", dissatisfied),
    ]

    before = story(STANDARD, *happened)
    after = story(STANDARD, *happened, ("2026-11-03 08:00:00", "reopened"))

    assert (1, 2) == (before.round, after.round)
    assert "2026-11-03 08:10:00" == shown(clock(after, "first-contact", 2).due_at)
    assert "2026-11-03 08:40:00" == shown(clock(after, "follow-up", 2).opens_at)


# -- standard-loans ---------------------------------------------------------------------------------------------

LOANS = "standard-loans"


def test_standard_loan() -> None:
    """30 days end with the day; steps fire at 09:00: 3 and 1 days before, on the due day, 3 and 7 days late."""
    case = story(LOANS, ("2026-11-02 15:30:00", "lent"), now="2026-11-02 16:00:00")

    loan = clock(case, "return")
    assert "2026-12-02 23:59:59" == shown(loan.due_at)
    assert {
        "remind-1": "2026-11-29 09:00:00",
        "remind-2": "2026-12-01 09:00:00",
        "due": "2026-12-02 09:00:00",
        "escalate-1": "2026-12-05 09:00:00",
        "escalate-2": "2026-12-09 09:00:00",
    } == plan(loan)
    steps = [told(LOANS, "return", step) for step in ("remind-1", "due", "escalate-1", "escalate-2")]
    assert [("borrower",), ("borrower",), ("department_manager",), ("archive_manager",)] == steps


def test_a_renewal_on_the_last_day_counts_from_the_old_due_date() -> None:
    """Renewed in the last second the old term is met, and the new one has reminders of its own."""
    case = story(LOANS, ("2026-11-02 15:30:00", "lent"), ("2026-12-02 23:59:59", "renewed"), now="2026-12-03 00:00:00")

    renewed = clock(case, "return", 2)
    assert State.MET == clock(case, "return").state
    assert "2027-01-01 23:59:59" == shown(renewed.due_at)
    assert "2026-12-29 09:00:00" == plan(renewed)["remind-1"]


def test_a_returned_loan_is_closed() -> None:
    """The return meets the clock and closes the case; a lost item ends it."""
    returned = story(LOANS, ("2026-11-02 15:30:00", "lent"), ("2026-11-20 10:00:00", "returned"))
    lost = story(LOANS, ("2026-11-02 15:30:00", "lent"), ("2026-11-20 10:00:00", "lost"))

    assert (Status.CLOSED, State.MET) == (returned.status, clock(returned, "return").state)
    assert (Status.CLOSED, State.VOID) == (lost.status, clock(lost, "return").state)


def test_standard_loan_gates() -> None:
    """Two renewals, five items at once, and no loan while another is 7 days late; the librarian is told."""
    gates = {gate.id: gate for gate in PACKS[LOANS].gates}

    assert ("renewed", 2) == (gates["third-renewal"].guards, gates["third-renewal"].at_most)
    assert ("lent", 5, "quantity") == (
        gates["items-at-once"].guards,
        gates["items-at-once"].at_most,
        gates["items-at-once"].quantity,
    )
    assert ("lent", 0, "P7D") == (
        gates["overdue-block"].guards,
        gates["overdue-block"].at_most,
        gates["overdue-block"].late_by,
    )
    assert {("librarian",)} == {gate.flag for gate in gates.values()}


# -- utility-library --------------------------------------------------------------------------------------------

LIBRARY = "utility-library"


@pytest.mark.parametrize(("lent", "due"), [("2027-01-31", "2027-02-28"), ("2028-01-31", "2028-02-29")])
def test_a_month_ends_on_the_last_day(lent: str, due: str) -> None:
    """A month from 31 January ends on the last day of February."""
    case = story(LIBRARY, (f"{lent} 10:00:00", "lent"), now=f"{lent} 11:00:00")

    assert f"{due} 23:59:59" == shown(clock(case, "return").due_at)
    assert f"{due} 09:00:00" == plan(clock(case, "return"))["due"]


def test_library_steps() -> None:
    """Reminded 3 days before, told on the due day, and the librarian as well a day late."""
    case = story(LIBRARY, ("2026-11-02 10:00:00", "lent"), now="2026-11-02 11:00:00")

    assert {
        "remind-1": "2026-11-29 09:00:00",
        "due": "2026-12-02 09:00:00",
        "escalate-1": "2026-12-03 09:00:00",
    } == plan(clock(case, "return"))
    assert ("borrower", "librarian") == told(LIBRARY, "return", "escalate-1")


def test_the_length_of_a_renewal_is_a_setting() -> None:
    """A deployment may give renewals another length; the first term keeps its month."""
    pack = load_regulation(SHIPPED / f"{LIBRARY}.yaml", {LIBRARY: {"renewal-limit": "P2W"}})
    events = [Event("lent", instant("2026-11-02 10:00"), {}, 1), Event("renewed", instant("2026-12-01 10:00"), {}, 2)]

    case = timeline(Case({}, events=events), pack, CALENDAR, instant("2026-12-01 11:00"))

    assert "2026-12-02 23:59:59" == shown(clock(case, "return").due_at)
    assert "2026-12-16 23:59:59" == shown(clock(case, "return", 2).due_at)


def test_software_is_not_lent() -> None:
    """Software and electronic files are outside the rules for borrowing."""
    case = story(LIBRARY, ("2026-11-02 10:00:00", "lent"), category="软件")

    assert () == case.deadlines


# -- workshop-complaints ----------------------------------------------------------------------------------------

WORKSHOP = "workshop-complaints"


@pytest.mark.parametrize(
    ("channel", "level", "due"),
    [
        ("phone", "dissatisfied", "09:20:00"),
        ("mailbox", "very_dissatisfied", "09:20:00"),
        ("revisit", "major", "09:10:00"),
        ("phone", "crisis", "09:10:00"),
        ("onsite", "dissatisfied", "09:10:00"),
        (None, "dissatisfied", "09:20:00"),
    ],
)
def test_the_tighter_of_channel_and_level(channel: str | None, level: str, due: str) -> None:
    """First contact is due at the tighter of the channel's limit and the level's."""
    case = story(WORKSHOP, ("2026-11-02 09:00:00", "registered"), channel=channel, level=level)

    assert f"2026-11-02 {due}" == shown(clock(case, "first-contact").due_at)


def test_workshop_clocks_run_from_the_sheet() -> None:
    """Hand-over in 10 minutes; from it 10 minutes to the agreement, 12 hours to the result; then 24 hours."""
    case = story(
        WORKSHOP,
        ("2026-11-02 09:00:00", "registered"),
        ("2026-11-02 09:08:00", "handed_over"),
        ("2026-11-02 19:30:15", "result_returned"),
    )

    due = {item.rule: shown(item.due_at) for item in case.deadlines}
    assert {
        "hand-over": "2026-11-02 09:10:00",
        "agreement": "2026-11-02 09:18:00",
        "first-contact": "2026-11-02 09:20:00",
        "follow-up": "2026-11-02 10:00:00",
        "result": "2026-11-02 21:08:00",
        "second-contact": "2026-11-03 19:30:15",
    } == due
    assert "2026-11-02 09:40:00" == shown(clock(case, "follow-up").opens_at)


@pytest.mark.parametrize("rule", ["first-contact", "second-contact"])
def test_fines_hang_on_the_response_times(rule: str) -> None:
    """An overrun of a response time costs the department 20, 30, 50 or 80 yuan by level; nothing else is fined."""
    pack = PACKS[WORKSHOP]
    found = {item.id: item.penalty for item in pack.rules if item.penalty}

    assert {"first-contact", "second-contact"} == set(found)
    assert ("department",) == found[rule].charged_to
    assert [(20, 0), (30, 0), (50, 0), (80, 0)] == [found[rule].of(level) for level in pack.levels]


def test_the_second_visit_holds_the_judgement() -> None:
    """With a second visit agreed the 24 hours wait for it, and only they; the visit itself is chased by its date."""
    happened = [
        ("2026-11-02 09:00:00", "registered"),
        ("2026-11-02 09:05:00", "handed_over"),
        ("2026-11-02 09:10:00", "agreement", {"second_visit": "2026-11-09"}),
        ("2026-11-02 15:00:00", "result_returned"),
    ]

    waiting = story(WORKSHOP, *happened, now="2026-11-05 12:00:00")
    visited = story(WORKSHOP, *happened, ("2026-11-08 10:30:00", "second_visit"), now="2026-11-08 11:00:00")

    assert (State.PAUSED, None) == (clock(waiting, "second-contact").state, clock(waiting, "second-contact").due_at)
    assert State.BREACHED == clock(waiting, "follow-up").state
    assert Status.OPEN == waiting.status
    assert {
        "remind-1": "2026-11-08 09:00:00",
        "due": "2026-11-09 09:00:00",
        "escalate-1": "2026-11-10 09:00:00",
    } == plan(clock(waiting, "second-visit"))
    assert "2026-11-09 10:30:00" == shown(clock(visited, "second-contact").due_at)
    assert State.MET == clock(visited, "second-visit").state


@pytest.mark.parametrize("given", ["yes", "是", "next week"])
def test_a_second_visit_without_a_date_is_held_30_days(given: str) -> None:
    """Where the agreement names no date, the visit is chased when the configured hold is over."""
    case = story(
        WORKSHOP,
        ("2026-11-02 09:00:00", "registered"),
        ("2026-11-02 09:10:00", "agreement", {"second_visit": given}),
        now="2026-11-03 09:00:00",
    )

    assert "2026-12-02 23:59:59" == shown(clock(case, "second-visit").due_at)


def test_an_agreement_without_a_second_visit_ends_the_hold() -> None:
    """A new agreement without a second visit lets the judgement's clock run on."""
    case = story(
        WORKSHOP,
        ("2026-11-02 09:00:00", "registered"),
        ("2026-11-02 09:10:00", "agreement", {"second_visit": "2026-11-09"}),
        ("2026-11-02 10:00:00", "result_returned"),
        ("2026-11-03 10:00:00", "agreement"),
    )

    assert "2026-11-04 10:00:00" == shown(clock(case, "second-contact").due_at)


def failing(day: int) -> list[tuple[str, str] | tuple[str, str, dict[str, Any]]]:
    """A result and a second contact with which the customer is not satisfied."""
    return [
        (f"2026-11-{day:02d} 10:00:00", "result_returned"),
        (f"2026-11-{day:02d} 12:00:00", "second_contact", {"satisfaction": "dissatisfied"}),
    ]


def test_a_failed_second_contact_begins_the_second_round() -> None:
    """Dissatisfied at the second contact: the flow begins again at that instant."""
    case = story(WORKSHOP, ("2026-11-02 09:00:00", "registered"), *failing(3))

    assert 2 == case.round
    assert State.MET == clock(case, "second-contact").state
    assert "2026-11-03 12:10:00" == shown(clock(case, "hand-over", 2).due_at)
    assert "2026-11-03 12:20:00" == shown(clock(case, "first-contact", 2).due_at)


def test_after_the_second_failure_the_general_manager_is_told() -> None:
    """No third round: the general manager is told at once and the case stays open until a ruling."""
    failed = [("2026-11-02 09:00:00", "registered"), *failing(3), *failing(4)]

    case = story(WORKSHOP, *failed, now="2026-11-04 12:00:00")
    ruled = story(WORKSHOP, *failed, ("2026-11-05 09:00:00", "ruled"))

    assert (2, Status.OPEN) == (case.round, case.status)
    assert {"opens": "2026-11-04 12:00:00"} == plan(clock(case, "rounds-over", 2))
    assert ("general_manager",) == told(WORKSHOP, "rounds-over", "opens")
    assert State.MET == clock(ruled, "rounds-over", 2).state


def test_a_crisis_has_as_many_rounds_as_its_case_says() -> None:
    """A crisis goes on without a cap, or to the number that the case itself names."""
    failed = [("2026-11-02 09:00:00", "registered"), *failing(3), *failing(4), *failing(5)]

    assert 4 == story(WORKSHOP, *failed, level="crisis").round
    assert 3 == story(WORKSHOP, *failed, level="crisis", max_rounds="3").round


def test_unreachable_leads_to_a_postponement() -> None:
    """Unreachable: the handler is told to file, the general manager of the request; clocks run until the approval."""
    filed = [
        ("2026-11-02 09:00:00", "registered"),
        ("2026-11-02 10:00:00", "result_returned"),
        ("2026-11-02 11:00:00", "unreachable"),
        ("2026-11-02 12:00:00", "postponement_requested"),
    ]

    requested = story(WORKSHOP, *filed, now="2026-11-02 12:00:00")
    approved = story(
        WORKSHOP,
        *filed,
        ("2026-11-02 16:00:00", "postponement_approved", {"until": "2026-11-06"}),
        now="2026-11-02 17:00",
    )

    assert "2026-11-02 11:00:00" == shown(clock(requested, "postponement-filing").opens_at)
    assert State.MET == clock(requested, "postponement-filing").state
    assert ("handler",) == told(WORKSHOP, "postponement-filing", "opens")
    assert {"opens": "2026-11-02 12:00:00"} == plan(clock(requested, "postponement-review"))
    assert ("general_manager",) == told(WORKSHOP, "postponement-review", "opens")
    assert "2026-11-03 10:00:00" == shown(clock(requested, "second-contact").due_at)
    assert Status.WAITING == approved.status
    assert "2026-11-07 03:00:00" == shown(clock(approved, "second-contact").due_at)


def test_a_refused_postponement_changes_no_clock() -> None:
    """Refused: the review is over and the clock as before; another request is told again."""
    case = story(
        WORKSHOP,
        ("2026-11-02 09:00:00", "registered"),
        ("2026-11-02 10:00:00", "result_returned"),
        ("2026-11-02 12:00:00", "postponement_requested"),
        ("2026-11-02 13:00:00", "postponement_refused"),
        ("2026-11-02 14:00:00", "postponement_requested"),
        now="2026-11-02 14:00:00",
    )

    assert State.MET == clock(case, "postponement-review").state
    assert {"opens": "2026-11-02 14:00:00"} == plan(clock(case, "postponement-review", 2))
    assert "2026-11-03 10:00:00" == shown(clock(case, "second-contact").due_at)


# -- telecom-call-centre ----------------------------------------------------------------------------------------

TELECOM = "telecom-call-centre"


def test_tickets_are_dispatched_within_the_hour() -> None:
    """60 minutes on the wall clock, then the shift leader with the desk, then the director."""
    case = story(TELECOM, ("2026-11-02 23:30:00", "registered"), now="2026-11-02 23:31:00")

    assert {
        "remind-1": "2026-11-03 00:15:00",
        "due": "2026-11-03 00:30:00",
        "escalate-1": "2026-11-03 01:00:00",
    } == plan(clock(case, "dispatch"))
    assert ("desk", "shift_leader") == told(TELECOM, "dispatch", "due")
    assert ("service_director",) == told(TELECOM, "dispatch", "escalate-1")


def test_a_stuck_ticket_is_urged() -> None:
    """A dispatched ticket without a result is urged by the shift leader after a day."""
    case = story(
        TELECOM,
        ("2026-11-02 09:00:00", "registered"),
        ("2026-11-02 09:30:00", "handed_over"),
        now="2026-11-02 10:00:00",
    )

    assert {"due": "2026-11-03 09:30:00", "escalate-1": "2026-11-04 09:30:00"} == plan(clock(case, "stuck-ticket"))


CALLED = [("2026-11-02 09:00:00", "registered"), ("2026-11-02 18:00:00", "result_returned")]


def test_results_are_called_back_within_72_hours() -> None:
    """72 hours from the result; a second result has its own call."""
    case = story(
        TELECOM,
        *CALLED,
        ("2026-11-03 09:00:00", "revisited", {"outcome": "unresolved"}),
        ("2026-11-04 09:00:00", "result_returned"),
        now="2026-11-04 10:00:00",
    )

    assert "2026-11-05 18:00:00" == shown(clock(case, "revisit").due_at)
    assert "2026-11-07 09:00:00" == shown(clock(case, "revisit", 2).due_at)


def test_wrong_contact_data_end_the_attempts_at_once() -> None:
    """One attempt at a wrong number ends the clock, an unanswered call does not."""
    wrong = story(TELECOM, *CALLED, ("2026-11-03 09:00:00", "unreachable", {"outcome": "wrong_number"}))
    unanswered = story(
        TELECOM, *CALLED, ("2026-11-03 09:00:00", "unreachable", {"outcome": "no_answer"}), now="2026-11-03 10:00:00"
    )

    assert (State.VOID, 1) == (clock(wrong, "revisit").state, clock(wrong, "revisit").attempts)
    assert (State.OPEN, 1) == (clock(unanswered, "revisit").state, clock(unanswered, "revisit").attempts)


@pytest.mark.parametrize("outcome", ["unresolved", "upgraded"])
def test_what_is_unresolved_goes_up_in_writing(outcome: str) -> None:
    """Unresolved or upgraded at the revisit: the desk writes to the director, who is told; a result is no report."""
    revisited = [*CALLED, ("2026-11-03 09:00:00", "revisited", {"outcome": outcome})]

    case = story(TELECOM, *revisited, ("2026-11-03 10:00:00", "result_returned"), now="2026-11-03 11:00:00")
    reported = story(TELECOM, *revisited, ("2026-11-03 10:00:00", "feedback_written"))

    assert {"opens": "2026-11-03 09:00:00", "due": "2026-11-04 09:00:00"} == plan(clock(case, "unresolved"))
    assert ("revisit_desk", "service_director") == told(TELECOM, "unresolved", "opens")
    assert State.OPEN == clock(case, "unresolved").state
    assert State.MET == clock(reported, "unresolved").state


def test_a_resolved_revisit_goes_nowhere() -> None:
    """A revisit that found the matter solved tells nobody."""
    case = story(TELECOM, *CALLED, ("2026-11-03 09:00:00", "revisited", {"outcome": "resolved"}))

    assert not [item for item in case.deadlines if item.rule == "unresolved"]


def test_a_severe_case_is_reported() -> None:
    """The five severe kinds are told to the shift leader at once, and to the duty manager when not reported."""
    case = story(TELECOM, ("2026-11-02 09:00:00", "registered"), category="突发事件", now="2026-11-02 09:00:00")

    assert {"opens": "2026-11-02 09:00:00", "due": "2026-11-02 09:30:00"} == plan(clock(case, "severe-report"))
    assert ("shift_leader", "duty_manager") == told(TELECOM, "severe-report", "due")
