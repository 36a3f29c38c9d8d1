"""The exact answers to a stack of small problems, computed together in integer arithmetic.

The sums of products over each problem's rows are exact: columns are cut into limbs as in `harness.reference.gram`, and
products of limbs are summed cumulatively in 64-bit integers, modulo 2**64. A problem's sum is the difference of two
cumulative sums; it is below 2**63, so that overflow does not matter. One pass over the rows thus serves groups of any
size, and windows that share rows.

The normal equations of all problems are then solved together in Python integers by fraction-free elimination
(E. H. Bareiss, "Sylvester's identity and multistep integer-preserving Gaussian elimination", Math. Comp. 22 (1968),
565-578), and each quotient is rounded once. Problems that this cannot decide (columns that are dependent or nearly so
in float64, a wide range of values, a penalty) are left to `harness.reference.solve` and `Judge`, one at a time.
"""

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backends.base import Array, Fits, ProblemStack
from harness.reference.gram import LIMB_BITS, column_exponents, cut_into_limbs, limb_count
from harness.reference.scores import Judge
from harness.reference.solution import solve
from harness.units import LEAST_ERROR

Float64 = NDArray[np.float64]
Integers = NDArray[Any]
"""Object arrays of Python integers, one per problem."""

MOST_LIMBS = 10
"""Of a column; with more, problems are solved one at a time."""

MOST_ROWS = 1 << (62 - 2 * LIMB_BITS - 4)
"""Of a problem, so that sums of products of limbs, `MOST_LIMBS` of them added, stay below 2**62."""

SURE = 1e-4
"""Bound on the data's squared rounding over the squared length of the shortest combination of columns: below it, the
data surely determine the coefficients."""

SMALLEST = 2.0**-960
"""A problem with a smaller number, whose error may be subnormal, is solved alone."""


@dataclass(frozen=True, eq=False)
class StackScores:
    """Scores of the answers to a stack."""

    digits: Float64
    """Of shape (n_problems,). Of each fit, as in `harness.reference.ExactScores`."""
    loss: float
    excess: float
    """``loss`` and ``excess``: squared errors, and their excess over the least possible, summed over all fits and
    divided by the number of fitted rows."""

    @property
    def worst(self) -> int:
        """The first fit with the fewest digits."""
        return int(np.argmin(self.digits))

    @property
    def median_digits(self) -> float:
        """The median over the fits."""
        return float(np.median(self.digits))


class StackJudge:
    """Scores of answers to a stack; made once for all of them.

    Parameters
    ----------
    data_digits : int, optional
        As in `harness.reference.Judge`.

    Attributes
    ----------
    coef, intercept : ndarray of shape (n_problems, n_features) and (n_problems,)
        The exact answers, correctly rounded.
    """

    def __init__(self, stack: ProblemStack, data_digits: int | None = None) -> None:
        self._stack, self._data_digits = stack, data_digits
        self._judges: dict[int, Judge] = {}
        self._scored: dict[bytes, StackScores] = {}
        exact = _solved(stack)
        self._high, self._low, self._least = exact.high, exact.low, exact.least
        unit = float(np.finfo(stack.X.dtype).eps)
        if data_digits is not None:
            unit = max(unit, 0.5 * 10.0 ** (1 - data_digits))
        self._sure = np.array(exact.sure & (exact.rounding * unit**2 < SURE), dtype=np.bool_)
        for i in np.flatnonzero(~self._sure).tolist():
            reference = self.judge(i).reference
            answer = [*reference.coef.tolist(), *([reference.intercept] if stack.intercept else [])]
            low = [*reference.coef_low.tolist(), *([reference.intercept_low] if stack.intercept else [])]
            self._high[i], self._low[i], self._least[i] = answer, low, reference.loss * float(stack.lengths[i])
        p = stack.X.shape[1]
        self.coef = self._high[:, :p]
        self.intercept = self._high[:, p] if stack.intercept else np.zeros(len(stack))

    def judge(self, number: int) -> Judge:
        """The judge of one of the problems alone."""
        if number not in self._judges:
            problem = self._stack[number]
            self._judges[number] = Judge(problem, solve(problem), self._data_digits)
        return self._judges[number]

    @cached_property
    def deficient(self) -> int:
        """Number of problems whose columns are exactly dependent."""
        unsure = np.flatnonzero(~self._sure).tolist()
        return sum(not self.judge(number).reference.full_rank for number in unsure)

    def score(self, fits: Fits) -> StackScores:
        """Score finite answers; equal answers are scored once."""
        answer = np.column_stack([fits.coef, fits.intercept]) if self._stack.intercept else fits.coef
        key = hashlib.sha256(np.ascontiguousarray(answer).tobytes()).digest()
        if key not in self._scored:
            self._scored[key] = self._score(fits, np.asarray(answer, dtype=np.float64))
        return self._scored[key]

    @np.errstate(all="ignore")
    def _score(self, fits: Fits, answer: Float64) -> StackScores:
        error = (answer - self._high) - self._low
        size = np.where(self._high == 0, 1.0, np.abs(self._high))
        relative = np.where(answer == self._high, 0.0, np.maximum(np.abs(error) / size, LEAST_ERROR))
        digits = np.clip(-np.log10(relative.max(axis=1, initial=0.0)), 0.0, 17.0)
        for i in np.flatnonzero(~self._sure).tolist():
            digits[i] = self.judge(i).score(fits.coef[i], float(fits.intercept[i])).digits
        squares, excess = self._squares(error)
        rows = float(self._stack.lengths.sum())
        return StackScores(digits, squares / rows, excess / rows)

    def _squares(self, error: Float64) -> tuple[float, float]:
        """The squared errors and the excess of all fits, from the errors of the fitted values."""
        stack, p = self._stack, self._stack.X.shape[1]
        squares, excess = [], []
        for i, (start, stop) in enumerate(stack.ranges.tolist()):
            off = stack.X[start:stop].astype(np.float64, copy=False) @ error[i, :p]
            if stack.intercept:
                off += error[i, p]
            more = float(off @ off)
            penalty = (stop - start) * stack.l2
            squares.append(self._least[i] + more - 2 * penalty * float(self._high[i, :p] @ error[i, :p]))
            excess.append(more + penalty * float(error[i, :p] @ error[i, :p]))
        return math.fsum(squares), math.fsum(excess)


