"""NIST's univariate reference datasets that a rule generates: a mean as a regression on a column of ones."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import flint

from harness.datasets._by_rule import TENTH, about_0, table_of
from harness.datasets._reading.decimals import Scaled
from harness.datasets.base import Dataset, Table

DIGITS_OF_PI = 5000

MEANS = {"NumAcc2": 12, "NumAcc3": 10_000_002, "NumAcc4": 100_000_002}
"""Means in tenths; the 1001 values are the mean or a tenth off."""

MISPRINT = 956, 3
"""The place, from 0, where NIST's digits differ from pi's 8, and its digit, to which the certified values belong."""


@dataclass(frozen=True, kw_only=True)
class NistUnivariate(Dataset):
    """Numbers regressed on a column of ones: the coefficient is their mean, the residual deviation their own.

    NumAcc1 is three numbers near 10 million. NumAcc2, NumAcc3 and NumAcc4 are 1001 numbers within a tenth of 1.2,
    1000000.2 and 10000000.2, whose deviation a sum of squares loses. PiDigits is NIST's version of the first 5000
    digits of pi, with one misprint: the 957th is a 3 instead of an 8.

    Source: National Institute of Standards and Technology, *Statistical Reference Datasets: Univariate Summary
    Statistics*, https://www.itl.nist.gov/div898/strd/univ/homepage.html. Its sets of observed data are not included.

    Attributes
    ----------
    set : {"NumAcc1", "NumAcc2", "NumAcc3", "NumAcc4", "PiDigits"}
        NIST's name.
    intercept : bool
        False: the column of ones takes its place.
    """

    set: Literal["NumAcc1", "NumAcc2", "NumAcc3", "NumAcc4", "PiDigits"] = "NumAcc1"
    intercept: bool = False

    def load(self) -> Table:
        """Build the numbers, or compute pi."""
        values = self._values()
        return table_of({"ones": Scaled([1] * len(values.integers), Fraction(1))}, values)

    def _values(self) -> Scaled:
        if self.set == "NumAcc1":
            return Scaled([10_000_001, 10_000_003, 10_000_002], Fraction(1))
        if self.set == "PiDigits":
            digits, (place, misprint) = digits_of_pi(DIGITS_OF_PI), MISPRINT
            return Scaled([*digits[:place], misprint, *digits[place + 1 :]], Fraction(1))
        return Scaled([MEANS[self.set] + each for each in about_0(1001)], TENTH)


def digits_of_pi(n: int) -> list[int]:
    """The first n digits of pi, including the 3, from an interval that provably contains it."""
    with flint.ctx.workprec(4 * n + 64):
        whole = (flint.arb.pi() * flint.arb(10) ** (n - 1)).floor().unique_fmpz()
    return list(map(int, whole.str()))
