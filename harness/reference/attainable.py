"""How many digits of an answer the data determine, when each value is correct to half a unit in the last place (ulp).

With residuals r, coefficients b and ``M = X'X + n l2 I``, a change ΔX, Δy of the data changes the coefficients, to
first order, by ``M⁻¹ ΔX' r + M⁻¹ X' (Δy - ΔX b)`` (Å. Björck, "Numerical Methods for Least Squares Problems", SIAM
1996, section 1.4.3; N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., SIAM 2002, section 20.1).
As this is linear in the changes, the same sums give two numbers:

- the *bound*, the worst case, in which every value is off by half a unit: ``|M⁻¹X'| (|Δy| + |ΔX| |b|) + |M⁻¹| |ΔX|'
  |r|``. It grows with the number of values, and is far from what data do;
- what is *attainable*, where the values are off independently: the root of the sum of squares, times `REACH`.

`REACH` is where the largest of 1,000 random changes lies: 3.24 standard deviations. A change of half a unit up or down
has a standard deviation of half a unit; one uniform within half a unit has that over the root of 3. `REACH` uses their
geometric mean, 0.12 digits from either. `tests/benchmarks/attainable.py` compares it with brute force.

The column of ones is exact, and so are zeros and weights: a row and its errors are multiplied by the root of its
weight. The work is O(n d²), block by block.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.passes import Watch, unwatched
from harness.reference.design import Design
from harness.units import MOST_DIGITS

Float64 = NDArray[np.float64]

REACH = 3.24 / 3.0**0.25
"""Standard deviations (of half a unit up or down) that 1,000 random changes of the data reach."""

EXPONENT_BITS = 0x7FF0000000000000


LOST = 0.25
"""A direction is lost where the data's squared rounding exceeds this fraction of its squared length."""

TYPICAL = 0.54
"""Mean square of half an ulp relative to half the largest ulp of values of that size (mantissas by Benford's law)."""


@dataclass(frozen=True)
class Attainable:
    """Digits that the data determine, each from 0 to 17.

    A combination of columns no longer than the data's rounding is *lost*: first-order analysis does not apply to it, as
    the data cannot be told from those of a problem without it. Its contribution to a coefficient, or to the fitted
    values, then counts as part of their change. Where columns are exactly dependent, and no penalty makes up for it,
    the data determine no coefficient, and the digits of the fitted values assume that the dependence is known.
    """

    coefficients: tuple[float, ...]
    """The intercept's first, where there is one. For a coefficient of 0, by its absolute error."""
    bounds: tuple[float, ...]
    """The same in the worst case: digits that are certain, to first order."""
    fitted: float
    """Digits of the fitted values, in the Euclidean norm."""
    noise: float
    """Euclidean norm of the change that the data's rounding makes in the residuals, over the target's norm."""
    lost: int
    """Number of lost combinations of columns."""

    @property
    def worst(self) -> float:
        """Digits of the least determined coefficient."""
        return min(self.coefficients, default=MOST_DIGITS)


@np.errstate(all="ignore")
def attainable(
    design: Design, *, determined: bool, data_digits: int | None = None, watch: Watch = unwatched
) -> Attainable:
    """Digits that data correct to half a unit determine.

    Parameters
    ----------
    determined : bool
        Whether the solution is unique.
    data_digits : int, optional
        Significant decimal digits of the values; the unit is then that of the last digit.
    watch : callable, optional
        Called with the progress of the pass over the rows.
    """
    kept = _kept(design, data_digits)
    sums = _Sums(design, kept, data_digits, watch)
    changes, bounds = REACH * np.sqrt(sums.variances()), sums.bounds()
    fitted = REACH * math.sqrt(sums.fitted_square())
    if kept.lost:
        shift = kept.shift / design.lengths
        shift = np.abs(_with_intercept(float(design.means @ shift), shift))
        shift = np.hypot(shift, REACH * sums.of_random_direction(kept.lost))
        changes, bounds, fitted = np.hypot(changes, shift), bounds + shift, math.hypot(fitted, kept.fitted_shift)
    size = np.abs(_with_intercept(design.intercept, design.coef))
    if not size.all():
        size = np.where(size > 0, size, np.ldexp(1.0, np.append(0, design.exponents) - design.target_exponent))
    digits = _digits(np.concatenate([changes / size, bounds / size, [fitted / (design.fitted or 1.0)]]))
    first, last = 0 if design.problem.intercept else 1, len(size)
    zeros = (0.0,) * (last - first)
    return Attainable(
        coefficients=digits[first:last] if determined else zeros,
        bounds=digits[last + first : -1] if determined else zeros,
        fitted=digits[-1],
        noise=math.sqrt(sums.noise / (sums.target or 1.0)),
        lost=kept.lost,
    )


