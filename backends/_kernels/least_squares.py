"""Least squares in one call: moments, Cholesky, then corrections whose gradient comes from the rows themselves.

The moments of the rows about their means give a first answer, with an error of some roundings times the variance
inflation factor. A correction takes its gradient from the rows, so that it is free of the errors in the moments. With
gradient and answer in twice the working precision, each correction gains ``-log10(eps * VIF)`` digits, until the answer
is right to some 30 digits and rounds correctly (`backends._augmented` explains why). That is done wherever the data fit
the second-level cache, and wherever a plain gradient, whose rounding averages out over the rows, would leave an error
in the last two bits.

It declines what it is not made for: columns more collinear than `LARGEST_VIF`, offsets too large for twice the
precision, squares near the ends of float64's range. Reference: `backends.scratch_ols.auto`.
"""

from math import sqrt

from backends._kernels.double_double import LANES, add_number, two_prod, two_sum
from backends._kernels.factor import NARROW, factor, solve
from backends._kernels.language import Pointer, at, larger, strict
from backends._kernels.moments import accumulate, centre, few_bits, first_shift, moments
from backends._kernels.panels import panel_moments, row_gradient
from backends._kernels.passes import plain_gradient, refined_gradient
from backends._kernels.space import Rows, Space

DECLINED, PLAIN, REFINED = 0, 1, 2
"""Results of `least_squares`: no answer; one with a plain correction; one that is correctly rounded or nearly so."""

START, MOMENTS, MOMENTS_AGAIN, PLAIN_GRADIENT, REFINED_GRADIENT = 3, 4, 5, 6, 7
"""Its stages before; each but the first needs a pass over the rows, which may be made part by part."""

LARGEST_VIF = 2.0**30
LARGEST_REACH = 2.0**60
"""Bound of the variance inflation factor times the squared ratio of a mean to its deviation."""
LEAST, MOST = 2.0**-700, 2.0**700
"""Bounds of a sum of squares: outside, products may have underflowed or overflowed."""
SETTLED = 2.0**-63
"""A correction predicted to be this small, relative to its coefficient, does not change how that rounds."""
FLOOR = 2.0**-96
"""The same relative to the largest coefficient: the rounding of twice the precision."""
ROUNDING = 2.0**-50
"""The predicted relative error up to which a plain correction is enough."""
WIDE_ROUNDING = 2.0**-47
"""The same in a wide problem, where coefficients far below their standard errors are common."""
MOST_CORRECTIONS = 8


@strict
def least_squares(data: Rows, elements: int, space: Space, b: Pointer) -> int:
    """Solve one problem.

    Parameters
    ----------
    data, space
    elements : int
        Elements of X up to which every answer is refined.
    b : of 2 (p + 1)
        The answer: coefficients and intercept, then their low-order parts beyond float64.
    """
    stage = advance(data, elements, space, START, b)
    while stage > REFINED:
        pass_over(data, space, stage, b, data.n <= LANES)
        stage = advance(data, elements, space, stage, b)
    found: int = stage
    return found


@strict
def pass_over(data: Rows, space: Space, stage: int, b: Pointer, held: int) -> None:
    """Make a stage's pass over all or some of the rows; ``held`` if T still has all of them from the moments."""
    wide = data.p > NARROW
    if stage == REFINED_GRADIENT:
        refined_gradient(data, space, b)
    elif stage == PLAIN_GRADIENT and wide:
        row_gradient(data, space, b)
    elif stage == PLAIN_GRADIENT:
        plain_gradient(data, space, b, held)
    elif wide:
        panel_moments(data, space)
    else:
        moments(data, space)


@strict
def absorb(data: Rows, space: Space, stage: int, part: Space, first: int, last: int) -> None:
    """Add the results of a pass over a part of the rows; parts come in order."""
    m = data.p + 1
    if stage in (PLAIN_GRADIENT, REFINED_GRADIENT):
        add_sums(space.g, part.g, m, first)
        for j in range(m):
            space.g[m + j] += part.g[m + j]
        return
    add_sums(space.mean, part.mean, m, first)
    add_sums(space.G, part.G, m * m, first)
    if last:
        for j in range(m):
            space.mean[j] += space.mean[m + j]
        for j in range(m * m):
            space.G[j] += space.G[m * m + j]


@strict
def add_sums(sums: Pointer, terms: Pointer, count: int, first: int) -> None:
    """Add to sums, whose errors are stored after them; ``first`` clears both."""
    for j in range(count):
        if first:
            sums[j] = sums[count + j] = 0.0
        accumulate(sums, at(sums, count), j, terms[j])


