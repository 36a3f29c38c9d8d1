"""The record of why a case lacks digits."""

from dataclasses import dataclass
from typing import Any

from harness.explain.graded import Graded
from harness.explain.identified import Identified
from harness.explain.question import Question
from harness.explain.trial import ACCOUNTED, Trial

NOTHING_LOST = 1.0
"""A loss of fewer digits needs no explanation."""

WORSE_ANSWERED = ("truncated", "unfinished", "single_precision", "least_norm")
"""Causes that are not another question, but a worse answer to the same one."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why a case lacks digits."""

    case: str
    name: str
    backend: str
    before: Graded
    """The answer as measured now."""
    stored: tuple[str, Graded] | None
    """The run with the case, and its answer there."""
    identified: Identified | None
    """The question that the answer belongs to; None where there is no finite answer."""
    question: Question
    """The problem as fitted."""
    reference_condition: float
    """Condition number of the columns of unit length, centred with an intercept."""
    trials: tuple[Trial, ...] = ()
    """Single changes, the most effective first; then combinations."""
    own_units: bool = False
    """Whether the data were scaled, and the answer is compared in the data's own units, in which the intercept is not 0
    up to rounding."""
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
        """Whether the answer is the right one to another question."""
        found = self.identified
        best = found.best if found else None
        return bool(found and best and found.certain and best is not found.right and best.cause not in WORSE_ANSWERED)

    @property
    def best(self) -> Trial | None:
        """The fewest changes that account for the gap, else the one that closes most of it."""
        useful = [each for each in self.trials if each.helps]
        enough = [each for each in useful if each.share >= ACCOUNTED]
        if enough:
            return min(enough, key=lambda each: (len(each.changes), each.changes[0].kind != "setting", -each.share))
        return max(useful, key=lambda each: each.share, default=None)

    def record(self) -> dict[str, Any]:
        """The explanation as ``linbench explain CASE --format json`` prints it."""
        found = self.identified
        best = found.best if found else None
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
            "answer_to": None if best is None else best.candidate.what,
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
