"""The exact answer to the decimals that a file holds, before reading rounded them to float64.

A decimal such as 0.1 is not a float64. A backend is given the nearest ones, and where the columns are nearly dependent
the answer to those can be far from the answer to the file's decimals. Only an exact solution of the decimals shows how
far: NIST publishes it for its datasets, and this module computes it for any file.
"""

import math
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Literal

import flint
import numpy as np

from harness.datasets.base import Data, Dataset, DecimalColumns
from harness.reference import Reference
from harness.reference.rational import Moments, RationalFit, fit_moments
from harness.units import MOST_DIGITS

DIGITS = 25
"""Significant digits to which an estimate is written: more than a float64 and its rounding error have."""

MOST_FEATURES = 100
"""Beyond it the exact solution takes too long."""


@dataclass(frozen=True)
class CertifiedEstimates:
    """The exact estimates for the decimals in the source of the data, or why they are not known."""

    estimates: tuple[str, ...] | None
    """The intercept first where there is one, then the coefficients; decimals of 15 digits (an authority's) or 25."""
    source: Literal["authority", "decimals", "none"]
    """Where they come from: the publisher of the data, or the exact solution of the decimals."""
    why_not: str = ""
    """Why there are none, in words."""
    rank: int | None = None
    """The rank of the decimals, where they were solved; without full rank they determine no estimates."""


def certify(dataset: Dataset, data: Data) -> CertifiedEstimates:
    """The certified estimates of a problem: an authority's where there are any, else those of the decimals.

    Parameters
    ----------
    data : Data
        From ``dataset.data()``, still with their ``table``.
    """
    if (published := dataset.certified()) is not None:
        return CertifiedEstimates(published.estimates, "authority")
    if (why := _why_not(data)) is not None:
        return CertifiedEstimates(None, "none", why)
    if (columns := data.decimals()) is None:
        too_far = "a decimal is too long, or the powers of ten of a column lie too far apart"
        return CertifiedEstimates(None, "none", too_far)
    fit = solve_decimals(columns, intercept=data.problem.intercept, l2=data.problem.l2)
    if fit.rank < fit.n_parameters and not data.problem.l2:
        why = f"the columns are linearly dependent in the decimals: rank {fit.rank} of {fit.n_parameters}"
        return CertifiedEstimates(None, "none", why, fit.rank)
    exact = [*([fit.intercept] if fit.has_intercept else []), *fit.coef]
    return CertifiedEstimates(tuple(map(_written, exact)), "decimals", rank=fit.rank)


def _why_not(data: Data) -> str | None:
    """Why the decimals cannot be solved; None where they can."""
    if data.scaled:
        return "the data are scaled, so that the problem is not the file's"
    if data.table.decimals.read is None:
        return data.table.decimals.why_not
    if data.problem.weights is not None:
        return "the rows have weights, and decimals are solved without"
    if data.n_features > MOST_FEATURES:
        return f"{data.n_features} features are more than the {MOST_FEATURES} that are solved from their decimals"
    return None


def solve_decimals(columns: DecimalColumns, *, intercept: bool, l2: float = 0.0) -> RationalFit:
    """The exact fit to exact columns, of least norm where the columns are dependent."""
    return fit_moments(moments_of(columns), intercept=intercept, l2=Fraction(l2))


def moments_of(columns: DecimalColumns) -> Moments:
    """The exact moments: a product of integer matrices, times the columns' units."""
    scaled = [*columns.features, columns.target]
    n, p = len(columns.target.integers), len(columns.features)
    rows = [each.integers for each in scaled] + [[1] * n]
    units = [each.unit for each in scaled] + [Fraction(1)]
    wide = flint.fmpz_mat(p + 2, n, [value for row in rows for value in row])
    products = wide * wide.transpose()

    return Moments.of(lambda j, k: int(products[j, k]) * units[j] * units[k], n_features=p, n=n)


def _written(value: Fraction) -> str:
    return str(Context(prec=DIGITS).divide(Decimal(value.numerator), Decimal(value.denominator)))


def reading_digits(reference: Reference, intercept: bool, certified: CertifiedEstimates) -> float | None:
    """Digits that the exact answer to the float64 problem shares with the certified one, after rounding on reading.

    Parameters
    ----------
    reference : Reference
        The exact answer to the problem that backends are given.
    intercept : bool
        Whether the model has one.

    Returns
    -------
    float or None
        Correct significant digits of the worst estimate, from 0 to 17; None where nothing is certified.
    """
    if certified.estimates is None or not np.isfinite(reference.coef).all():
        return None
    found = [
        Fraction(float(b)) + Fraction(float(low)) for b, low in zip(reference.coef, reference.coef_low, strict=True)
    ]
    if intercept:
        found.insert(0, Fraction(reference.intercept) + Fraction(reference.intercept_low))
    error = max(
        (_error(b, Fraction(text)) for b, text in zip(found, certified.estimates, strict=True)), default=Fraction(0)
    )
    return MOST_DIGITS if error == 0 else min(MOST_DIGITS, max(0.0, -_log10(error)))


def _error(found: Fraction, wanted: Fraction) -> Fraction:
    """The relative error; absolute where ``wanted`` is 0."""
    return abs(found - wanted) / (abs(wanted) or 1)


def _log10(value: Fraction) -> float:
    return math.log10(value.numerator) - math.log10(value.denominator)