@strict
def advance(data: Rows, elements: int, space: Space, stage: int, b: Pointer) -> int:
    """Use the pass of a stage; returns the stage whose pass is needed next, or one of the three results."""
    next_stage: int = REFINED_GRADIENT
    if stage == START:
        choose_shift(data, space)
        return MOMENTS
    if stage in (MOMENTS, MOMENTS_AGAIN):
        if not centred(data, space):
            return MOMENTS_AGAIN if stage == MOMENTS else DECLINED
        next_stage = begin(data, elements, space, b)
    elif stage == PLAIN_GRADIENT:
        correct(data, space, b)
        unshift(space.shift, data.p, data.intercept, b)
        next_stage = PLAIN
    else:
        next_stage = corrected(data, space, b)
    return next_stage


@strict
def begin(data: Rows, elements: int, space: Space, b: Pointer) -> int:
    """Make a first answer from the moments; returns the stage that corrects it."""
    vif = first_answer(data, space, b)
    if not vif <= LARGEST_VIF:
        return DECLINED
    if data.n * data.p > elements and plain_is_enough(data, space, vif, b):
        b[data.p] = few_bits(b[data.p])
        return PLAIN_GRADIENT
    unshift(space.shift, data.p, data.intercept, b)
    forget_shift(space, data.p + 1)
    space.state[0], space.state[1], space.state[2] = error_factor(data.p, vif), float("inf"), 0.0
    return REFINED_GRADIENT


@strict
def choose_shift(data: Rows, space: Space) -> None:
    """Choose what to subtract from each row before the moments; zeros without an intercept."""
    for j in range(data.p + 1):
        space.shift[j] = 0.0
    if data.intercept:
        first_shift(data, space.shift)


@strict
def centred(data: Rows, space: Space) -> int:
    """Turn sums into moments about the means, or about zero; 0 if the shift was too far off (it is then corrected)."""
    m, shift, mean = data.p + 1, space.shift, space.mean
    if not data.intercept:
        for j in range(m):
            mean[j] = 0.0
        return 1
    if centre(space, data.n, m) > 0.0:
        for j in range(m):
            shift[j] += mean[j]
        return 0
    return 1


@strict
def precise_enough(data: Rows, space: Space, vif: float) -> int:
    """Whether twice the working precision suffices for the collinearity and offsets of the columns."""
    return vif <= LARGEST_VIF and offset_ratio(data, space) * vif <= LARGEST_REACH


@strict
def offset_ratio(data: Rows, space: Space) -> float:
    """The largest squared ratio of a mean to its column's deviation, or 1."""
    far = 1.0
    for j in range(data.p):
        ratio = (space.shift[j] + space.mean[j]) * space.scale[j]
        far = larger(far, data.n * ratio * ratio)
    return far


@strict
def first_error_factor(rate: float, p: int, far: float) -> float:
    """The error factor of the first correction, which also magnifies the means' rounding by their `offset_ratio`."""
    first: float = rate * (1.0 + far / (16.0 * p))
    return first


@strict
def first_answer(data: Rows, space: Space, b: Pointer) -> float:
    """Solve from the moments, for shifted rows.

    Returns
    -------
    float
        The largest variance inflation factor; infinite if the problem is declined.
    """
    p, m, intercept = data.p, data.p + 1, data.intercept
    for j in range(m):
        if not LEAST < space.G[j * m + j] < MOST:
            return float("inf")
    vif = factor(space, p, data.n * data.l2)
    if not precise_enough(data, space, vif):
        return float("inf")
    for j in range(p):
        space.step[j] = space.G[j * m + p]
    for j in range(m):
        b[m + j] = 0.0
    solve(space, p, space.step, b)
    b[p] = 0.0
    if intercept:
        b[p] = space.mean[p]
        for j in range(p):
            b[p] -= space.mean[j] * b[j]
    worst: float = vif
    return worst


@strict
def plain_is_enough(data: Rows, space: Space, vif: float, b: Pointer) -> int:
    """Whether the averaged rounding of n terms is below the last bits that every coefficient may lose.

    A term of ``g_j`` errs by ``2**-52 |x_j| |y|``, and n of them by the root of n times their mean. In a wide problem
    it errs in proportion to the residual (`backends._kernels.panels.row_gradient`), and the remainder of the first
    answer's error is added.
    """
    p, m, shift = data.p, data.p + 1, space.shift
    if data.l2 > 0.0:
        return 0
    square, left, allowed = space.G[p * m + p], 0.0, ROUNDING
    if p > NARROW:
        left, allowed = error_factor(p, vif) * 2.0**-52 * vif * sqrt(square), WIDE_ROUNDING
        square = residual_square(space, p, b)
    unit = 2.0**-52 * vif * sqrt(square / data.n) + left
    error, cancelled = 0.0, b[p] + shift[p]
    for j in range(p):
        wrong = unit * space.scale[j]
        if wrong > allowed * abs(b[j]):
            return 0
        error += wrong * abs(shift[j] + space.mean[j])
        cancelled -= shift[j] * b[j]
    enough: int = error <= allowed * abs(cancelled)
    return enough