@dataclass(frozen=True, eq=False)
class _Solved:
    """Exact answers, the intercept last where there is one."""

    high: Float64
    low: Float64
    """``high`` and ``low``: of shape (n_problems, n_parameters). Correctly rounded numbers, and their rounding
    errors."""
    least: Float64
    """Of shape (n_problems,). Sums of squared residuals."""
    sure: NDArray[np.bool_]
    """Of shape (n_problems,). Whether the answer was found here."""
    rounding: Float64
    """Of shape (n_problems,). The bound of `SURE`, over the squared unit of rounding."""


def _solved(stack: ProblemStack) -> _Solved:
    count, p = len(stack), stack.X.shape[1]
    nothing = _Solved(
        np.zeros((count, stack.n_parameters)), np.zeros((count, stack.n_parameters)), np.zeros(count),
        np.zeros(count, dtype=np.bool_), np.full(count, np.inf),
    )  # fmt: skip
    first, last = int(stack.ranges.min()), int(stack.ranges.max())
    columns = [stack.X[first:last, j] for j in range(p)] + [stack.y[first:last]]
    exponents = [column_exponents(each) for each in columns]
    limbs = [limb_count(low, high) for low, high in exponents]
    if p == 0 or max(limbs) > MOST_LIMBS or stack.lengths.max() > MOST_ROWS or stack.l2:
        return nothing
    lowest = [low for low, _ in exponents]
    sums = _Sums(columns, lowest, limbs, stack.ranges - first)
    n = stack.lengths.astype(object)
    total = [sums.of(j) for j in range(p + 1)] if stack.intercept else []
    A = [[sums.products(j, k) if k <= j else n for k in range(p + 1)] for j in range(p + 1)]
    for j in range(p + 1):
        for k in range(j + 1):
            A[j][k] = n * A[j][k] - total[j] * total[k] if stack.intercept else A[j][k]
            A[k][j] = A[j][k]
    D, N, regular = _bareiss(A, p)
    weight = n if stack.intercept else np.ones(count, dtype=object)
    least = A[p][p] * D - sum((N[j] * A[j][p] for j in range(p)), start=0 * D)
    quotients = [(N[j], D, lowest[p] - lowest[j]) for j in range(p)]
    if stack.intercept:
        level = total[p] * D - sum((N[j] * total[j] for j in range(p)), start=0 * D)
        quotients.append((level, n * D, lowest[p]))
    high, low, fine = nothing.high, nothing.low, regular
    for j, (above, below, power) in enumerate(quotients):
        high[:, j], low[:, j], normal = _rounded(above, below, power)
        fine = fine & normal
    squares, _, normal = _rounded(least, weight * D, 2 * lowest[p])
    rounding = _rounding(A, D, total, p)
    return _Solved(high, low, squares, np.asarray(fine & normal, dtype=np.bool_), rounding)


