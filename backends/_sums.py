"""Least squares from sums of products, as people write them in a language of tables: the normal equations, by LU."""

from collections.abc import Sequence
from itertools import combinations_with_replacement

import numpy as np

from backends._direct import direct_fit
from backends.base import Fit, Unsupported

MOST_COLUMNS = 60
"""A statement has a sum for every pair of them."""


def pairs(parameters: int) -> list[tuple[str, str]]:
    """The columns of each sum of products: ``c0``, ``c1``, … with one another, then each with ``y``.

    Parameters
    ----------
    parameters : int
        Columns, that of ones included.
    """
    names = [f"c{j}" for j in range(parameters)]
    return [*combinations_with_replacement(names, 2), *((name, "y") for name in names)]


def solved(sums: Sequence[float], parameters: int, *, intercept: bool) -> Fit:
    """The answer of these sums, which are in the order of `pairs`.

    Raises
    ------
    Unsupported
        Where the sums are singular to the last bit.
    """
    upper = np.triu_indices(parameters)
    values = np.array(sums, dtype=np.float64)
    gram = np.zeros((parameters, parameters))
    gram[upper] = gram.T[upper] = values[:-parameters]
    try:
        return direct_fit(np.linalg.solve(gram, values[-parameters:]), intercept=intercept)
    except np.linalg.LinAlgError as error:
        raise Unsupported("the sums of products are singular to the last bit; use numpy_lstsq") from error


def check_columns(p: int) -> None:
    """Raise `Unsupported` for more columns than a statement of sums should have."""
    if p > MOST_COLUMNS:
        raise Unsupported(f"the sums take {MOST_COLUMNS} columns at most, got {p}; use numpy_lstsq")
