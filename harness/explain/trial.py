"""A change, or several together, with what came of it."""

from dataclasses import dataclass
from typing import Any

from harness.explain.changes import Change
from harness.explain.graded import Graded

ACCOUNTED = 0.9
"""Share of the lost digits that, once closed, leaves nothing to look for."""

PART, PART_DIGITS = 0.1, 0.5
"""Share of the lost digits, and digits, from either of which a change is part of the cause."""


@dataclass(frozen=True, eq=False)
class Trial:
    """A change, or several together, measured."""

    changes: tuple[Change, ...]
    after: Graded
    closed: float
    """Digits of the gap that it closes; below 0 where it makes it wider."""
    share: float
    """``closed`` over the gap."""
    interaction: float = 0.0
    """For several: digits beyond the sum of what each closes alone."""

    @property
    def name(self) -> str:
        """All changes by name."""
        return " and ".join(each.name for each in self.changes)

    @property
    def measured(self) -> bool:
        """Whether it gave an answer."""
        return self.after.status in ("ok", "not_converged", "diverged")

    @property
    def word(self) -> str:
        """What it comes to."""
        if not self.measured:
            return "not measured"
        if self.share >= ACCOUNTED:
            return "the cause"
        if self.helps:
            return "part of the cause"
        return "worse" if self.closed <= -PART_DIGITS else "not the cause"

    @property
    def helps(self) -> bool:
        """Whether it closes a part of the gap that is worth a word."""
        return self.measured and self.share > 0 and (self.share >= PART or self.closed >= PART_DIGITS)

    def record(self, before: Graded) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "changes": [{"name": each.name, "effect": each.effect, "kind": each.kind} for each in self.changes],
            "status": self.after.status,
            "reason": self.after.reason,
            "digits_before": before.digits,
            "digits_after": self.after.digits,
            "attainable": self.after.attainable,
            "closed": self.closed,
            "share": self.share,
            "interaction": self.interaction,
            "verdict": self.word,
        }