def _with_intercept(intercept: float, coef: Float64) -> Float64:
    whole = np.empty(len(coef) + 1)
    whole[0], whole[1:] = intercept, coef
    return whole


@dataclass(frozen=True, eq=False)
class _Kept:
    """The problem without lost combinations, with columns of unit length."""

    z: Float64
    """Of shape (n_features,). Coefficients."""
    inverse: Float64
    """Of shape (n_features, n_features)."""
    shift: Float64
    """Of shape (n_features,). The exact answer's coefficients minus ``z``."""
    fitted_shift: float
    """Euclidean norm of what ``shift`` adds to the fitted values."""
    lost: int


def _kept(design: Design, data_digits: int | None) -> _Kept:
    z, inverse = design.coef * design.lengths, design.inverse
    whole = _Kept(z, inverse, np.zeros(len(z)), 0.0, 0)
    n = design.weight
    unit = _unit(design.problem.X.dtype) if data_digits is None else 0.5 * 10.0 ** (1 - data_digits)
    noise = TYPICAL * unit**2 * (1 + n * (design.means / design.lengths) ** 2)
    if not inverse.trace() * noise.max(initial=0.0) > LOST:
        return whole
    columns = np.flatnonzero(np.diag(inverse) > 0)
    own = np.ix_(columns, columns)
    stretch, V = np.linalg.eigh(inverse[own])
    lost = stretch * (noise[columns] @ V**2) > LOST
    if not lost.any():
        return whole
    # one step of inverse iteration, for small components of a direction, which decide small coefficients
    V = inverse[own] @ V[:, lost] / stretch[lost]
    parts = V.T @ z[columns]
    shift, reduced = np.zeros_like(z), np.zeros_like(inverse)
    shift[columns] = V @ parts
    squares, W = np.linalg.eigh(design.correlations()[own])
    W, squares = W[:, lost.sum() :], squares[lost.sum() :]
    reduced[own] = (W / squares) @ W.T
    return _Kept(z - shift, reduced, shift, float(np.linalg.norm(parts / np.sqrt(stretch[lost]))), int(lost.sum()))


def _digits(errors: Float64) -> tuple[float, ...]:
    digits = np.minimum(np.maximum(-np.log10(errors), 0.0), MOST_DIGITS) + 0.0  # no -0
    digits[np.isnan(errors)] = 0.0
    return tuple(digits.tolist())


EVERY_BLOCK, ONE_BLOCK_IN = 4, 8
"""Cross products are summed over the first blocks, and over one block in so many after those. They nearly cancel, as
residuals are orthogonal to the columns, and at most halve a variance; they cost a quarter of all the rest."""


