"""Columns that are huge, tiny, far from 0 or constant: a test of a program's tolerances."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from harness.datasets._by_rule import table_of
from harness.datasets._reading.decimals import Scaled
from harness.datasets.base import Dataset, Table

X = range(1, 10)
ONE = Fraction(1)


def _column(integers: Sequence[int], unit: Fraction = ONE) -> Scaled:
    return Scaled(list(integers), unit)


COLUMNS = {
    "x": _column(X),
    "zero": _column([0] * 9),
    "constant": _column([3] * 9),
    "big": _column([99_999_990 + x for x in X]),
    "little": _column([99_999_990 + x for x in X], Fraction(1, 10**8)),
    "huge": _column(X, Fraction(10**12)),
    "tiny": _column(X, Fraction(1, 10**12)),
    "round": _column([2 * x - 1 for x in X], Fraction(1, 2)),
}
"""Wilkinson's variables by name, and a constant other than 0, which is our own."""

SEVERAL = {
    "powers": {f"x**{k}": _column([x**k for x in X]) for k in range(2, 10)},
    "big and little": {name: COLUMNS[name] for name in ("big", "little")},
}

SQUARES = {"squares": _column([x * x for x in X])}


@dataclass(frozen=True, kw_only=True)
class Nasty(Dataset):
    """One of nine nasty variables against another, or against several.

    The data set NASTY and its regressions are L. Wilkinson's, *Statistics Quiz* (1985): BIG on X (the intercept is
    99999990, the coefficient 1), X on X (0 and 1), ZERO on X (0 and 0), X on its powers from 2 to 9 (a perfect fit),
    X on BIG and LITTLE (the same column in different units, apart from rounding).

    Attributes
    ----------
    kind : {"big", "little", "huge", "tiny", "constant", "zero", "x", "round", "powers", "big and little"}
        The features: ``99999990 + x``, that over 1e8, ``1e12 x``, ``1e-12 x``, 3, 0, x itself, ``x - 1/2``,
        ``x², …, x⁹``, or two of them, for x = 1, …, 9.
    target : {"x", "big", "little", "huge", "tiny", "round", "zero"}
        The variable that is regressed on them.
    beside : bool
        Whether the squares of x are a further feature.
    """

    kind: Literal[
        "big", "little", "huge", "tiny", "constant", "zero", "x", "round", "powers", "big and little"
    ] = "big"  # fmt: skip
    target: Literal["x", "big", "little", "huge", "tiny", "round", "zero"] = "x"
    beside: bool = False

    def load(self) -> Table:
        """Build the nine rows."""
        features = SEVERAL.get(self.kind) or {self.kind: COLUMNS[self.kind]}
        return table_of(features | SQUARES if self.beside else features, COLUMNS[self.target])