class _Sums:
    """Exact sums of integer columns over the rows of each problem, from cumulative sums of their limbs."""

    def __init__(self, columns: list[Array], lowest: list[int], limbs: list[int], ranges: NDArray[np.int64]) -> None:
        self._ranges = ranges
        self._limbs: list[list[NDArray[np.int64]]] = []
        for column, low, many in zip(columns, lowest, limbs, strict=True):
            parts = np.empty((len(column), many))
            cut_into_limbs(column.astype(np.float64), 0, low, parts)
            self._limbs.append([np.ascontiguousarray(parts[:, k]).astype(np.int64) for k in range(many)])

    def of(self, j: int) -> Integers:
        """The sums of a column."""
        return self._combined(self._limbs[j])

    def products(self, j: int, k: int) -> Integers:
        """The sums of the products of two columns."""
        one, other = self._limbs[j], self._limbs[k]
        diagonals = [np.zeros(len(one[0]), dtype=np.int64) for _ in range(len(one) + len(other) - 1)]
        for a, left in enumerate(one):
            for b, right in enumerate(other):
                diagonals[a + b] += left * right
        return self._combined(diagonals)

    def _combined(self, parts: list[NDArray[np.int64]]) -> Integers:
        found: Integers = np.zeros(len(self._ranges), dtype=object)
        for part in reversed(parts):
            found = (found << LIMB_BITS) + self._over_ranges(part).astype(object)
        return found

    def _over_ranges(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        running = np.zeros(len(values) + 1, dtype=np.int64)
        np.cumsum(values, out=running[1:])
        sums: NDArray[np.int64] = running[self._ranges[:, 1]] - running[self._ranges[:, 0]]
        return sums


def _bareiss(A: list[list[Integers]], p: int) -> tuple[Integers, list[Integers], NDArray[np.bool_]]:
    """Solve the leading p equations of each problem: determinant, numerators over it, whether it is nonzero."""
    M = [[A[j][k] for k in range(p + 1)] for j in range(p)]
    regular = np.ones(len(A[0][0]), dtype=np.bool_)
    before: Integers = np.ones(len(regular), dtype=object)
    for k in range(p):
        regular &= np.asarray(M[k][k] > 0, dtype=np.bool_)  # the leading minors of a regular Gram matrix are positive
        pivot = np.where(regular, M[k][k], 1)
        for i in range(p):
            if i != k:
                for j in range(k + 1, p + 1):
                    M[i][j] = (pivot * M[i][j] - M[i][k] * M[k][j]) // before
        before = pivot
    return before, [M[j][p] for j in range(p)], regular


def _rounded(above: Integers, below: Integers, power: int) -> tuple[Float64, Float64, NDArray[np.bool_]]:
    """``above / below * 2**power`` correctly rounded, its rounding error, and whether both are far from underflow.

    Python's integer division rounds once.
    """
    high, low = np.zeros(len(above)), np.zeros(len(above))
    fine = np.ones(len(above), dtype=np.bool_)
    for i, (a, b) in enumerate(zip(above.tolist(), below.tolist(), strict=True)):
        if a == 0:
            continue
        try:
            near = a / b
            top, bottom = near.as_integer_ratio()
            high[i] = math.ldexp(near, power)
            low[i] = math.ldexp((a * bottom - top * b) / (b * bottom), power)
            fine[i] = SMALLEST < abs(near) < 1 / SMALLEST and SMALLEST < abs(high[i]) < 1 / SMALLEST
        except (OverflowError, ZeroDivisionError):
            fine[i] = False
    return high, low, fine


def _rounding(A: list[list[Integers]], D: Integers, total: list[Integers], p: int) -> Float64:
    """Bounds on the effect of half a unit in the data's last places on a direction, over its squared length.

    With columns of length 1 the condition number is below 2 over the determinant (H. W. Guggenheimer, A. S. Edelman,
    C. R. Johnson, "A simple estimate of the condition number of a linear system", College Math. J. 26 (1995), 2-5),
    whose square is that of their Gram matrix. A column's rounding grows with its mean over its standard deviation.
    """
    bounds = np.full(len(D), np.inf)
    diagonal = [A[j][j].tolist() for j in range(p)]
    sums = [each.tolist() for each in total[:p]]
    for i, determinant in enumerate(D.tolist()):
        squares = [each[i] for each in diagonal]
        if determinant <= 0 or min(squares) <= 0:
            continue
        try:
            condition = 4 * (math.prod(squares) / determinant)
            reach = 1 + max((each[i] ** 2 / square for each, square in zip(sums, squares, strict=False)), default=0.0)
            bounds[i] = condition * reach * p
        except OverflowError:
            continue
    return bounds
