"""A change, or a combination of changes, with its measured effect."""

from dataclasses import dataclass
from typing import Any

from harness.explain.changes import Change
from harness.explain.graded import Graded

ACCOUNTED = 0.9
"""Closing this share of the lost digits accounts for the gap."""

PART, PART_DIGITS = 0.1, 0.5
"""A change is part of the cause if it closes this share of the lost digits, or so many digits."""


@dataclass(frozen=True, eq=False)
class Trial:
    """A change, or a combination of changes, as measured."""

    changes: tuple[Change, ...]
    after: Graded
    closed: float
    """Digits of the gap that it closes; negative where it widens the gap."""
    share: float
    """``closed`` over the gap."""
    interaction: float = 0.0
    """For a combination: digits closed beyond the sum of the single changes."""

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
        """The verdict on it, in words."""
        if not self.measured:
            return "not measured"
        if self.share >= ACCOUNTED:
            return "the cause"
        if self.helps:
            return "part of the cause"
        return "worse" if self.closed <= -PART_DIGITS else "not the cause"

    @property
    def helps(self) -> bool:
        """Whether it closes a notable part of the gap."""
        return self.measured and self.share > 0 and (self.share >= PART or self.closed >= PART_DIGITS)

    def record(self, before: Graded) -> dict[str, Any]:
        """The trial as JSON values."""
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
