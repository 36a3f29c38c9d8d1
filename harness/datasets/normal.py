"""Normal rows of any number, made piece by piece: data that need not fit in memory."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from backends.base import option
from harness.datasets.base import Blocks, Dataset, Float64, RowBlock, Table

PIECE_ROWS = 8192
"""Rows that one stream of random numbers makes. The numbers depend on it, and on nothing that reads them."""


@dataclass(frozen=True, kw_only=True)
class Normal(Dataset):
    """``y = X coef + bias + noise`` with X, coef and the noise standard normal but for the noise's deviation.

    Each piece of 8,192 rows has a stream of its own, of the seed and the piece's number (M. E. O'Neill's seed sequences
    as NumPy has them). So a row has the same values whoever makes it, in whatever blocks, on whatever host.

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
        """Every piece, one below the other."""
        X, y = np.empty((self.n_samples, self.n_features)), np.empty(self.n_samples)
        for number, start in enumerate(range(0, self.n_samples, PIECE_ROWS)):
            rows = slice(start, start + PIECE_ROWS)
            X[rows], y[rows] = self._piece(number)
        return Table(X, y, self._names(), "y", facts=self._facts())

    def blocks(self) -> Blocks:
        """The same, as many whole pieces at a time as a block holds."""
        return Blocks(self._names(), "y", self._read, self._facts())

    def expected_bytes(self) -> int:
        """Of X and y."""
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
