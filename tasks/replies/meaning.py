"""What an answer means for the cases of its message: each verdict is brought to the case that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasks.replies.by_case import parts
from tasks.replies.understanding import Act, Choices, Meant, Unclear, UnclearError, understand

if TYPE_CHECKING:
    from datetime import date

    from tasks.replies.questions import Questions

REVIEW = "review"
"""The question of a statement."""
WAYS = 6


class Meaning:
    """One answer to the questions of a message; `before` is what earlier answers to it led to."""

    def __init__(self, asked: Questions, before: list[dict[str, Any]], today: date) -> None:
        self.asked = asked
        self.before = before
        self.today = today
        self.meant: list[tuple[str, Meant]] = []
        """What the answer says, case by case."""

    def ways(self) -> list[str]:
        """How the message can be answered, for a reader who was not understood."""
        return list(dict.fromkeys(way for one in self.asked.cases.values() for way in one.ways))[:WAYS]

    def read(self, text: str) -> None:
        """Understand all of it; UnclearError where any part of it is not clear: then nothing is recorded."""
        known = dict.fromkeys([*self.asked.cases, *(str(one["case"]) for one in self.before)])
        for part in parts(text, tuple(known)):
            if part.cases:
                self.meant += [(case, understand(part.text, self._choices(case))) for case in part.cases]
            else:
                self.meant += self._of_the_mail(part.text)
        if not self.meant:
            raise UnclearError(Unclear.NOTHING)

    def _choices(self, case: str) -> Choices:
        """What may be said about a case; of one that was decided, whatever was asked then."""
        one = self.asked.cases.get(case)
        if one is not None:
            return one.choices
        kinds = {str(one["question"]) for one in self.before if one["case"] == case}
        return Choices(self.today, decides=kinds != {REVIEW}, reviews=REVIEW in kinds)

    def _of_the_mail(self, text: str) -> list[tuple[str, Meant]]:
        """A verdict without a number: on the only case, on the only decision, or on all decisions when it says so."""
        if len(self.asked.cases) == 1 and not (set(self._decided()) - set(self.asked.cases)):
            (case,) = self.asked.cases
            return [(case, understand(text, self._choices(case)))]
        open_ = [one.number for one in self.asked.decisions]
        decided = [case for case in self._decided() if case not in open_]
        if not (open_ or decided):
            meant = understand(text, self._any())
            raise UnclearError(Unclear.WHICH if meant else Unclear.WORDS)
        meant = understand(text, self._any())
        if meant.act in (Act.EVENT, Act.POSTPONE):
            raise UnclearError(Unclear.WHICH)
        fitting = [case for case in open_ or decided if meant.act is not Act.RETURN or self.is_review(case)]
        if len(fitting) == 1 or meant.everything:
            return [(case, meant) for case in fitting]
        raise UnclearError(Unclear.WHICH)

    def _any(self) -> Choices:
        """What may be said without naming a case: everything that may be said about one of them."""
        all_ = [one.choices for one in self.asked.cases.values()] + [self._choices(case) for case in self._decided()]
        return Choices(
            self.today,
            decides=any(one.decides for one in all_),
            reviews=any(one.reviews for one in all_),
            postpones=any(one.postpones for one in all_) and not any(one.decides for one in all_),
            done=next((one.done for one in all_ if one.done), None),
        )

    def _decided(self) -> list[str]:
        """The cases in which an earlier answer to this message decided something."""
        return list(dict.fromkeys(str(one["case"]) for one in self.before if one.get("question") != one.get("event")))

    def is_review(self, case: str) -> bool:
        """Whether the case is a statement that waits, or waited, for its review."""
        one = self.asked.cases.get(case)
        return one.statement if one else any(was["case"] == case and was["question"] == REVIEW for was in self.before)
