"""NIST's analysis-of-variance and univariate sets, and Wilkinson's NASTY: the exact answers are the certified ones.

The certified values are the 15 digits of NIST's pages. They are of the decimals, so the decimals are what is solved.
"""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from harness.datasets.base import Dataset
from harness.datasets.nasty import Nasty
from harness.datasets.nist_anova import NistAnova
from harness.datasets.nist_univariate import MISPRINT, NistUnivariate, digits_of_pi
from harness.reference import solve
from harness.reference.decimals import certify, solve_decimals
from harness.reference.inference import ExactInference, inference
from harness.reference.rational import RationalFit
from harness.reference.spread import spread
from tests.support.nist import agrees

SETS = [f"SmLs0{number}" for number in range(1, 10)]

ANOVA = {
    21: ("1.68000000000000", "0.210000000000000", "1.80000000000000", "21.0000000000000", "0.482758620689655"),
    201: ("16.0800000000000", "2.01000000000000", "18.0000000000000", "201.000000000000", "0.471830985915493"),
    2001: ("160.080000000000", "20.0100000000000", "180.000000000000", "2001.00000000000", "0.470712773465067"),
}
"""By replicates: sum and mean of squares between treatments, sum within them, F, R²."""

WITHIN, DEVIATION = "0.100000000000000E-01", "0.100000000000000"
"""The mean of squares within treatments, and its root, of all nine."""

UNIVARIATE = {
    "NumAcc1": (3, "10000002.0000000", "1.00000000000000"),
    "NumAcc2": (1001, "1.20000000000000", "0.100000000000000"),
    "NumAcc3": (1001, "1000000.20000000", "0.100000000000000"),
    "NumAcc4": (1001, "10000000.2000000", "0.100000000000000"),
    "PiDigits": (5000, "4.53480000000000", "2.86733906028871"),
}
"""Numbers, mean, standard deviation."""


def of_the_decimals(dataset: Dataset) -> tuple[RationalFit, ExactInference]:
    columns = dataset.data().decimals()
    assert columns is not None
    fit = solve_decimals(columns, intercept=dataset.intercept)
    return fit, inference(fit, spread(fit).variances)


@pytest.mark.parametrize("name", SETS)
def test_analysis_of_variance(name: Any) -> None:
    dataset = NistAnova(set=name)
    fit, exact = of_the_decimals(dataset)
    replicates = len(dataset.table.y) // 9
    between, mean_between, within, f, r_squared = ANOVA[replicates]
    assert (exact.model_degrees_of_freedom, exact.degrees_of_freedom) == (8, 9 * (replicates - 1))
    assert fit.total - fit.residual == Fraction(between)
    assert (fit.total - fit.residual) / exact.model_degrees_of_freedom == Fraction(mean_between)
    assert fit.residual == Fraction(within)
    assert fit.residual / exact.degrees_of_freedom == Fraction(WITHIN)
    assert agrees(exact.f_value, f)
    assert agrees(exact.r_squared, r_squared)
    assert agrees(exact.residual_deviation, DEVIATION)


def test_the_nine_differ_by_replicates_and_leading_digits_alone() -> None:
    tables = {name: NistAnova(set=name).table for name in ("SmLs01", "SmLs04", "SmLs07")}
    assert [len(NistAnova(set=name).table.y) for name in ("SmLs04", "SmLs05", "SmLs06")] == [189, 1809, 18009]
    assert tables["SmLs01"].y[:3].tolist() == [1.4, 1.3, 1.5]
    assert tables["SmLs01"].y[21:24].tolist() == [1.3, 1.2, 1.4]
    assert tables["SmLs07"].y[:3].tolist() == [1000000000000.4, 1000000000000.3, 1000000000000.5]
    for name, added in (("SmLs04", 999_999), ("SmLs07", 999_999_999_999)):
        np.testing.assert_array_equal(tables[name].X, tables["SmLs01"].X)
        assert np.max(np.abs(tables[name].y - added - tables["SmLs01"].y)) <= math.ulp(float(added)) / 2 + 1e-15


def test_what_rounding_to_float64_leaves_of_f() -> None:
    """The backends' own question: F of the numbers as float64 hold them."""
    found = {name: solve(NistAnova(set=name).data().problem).inference for name in ("SmLs01", "SmLs04", "SmLs07")}
    off = {name: abs((each.f_value or 0) / 21 - 1) for name, each in found.items() if each is not None}
    assert off["SmLs01"] < 1e-14 < off["SmLs04"] < 1e-8 < off["SmLs07"] < 1e-2


@pytest.mark.parametrize("name", UNIVARIATE)
def test_univariate_sets(name: Any) -> None:
    n, mean, deviation = UNIVARIATE[name]
    dataset = NistUnivariate(set=name)
    fit, exact = of_the_decimals(dataset)
    assert dataset.table.X.tolist() == [[1.0]] * n
    assert fit.coef == [Fraction(mean)]
    assert agrees(exact.residual_deviation, deviation)
    assert (exact.r_squared, exact.r_squared_about, exact.f_value) == (0.0, "mean", None)
    assert certify(dataset, dataset.data()).source == "decimals"


def test_nists_digits_of_pi_but_for_one_are_pis() -> None:
    given, ours = NistUnivariate(set="PiDigits").table.y.tolist(), digits_of_pi(5000)
    assert "".join(map(str, ours[:20])) == "31415926535897932384"
    assert [(i, a, b) for i, (a, b) in enumerate(zip(given, ours, strict=True)) if a != b] == [(*MISPRINT, 8)]


def test_a_p_below_the_least_float64_is_0_without_a_sign() -> None:
    _, exact = of_the_decimals(NistUnivariate(set="PiDigits"))
    assert exact.p_values is not None
    assert math.copysign(1, exact.p_values[0]) == 1


@pytest.mark.parametrize(
    ("kind", "target", "intercept", "coef"),
    [
        ("x", "big", "99999990", ["1"]),
        ("big", "x", "-99999990", ["1"]),
        ("little", "x", "-99999990", ["100000000"]),
        ("x", "x", "0", ["1"]),
        ("huge", "tiny", "0", ["1e-24"]),
        ("round", "little", "0.999999905", ["1e-8"]),
        ("x", "zero", "0", ["0"]),
    ],
)
def test_wilkinsons_regressions(kind: Any, target: Any, intercept: str, coef: list[str]) -> None:
    fit, exact = of_the_decimals(Nasty(kind=kind, target=target))
    assert [fit.intercept, *fit.coef] == list(map(Fraction, [intercept, *coef]))
    assert fit.residual == 0
    assert exact.r_squared == (None if target == "zero" else 1.0)


def test_x_on_its_powers_is_a_perfect_fit_and_big_is_little() -> None:
    powers, _ = of_the_decimals(Nasty(kind="powers"))
    assert powers.rank == 9
    assert powers.residual == 0
    assert solve(Nasty(kind="powers").data().problem).loss == 0.0
    both = Nasty(kind="big and little")
    assert "linearly dependent in the decimals" in certify(both, both.data()).why_not
    assert solve(both.data().problem).full_rank, "rounding has parted them"
