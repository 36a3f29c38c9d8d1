"""What of a file makes the problem."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What of a file makes the problem."""

    features: tuple[str, ...] = ()
    """Empty for every usable column, or with a formula."""
    target: str = ""
    """"" with a formula."""
    formula: str = ""
    weights: str = ""
    """The column of weights; "" for none."""
    groups: tuple[str, ...] = ()
    """The columns whose values make groups of rows."""
    intercept: bool = True
    """Whether the model may have an intercept; a formula can still take it away."""
