"""NIST's sets: shapes, certified strings, and decimals whose exact solution is what NIST certifies."""

from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import pytest
from numpy.testing import assert_array_equal

from harness.catalog import dataset_class
from harness.datasets._nist import NistDataset
from tests.support.nist import LINEAR

# name: (rows, features, intercept, the first and the last certified estimate)
SETS: dict[str, tuple[int, int, bool, str, str]] = {
    "nist_filip": (82, 10, True, "-1467.48961422980", "-0.402962525080404E-04"),
    "nist_longley": (16, 6, True, "-3482258.63459582", "1829.15146461355"),
    "nist_noint1": (11, 1, False, "2.07438016528926", "2.07438016528926"),
    "nist_noint2": (3, 1, False, "0.727272727272727", "0.727272727272727"),
    "nist_norris": (36, 1, True, "-0.262323073774029", "1.00211681802045"),
    "nist_pontius": (40, 2, True, "0.673565789473684E-03", "-0.316081871345029E-14"),
    "nist_wampler1": (21, 5, True, "1.00000000000000", "1.00000000000000"),
    "nist_wampler2": (21, 5, True, "1.00000000000000", "0.100000000000000E-04"),
    "nist_wampler3": (21, 5, True, "1.00000000000000", "1.00000000000000"),
    "nist_wampler4": (21, 5, True, "1.00000000000000", "1.00000000000000"),
    "nist_wampler5": (21, 5, True, "1.00000000000000", "1.00000000000000"),
}
RESIDUAL_DEVIATIONS = {
    "nist_filip": "0.334801051324544E-02",
    "nist_longley": "304.854073561965",
    "nist_noint1": "3.56753034006338",
    "nist_noint2": "0.369274472937998",
    "nist_norris": "0.884796396144373",
    "nist_pontius": "0.205177424076185E-03",
    "nist_wampler3": "2360.14502379268",
    "nist_wampler4": "236014.502379268",
    "nist_wampler5": "23601450.2379268",
}


def made(name: str, **options: Any) -> NistDataset:
    dataset = dataset_class(name)(**options)
    assert isinstance(dataset, NistDataset)
    return dataset


def digits(text: str) -> int:
    return len(text.lower().partition("e")[0].replace(".", "").lstrip("-0"))


def solved(A: list[list[Fraction]], b: list[Fraction]) -> list[Fraction]:
    """Gauss-Jordan elimination on the normal equations, exactly."""
    p = len(A[0])
    rows = [[*row, value] for row, value in zip(A, b, strict=True)]
    M = [[sum((row[i] * row[j] for row in rows), Fraction(0)) for j in range(p + 1)] for i in range(p)]
    for i in range(p):
        M[i] = [v / M[i][i] for v in M[i]]
        for k in range(p):
            if k != i:
                M[k] = [v - M[k][i] * w for v, w in zip(M[k], M[i], strict=True)]
    return [row[-1] for row in M]


def rounded(value: Fraction) -> Decimal:
    """To 15 significant digits."""
    return Context(prec=15).divide(Decimal(value.numerator), Decimal(value.denominator))


def test_there_are_eleven() -> None:
    assert sorted(SETS) == LINEAR


@pytest.mark.parametrize("name", SETS)
def test_shapes_and_certified_strings(name: str) -> None:
    rows, features, intercept, first, last = SETS[name]
    dataset = made(name)
    data, certified = dataset.data(), dataset.certified()
    assert data.problem.X.shape == (rows, features)
    assert data.problem.intercept == intercept
    assert certified is not None
    assert (certified.estimates[0], certified.estimates[-1]) == (first, last)
    assert len(certified.estimates) == len(certified.standard_deviations) == features + intercept
    assert certified.r_squared_kind == ("centred" if intercept else "uncentred")
    assert len(data.table.features) == features
    for text in (*certified.estimates, *certified.standard_deviations, certified.r_squared):
        assert digits(text) in (0, 15), text
    if name in RESIDUAL_DEVIATIONS:
        assert certified.residual_standard_deviation == RESIDUAL_DEVIATIONS[name]
    else:
        assert float(certified.residual_standard_deviation) == 0.0


@pytest.mark.parametrize("name", SETS)
def test_the_exact_solution_of_the_decimals_is_what_is_certified(name: str) -> None:
    dataset = made(name)
    certified, (X, y) = dataset.certified(), dataset.decimal_table()
    assert certified is not None
    A = [[Fraction(1)] * dataset.intercept + list(row) for row in X]
    b = solved(A, list(y))
    assert [rounded(value) for value in b] == [Decimal(text) for text in certified.estimates]
    assert [rounded(value) for value in certified.exact_estimates()] == [rounded(value) for value in b]
    residuals = [
        v - sum((a * c for a, c in zip(row, b, strict=True)), Fraction(0)) for row, v in zip(A, y, strict=True)
    ]
    rss = sum((r * r for r in residuals), Fraction(0))
    mean = sum(y, Fraction(0)) / len(y) if certified.r_squared_kind == "centred" else Fraction(0)
    assert rounded(rss) == Decimal(certified.residual_sum_of_squares)
    assert rounded(1 - rss / sum(((v - mean) * (v - mean) for v in y), Fraction(0))) == Decimal(certified.r_squared)


@pytest.mark.parametrize("name", SETS)
def test_float64_data_are_the_decimals_rounded_and_powers_are_repeated_products(name: str) -> None:
    dataset = made(name)
    table, (X, y) = dataset.table, dataset.decimal_table()
    assert_array_equal(table.y, [float(value) for value in y])
    assert_array_equal(table.X[:, 0], [float(row[0]) for row in X])
    for j in range(1, table.X.shape[1]):
        if name == "nist_longley":
            assert_array_equal(table.X[:, j], [float(row[j]) for row in X])
        else:
            assert_array_equal(table.X[:, j], table.X[:, j - 1] * table.X[:, 0])
            assert [row[j] for row in X] == [row[0] ** (j + 1) for row in X]


@pytest.mark.parametrize(
    "options",
    [
        {"scale": "minmax"},
        {"scale_target": "standard"},
        {"test_size": 0.2},
        {"l2": 0.1},
        {"intercept": False},
    ],
)
def test_another_problem_than_nists_is_not_certified(options: dict[str, Any]) -> None:
    assert made("nist_norris").certified() is not None
    assert made("nist_norris", scale="none", scale_target="none", seed=4).certified() is not None
    assert made("nist_norris", **options).certified() is None


def test_a_line_through_the_origin_is_not_certified_with_an_intercept() -> None:
    assert made("nist_noint1", intercept=True).certified() is None
