"""Least squares in rational arithmetic: the normal equations, solved exactly.

Forming the normal equations squares the condition number, which does no harm in exact arithmetic. With an
intercept the columns are centred first, ``C = S - s sᵀ/n``, exactly; the intercept is then ``mean(y) - mean(x)·coef``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import flint

from harness.reference.rationals import of_fraction, to_fraction

MOST_FEATURES = 250
"""Above it rationals have too many digits, and the solution is enclosed in balls instead."""

BALL_BITS = 256
"""Guaranteed bits of such a solution: about five times a float64's, which decides its rounding."""

MOST_BITS = 1 << 14

NEGLIGIBLE = 1 << 400
"""Where residuals in balls are smaller than the target by this factor, an exact test decides whether they are 0."""

PRIMES = ((1 << 61) - 1, (1 << 62) - 57, (1 << 63) - 25)
"""For elimination modulo a prime. Only data made against a prime would make it miss a column."""

Vector = list[Fraction]
Matrix = list[Vector]


@dataclass(frozen=True)
class Moments:
    """The exact sums from which least squares is solved."""

    xx: Matrix
    """Sums of products of features."""
    xy: Vector
    x: Vector
    """``xy`` and ``x``: sums of products with the target, and sums."""
    yy: Fraction
    y: Fraction
    n: int
    """Number of samples; with weights, of those with positive weight."""
    weight: Fraction
    """The sum of the weights, by which every other sum is weighted; n where there are none."""

    @classmethod
    def of(
        cls, value: Callable[[int, int], Fraction], *, n_features: int, n: int, weight: Fraction | None = None
    ) -> "Moments":
        """The moments from ``value(j, k)``, the sum of products of columns j and k of ``[X y 1]``."""
        p, y, ones = range(n_features), n_features, n_features + 1
        return cls(
            xx=[[value(j, k) for k in p] for j in p],
            xy=[value(j, y) for j in p],
            x=[value(j, ones) for j in p],
            yy=value(y, y),
            y=value(y, ones),
            n=n,
            weight=Fraction(n) if weight is None else weight,
        )


@dataclass(frozen=True)
class RationalFit:
    """The exact minimiser of ``mean((X b + b0 - y)**2) + l2 |b|**2``, of least ``|b|`` where it is not unique."""

    coef: Vector
    intercept: Fraction
    """0 in a fit without an intercept."""
    rank: int
    """Of ``[X 1]`` with an intercept, of ``X`` without."""
    residual: Fraction
    """The sum of squared residuals."""
    total: Fraction
    """The sum of squares of y, about its mean with an intercept."""
    centred: Matrix
    """The Gram matrix of the features, centred with an intercept."""
    moments: Moments
    has_intercept: bool
    basis: Sequence[int] = ()
    """Independent columns that span the others, after centring with an intercept."""
    l2: Fraction = Fraction(0)

    @property
    def n_parameters(self) -> int:
        """Coefficients and intercept."""
        return len(self.coef) + self.has_intercept

    @cached_property
    def minimum(self) -> Fraction:
        """`Moments.weight` times the least value of the objective: the residuals' squares and the penalty."""
        return self.residual + self.moments.weight * self.l2 * _dot(self.coef, self.coef)

    @cached_property
    def fitted(self) -> Fraction:
        """The sum of squares of the fitted values, intercept included."""
        if self.l2 == 0:  # the residuals are orthogonal to the fitted values
            return self.moments.yy - self.residual
        share = 1 / self.moments.weight if self.has_intercept else Fraction(0)
        _, c, _ = _centred(self.moments, intercept=self.has_intercept)
        return 2 * _dot(self.coef, c) - (self.total - self.residual) + share * self.moments.y**2

    @property
    def r_squared(self) -> Fraction | None:
        """``1 - residual/total``, about zero without an intercept; None where the target does not vary."""
        return None if self.total == 0 else 1 - self.residual / self.total

    @property
    def residual_variance(self) -> Fraction | None:
        """The residual sum of squares over ``n - n_parameters``; None without full rank or a degree of freedom."""
        freedom = self.moments.n - self.n_parameters
        return self.residual / freedom if freedom > 0 and self.rank == self.n_parameters else None


def _dot(a: Sequence[Fraction], b: Sequence[Fraction]) -> Fraction:
    return sum((s * t for s, t in zip(a, b, strict=True)), Fraction(0))


def fit_moments(moments: Moments, *, intercept: bool, l2: Fraction = Fraction(0)) -> RationalFit:
    """The exact fit from moments.

    Parameters
    ----------
    l2 : Fraction
        The penalty's weight relative to the mean squared error; the normal equations add ``weight * l2`` to their
        diagonal.
    """
    C, c, total = _centred(moments, intercept=intercept)
    A = [[C[j][k] + (moments.weight * l2 if j == k else 0) for k in range(len(c))] for j in range(len(c))]
    basis = _basis(C, most=min(len(c), moments.n - intercept))
    coef = _solve(A, c, range(len(c)) if l2 else basis)
    residual = total - _explained(coef, c, C, moments.weight * l2)
    if len(coef) > MOST_FEATURES and l2 == 0 and residual * NEGLIGIBLE < total and _in_range(C, c, total, len(basis)):
        residual = Fraction(0)
    share = 1 / moments.weight if intercept else Fraction(0)
    constant = share * (moments.y - sum((b * s for b, s in zip(coef, moments.x, strict=True)), Fraction(0)))
    return RationalFit(coef, constant, len(basis) + intercept, residual, total, C, moments, intercept, basis, l2)


