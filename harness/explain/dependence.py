"""Finds dependent columns: exactly, up to the data's rounding, or nearly."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from backends.base import Problem
from harness.explain.reduced import reduced
from harness.reference.gram import exact_gram

Float64 = NDArray[np.float64]

INTERCEPT = "the intercept"

EPSILON = float(np.finfo(np.float64).eps)

LOOSE = 20.0
"""As `ROUNDINGS`, for a first check in float64, which has rounding of its own."""

ROUNDINGS = 1.5
"""A combination of columns counts as 0 if each value is off by up to so many half units in the last place."""

REFINEMENTS = 3

LARGEST_DENOMINATOR = 1000

NEAT = 1e-8
"""Relative distance within which a float64 is taken for a fraction of small integers."""

STRONG = 30.0
"""Condition index from which a near dependence is harmful (Belsley, Kuh & Welsch, *Regression Diagnostics*, 1980, p.
105)."""

SHARE = 0.5
"""Share of a coefficient's variance from which a near dependence involves its column (the same, p. 112)."""


@dataclass(frozen=True)
class Relation:
    """A column that is a linear combination of columns before it."""

    column: str
    terms: tuple[tuple[str, float], ...]
    """The other columns with their nonzero weights."""
    constant: float
    """The constant term; 0 where the model has no intercept."""
    exact: bool
    """Whether it holds exactly in float64, rather than up to the rounding of each value."""

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns in it, and the intercept where the constant is not 0."""
        return (self.column, *(name for name, _ in self.terms), *([INTERCEPT] if self.constant else []))

    def __str__(self) -> str:
        """``z = agriculture + education``; weights that are simple fractions are written so."""
        parts = [(weight, name) for name, weight in self.terms]
        if self.constant or not parts:
            parts.append((self.constant, ""))
        words = ""
        for weight, name in sorted(parts, key=lambda part: part[0] < 0):
            sign = (" - " if words else "-") if weight < 0 else " + " if words else ""
            size = "" if abs(weight) == 1 and name else _written(abs(weight))
            words += sign + " ".join(filter(None, (size, name)))
        return f"{self.column} = {words}"


@dataclass(frozen=True)
class NearDependence:
    """A direction in which the columns, scaled to unit length, are nearly dependent."""

    index: float
    """The condition index: the largest singular value over this one."""
    proportions: tuple[tuple[str, float], ...]
    """Columns with this direction's share of their coefficient's variance; those of at least `SHARE`, the largest
    first."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it involves."""
        return tuple(name for name, _ in self.proportions)


def near_dependences(X: Float64, names: Sequence[str], *, intercept: bool) -> tuple[NearDependence, ...]:
    """Variance proportions of the scaled design, the strongest dependence first (Belsley, Kuh & Welsch 1980, §3.2).

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    intercept : bool
        Whether a column of ones is among the columns.

    Returns
    -------
    tuple of NearDependence
        Those with a condition index of at least `STRONG` that involve at least two columns.
    """
    about = reduced(np.asarray(X, dtype=np.float64), np.zeros(len(X)))
    A = about.rows[:, :-1] if intercept else about.rows[:, 1:-1]
    called = [INTERCEPT, *names] if intercept else list(names)
    lengths = np.sqrt((A**2).sum(axis=0))
    if A.shape[1] < 2 or not (lengths > 0).all():
        return ()
    _, s, Vt = np.linalg.svd(A / lengths, full_matrices=False)
    s = np.maximum(s, s[0] * EPSILON)
    shares = (Vt / s[:, None]) ** 2
    shares /= shares.sum(axis=0)
    found = []
    for k in range(len(s) - 1, -1, -1):
        order = [j for j in np.argsort(-shares[k]) if shares[k, j] >= SHARE]
        if s[0] / s[k] >= STRONG and len(order) >= 2:
            proportions = tuple((called[j], float(shares[k, j])) for j in order)
            found.append(NearDependence(float(s[0] / s[k]), proportions))
    return tuple(found)


