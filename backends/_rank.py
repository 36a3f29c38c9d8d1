"""Rank decisions: whether nearly dependent columns are dependent, and the solution in either case.

A float64 factorisation cannot tell an exact combination of other columns from a column that differs by a few parts in
1e16. Twice the working precision can. But a difference no larger than the rounding of the data means nothing, and yet
would decide every digit of the coefficients; then the column may as well be the combination. Columns are taken in the
order of a pivoted QR of R; those that are clearly independent of the ones before form a basis B. Each other column a is
then solved for, ``min |B w - a|``, with w and the residual in twice the working precision:

- The residual is no larger than its own rounding error: a depends on B, and ``a = B w``.
- The residual is no longer than changes of half a unit in the last place of every value can make it, and it is an
  outlier in no row: some data within half a unit, in the mean square, have ``a = B w``. The problem is solved for
  those, because the exact coefficients of the data as given, once rounded, would fit worse. (Not with a penalty, nor
  for float32 data, which float64 coefficients fit well in any case.)
- The residual is larger: a is independent, however close. The residual itself joins the basis, scaled to unit size by a
  power of two. The basis stays well conditioned, whatever the condition of A.

With C the coordinates of all columns, ``A = B C``, the solutions are the x with ``C x = z`` where z minimises
``|B z - b|``. If no column is dependent there is only one. Otherwise take the one of smallest ``|coef|`` in the
problem's own units, the intercept free: ``coef = Mᵀλ, M Mᵀλ = z``, M being the rows and columns of C other than those
of the intercept. That is refined as the least-squares problem is: by the R of Mᵀ, with residuals in twice the
precision.

References
----------
Å. Björck, "Numerical Methods for Least Squares Problems", SIAM 1996, sections 1.3.2 (minimum norm), 2.7 (rank).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from backends._augmented import (
    PAIR_BLOCK,
    ROUNDED,
    Refined,
    back_substitution,
    forward_substitution,
    refine,
    triangular_factor,
)
from backends._double_double import Pair, add, ldexp, multiply, pairwise_sum, residual
from backends._rows import Rows, half_units
from backends._wide import shortest

Float64 = NDArray[np.float64]

CLEAR = 2.0**-26
"""A column farther than this from the span of others, relative to its length, is independent of them."""
DOUBT = 2.0**-36
"""The largest error estimate of a coefficient, relative to the largest one, with which a fit counts as converged."""
OUTLYING = 3.0
"""A residual this many times the root mean square is an outlier."""
ROUNDING = 2.0**-98
"""Relative rounding error of a residual in twice the working precision, with a reserve for long sums."""


@dataclass(eq=False)
class Basis:
    """A well-conditioned basis of the columns of `Rows`, and their coordinates in it."""

    rows: Rows
    members: list[int]
    """The column that each basis vector is, or was derived from."""
    R: Float64
    """Of shape (n_members, n_members). The triangular factor of the basis."""
    derived: list[tuple[Pair, int]] = field(default_factory=list)
    """For the last ``len(derived)`` members: the combination of earlier members that was subtracted, and the power of
    two that the remainder was multiplied by."""
    dependent: dict[int, Pair] = field(default_factory=dict)
    """Coordinates of each column that depends on the basis."""

    def _vectors(self, A: Float64) -> Float64 | Pair:
        """The basis vectors in a block of rows."""
        plain = len(self.members) - len(self.derived)
        if not self.derived:
            return A[:, self.members]
        B = Pair.of(A[:, self.members[:plain]])
        for j, (w, exponent) in zip(self.members[plain:], self.derived, strict=True):
            rest = ldexp(residual(Pair.of(A[:, j]), B, w), exponent)
            B = Pair(np.column_stack([B.hi, rest.hi]), np.column_stack([B.lo, rest.lo]))
        return B

    def solve(self, column: int | None, rounded: float) -> Refined:
        """Least squares on the basis, for a column of A or (None) for the target."""

        def blocks(elements: int) -> Iterator[tuple[Float64 | Pair, Pair, Float64 | None]]:
            for A, b, w in self.rows.blocks(elements):
                yield self._vectors(A), Pair.of(b if column is None else A[:, column]), w

        return refine(blocks, self.R, rounded)

    def include(self, j: int) -> None:
        """Record column j as dependent on the basis, or make it the next member."""
        w, distance, last_step, _ = self.solve(j, rounded=0.0)
        count = len(self.members)
        noise = (ROUNDING * (1 + np.abs(w.hi).sum()) + np.abs(last_step).sum()) * np.sqrt(self.rows.weight)
        if distance <= noise or (self.rows.may_be_rounding and self._is_rounding(j, w, distance)):
            self.dependent[j] = w
            return
        exponent = -int(np.frexp(distance)[1])
        self.members.append(j)
        self.derived.append((w, exponent))
        R = np.zeros((count + 1, count + 1))
        R[:count, :count], R[count, count] = self.R, np.ldexp(distance, exponent)
        self.R = R

    def _is_rounding(self, j: int, w: Pair, distance: float) -> bool:
        """Whether ``a_j - B w`` may be the rounding of the data.

        If so, it is no longer than changes of half a unit in each value can make it. But a row where it is more than
        twice that, and an outlier, shows a real difference.
        """
        weights = np.abs(_back_transform(self, w).hi)
        weights[j] += 1.0
        weights[: int(self.rows.intercept)] = 0.0  # ones are exact
        squares, left = 0.0, OUTLYING * distance / np.sqrt(len(self.rows.y))
        for A, _, counts in self.rows.blocks(PAIR_BLOCK):
            root = 1.0 if counts is None else np.sqrt(counts)
            slack = root * (half_units(A) @ weights)
            if (root * np.abs(residual(Pair.of(A[:, j]), self._vectors(A), w).hi) > 2 * slack + left).any():
                return False
            squares += float(slack @ slack)
        return bool(distance <= np.sqrt(squares))


def find_basis(rows: Rows, R: Float64) -> Basis:
    """Divide the columns into a basis and those dependent on it, given the R (of any height) of all rows."""
    clear = _clear_columns(R, first=rows.intercept)
    basis = Basis(rows, clear, triangular_factor(R[:, clear]))
    for j in range(rows.n_columns):
        if j not in clear:
            basis.include(j)
    return basis


def _clear_columns(R: Float64, *, first: bool) -> list[int]:
    """The clearly independent columns, by pivoted Gram-Schmidt on R; the column of ones first where there is one.

    Each step takes the column farthest from the span of those taken, relative to its own length.
    """
    length = np.linalg.norm(R, axis=0)
    V = np.divide(R, length, out=np.zeros_like(R), where=length > 0)
    clear: list[int] = []
    while len(clear) < min(V.shape):
        distance = np.linalg.norm(V, axis=0)
        distance[clear] = 0.0
        j = 0 if first and not clear else int(distance.argmax())
        if distance[j] <= CLEAR:
            break
        q = V[:, j] / distance[j]
        V -= np.outer(q, q @ V)
        clear.append(j)
    return clear


def solution(basis: Basis) -> tuple[Pair, bool]:
    """The x that minimises ``|A x - b|``, with smallest ``|coef|`` if not unique; and whether it converged."""
    target = basis.solve(None, rounded=0.0 if basis.derived else ROUNDED)
    if basis.dependent:
        x, settled = _minimum_norm(basis, target.x)
        return x, settled and target.converged
    x = _back_transform(basis, target.x)
    doubt = np.abs(_back_transform(basis, Pair.of(_doubt(basis, target))).hi)
    return x, bool((doubt <= DOUBT * np.abs(x.hi).max(initial=0.0)).all())


def _doubt(basis: Basis, target: Refined) -> Float64:
    """Error estimates of the solution: its last correction, and the rounding of derived vectors.

    A derived vector is the remainder of a column, so it has the column's relative error times the ratio of their
    lengths.
    """
    plain = len(basis.members) - len(basis.derived)
    lost = [0.0] * plain + [np.ldexp(ROUNDING * (1 + np.abs(w.hi).sum()), k) for w, k in basis.derived]
    gradient_error = target.residual_norm * np.array(lost)
    step = back_substitution(basis.R, forward_substitution(basis.R, gradient_error))
    return np.abs(target.last_step) + np.abs(step)


def _back_transform(basis: Basis, z: Pair) -> Pair:
    """Undo the subtractions, last first: ``B z + (a - B w) * 2**k * t = B (z - w s) + a s`` with ``s = 2**k * t``."""
    x = Pair.of(np.zeros(basis.rows.n_columns))
    for w, exponent in reversed(basis.derived):
        j = basis.members[len(z.hi) - 1]
        s = Pair(np.ldexp(z.hi[-1], exponent), np.ldexp(z.lo[-1], exponent))
        x.hi[j], x.lo[j] = s
        z = add(z.at(slice(-1)), -multiply(w, s))
    plain = basis.members[: len(z.hi)]
    x.hi[plain], x.lo[plain] = z
    return x


def _coordinates(basis: Basis) -> Pair:
    """C, of shape (n_members, n_columns): the coordinates of every column of A in the basis."""
    C = Pair.of(np.zeros((len(basis.members), basis.rows.n_columns)))
    plain = len(basis.members) - len(basis.derived)
    C.hi[np.arange(plain), basis.members[:plain]] = 1.0
    for i, (w, exponent) in enumerate(basis.derived, start=plain):
        j = basis.members[i]
        C.hi[:i, j], C.lo[:i, j] = w
        C.hi[i, j] = np.ldexp(1.0, -exponent)
    for j, w in basis.dependent.items():
        C.hi[: len(w.hi), j], C.lo[: len(w.hi), j] = w
    return C


def _minimum_norm(basis: Basis, z: Pair) -> tuple[Pair, bool]:
    """The solution of ``C x = z`` of smallest ``|coef|`` in the problem's units."""
    C, first = _coordinates(basis), int(basis.rows.intercept)
    units = basis.rows.exponents[first:]
    M, wanted = C.at(np.s_[first:, first:]), z.at(np.s_[first:])
    # x_j = 2**-units_j * coef_j; rows may be scaled freely: bring the largest element of each near 1
    rows = -(np.frexp(M.hi)[1] - units).max(axis=1, where=M.hi != 0, initial=-5000)[:, None]
    M = ldexp(M, rows - units)
    coef, converged = shortest(M, ldexp(wanted, rows[:, 0]), triangular_factor(M.hi.T))
    x = ldexp(coef, -units)
    if not first:
        return x, converged
    products = multiply(C.at(np.s_[0, 1:]), -x)
    intercept = pairwise_sum(np.append(products.hi, z.hi[0]), np.append(products.lo, z.lo[0]))
    return Pair(np.append(intercept.hi, x.hi), np.append(intercept.lo, x.lo)), converged