@strict
def error_factor(p: int, vif: float) -> float:
    """The factor by which a correction multiplies an error."""
    return 2.0**-48 * p * vif


@strict
def residual_square(space: Space, p: int, b: Pointer) -> float:
    """The sum of squared residuals, as accurately as the moments give it."""
    m = p + 1
    square = space.G[p * m + p]
    least = 2.0**-48 * square
    for j in range(p):
        square -= b[j] * space.G[j * m + p]
    enough: float = max(square, least)
    return enough


@strict
def correct(data: Rows, space: Space, b: Pointer) -> None:
    """Correct the solution by its gradient; ``step`` keeps the correction."""
    p, m, g, mean, step = data.p, data.p + 1, space.g, space.mean, space.step
    total = g[p] + g[m + p] if data.intercept else 0.0
    if data.l2 > 0.0:
        add_penalty(data, b, g)
    for j in range(p):
        g[j] += g[m + j] - mean[j] * total
    solve(space, p, g, step)
    step[p] = 0.0
    if data.intercept:
        step[p] = total / data.n
        for j in range(p):
            step[p] -= mean[j] * step[j]
    for j in range(m):
        b[j], b[m + j] = add_number(b[j], b[m + j], step[j])


@strict
def add_penalty(data: Rows, b: Pointer, g: Pointer) -> None:
    """Subtract ``n l2 b`` from the gradient, in twice the precision."""
    p, m = data.p, data.p + 1
    weight, rest = two_prod(1.0 * data.n, data.l2)
    for j in range(p):
        q, e = two_prod(weight, b[j])
        g[j], t = two_sum(g[j], -q)
        g[m + j] += t - (e + (weight * b[m + j] + rest * b[j]))


@strict
def unshift(shift: Pointer, p: int, intercept: int, b: Pointer) -> None:
    """The intercept for rows that are not shifted: ``a + s_y - s·b``, in twice the working precision."""
    if not intercept:
        return
    m = p + 1
    hi, lo = add_number(b[p], b[m + p], shift[p])
    for j in range(p):
        q, e = two_prod(-shift[j], b[j])
        hi, lo = add_number(hi, lo + (e - shift[j] * b[m + j]), q)
    b[p], b[m + p] = two_sum(hi, lo)


@strict
def corrected(data: Rows, space: Space, b: Pointer) -> int:
    """Correct; ends when the next correction is predicted to change no rounding, or after too many corrections."""
    rate, before, count = space.state[0], space.state[1], space.state[2] + 1.0
    correct(data, space, b)
    moved = largest(space.step, space.scale, data.p)
    if before < float("inf"):
        rate = min(1.0, max(rate, moved / before))
    space.state[0], space.state[1], space.state[2] = rate, moved, count
    next_factor = rate if count > 1.0 else first_error_factor(rate, data.p, offset_ratio(data, space))
    if settled(data, space, moved, next_factor, b):
        return REFINED
    return REFINED_GRADIENT if count < MOST_CORRECTIONS else DECLINED


@strict
def forget_shift(space: Space, m: int) -> None:
    """Set the shift to 0: from here on rows are used unshifted."""
    for j in range(m):
        space.mean[j] += space.shift[j]
        space.shift[j] = 0.0


@strict
def largest(x: Pointer, scale: Pointer, p: int) -> float:
    """The largest absolute element, in units of the equilibrated system."""
    worst = 0.0
    for j in range(p):
        worst = larger(worst, abs(x[j]) / scale[j])
    return worst


@strict
def settled(data: Rows, space: Space, moved: float, rate: float, b: Pointer) -> int:
    """Whether a further correction, at most ``rate`` times the last, would change no coefficient."""
    p, mean, bound = data.p, space.mean, rate * moved
    tiny = bound <= FLOOR * largest(b, space.scale, p)
    change, cancelled = rate * abs(space.step[p]), abs(b[p])
    for j in range(p):
        error = bound * space.scale[j]
        if not (tiny or error <= SETTLED * abs(b[j])):
            return 0
        change += error * abs(mean[j])
        cancelled += abs(mean[j] * b[j])
    return not data.intercept or change <= SETTLED * abs(b[p]) or change <= FLOOR * cancelled


@strict
def stack(data: Rows, count: int, elements: int, space: Space, answers: Pointer, found: Pointer) -> int:
    """Solve ``count`` problems of one shape by `least_squares`, whose results go to ``found``.

    Answers have 2 (p + 1) numbers each. Returns the number of declined problems.
    """
    n, p, declined = data.n, data.p, 0
    for i in range(count):
        one = Rows(at(data.X, i * n * p), at(data.y, i * n), n, p, data.intercept, data.l2)
        found[i] = least_squares(one, elements, space, at(answers, 2 * i * (p + 1)))
        declined += found[i] == DECLINED
    return declined
