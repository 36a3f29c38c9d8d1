"""Twice the working precision, held against rational arithmetic."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from backends._double_double import Pair, add, gradient, multiply, pairwise_sum, residual, split, two_prod, two_sum

moderate = st.floats(-1e100, 1e100).filter(lambda v: v == 0 or abs(v) > 1e-100)
laws = settings(max_examples=200, deadline=None, derandomize=True)


def exact(pair: Pair) -> Fraction:
    return Fraction(float(pair.hi)) + Fraction(float(pair.lo))


def array(value: float) -> np.ndarray:
    return np.array(value)


@laws
@given(moderate, moderate)
def test_a_sum_and_its_error_are_the_exact_sum(a: float, b: float) -> None:
    s, e = two_sum(array(a), array(b))
    assert s == a + b
    assert Fraction(float(s)) + Fraction(float(e)) == Fraction(a) + Fraction(b)


@laws
@given(moderate, moderate)
def test_a_product_and_its_error_are_the_exact_product(a: float, b: float) -> None:
    p, e = two_prod(array(a), array(b))
    assert p == a * b
    assert Fraction(float(p)) + Fraction(float(e)) == Fraction(a) * Fraction(b)


@laws
@given(moderate)
def test_split_halves_have_26_bits(a: float) -> None:
    high, low = split(array(a))
    assert Fraction(float(high)) + Fraction(float(low)) == Fraction(a)
    for half in (high, low):
        mantissa = int(abs(np.frexp(half)[0]) * 2**53)
        assert mantissa % 2 ** (53 - 26) == 0


@laws
@given(st.lists(moderate, min_size=4, max_size=4))
def test_sums_and_products_of_pairs_keep_a_hundred_bits(values: list[float]) -> None:
    x, y = (Pair(*two_sum(array(a), array(b * 2.0**-54))) for a, b in (values[:2], values[2:]))
    bound = Fraction(1, 2**100)
    assert abs(exact(add(x, y)) - exact(x) - exact(y)) <= bound * (abs(exact(x)) + abs(exact(y)))
    assert abs(exact(multiply(x, y)) - exact(x) * exact(y)) <= bound * abs(exact(x) * exact(y))


@laws
@given(st.lists(moderate, min_size=1, max_size=33))
def test_a_sum_of_many_is_rounded_once(values: list[float]) -> None:
    got = pairwise_sum(np.array(values), np.zeros(len(values)))
    wanted = sum(map(Fraction, values))
    size = sum(abs(Fraction(v)) for v in values)
    assert abs(exact(got) - wanted) <= size * Fraction(64, 2**106)


def test_a_sum_of_nothing_is_zero() -> None:
    hi, lo = pairwise_sum(np.zeros((0, 3)), np.zeros((0, 3)))
    assert hi.tolist() == lo.tolist() == [0.0, 0.0, 0.0]


def test_residual_and_gradient_survive_cancellation_that_leaves_float64_nothing() -> None:
    rng = np.random.default_rng(0)
    A = rng.standard_normal((7, 5))
    low = Pair(A, A * 2.0**-60)
    x = Pair.of(rng.standard_normal(5))
    b = Pair.of(A @ x.hi)
    rows = [[Fraction(a) + Fraction(a * 2.0**-60) for a in row] for row in A.tolist()]
    r = [Fraction(t) - sum(a * Fraction(v) for a, v in zip(row, x.hi.tolist(), strict=True))
         for row, t in zip(rows, b.hi.tolist(), strict=True)]  # fmt: skip
    got = residual(b, low, x)
    assert max(abs(exact(got.at(i)) - r[i]) for i in range(7)) < Fraction(1, 2**98)
    g = gradient(low, got)
    wanted = [sum(row[j] * exact(got.at(i)) for i, row in enumerate(rows)) for j in range(5)]
    assert max(abs(exact(g.at(j)) - wanted[j]) for j in range(5)) < Fraction(1, 2**148)


def test_negation_and_plain_values_are_exact() -> None:
    x = -Pair.of([1, -2.5])
    assert x.hi.tolist() == [-1.0, 2.5]
    assert not x.lo.any()
