"""Numbers are read as they were printed."""

import numpy as np
import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.explain import given


def test_a_number_reaches_half_a_unit_in_its_last_place() -> None:
    read = given("0.25, 1.9", ["a", "b"], "3")
    assert read.values.tolist() == [3, 0.25, 1.9]
    assert np.allclose(read.tolerance, [0.5, 0.005, 0.05])
    assert read.digits.tolist() == [1, 2, 2]
    assert read.level == 3
    assert read.coef.tolist() == [0.25, 1.9]


def test_names_may_stand_in_any_order_and_hold_odd_characters() -> None:
    read = given("w, kg=2, a=1", ["a", "w, kg"])
    assert read.coef.tolist() == [1, 2]
    assert given("b=1;a=2", ["a", "b"]).coef.tolist() == [2, 1]


def test_a_zero_says_as_much_as_the_other_numbers() -> None:
    assert given("0.0, 1.2345", ["a", "b"]).tolerance[0] == pytest.approx(0.00005)
    assert given("NA 1.25", ["a", "b"]).coef.tolist() == [0, 1.25]


def test_a_number_in_full_tells_that_short_ones_are_in_full_too() -> None:
    assert given("2.0, 0.33333333333333331", ["a", "b"]).tolerance[0] < 1e-14


@hypothesis_given(st.floats(-1e12, 1e12).filter(lambda x: abs(x) > 1e-12), st.integers(1, 17))
def test_what_was_printed_is_within_reach(value: float, digits: int) -> None:
    read = given(f"{value:.{digits}g}", ["a"])
    assert abs(read.values[0] - value) <= 1.01 * read.tolerance[0] + 1e-15 * abs(value)


@pytest.mark.parametrize(
    ("coef", "intercept", "words"),
    [
        ("1", "", "got 1 number, wanted 2, one for each of a, b"),
        ("1, 2, 3", "", "got 3 numbers, wanted 2"),
        ("1, x", "", "got 'x', wanted a number"),
        ("1, inf", "", "wanted a finite number"),
        ("1, 1e999", "", "wanted a finite number"),
        ("a=1, c=2", "", "no column 'c'"),
        ("a=1", "", "got no coefficient of 'b'"),
        ("a=1, a=2", "", "got 'a' twice"),
        ("1, 2", "three", "--intercept: got 'three'"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(coef: str, intercept: str, words: str) -> None:
    with pytest.raises(UsageError) as error:
        given(coef, ["a", "b"], intercept)
    assert words in str(error.value)
    assert "\n" not in str(error.value)
