"""One word for an answer: whether it could be better, and whether that matters."""

from typing import Literal

Verdict = Literal["exact", "best_possible", "harmless", "visible", "wrong"]

CORRECTLY_ROUNDED = 17.0

FLOAT64_DIGITS = 15.95
"""Digits of a coefficient that is off by the rounding of float64: no answer is asked for more."""

NEAR = 1.0
"""Digits that the best possible answer may lack. Where no more are attainable, any answer is as near as that."""

BACKWARD_STABLE = 100.0
"""Units of roundoff that the data may have to move for an answer of a stable method."""

HARMLESS, WRONG = 0.01, 1.0
"""Standard errors, below which nobody's conclusion changes and above which the answer is another one."""


def verdict(digits: float, attainable: float, backward_error: float, error: float) -> Verdict:
    """The word for an answer.

    Parameters
    ----------
    digits, attainable : float
        Of the same thing: the worst coefficient, or the fitted values.
    backward_error : float
        In units of roundoff.
    error : float
        In standard errors, or what stands for them.
    """
    if digits >= CORRECTLY_ROUNDED:
        return "exact"
    near = attainable > NEAR and digits >= min(attainable, FLOAT64_DIGITS) - NEAR
    if near or backward_error <= BACKWARD_STABLE:
        return "best_possible"
    if error < HARMLESS:
        return "harmless"
    return "visible" if error <= WRONG else "wrong"
