"""Products of columns that were centred or standardised first."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from harness.explain.candidate import Candidate, cause
from harness.explain.given import Given
from harness.explain.question import Float64, Question, solved

MOST_FEATURES = 60
FIRST_ROWS = 8
"""Rows that rule out most products."""

REMEDY = "form squares and interactions of the same columns in both (raw ones, here)"


class Product(NamedTuple):
    """Column ``place`` is the product of two others, or the square of one."""

    place: int
    one: int
    other: int


@cause(place=34)
def centred_products(question: Question, _: Given) -> Iterator[Candidate]:
    """Squares and interactions are of columns that were centred or standardised first."""
    X = question.X
    products = _products(X)
    if not products:
        return
    factors = sorted({j for each in products for j in (each.one, each.other)})
    plain = [j for j in range(X.shape[1]) if j not in {each.place for each in products}]
    names = ", ".join(question.features[each.place] for each in products)
    for what, lengths, replaced in _ways(X, factors, plain):
        T, A = (X - X.mean(axis=0)) / lengths, X.copy()
        A[:, replaced] = T[:, replaced]
        for each in products:
            A[:, each.place] = T[:, each.one] * T[:, each.other]
        coef, level = solved(A, question.y, intercept=question.intercept)
        yield Candidate(f"{names} was made of {what}", coef, level, tried=7, remedy=REMEDY)


def _ways(X: Float64, factors: list[int], plain: list[int]) -> Iterator[tuple[str, Float64, list[int]]]:
    """What the products were made of, the divisors, and the columns that were replaced as well."""
    ones = np.ones(X.shape[1])
    yield "columns less their means", ones, []
    for name, lengths in (
        ("columns less their means", ones),
        ("standardised columns", X.std(axis=0)),
        ("standardised columns (n - 1)", X.std(axis=0, ddof=1)),
    ):
        yield f"{name}, which stand for the columns themselves too", lengths, factors
        if plain != factors:
            yield f"{name}, as all columns are", lengths, plain


def _products(X: Float64) -> list[Product]:
    """The columns that are products of two others, each with its first such pair."""
    n, p = X.shape
    if not 2 <= p <= MOST_FEATURES or n < 2:
        return []
    few = X[:FIRST_ROWS]
    pairs = few[:, :, None] * few[:, None, :]
    found: dict[int, Product] = {}
    for place in range(p):
        like = np.isclose(pairs, few[:, place, None, None], rtol=1e-9, atol=0).all(axis=0)
        for one, other in np.argwhere(np.triu(like)):
            apart = place not in (one, other) and not {int(one), int(other)} & found.keys()
            if apart and np.allclose(X[:, one] * X[:, other], X[:, place], rtol=1e-9, atol=0):
                found[place] = Product(place, int(one), int(other))
                break
    return [*found.values()]