def known_fit(
    moments: Moments, *, intercept: bool, l2: Fraction, answer: tuple[Vector, Fraction], residual: Fraction
) -> RationalFit:
    """The fit of moments whose coefficients, intercept and residual sum of squares are known."""
    C, _, total = _centred(moments, intercept=intercept)
    basis = _basis(C, most=min(len(C), moments.n - intercept))
    return RationalFit(*answer, len(basis) + intercept, residual, total, C, moments, intercept, basis, l2)


def _centred(m: Moments, *, intercept: bool) -> tuple[Matrix, Vector, Fraction]:
    """Gram matrix, products with the target, and the target's sum of squares, about the means with an intercept."""
    p, share = len(m.xy), 1 / m.weight if intercept else Fraction(0)
    C = [[m.xx[j][k] - share * m.x[j] * m.x[k] for k in range(p)] for j in range(p)]
    c = [m.xy[j] - share * m.x[j] * m.y for j in range(p)]
    return C, c, m.yy - share * m.y * m.y


def _in_range(C: Matrix, c: Vector, total: Fraction, rank: int) -> bool:
    """Whether the target is a combination of the columns, so that the residuals are 0; balls alone cannot show this."""
    whole = [[*row, each] for row, each in zip(C, c, strict=True)]
    integers, _ = _matrix([*whole, [*c, total]]).numer_denom()
    return all(len(_pivots(integers, prime)) <= rank for prime in PRIMES)


def spans_constant(moments: Moments, rank: int) -> bool:
    """Whether some combination of the columns, whose rank is ``rank``, is 1 in every row.

    Unless data are made against the primes, a nonzero determinant is 0 modulo all of `PRIMES` once in 2**180 times.
    """
    whole = [[*row, each] for row, each in zip(moments.xx, moments.x, strict=True)]
    integers, _ = _matrix([*whole, [*moments.x, moments.weight]]).numer_denom()
    return all(len(_pivots(integers, prime)) <= rank for prime in PRIMES)


def _explained(coef: Vector, c: Vector, C: Matrix, penalty: Fraction) -> Fraction:
    """``|y|² - |y - Xb|² = 2 b·c - bᵀCb``.

    Where b solves ``(C + penalty) b = c`` exactly, ``bᵀCb`` is ``b·c - penalty |b|²``. A b from balls is rounded, and
    that shortcut would have a first-order error, even a negative sum of squares.
    """
    twice = [2 * each for each in c]
    if len(coef) > MOST_FEATURES:
        b = flint.fmpq_mat(len(coef), 1, [of_fraction(each) for each in coef])
        return _dot(coef, twice) - to_fraction((b.transpose() * (_matrix(C) * b))[0, 0])
    return _dot(coef, [each - (t - penalty * b) for each, t, b in zip(twice, c, coef, strict=True)])


def _basis(C: Matrix, most: int) -> list[int]:
    """Columns that form a basis of the range of a positive semidefinite matrix of rank at most ``most``.

    A minor that is nonzero modulo a prime is nonzero, so elimination modulo a prime never finds too many columns. It
    finds too few where the prime divides a minor, so their number is compared with ``most``, and then with the exact
    rank, which takes far longer to compute.
    """
    if not C:
        return []
    integers, _ = _matrix(C).numer_denom()
    rank: int | None = None
    for prime in PRIMES:
        columns = _pivots(integers, prime)
        if len(columns) == (most if rank is None else rank):
            return columns
        rank = integers.rank() if rank is None else rank
        if len(columns) == rank:
            return columns
    raise ArithmeticError(f"no prime of {len(PRIMES)} leaves {rank} independent columns")


def _pivots(A: flint.fmpz_mat, prime: int) -> list[int]:
    echelon, rank = flint.nmod_mat(A, prime).rref()
    p = A.ncols()
    return [next(j for j in range(p) if echelon[i, j] != 0) for i in range(rank)]


def _solve(A: Matrix, c: Vector, basis: Sequence[int]) -> Vector:
    """Solve a consistent symmetric system; of several solutions, find that of least norm.

    It lies in the range of A: ``b = V u``, where V has the basis columns of A. Of the equations ``A V u = c``, the rows
    of the basis suffice, and ``A V`` restricted to them is ``Vᵀ V``, which is nonsingular.
    """
    if not basis:
        return [Fraction(0)] * len(c)
    left, right = _matrix(A), flint.fmpq_mat(len(basis), 1, [of_fraction(c[j]) for j in basis])
    V = None
    if len(basis) < len(A):
        V = _matrix([[row[j] for j in basis] for row in A])
        left = V.transpose() * V
    if len(basis) > MOST_FEATURES and (found := _solve_in_balls(left, right, V)) is not None:
        return found
    u = left.solve(right)
    x = u if V is None else V * u
    return [to_fraction(x[i, 0]) for i in range(x.nrows())]


def _solve_in_balls(A: flint.fmpq_mat, c: flint.fmpq_mat, V: flint.fmpq_mat | None) -> Vector | None:
    """The solution, times V if given, to `BALL_BITS` guaranteed bits (Arb).

    None where a number is 0, as no relative bound on 0 suffices.
    """
    bits = 4 * BALL_BITS
    while bits <= MOST_BITS:
        with flint.ctx.workprec(bits):
            try:
                u = flint.arb_mat(A).solve(flint.arb_mat(c))
                found = (u if V is None else flint.arb_mat(V) * u).entries()
            except ZeroDivisionError:
                found = []
            if found and min(each.rel_accuracy_bits() for each in found) >= BALL_BITS:
                return [to_fraction(each.mid().fmpq()) for each in found]
        bits *= 2
    return None


def _matrix(A: Matrix) -> flint.fmpq_mat:
    return flint.fmpq_mat([[of_fraction(each) for each in row] for row in A])
