"""Fits powers of n and d to measured sizes, with a constant overhead and a jump where data outgrow a cache.

The law is ``value = overhead + factor * n**a * d**b``, with the second term multiplied by ``jump`` beyond some size of
the data. It is fitted to logarithms, as noise is multiplicative. The overhead and the jump are included only where each
lowers the sum of squares by more than chance would (F-test; for the jump, Bonferroni over its possible places).
Intervals are Student's, from the Jacobian at the best fit (D. M. Bates, D. G. Watts, "Nonlinear Regression Analysis and
Its Applications", Wiley 1988, section 2.3).

The variance is that of the sizes' means about the law, but at least that between the rounds of a size, as more rounds
do not reduce the law's misfit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.stats import Difference

Float64 = NDArray[np.float64]

FEWEST = 3
"""Sizes needed to fit a power: one always goes through two."""

CONFIDENCE = 0.95

CHANCE = 0.01
"""Probability of finding an overhead or a jump where there is none."""

LEAST_JUMP = 1.1
"""A smaller jump is not due to caches."""

LEAST_VARIANCE = 1e-6
"""Of a mean of rounds: agreement within a thousandth is chance."""


class Point(NamedTuple):
    """One size."""

    n: int
    d: int
    """``n`` and ``d``: rows and columns."""
    values: tuple[float, ...]
    """The positive value of each round."""

    @property
    def log_mean(self) -> float:
        """Mean of the logarithms over the rounds."""
        return math.fsum(map(math.log, self.values)) / len(self.values)


class Estimate(NamedTuple):
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Law:
    """A fitted law."""

    axes: tuple[str, ...]
    """Those of ``"n"`` and ``"d"`` that were swept."""
    theta: Float64
    """``log factor``, the exponents, then ``log overhead`` and ``log jump`` where they are included."""
    covariance: Float64
    freedom: int
    variance: float
    """Variance of the logarithm of a round about the law."""
    has_overhead: bool
    step: float | None
    """``n * d`` beyond which the power is multiplied by ``jump``."""

    def exponent(self, axis: str) -> Estimate | None:
        """The exponent of ``"n"`` or ``"d"``; None where it was not swept."""
        return self._estimate(1 + self.axes.index(axis)) if axis in self.axes else None

    def power_text(self, axis: str) -> str | None:
        """``n^0.98 (0.95 – 1.01)``, the power with its interval; None where the axis was not swept."""
        found = self.exponent(axis)
        return found and f"{axis}^{found.value:.2f} ({found.low:.2f} – {found.high:.2f})"

    @property
    def overhead(self) -> Estimate | None:
        """The cost of every call, independent of size."""
        return self._exp(self._estimate(1 + len(self.axes))) if self.has_overhead else None

    @property
    def jump(self) -> Estimate | None:
        """The factor on the power beyond `step`."""
        return None if self.step is None else self._exp(self._estimate(len(self.theta) - 1))

    def overhead_share(self, n: int, d: int) -> float:
        """The overhead's share of the value at a size."""
        return 0.0 if not self.has_overhead else math.exp(self.theta[1 + len(self.axes)] - self._log(n, d))

    def at(self, n: int, d: int) -> Estimate:
        """The predicted value of a round at a size, with its prediction interval."""
        design = _Design(self.axes, np.array([[n, d]], dtype=np.float64), self.has_overhead, self.step)
        middle, gradient = design.logs(self.theta)[0], design.jacobian(self.theta)[0]
        error = math.sqrt(self.variance + float(gradient @ self.covariance @ gradient))
        return self._exp(Estimate(float(middle), *Difference(float(middle), error, self.freedom).interval(CONFIDENCE)))

    def _log(self, n: int, d: int) -> float:
        design = _Design(self.axes, np.array([[n, d]], dtype=np.float64), self.has_overhead, self.step)
        return float(design.logs(self.theta)[0])

    def _estimate(self, i: int) -> Estimate:
        value = float(self.theta[i])
        error = math.sqrt(max(0.0, float(self.covariance[i, i])))
        return Estimate(value, *Difference(value, error, self.freedom).interval(CONFIDENCE))

    @staticmethod
    def _exp(found: Estimate) -> Estimate:
        with np.errstate(over="ignore"):
            return Estimate(*(float(np.exp(each)) for each in found))


class _Design:
    """The law at some sizes, as a function of its parameters."""

    def __init__(self, axes: Sequence[str], sizes: Float64, has_overhead: bool, step: float | None) -> None:
        logs = np.log(sizes)
        columns = [np.ones(len(sizes)), *(logs[:, "nd".index(axis)] for axis in axes)]
        if step is not None:
            columns.append((sizes.prod(axis=1) > step).astype(np.float64))
        self.linear = np.column_stack(columns)
        self._place = 1 + len(axes) if has_overhead else None

    def logs(self, theta: Float64) -> Float64:
        """Logarithms of the values."""
        power, overhead = self._parts(theta)
        return power if overhead is None else np.logaddexp(power, overhead)

    def jacobian(self, theta: Float64) -> Float64:
        """Their derivatives, of shape (n_sizes, n_parameters)."""
        power, overhead = self._parts(theta)
        if overhead is None or self._place is None:
            return self.linear
        share = np.exp(overhead - np.logaddexp(power, overhead))
        return np.insert(self.linear * (1 - share)[:, None], self._place, share, axis=1)

    def _parts(self, theta: Float64) -> tuple[Float64, float | None]:
        if self._place is None:
            return self.linear @ theta, None
        return self.linear @ np.delete(theta, self._place), float(theta[self._place])


