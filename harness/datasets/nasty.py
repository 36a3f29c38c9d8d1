"""Columns that are huge, tiny, far from 0 or constant: what a program's tolerances are for."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from harness.datasets.base import Dataset, Table

COLUMNS = {
    "zero": lambda x: 0.0 * x,
    "constant": lambda x: 0.0 * x + 3.0,
    "big": lambda x: 99_999_990.0 + x,
    "little": lambda x: 0.999_999_90 + 1e-8 * x,
    "huge": lambda x: 1e12 * x,
    "tiny": lambda x: 1e-12 * x,
}


@dataclass(frozen=True, kw_only=True)
class Nasty(Dataset):
    """``y = 1, 2, …, 9`` against one column of the kind named, with a well-behaved one beside it where asked.

    After the data set NASTY of L. Wilkinson, *Statistics Quiz* (1985), which asks a program to regress each of nine
    such columns on the others. The data are our own.

    Attributes
    ----------
    kind : {"big", "little", "huge", "tiny", "constant", "zero"}
        ``99999990 + x``, ``0.9999999 + 1e-8 x``, ``1e12 x``, ``1e-12 x``, 3, or 0, for x = 1, …, 9.
    beside : bool
        Whether the squares of x stand beside it.
    """

    kind: Literal["big", "little", "huge", "tiny", "constant", "zero"] = "big"
    beside: bool = False

    def load(self) -> Table:
        """Nine rows."""
        x = np.arange(1.0, 10.0)
        columns = [COLUMNS[self.kind](x), *([x * x] if self.beside else [])]
        return Table(np.column_stack(columns), x.copy(), (self.kind, "squares")[: len(columns)], "y")
