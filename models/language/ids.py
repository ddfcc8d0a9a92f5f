"""The ids that every regulation may use, and that the record holds; `models.wording` has the words for them."""

from __future__ import annotations

EVENTS = (
    "registered",
    "handed_over",
    "first_contact",
    "agreement",
    "follow_up",
    "result_returned",
    "second_contact",
    "revisited",
    "unreachable",
    "postponement_requested",
    "postponement_approved",
    "postponement_refused",
    "paused",
    "resumed",
    "closed",
    "reopened",
    "withdrawn",
    "lent",
    "renewed",
    "returned",
    "lost",
    "recalled",
    "amended",
    "flagged",
    "duty_opened",
    "done",
    "lapsed",
    "raised",
    "rounds_exhausted",
    "counted",
    "erased",
)
"""The events that every regulation knows."""

OF_HANDLING = frozenset(
    {
        "registered",
        "handed_over",
        "first_contact",
        "agreement",
        "follow_up",
        "result_returned",
        "second_contact",
        "revisited",
        "unreachable",
    }
)
"""Those that happen to what is handled for somebody: a complaint, a petition, a request."""
OF_LOANS = frozenset({"lent", "renewed", "returned", "lost", "recalled"})
"""Those that happen to what is lent; neither happens to a case of the other kind unless its regulation says so."""

CHANNELS = ("phone", "onsite", "letter", "mailbox", "web", "revisit")
"""The ways by which a complaint comes."""

SATISFACTION = ("satisfied", "dissatisfied")

OUTCOMES = ("resolved", "unresolved", "no_answer", "refused", "wrong_number")
"""How an attempt or a handling ended."""

SECRECY = ("public", "ordinary", "internal", "confidential", "secret", "top_secret")
"""Secrecy classes, the most open first; 秘密, `confidential`, is the lowest of the three that restrict reading."""

ROLES = (
    "handler",
    "department_manager",
    "revisit_specialist",
    "service_manager",
    "general_manager",
    "operations",
    "borrower",
    "librarian",
    "archive_manager",
    "desk",
    "shift_leader",
    "service_director",
)
"""The roles of the shipped regulations."""

PAY = ("base_pay", "monthly_bonus", "performance_pay", "score_pay", "appraisal", "management_appraisal")
"""What a penalty may take a part of; Duban does not know the figures."""
