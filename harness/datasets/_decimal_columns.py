"""A table's numbers exactly as its source writes them, for the exact answer to the unrounded data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.datasets._certified import DecimalTable
from harness.datasets._reading.decimals import Scaled, scaled_fractions

MOST_VALUES = 500_000
"""Most values (rows times columns) to solve from their decimals, which takes about a second."""


class DecimalColumns(NamedTuple):
    """A problem in exact numbers: each an integer times its column's unit."""

    features: tuple[Scaled, ...]
    """One per feature."""
    target: Scaled

    def table(self) -> DecimalTable:
        """The problem as rows of fractions."""
        rows = zip(*(each.fractions() for each in self.features), strict=True)
        return DecimalTable(tuple(rows), tuple(self.target.fractions()))


@dataclass(frozen=True, eq=False)
class Decimals:
    """Reads rows of a table exactly, or says why it cannot."""

    read: Callable[[NDArray[np.intp]], DecimalColumns | None] | None
    """Maps indices of rows to `DecimalColumns`; None if a decimal is too long."""
    why_not: str = ""
    """The reason in words, if ``read`` is None."""

    @classmethod
    def of(cls, table: Callable[[], DecimalTable]) -> Decimals:
        """From a table of fractions, which is made only when needed."""

        def read(rows: NDArray[np.intp]) -> DecimalColumns:
            X, y = table()
            kept = [X[i] for i in rows.tolist()]
            columns = tuple(scaled_fractions(column) for column in zip(*kept, strict=True))
            return DecimalColumns(columns, scaled_fractions(y[i] for i in rows.tolist()))

        return cls(read)
