"""Tables that a rule defines: each value is an integer times its column's unit, rounded to float64 once."""

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from harness.datasets._reading.decimals import Scaled
from harness.datasets.base import DecimalColumns, Decimals, Float64, Table

TENTH = Fraction(1, 10)


def about_0(n: int) -> list[int]:
    """``0, -1, 1, -1, 1, …``, an odd number of them: the pattern of NIST's generated data."""
    return [0, *([-1, 1] * (n // 2))]


def table_of(features: Mapping[str, Scaled], target: Scaled) -> Table:
    """The table of such columns, whose decimals are known exactly. The target is named y.

    Parameters
    ----------
    features : mapping
        Columns of n_samples numbers by name, at least one.
    """

    def read(rows: NDArray[np.intp]) -> DecimalColumns:
        kept = rows.tolist()
        *columns, y = [Scaled([each.integers[i] for i in kept], each.unit) for each in (*features.values(), target)]
        return DecimalColumns(tuple(columns), y)

    X = np.column_stack([_floats(each) for each in features.values()])
    return Table(np.ascontiguousarray(X), _floats(target), tuple(features), "y", decimals=Decimals(read))


def _floats(column: Scaled) -> Float64:
    """Each number rounded to the nearest float64, as dividing two Python integers does."""
    times, over = column.unit.as_integer_ratio()
    return np.array([each * times / over for each in column.integers], dtype=np.float64)