class _Sums:
    """Sums over the rows, made in one pass, block by block; a block is stored column by column.

    With ``Q = X M⁻¹`` (the intercept's column first), u the half units, and e the size of ``Δy - ΔX b`` in each row (a
    root of squares, or a sum): ``e² Q²``, ``r² u²``, ``(u²)' (r Q)`` and so on. Sums over u leave out the unit that all
    values share, which is applied at the end.
    """

    def __init__(self, design: Design, kept: _Kept, data_digits: int | None, watch: Watch) -> None:
        p, problem = len(design.coef), design.problem
        self._b = b = kept.z / design.lengths
        inverse = kept.inverse / design.lengths / design.lengths[:, None]
        self._inverse = np.empty((p + 1, p))
        self._inverse[0], self._inverse[1:] = -design.means @ inverse, inverse
        self._n = len(problem.y)
        self._samples = design.fit.moments.n
        self._share = 1.0 / design.weight if problem.intercept else 0.0
        self._unit = _unit(problem.X.dtype) if data_digits is None else 1.0
        self._own = np.zeros(p + 1)  # sums of e² Q²
        self._moved = np.zeros(p)  # sums of (u r)²
        self._both = np.zeros((p, p + 1))  # sums of u² r Q
        self._certain = np.zeros(p + 1)  # sums of e |Q|, e being a sum
        self._certainly_moved = np.zeros(p)  # sums of u |r|
        self._leverage = self._noise = self._residual = 0.0
        self.target = 0.0
        self._factor = np.empty((p + 1, p + 1))  # of the column of ones, then of the others
        self._factor[:, 1:] = self._inverse
        self._factor[:, 0] = -self._inverse @ design.means
        self._factor[0, 0] += self._share
        self._size, self._square = np.abs(b), b * b
        constant = design.intercept + design.means @ (design.coef - b)
        self._crossed, rows = 0, min(self._n, design.block_rows)
        whole = np.ones((p + 1, rows)), np.empty((p + 1, rows)), np.empty((p, rows))
        for number, block in enumerate(design.blocks(watch)):
            X, y, root = block
            A, Q, work = (each[:, : len(y)] for each in whole)
            A[1:] = X.T
            u, v, level = _units(A[1:], data_digits), _units(y, data_digits), constant
            if root is not None:
                A[0] = 1.0
                A *= root
                u *= root
                y, v, level = y * root, v * root, constant * root
            np.matmul(self._factor, A, out=Q)
            r = y - level - b @ A[1:]
            crossing = number < EVERY_BLOCK or number % ONE_BLOCK_IN == 0
            self._add(A, Q, r, u, v, work, crossing=crossing)
            self.target += float(y @ y)
        if self._crossed < self._n:
            self._both *= self._n / self._crossed

    def _add(
        self, A: Float64, Q: Float64, r: Float64, u: Float64, v: Float64, work: Float64, *, crossing: bool
    ) -> None:
        certain = v + self._size @ u
        self._certainly_moved += u @ np.abs(r)
        u *= u
        square = v * v + self._square @ u
        self._moved += u @ (r * r)
        if crossing:
            self._crossed += len(r)
            np.multiply(u, r, out=work)
            self._both += work @ Q.T
        np.multiply(A[1:], Q[1:], out=work)
        self._leverage += float((square * A[0]) @ Q[0] + (work @ square).sum())
        np.abs(Q, out=Q)
        self._certain += Q @ certain
        Q *= Q
        self._own += Q @ square
        self._noise += float(square.sum())
        self._residual += float(r @ r)

    @property
    def noise(self) -> float:
        """Sum of squares of the change that the data's rounding makes in the residuals."""
        return self._unit**2 * self._noise

    def variances(self) -> Float64:
        """Variance of each coefficient, the intercept's first, where values are off independently by half a unit."""
        crossed = (self._inverse * self._both.T) @ self._b
        apart = self._own + self._inverse**2 @ self._moved
        least = 0.0 if self._crossed == self._n else apart / 2
        squares: Float64 = self._unit**2 * np.maximum(apart - 2 * crossed, least)
        return squares

    def bounds(self) -> Float64:
        """Bound on the change of each coefficient, in the worst case."""
        return self._unit * (self._certain + np.abs(self._inverse) @ self._certainly_moved)

    def of_random_direction(self, lost: int) -> Float64:
        """Standard deviation of each coefficient when a lost combination of columns becomes a random direction.

        With s the residual deviation and ν its degrees of freedom, ``s (M⁻¹)_jj^(1/2) / ν^(1/2)``: the direction
        explains ``s`` of the residuals, and its correlation with the columns is about ``1/ν^(1/2)``.
        """
        inverse = np.diag(self._inverse[1:])
        freedom = max(1, self._samples - len(inverse) - bool(self._share) + lost)
        first = self._share + self._inverse[0] @ np.linalg.pinv(self._inverse[1:]) @ self._inverse[0]
        deviations: Float64 = np.sqrt(lost * self._residual * np.append(first, inverse)) / freedom
        return deviations

    def fitted_square(self) -> float:
        """Mean square of the norm of the change in the fitted values."""
        inverse, both = self._inverse[1:].diagonal(), self._both[:, 1:].diagonal()
        total = float(self._leverage + inverse @ self._moved - 2 * self._b @ both)
        return self._unit**2 * max(0.0, total)


def _unit(dtype: np.dtype[Any]) -> float:
    return float(np.finfo(dtype).eps) / 2


def _units(values: Float64, data_digits: int | None) -> Float64:
    """Half a unit in each value's last place, over the dtype's roundoff; 0 for 0."""
    if data_digits is None:
        # masking the mantissa gives the power of two below a value, far faster than a logarithm
        powers: Float64 = (np.ascontiguousarray(values).view(np.int64) & EXPONENT_BITS).view(np.float64)
        return powers
    size = np.abs(values)
    leading = np.floor(np.log10(size, out=np.zeros_like(size), where=size > 0))
    return np.where(size > 0, 0.5 * 10.0 ** (leading + 1 - data_digits), 0.0)
