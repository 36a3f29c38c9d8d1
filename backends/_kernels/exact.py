"""The correctly rounded answer: exact moments, refinement, an enclosure, and a proof that it rounds to one number.

The normal equations ``G z = c`` of the scaled columns are known without rounding (`backends._kernels.exact_moments`).
W is a float64 inverse of a Cholesky factor of G that was computed in twice the working precision. With
``F = I - W G Wᵀ`` and ``r = c - G z``, if ``|F| < 1`` then G is positive definite, and ::

    G⁻¹ r = Wᵀ (I - F)⁻¹ W r,    |(G⁻¹ r)_j| <= |W e_j| |W r| / (1 - |F|)

which bounds the error of z in every unknown, whatever the rounding in W. F is computed in twice the working precision,
r from every component of G and z by sums of four float64, each with a bound of its own rounding error. z, a sum of
three float64, is corrected by ``Wᵀ W r`` until all numbers within the bound round to one float64. Each correction gains
``-log10 |F|`` digits, where |F| is about ``eps * κ`` (κ the condition number of the scaled columns), so that the method
reaches κ = 1e13 or so. Beyond, and for unknowns that are 0 or halfway between two numbers, it declines.
Reference: `backends._exact.solve_exact`.

References
----------
S. M. Rump, "Verification methods: rigorous results using floating-point arithmetic", Acta Numer. 19 (2010) 287-449,
section 10 (linear systems: a preconditioned residual and a norm below 1).
T. Ogita, S. M. Rump, S. Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput. 26 (2005) 1955-1988, algorithm 4.8
(sums of more than twice the precision), here with the sum of the last level's absolute terms as a bound.
"""

from math import sqrt

from backends._kernels.double_double import add_product, two_prod, two_sum
from backends._kernels.exact_moments import assemble, distil, exact_moments, find_scales
from backends._kernels.exact_space import COMPONENTS, LEVELS, MOST_SLICES, ExactSpace
from backends._kernels.factor import invert
from backends._kernels.language import Pointer, at, fma, strict
from backends._kernels.space import Rows

FEW_SLICES = 4
UNIT = 2.0**-53
ROOM = 1.0 + 2.0**-20
"""Factor that makes a bound computed in float64, by fewer than 1,000 operations without cancellation, rigorous."""
UNDERFLOW = 2.0**-900
"""More than the error of any underflow among numbers this near to 1."""
LARGEST_NORM = 0.25
MOST_CORRECTIONS = 40
LEAST, MOST = 2.0**-900, 2.0**900
"""Bounds of an answer's size: beyond, multiplying by its units may be inexact."""


@strict
def solve_exactly(data: Rows, space: ExactSpace, answer: Pointer) -> int:
    """Find the p coefficients and the intercept, correctly rounded; 0 where that is not proved."""
    u = data.p + data.intercept
    if not find_scales(data, space):
        return 0
    slices = FEW_SLICES
    while not exact_moments(data, slices, space):
        slices *= 2
        if slices > MOST_SLICES:
            return 0
    if not assemble(data, slices, space) or not factor(space, u):
        return 0
    invert(space.L, space.W, u)
    norm = distance_from_one(space, u)
    if not norm < LARGEST_NORM or not corrected(space, u, norm):
        return 0
    found: int = in_units(data, space, answer)
    return found


@strict
def factor(space: ExactSpace, u: int) -> int:
    """Cholesky in twice the working precision, row by row; 0 where G is not numerically positive definite."""
    G, G_lo, L, rest = space.G, at(space.G, u * u), space.L, space.rest
    for i in range(u):
        for j in range(i + 1):
            hi, lo = G[i * u + j], G_lo[i * u + j]
            for k in range(j):
                a, b = -L[i * u + k], L[j * u + k]
                hi, lo = add_product(hi, fma(-rest[i * u + k], b, lo), a, b, rest[j * u + k])
            hi, lo = two_sum(hi, lo)
            if i == j:
                if not hi > 0:
                    return 0
                root = sqrt(hi)
                L[i * u + i], rest[i * u + i] = two_sum(root, (fma(-root, root, hi) + lo) / (2.0 * root))
            else:
                d, d_rest = L[j * u + j], rest[j * u + j]
                q = hi / d
                L[i * u + j], rest[i * u + j] = two_sum(q, (fma(-q, d, hi) + lo - q * d_rest) / d)
    return 1


