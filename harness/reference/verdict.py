"""One word for an answer: whether it could be better, and whether that matters."""

from typing import Literal

from harness.units import MOST_DIGITS

Verdict = Literal["exact", "best_possible", "harmless", "visible", "wrong"]

FLOAT64_DIGITS = 15.95
"""Digits of a coefficient with one rounding error of float64; more is never required."""

NEAR = 1.0
"""Digits that a best possible answer may lack of the attainable ones. Where no more are attainable, this is no test."""

BACKWARD_STABLE = 100.0
"""Largest backward error of a stable method, in units of roundoff."""

HARMLESS, WRONG = 0.01, 1.0
"""Errors in standard errors: below the first no conclusion changes, above the second the answer is a different one."""


def verdict(digits: float, attainable: float, backward_error: float, error: float) -> Verdict:
    """The word for an answer.

    Parameters
    ----------
    digits, attainable : float
        Both of the worst coefficient, or both of the fitted values.
    backward_error : float
        In units of roundoff.
    error : float
        In standard errors, or in the scale used in their place.
    """
    if digits >= MOST_DIGITS:
        return "exact"
    near = attainable > NEAR and digits >= min(attainable, FLOAT64_DIGITS) - NEAR
    if near or backward_error <= BACKWARD_STABLE:
        return "best_possible"
    if error < HARMLESS:
        return "harmless"
    return "visible" if error <= WRONG else "wrong"
