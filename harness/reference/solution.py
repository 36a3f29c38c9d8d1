"""From a problem to its exact answer: moments without rounding, rational arithmetic, one rounding at the end.

Every problem is solved exactly, whatever its size and condition number. The moments cost a few matrix products for each
limb of a column, the solve about ``n_features**3`` operations on integers of some hundred digits. Beyond
`harness.reference.rational.MOST_FEATURES` features the solution is enclosed in balls about five times as precise as a
float64, whose rigorous error bound decides every rounding; so an answer is good for all 17 digits there too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backends.base import Problem
from harness.reference import cache
from harness.reference.gram import exact_gram
from harness.reference.rational import Moments, fit_moments
from harness.reference.spread import spread

__all__ = ["Reference", "moments", "solve"]

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Reference:
    """The exact answer to a problem, each number correctly rounded.

    Where the columns are dependent it is the minimiser of least ``|coef|``, the intercept left free:
    ``intercept = mean(y) - mean(X) @ coef``.

    Attributes
    ----------
    coef : ndarray of shape (n_features,)
    coef_low : ndarray of shape (n_features,)
        What rounding took off each: ``coef + coef_low`` has twice the precision.
    intercept, intercept_low : float
        0.0 without one.
    rank : int
        Of ``[X 1]`` with an intercept, of ``X`` without; decided exactly.
    n_parameters : int
        Coefficients and intercept.
    loss : float
        The mean squared error at the answer (with l2, not the least there is).
    condition : float
        2-norm condition of the design with columns of unit length, centred with an intercept; inf where dependent.
    standard_errors : tuple of float or None
        The intercept's first where there is one. None without full rank or a degree of freedom, or with l2.
    r_squared, residual_deviation : float or None
        R² is about the mean with an intercept, about zero without. None with l2, or where not defined.
    """

    coef: Float64
    coef_low: Float64
    intercept: float
    intercept_low: float
    rank: int
    n_parameters: int
    loss: float
    condition: float
    standard_errors: tuple[float, ...] | None
    r_squared: float | None
    residual_deviation: float | None

    @property
    def full_rank(self) -> bool:
        """Whether the data determine the coefficients."""
        return self.rank == self.n_parameters


def solve(problem: Problem, cache_folder: Path | None = None) -> Reference:
    """The exact answer, from the cache where it has been found before.

    Parameters
    ----------
    problem : Problem
        Float32 or float64; the answer is to these very numbers.
    cache_folder : Path, optional
        Where answers are kept.
    """
    if cache_folder is None:
        return _from_record(_solve(problem))
    key = cache.fingerprint(problem)
    record = cache.load(cache_folder, key)
    if record is None:
        record = _solve(problem)
        cache.save(cache_folder, key, record)
    return _from_record(record)


def moments(problem: Problem) -> Moments:
    """The exact moments of a problem's data."""
    gram = exact_gram(problem.X, problem.y)
    p = problem.X.shape[1]
    y, ones = p, p + 1
    return Moments(
        xx=[[gram.value(j, k) for k in range(p)] for j in range(p)],
        xy=[gram.value(j, y) for j in range(p)],
        x=[gram.value(j, ones) for j in range(p)],
        yy=gram.value(y, y),
        y=gram.value(y, ones),
        n=gram.n_samples,
    )


def _solve(problem: Problem) -> dict[str, Any]:
    """The answer as the cache keeps it: floats as hexadecimal text, which loses nothing."""
    fit = fit_moments(moments(problem), intercept=problem.intercept, l2=Fraction(problem.l2))
    coef = [_rounded(each) for each in fit.coef]
    intercept = _rounded(fit.intercept)
    about = spread(fit)
    plain = problem.l2 == 0
    variance = fit.residual_variance if plain else None
    return {
        "coef": [each.hex() for each in coef],
        "coef_low": [_low(exact, near).hex() for exact, near in zip(fit.coef, coef, strict=True)],
        "intercept": intercept.hex(),
        "intercept_low": _low(fit.intercept, intercept).hex(),
        "rank": fit.rank,
        "n_parameters": fit.n_parameters,
        "loss": _rounded(fit.residual / fit.moments.n).hex(),
        "condition": about.condition.hex(),
        "standard_errors": [_root(each).hex() for each in about.variances] if plain and about.variances else None,
        "r_squared": _hex(fit.r_squared) if plain else None,
        "residual_deviation": None if variance is None else _root(variance).hex(),
    }


def _from_record(record: dict[str, Any]) -> Reference:
    number = float.fromhex
    errors, r_squared, deviation = (record[key] for key in ("standard_errors", "r_squared", "residual_deviation"))
    return Reference(
        coef=np.array([number(each) for each in record["coef"]]),
        coef_low=np.array([number(each) for each in record["coef_low"]]),
        intercept=number(record["intercept"]),
        intercept_low=number(record["intercept_low"]),
        rank=record["rank"],
        n_parameters=record["n_parameters"],
        loss=number(record["loss"]),
        condition=number(record["condition"]),
        standard_errors=None if errors is None else tuple(number(each) for each in errors),
        r_squared=None if r_squared is None else number(r_squared),
        residual_deviation=None if deviation is None else number(deviation),
    )


def _rounded(value: Fraction) -> float:
    """To the nearest float64, ties to even; Python divides integers so, subnormal results included."""
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _low(exact: Fraction, rounded: float) -> float:
    return _rounded(exact - Fraction(rounded)) if math.isfinite(rounded) else 0.0


def _root(value: Fraction) -> float:
    """The square root to the nearest float64: 64 bits or more of it, then one that says whether anything follows.

    Without that last bit a root just above the middle of two float64 would be taken for the middle.
    """
    shift = max(0, 128 - (value.numerator.bit_length() - value.denominator.bit_length()))
    shift += shift % 2
    square, rest = divmod(value.numerator << shift, value.denominator)
    root = math.isqrt(square)
    follows = rest > 0 or root * root < square
    return _rounded(Fraction(2 * root + follows, 1 << (shift // 2 + 1)))


def _hex(value: Fraction | None) -> str | None:
    return None if value is None else _rounded(value).hex()