def relations(problem: Problem, names: Sequence[str]) -> tuple[Relation, ...]:
    """Columns that are combinations of columns before them, exactly or up to the rounding of each value."""
    X = problem.X.astype(np.float64)
    about = reduced(X, np.zeros(len(X)))
    C = about.centred[:, :-1] if problem.intercept else about.rows[:, 1:-1]
    size = np.sqrt((about.rows[:, 1:-1] ** 2).sum(axis=0))
    unit = EPSILON / 2 if problem.X.dtype == np.float64 else float(np.finfo(np.float32).eps) / 2
    basis: list[int] = []
    found = []
    for j in range(X.shape[1]):
        weights = _combined(C[:, basis], C[:, j])
        noise = unit * (size[j] + float(np.abs(weights) @ size[basis]))
        kept = [(k, _rational(w)) for k, w in zip(basis, weights, strict=True)
                if abs(w) * np.linalg.norm(C[:, k]) > 300 * noise]  # fmt: skip
        loosely = np.linalg.norm(C[:, j] - C[:, basis] @ weights) <= LOOSE * noise
        found_weights = _confirmed(X, j, kept, ROUNDINGS * noise, intercept=problem.intercept) if loosely else None
        if found_weights is None:
            basis.append(j)
            continue
        kept = found_weights
        constant = about.mean[j] - sum(w * about.mean[k] for k, w in kept) if problem.intercept else 0.0
        allowed = 100 * noise / np.sqrt(len(X))
        constant = 0.0 if abs(constant) <= allowed else _rational(constant, allowed)
        exact = _holds_exactly(problem, j, kept, constant)
        found.append(Relation(names[j], tuple((names[k], w) for k, w in kept), constant, exact))
    return tuple(found)


def _combined(A: Float64, y: Float64) -> Float64:
    if not A.shape[1]:
        return np.zeros(0)
    lengths = np.sqrt((A**2).sum(axis=0))
    scaled = np.linalg.lstsq(A / lengths, y, rcond=None)[0]
    again = np.linalg.lstsq(A / lengths, y - (A / lengths) @ scaled, rcond=None)[0]
    return np.asarray((scaled + again) / lengths)


def _confirmed(
    X: Float64, j: int, kept: Sequence[tuple[int, float]], allowed: float, *, intercept: bool
) -> list[tuple[int, float]] | None:
    """The combination, refined in long double, if its residual is within ``allowed``; else None."""
    columns = [k for k, _ in kept]
    weights = np.array([weight for _, weight in kept], dtype=np.longdouble)
    A = X[:, columns] - (X[:, columns].mean(axis=0) if intercept else 0.0)
    for _ in range(REFINEMENTS):
        rest = X[:, j].astype(np.longdouble)
        for k, weight in zip(columns, weights, strict=True):
            rest -= weight * X[:, k]
        if intercept:
            rest -= rest.mean()
        if float(np.sqrt((rest**2).sum())) <= allowed:
            return [(k, float(weight)) for k, weight in zip(columns, weights, strict=True)]
        weights = weights + _combined(A, rest.astype(np.float64))
    return None


def _rational(value: float, allowed: float = 0.0) -> float:
    """The fraction of small integers near a value, or else the value."""
    near = float(Fraction(value).limit_denominator(LARGEST_DENOMINATOR))
    return near if near and abs(near - value) <= max(NEAT * abs(value), allowed) else value


def _written(value: float) -> str:
    fraction = Fraction(value).limit_denominator(LARGEST_DENOMINATOR)
    text = f"{value:.10g}"
    if len(text) <= 8 or float(fraction) != value:
        return text if len(text) <= 8 else f"{value:.8g}"
    return str(fraction)


def _holds_exactly(problem: Problem, j: int, kept: Sequence[tuple[int, float]], constant: float) -> bool:
    """Whether the combination is exactly 0 in every row, by the exact Gram matrix."""
    gram = exact_gram(problem.X, problem.y)
    ones = problem.X.shape[1] + 1
    vector = {j: Fraction(-1)}
    for k, weight in [*kept, *([(ones, constant)] if constant else [])]:
        near = Fraction(weight).limit_denominator(LARGEST_DENOMINATOR)
        vector[k] = near if float(near) == weight else Fraction(weight)
    total = sum(
        (a * b * gram.value(i, k) for i, a in vector.items() for k, b in vector.items()),
        Fraction(0),
    )
    return total == 0
