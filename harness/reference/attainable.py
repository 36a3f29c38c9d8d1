"""How many digits of an answer its data determine, when each value is correct to half a unit in the last place.

With residuals r, coefficients b and ``M = X'X + n l2 I``, a change ΔX, Δy of the data changes the coefficients, to first
order, by ``M⁻¹ ΔX' r + M⁻¹ X' (Δy - ΔX b)`` (Å. Björck, "Numerical Methods for Least Squares Problems", SIAM 1996,
section 1.4.3; N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., SIAM 2002, section 20.1). It is
linear in the changes, so that two numbers come from the same sums:

- the *bound*, where every value is off by half a unit and all of them conspire: ``|M⁻¹X'| (|Δy| + |ΔX| |b|) + |M⁻¹|
  |ΔX|' |r|``. It grows with the number of values, and data do not conspire;
- what is *attainable*, where they are off independently: the root of the sum of squares, times `REACH`.

`REACH` is where the largest of 1,000 random changes lies: 3.24 standard deviations. Half a unit up or down has the
deviation of half a unit, anything up to half a unit that over the root of 3; `REACH` stands between the two, at a
distance of 0.12 digits from either. `tests/benchmarks/attainable.py` holds it against brute force.

The column of ones is known exactly, and so are zeros. The work is O(n d²), block by block.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.reference.design import Design

__all__ = ["MOST_DIGITS", "REACH", "Attainable", "attainable"]

Float64 = NDArray[np.float64]

MOST_DIGITS = 17.0

REACH = 3.24 / 3.0**0.25
"""Standard deviations (of half a unit up or down) that 1,000 random changes of the data reach."""

EXPONENT_BITS = 0x7FF0000000000000


@dataclass(frozen=True)
class Attainable:
    """Digits that the data determine, each from 0 to 17.

    Where columns are dependent and no penalty makes up for it, the data determine no coefficient: half a unit would
    make the columns independent, and the coefficients anything. The fitted values are then looked at alone, as if the
    dependence were known.

    Attributes
    ----------
    coefficients : tuple of float
        The intercept's first, where there is one. A coefficient of 0 has the digits of its absolute error.
    bounds : tuple of float
        The same where all values conspire: digits that are certain, to first order.
    fitted : float
        Digits of the fitted values, by Euclidean length.
    noise : float
        Euclidean length of the change of the residuals that comes with such data, over that of the target.
    """

    coefficients: tuple[float, ...]
    bounds: tuple[float, ...]
    fitted: float
    noise: float

    @property
    def worst(self) -> float:
        """Digits of the least determined coefficient."""
        return min(self.coefficients, default=MOST_DIGITS)


@np.errstate(all="ignore")
def attainable(design: Design, *, determined: bool, data_digits: int | None = None) -> Attainable:
    """What data correct to half a unit determine.

    Parameters
    ----------
    design : Design
    determined : bool
        Whether the problem has one solution only.
    data_digits : int, optional
        How many significant decimal digits the values carry; the unit is then the last of these digits.
    """
    sums = _Sums(design, data_digits)
    first = 0 if design.problem.intercept else 1
    z, lengths = design.coef * design.lengths, np.append(1.0, design.lengths)
    size = np.abs(np.append(design.intercept, z))
    size = np.where(size > 0, size, lengths * 0.5**design.target_exponent)
    zeros = (0.0,) * (len(size) - first)
    return Attainable(
        coefficients=_digits(REACH * np.sqrt(sums.variances(z)) / size)[first:] if determined else zeros,
        bounds=_digits(sums.bounds(z) / size)[first:] if determined else zeros,
        fitted=_digits(np.array([REACH * np.sqrt(sums.fitted_square(z)) / (design.fitted or 1.0)]))[0],
        noise=float(np.sqrt(sums.noise / (sums.target or 1.0))),
    )


def _digits(errors: Float64) -> tuple[float, ...]:
    digits = np.clip(-np.log10(errors), 0.0, MOST_DIGITS)
    return tuple(np.where(np.isnan(errors), 0.0, digits).tolist())


class _Sums:
    """One pass over the rows.

    In units of columns of length 1, with ``Q = X M⁻¹`` (the intercept's column first), u the half units and e the
    deviation of ``Δy - ΔX z`` in each row: ``Q²' e²``, ``U_k = sum (u_k r)²``, ``B = (u²)' (r Q)`` and so on.
    """

    def __init__(self, design: Design, data_digits: int | None) -> None:
        p = len(design.coef)
        inverse, means = design.inverse, design.means / design.lengths
        self._inverse = np.vstack([-means @ inverse, inverse])
        self._own = np.zeros(p + 1)  # sums of Q² e²
        self._moved = np.zeros(p)  # sums of (u r)²
        self._both = np.zeros((p, p + 1))  # sums of u² r Q
        self._certain = np.zeros(p + 1)  # sums of |Q| e where all conspire
        self._certainly_moved = np.zeros(p)  # sums of u |r|
        self._leverage = 0.0
        self.noise = self.target = 0.0
        z = design.coef * design.lengths
        scale, factor = 1.0 / design.lengths, self._inverse.T.copy()
        share = 1.0 / len(design.problem.y) if design.problem.intercept else 0.0
        unit = _unit(design.problem.X.dtype)
        for X, y in design.blocks():
            t = X * scale
            u = _half_units(X, unit, data_digits) * scale
            v = _half_units(y, unit, data_digits)
            t -= means
            r = y - design.intercept - t @ z - means @ z
            Q = t @ factor
            Q[:, 0] += share
            self._leverage += self._add(t, u, v, r, Q, z, share)
            self.target += float(y @ y)

    def _add(
        self, t: Float64, u: Float64, v: Float64, r: Float64, Q: Float64, z: Float64, share: float
    ) -> float:
        e = v + u @ np.abs(z)
        self._certain += e @ np.abs(Q)
        self._certainly_moved += np.abs(r) @ u
        leverage = share + np.einsum("ij,ij->i", t, Q[:, 1:])
        u *= u
        e2 = v * v + u @ (z * z)
        self._moved += (r * r) @ u
        self._both += (u * r[:, None]).T @ Q
        Q *= Q
        self._own += e2 @ Q
        self.noise += float(e2.sum())
        return float(e2 @ leverage)

    def variances(self, z: Float64) -> Float64:
        """Of each coefficient, the intercept's first, where values are off independently by half a unit."""
        crossed = np.einsum("jk,k,kj->j", self._inverse, z, self._both)
        total = self._own + self._inverse**2 @ self._moved - 2 * crossed
        return np.maximum(total, 0.0)

    def bounds(self, z: Float64) -> Float64:
        """Of the change of each coefficient where all values conspire."""
        return self._certain + np.abs(self._inverse) @ self._certainly_moved

    def fitted_square(self, z: Float64) -> float:
        """Mean square of the length of the change of the fitted values."""
        inverse, both = np.diag(self._inverse[1:]), np.diag(self._both[:, 1:])
        return max(0.0, float(self._leverage + inverse @ self._moved - 2 * z @ both))


def _unit(dtype: np.dtype[Any]) -> float:
    return float(np.finfo(dtype).eps) / 2


def _half_units(values: Float64, unit: float, data_digits: int | None) -> Float64:
    """Half a unit in each value's last place; 0 for 0."""
    if data_digits is None:
        # the exponent's bits alone are the power of two below a value, and far quicker than a logarithm
        powers: Float64 = (np.ascontiguousarray(values).view(np.int64) & EXPONENT_BITS).view(np.float64) * unit
        return powers
    size = np.abs(values)
    leading = np.floor(np.log10(size, out=np.zeros_like(size), where=size > 0))
    return np.where(size > 0, 0.5 * 10.0 ** (leading + 1 - data_digits), 0.0)
