"""Weights of rows as backends need them: scaled, summed, without the rows of weight 0."""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backends.base import Problem

Float64 = NDArray[np.float64]


class Total(NamedTuple):
    """A sum in twice the working precision, ``hi + lo``."""

    hi: float
    lo: float


def total(problem: Problem) -> Total:
    """The sum of the weights; the number of rows where there are none."""
    if problem.weights is None:
        return Total(float(len(problem.y)), 0.0)
    values = problem.weights.tolist()
    hi = math.fsum(values)
    return Total(hi, math.fsum([*values, -hi]))


def normalised(problem: Problem) -> Problem:
    """The same question with the largest weight in [1, 2): multiplied by a power of two, which is exact.

    Weights that all equal one power of two become ones, and squares of rows times the root of a weight stay in range.
    """
    if problem.weights is None:
        return problem
    exponent = 1 - math.frexp(float(problem.weights.max()))[1]
    return replace(problem, weights=np.ldexp(problem.weights, exponent)) if exponent else problem


def mean_one(problem: Problem) -> Float64 | None:
    """The weights scaled to mean 1, so that the mean of ``w r²`` is the contract's weighted mean; None without any."""
    if problem.weights is None:
        return None
    weights = np.asarray(normalised(problem).weights, dtype=np.float64)
    scaled: Float64 = weights * (len(weights) / weights.sum())
    return scaled


def counted(problem: Problem) -> Problem:
    """The problem without rows of weight 0, for a library that counts every row."""
    if problem.weights is None or problem.weights.all():
        return problem
    kept = problem.weights > 0
    return replace(problem, X=problem.X[kept], y=problem.y[kept], weights=problem.weights[kept])


def root_scaled(problem: Problem) -> tuple[Float64, Float64, Float64]:
    """``X``, ``y`` and a column of ones in float64, each row times the root of its weight.

    Weighted least squares is ordinary least squares on these.
    """
    X, y = problem.X.astype(np.float64), problem.y.astype(np.float64)
    if problem.weights is None:
        return X, y, np.ones(len(y))
    root = np.sqrt(problem.weights)
    return X * root[:, None], y * root, root


def sample_weight(problem: Problem) -> dict[str, Float64]:
    """The ``sample_weight`` argument of scikit-learn's ``fit``; none where rows have no weights."""
    return {} if problem.weights is None else {"sample_weight": problem.weights}