@strict
def distance_from_one(space: ExactSpace, u: int) -> float:
    """A bound of the 2-norm of ``I - W G Wᵀ``: its Frobenius norm plus a bound of the rounding errors.

    With ``g_j² = G_jj``, ``|G_ij| <= g_i g_j``, and with ``a = |W| g`` either product of n terms in twice the precision
    errs by ``(n + 6)² 2**-106 (a_i a_j + 1)`` at most, and a_i is at least 1 but for rounding.
    """
    W, G, G_lo, row = space.W, space.G, at(space.G, u * u), space.row
    hi, lo, lengths, g = row, at(row, u), at(row, 2 * u), at(row, 3 * u)
    for j in range(u):
        g[j] = sqrt(G[j * u + j]) * ROOM
    squares = weights = 0.0
    for i in range(u):
        length = 0.0
        for j in range(u):
            hi[j] = lo[j] = 0.0
        for k in range(i + 1):
            w, line, line_lo = W[i * u + k], at(G, k * u), at(G_lo, k * u)
            length += abs(w) * g[k]
            for j in range(u):
                hi[j], lo[j] = add_product(hi[j], lo[j], w, line[j], line_lo[j])
        for j in range(u):
            hi[j], lo[j] = two_sum(hi[j], lo[j])
        for j in range(i + 1):
            s, e = (-1.0 if i == j else 0.0), 0.0
            for k in range(j + 1):
                s, e = add_product(s, e, W[j * u + k], hi[k], lo[k])
            s += e
            squares += s * s if i == j else 2.0 * s * s
        lengths[i] = length
        weights += length * length
    lost = 3.0 * (u + 6) * (u + 6) * UNIT * UNIT + omitted(space, u, g)
    norm: float = (sqrt(squares) + lost * weights) * ROOM + UNDERFLOW
    return norm


@strict
def omitted(space: ExactSpace, u: int, g: Pointer) -> float:
    """The largest part of an element beyond its first two components, relative to ``g_i g_j``."""
    worst, G = 0.0, space.G
    for i in range(u):
        for j in range(i + 1):
            rest = 0.0
            for k in range(2, COMPONENTS):
                rest += abs(G[k * u * u + i * u + j])
            worst = max(worst, rest / (g[i] * g[j]))
    return worst * ROOM


@strict
def corrected(space: ExactSpace, u: int, norm: float) -> int:
    """Correct z until its whole enclosure rounds to one number; 0 where it never does."""
    z, row = space.z, space.row
    r, wrong, q, bound = at(row, 4 * u), at(row, 5 * u), at(row, 6 * u), at(row, 7 * u)
    for k in range(LEVELS * u):
        z[k] = 0.0
    before = float("inf")
    for _ in range(MOST_CORRECTIONS):
        residual(space, u, r, wrong)
        now = enclose(space, u, norm, r, wrong, q, bound)
        if now < before and rounds(z, bound, u):
            return 1
        if not now <= before * 0.5:
            return 0
        before = now
        add_correction(space, u, q)
    return 0


@strict
def residual(space: ExactSpace, u: int, r: Pointer, wrong: Pointer) -> None:
    """``r = c - G z``, rounded, and a bound of its error."""
    first, second, third, fourth = space.row, at(space.row, u), at(space.row, 2 * u), at(space.row, 3 * u)
    count = 1
    for i in range(u):
        first[i] = second[i] = third[i] = fourth[i] = wrong[i] = 0.0
    for k in range(COMPONENTS):
        c = at(space.c, k * u)
        for i in range(u):
            add_term(first, second, third, fourth, wrong, i, c[i])
        count += 1
        for j in range(u):
            line = at(space.G, (k * u + j) * u)
            for level in range(LEVELS):
                x = -space.z[level * u + j]
                if x != 0.0:
                    add_line(first, second, third, fourth, wrong, line, x, u)
                    count += 2
    for i in range(u):
        a, b = two_sum(third[i], fourth[i])
        s, t = two_sum(second[i], a)
        head, e = two_sum(first[i], s)
        small = e + (t + b)
        r[i] = head + small
        wrong[i] = (
            count * UNIT * wrong[i] + 8.0 * UNIT * (abs(r[i]) + abs(small) + abs(t) + abs(b))
        ) * ROOM + UNDERFLOW


