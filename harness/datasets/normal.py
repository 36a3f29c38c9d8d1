"""Any number of normal rows, generated piece by piece: the data need not fit in memory."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from backends.base import option
from harness.datasets.base import Blocks, Dataset, Float64, RowBlock, Table

PIECE_ROWS = 8192
"""Rows per stream of random numbers. The data depend on it, but not on how they are read."""


@dataclass(frozen=True, kw_only=True)
class Normal(Dataset):
    """``y = X coef + bias + noise`` with X and coef standard normal, and normal noise.

    Each piece of 8,192 rows has its own stream, seeded by the seed and the piece's number (NumPy's version of M. E.
    O'Neill's seed sequences). So a row has the same values in whatever blocks and on whatever host it is generated.

    Attributes
    ----------
    n_samples : int
        Rows.
    n_features : int
        Columns.
    noise : float
        Standard deviation of the normal noise.
    bias : float
        The true intercept.
    """

    n_samples: int = option(1000, at_least=1)
    n_features: int = option(10, at_least=1)
    noise: float = option(1.0, at_least=0)
    bias: float = 1.0

    def load(self) -> Table:
        """Generate every piece."""
        X, y = np.empty((self.n_samples, self.n_features)), np.empty(self.n_samples)
        for number, start in enumerate(range(0, self.n_samples, PIECE_ROWS)):
            rows = slice(start, start + PIECE_ROWS)
            X[rows], y[rows] = self._piece(number)
        return Table(X, y, self._names(), "y", facts=self._facts())

    def blocks(self) -> Blocks:
        """The same rows, as many whole pieces at a time as a block holds."""
        return Blocks(self._names(), "y", self._read, self._facts())

    def expected_bytes(self) -> int:
        """Of X and y, exactly."""
        return 8 * self.n_samples * (self.n_features + 1)

    def _read(self, rows: int, first: int) -> Iterator[RowBlock]:
        number, done = divmod(first, PIECE_ROWS)
        pieces = range(number, -(-self.n_samples // PIECE_ROWS))
        step = max(1, rows // PIECE_ROWS)
        for start in range(0, len(pieces), step):
            made = [self._piece(each) for each in pieces[start : start + step]]
            X, y = np.concatenate([X for X, _ in made]), np.concatenate([y for _, y in made])
            yield RowBlock(X[done:], y[done:])
            done = 0

    def _piece(self, number: int) -> tuple[Float64, Float64]:
        stream = np.random.default_rng([self.seed, 2, number])
        rows = min(PIECE_ROWS, self.n_samples - number * PIECE_ROWS)
        X = stream.standard_normal((rows, self.n_features))
        return X, X @ self._coef() + self.bias + self.noise * stream.standard_normal(rows)

    def _coef(self) -> Float64:
        return np.random.default_rng([self.seed, 3]).standard_normal(self.n_features)

    def _names(self) -> tuple[str, ...]:
        return tuple(f"x{j}" for j in range(1, self.n_features + 1))

    def _facts(self) -> dict[str, object]:
        return {"coef": tuple(self._coef().tolist()), "intercept": self.bias}
