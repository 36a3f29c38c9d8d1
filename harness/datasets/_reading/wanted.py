"""The columns of a file that make a problem."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The columns of a file that make a problem."""

    features: tuple[str, ...] = ()
    """Empty for every usable column, or with a formula."""
    target: str = ""
    """Empty with a formula."""
    formula: str = ""
    weights: str = ""
    """The column of weights; empty for none."""
    groups: tuple[str, ...] = ()
    """The columns whose values group the rows."""
    intercept: bool = True
    """Whether the model may have an intercept; a formula can still exclude it."""
