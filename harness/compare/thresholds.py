"""What counts as a change."""

from dataclasses import dataclass, fields

from harness.errors import UsageError

CHANCES = ("level", "power", "screen")
"""Thresholds that are probabilities."""


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """What counts as a change.

    Raises
    ------
    UsageError
        When a number is out of its range.
    """

    level: float = 0.01
    """Chance that a comparison calls any time worse or better when none changed, over all of its cases (Holm)."""
    margin: float = 0.02
    """Relative change of a time that is ignored, however certain it is."""
    digits: float = 0.5
    """Correct digits that may be lost beyond what rounding explains."""
    memory: float = 0.10
    """Relative change of the peak memory that is ignored."""
    loss: float = 0.01
    """The same of the training loss."""
    power: float = 0.95
    """Probability of finding the smallest visible effect."""
    screen: float = 0.05
    """Level at which a single time, not yet beyond chance over all cases, is worth measuring again."""

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            low, high = (0.5, 1.0) if each.name == "power" else (0.0, 1.0)
            chance = each.name in CHANCES
            if not (number and (low < value < high if chance else 0 <= value < float("inf"))):
                wanted = f"a number between {low:g} and {high:g}" if chance else "a number from 0"
                raise UsageError(f"threshold {each.name}: got {value!r}, wanted {wanted}")


DEFAULT_THRESHOLDS = Thresholds()