@dataclass(frozen=True, eq=False)
class _Sample:
    """The data that a law is fitted to."""

    axes: tuple[str, ...]
    sizes: Float64
    logs: Float64
    rounds: Float64
    within: float

    @cached_property
    def steps(self) -> list[float]:
        """Possible places of a jump: between two amounts of data, with at least two sizes on either side."""
        amounts = np.sort(self.sizes.prod(axis=1))
        middles = np.sqrt(amounts[:-1] * amounts[1:])[1:-1]
        return sorted({float(each) for each in middles if not (amounts == each).any()})

    def fit(self, overheads: Sequence[float] = (), step: float | None = None) -> tuple[Law, float] | None:
        """The best law of a form, with its sum of squares; None where the sizes do not determine it.

        Parameters
        ----------
        overheads : sequence of float
            Starting values of ``log overhead``; empty for a law without one.
        """
        design = _Design(self.axes, self.sizes, bool(overheads), step)
        weight = np.sqrt(self.rounds)
        theta = np.asarray(np.linalg.lstsq(design.linear * weight[:, None], self.logs * weight, rcond=None)[0], float)
        if len(self.logs) <= len(theta) + bool(overheads):
            return None
        if overheads:
            theta = self._with_overhead(design, theta, overheads)
        J, r = design.jacobian(theta) * weight[:, None], (self.logs - design.logs(theta)) * weight
        lengths = np.linalg.norm(J, axis=0)
        if not lengths.all() or not np.isfinite(J).all():
            return None
        _, singular, V = np.linalg.svd(J / lengths, full_matrices=False)
        if singular[-1] <= singular[0] * len(J) * np.finfo(np.float64).eps:
            return None
        squares, freedom = float(r @ r), len(r) - len(theta)
        variance = max(squares / freedom, self.within, LEAST_VARIANCE)
        covariance = variance * (V.T / singular**2) @ V / lengths / lengths[:, None]
        return Law(self.axes, theta, covariance, freedom, variance, bool(overheads), step), squares

    def _with_overhead(self, design: _Design, power: Float64, overheads: Sequence[float]) -> Float64:
        from scipy.optimize import least_squares

        weight, place = np.sqrt(self.rounds), 1 + len(self.axes)

        def residuals(theta: Float64) -> Float64:
            return (design.logs(theta) - self.logs) * weight

        def jacobian(theta: Float64) -> Float64:
            return design.jacobian(theta) * weight[:, None]

        starts = [np.insert(power, place, overhead) for overhead in overheads]
        found = [least_squares(residuals, start, jac=jacobian, method="lm") for start in starts]
        best: Float64 = min(found, key=lambda each: float(each.cost)).x
        return best


def fit_law(points: Sequence[Point]) -> Law | None:
    """Fit the law; None where there are too few sizes: there must be more of them than parameters.

    Parameters
    ----------
    points : sequence of Point
        Of distinct sizes.
    """
    axes = tuple(axis for axis in ("n", "d") if len({getattr(each, axis) for each in points}) >= FEWEST)
    if not axes:
        return None
    sample = _Sample(
        axes,
        np.array([(each.n, each.d) for each in points], dtype=np.float64),
        np.array([each.log_mean for each in points]),
        np.array([len(each.values) for each in points], dtype=np.float64),
        _within(points),
    )
    found = sample.fit()
    if found is None:
        return None
    least = float(sample.logs.min())  # an overhead cannot be much above
    richer = sample.fit([least + math.log(share) for share in (0.9, 0.5, 0.1)])
    if richer is not None and _is_better(found, richer, 1) and richer[0].overhead_share(*_least(points)) < 1:
        found = richer
    places = sample.steps
    known = [float(found[0].theta[1 + len(axes)])] if found[0].has_overhead else []
    jumped = [each for step in places if (each := sample.fit(known, step)) is not None]
    best = min(jumped, key=lambda each: each[1], default=None)
    if best is not None and _is_better(found, best, len(places)) and (best[0].jump or (0.0,))[0] > LEAST_JUMP:
        found = best
    return found[0]


def _least(points: Sequence[Point]) -> tuple[int, int]:
    least = min(points, key=lambda each: each.n * each.d)
    return least.n, least.d


def _is_better(plain: tuple[Law, float], richer: tuple[Law, float], tried: int) -> bool:
    """Whether the additional parameters lower the sum of squares by more than chance."""
    from scipy.special import fdtrc

    more = len(richer[0].theta) - len(plain[0].theta)
    ratio = (plain[1] - richer[1]) / more / richer[0].variance
    return ratio > 0 and float(fdtrc(more, richer[0].freedom, ratio)) * tried < CHANCE


def _within(points: Sequence[Point]) -> float:
    """Variance of the logarithm of a round about the mean of its size; 0 with one round per size."""
    squares = sum((math.log(value) - each.log_mean) ** 2 for each in points for value in each.values)
    freedom = sum(len(each.values) - 1 for each in points)
    return squares / freedom if freedom else 0.0
