"""Why a case lacks digits, as it is told."""

from dataclasses import dataclass
from typing import Any

from harness.explain.graded import Graded
from harness.explain.identified import Identified
from harness.explain.question import Question
from harness.explain.trial import ACCOUNTED, Trial

NOTHING_LOST = 1.0
"""Digits below the attainable ones that need no explanation."""

WORSE_ANSWERED = ("truncated", "unfinished", "single_precision", "least_norm")
"""Causes that are no other question: the same one, worse answered."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why a case lacks digits."""

    case: str
    name: str
    backend: str
    before: Graded
    """As measured now."""
    stored: tuple[str, Graded] | None
    """The run that has the case, and the answer in it."""
    identified: Identified | None
    """The question that the answer is the answer to; None where there is no finite answer."""
    question: Question
    """The problem as fitted."""
    reference_condition: float
    """Of the columns of unit length, centred with an intercept."""
    trials: tuple[Trial, ...] = ()
    """Single changes, the most telling first; then several together."""
    own_units: bool = False
    """Whether the data were scaled, and the answer is held against the exact one in the data's own units: there the
    intercept is no number that is 0 but for rounding."""
    against: tuple[str, Graded] | None = None
    """Another backend and its answer."""

    @property
    def gap(self) -> float:
        """Digits lost."""
        return self.before.gap

    @property
    def nothing_lost(self) -> bool:
        """Whether the answer is about as good as the data allow."""
        return self.gap < NOTHING_LOST

    @property
    def another_question(self) -> bool:
        """Whether the answer is right, and to another question."""
        found = self.identified
        best = found.best if found else None
        return bool(found and best and found.certain and best is not found.right and best.cause not in WORSE_ANSWERED)

    @property
    def best(self) -> Trial | None:
        """The fewest changes that account for the gap, else those that close most of it."""
        useful = [each for each in self.trials if each.helps]
        enough = [each for each in useful if each.share >= ACCOUNTED]
        if enough:
            return min(enough, key=lambda each: (len(each.changes), each.changes[0].kind != "setting", -each.share))
        return max(useful, key=lambda each: each.share, default=None)

    def record(self) -> dict[str, Any]:
        """As ``linbench explain CASE --format json`` prints it."""
        found = self.identified
        told = found.best if found else None
        return {
            "case": self.case,
            "run": self.stored[0] if self.stored else None,
            "digits_stored": self.stored[1].digits if self.stored else None,
            "status": self.before.status,
            "digits": self.before.digits,
            "attainable": self.before.attainable,
            "backward_error": self.before.backward_error,
            "verdict": self.before.verdict,
            "gap": self.gap,
            "condition": self.reference_condition,
            "another_question": self.another_question,
            "answer_to": None if told is None else told.candidate.what,
            "cause": None if self.best is None else self.best.name,
            "trials": [each.record(self.before) for each in self.trials],
            "dependent": [str(each) for each in self.question.relations],
            "near_dependent": [
                {
                    "index": each.index,
                    "proportions": [{"column": name, "share": share} for name, share in each.proportions],
                }
                for each in self.question.near_dependences
            ],
            "against": None
            if self.against is None
            else {"backend": self.against[0], "status": self.against[1].status, "digits": self.against[1].digits},
        }
