"""Least squares from sums of products, as people write it in SQL: the normal equations, by LU."""

from collections.abc import Sequence
from itertools import combinations_with_replacement

import numpy as np

from backends._direct import direct_fit
from backends.base import Fit, Unsupported

MOST_COLUMNS = 60
"""Most columns of a statement, which has a sum for every pair of them."""


def pairs(parameters: int) -> list[tuple[str, str]]:
    """The columns of each sum of products: ``c0``, ``c1``, … with one another, then each with ``y``.

    Parameters
    ----------
    parameters : int
        Columns, including the ones.
    """
    names = [f"c{j}" for j in range(parameters)]
    return [*combinations_with_replacement(names, 2), *((name, "y") for name in names)]


def solved(sums: Sequence[float], parameters: int, *, intercept: bool) -> Fit:
    """Solve from the sums, in the order of `pairs`.

    Raises
    ------
    Unsupported
        When the matrix of sums is exactly singular.
    """
    upper = np.triu_indices(parameters)
    values = np.array(sums, dtype=np.float64)
    gram = np.zeros((parameters, parameters))
    gram[upper] = gram.T[upper] = values[:-parameters]
    try:
        return direct_fit(np.linalg.solve(gram, values[-parameters:]), intercept=intercept)
    except np.linalg.LinAlgError as error:
        raise Unsupported("the matrix of sums of products is exactly singular; use numpy_lstsq") from error


def check_columns(p: int) -> None:
    """Raise `Unsupported` for more columns than a statement of sums should have."""
    if p > MOST_COLUMNS:
        raise Unsupported(f"the sums take {MOST_COLUMNS} columns at most, got {p}; use numpy_lstsq")