@strict
def add_term(
    first: Pointer, second: Pointer, third: Pointer, fourth: Pointer, wrong: Pointer, i: int, term: float
) -> None:  # fmt: skip
    """Add to a sum of four levels, of which only the last is rounded; ``wrong`` sums its absolute terms."""
    first[i], e = two_sum(first[i], term)
    second[i], e = two_sum(second[i], e)
    third[i], e = two_sum(third[i], e)
    fourth[i] += e
    wrong[i] += abs(e)


@strict
def add_line(
    first: Pointer, second: Pointer, third: Pointer, fourth: Pointer, wrong: Pointer, line: Pointer, x: float, u: int
) -> None:  # fmt: skip
    """Add x times a row of G; the products' errors go to the second level."""
    for i in range(u):
        p, t = two_prod(line[i], x)
        first[i], e = two_sum(first[i], p)
        second[i], e = two_sum(second[i], e)
        third[i], e = two_sum(third[i], e)
        second[i], t = two_sum(second[i], t)
        third[i], t = two_sum(third[i], t)
        fourth[i] += e + t
        wrong[i] += abs(e) + abs(t)


@strict
def enclose(
    space: ExactSpace, u: int, norm: float, r: Pointer, wrong: Pointer, q: Pointer, bound: Pointer
) -> float:  # fmt: skip
    """``q = W r``, and ``bound`` of each unknown's error. Returns a bound of ``|W r|``."""
    W, squares = space.W, 0.0
    for j in range(u):
        bound[j] = 0.0
    for i in range(u):
        s = size = lost = 0.0
        for k in range(i + 1):
            w = W[i * u + k]
            s += w * r[k]
            size += abs(w) * abs(r[k])
            lost += abs(w) * wrong[k]
            bound[k] += w * w
        q[i] = s
        whole = abs(s) + ((i + 2) * UNIT * size + lost) * ROOM
        squares += whole * whole
    length: float = sqrt(squares) * ROOM
    for j in range(u):
        bound[j] = sqrt(bound[j]) * length / (1.0 - norm) * ROOM + UNDERFLOW
    return length


@strict
def rounds(z: Pointer, bound: Pointer, u: int) -> int:
    """Whether all numbers within each unknown's bound round to its first component; rounding is monotonic."""
    for j in range(u):
        rest = z[u + j] + z[2 * u + j]
        reach = bound[j] * ROOM + 4.0 * UNIT * abs(rest)
        if z[j] + (rest + reach) != z[j] or z[j] + (rest - reach) != z[j]:
            return 0
    return 1


@strict
def add_correction(space: ExactSpace, u: int, q: Pointer) -> None:
    """Add ``Wᵀ q`` to z, and renormalise its components."""
    z, terms = space.z, space.terms
    for j in range(u):
        s = 0.0
        for i in range(j, u):
            s += space.W[i * u + j] * q[i]
        for k in range(LEVELS):
            terms[k] = z[k * u + j]
        terms[LEVELS] = s
        distil(terms, LEVELS + 1, LEVELS)
        for k in range(LEVELS):
            z[k * u + j] = terms[k]


@strict
def in_units(data: Rows, space: ExactSpace, answer: Pointer) -> int:
    """The answer in the units of the data; 0 where the conversion may be inexact."""
    p, scale = data.p, space.scale
    answer[p] = 0.0
    for j in range(p + data.intercept):
        unit = (scale[j] if j < p else 1.0) / scale[p]
        answer[j] = space.z[j] * unit
        size = abs(answer[j])
        if size != 0.0 and not LEAST < size < MOST:
            return 0
    return 1
