"""A line with noise, generated as in the house-price article."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from backends.base import option
from harness.datasets.base import Blocks, Dataset, Float64, RowBlock, Table


@dataclass(frozen=True, kw_only=True)
class Linear(Dataset):
    """``y = weight x + bias + noise`` with x normal of deviation 10.

    The article *Your First Machine Learning Model: Linear Regression from Scratch in Python* fits house prices
    generated in this way. The defaults are its run, and NumPy's legacy stream reproduces its numbers exactly.

    Attributes
    ----------
    n_samples : int
        Rows.
    weight : float
        The true coefficient.
    bias : float
        The true intercept.
    noise_scale : float
        Standard deviation of the normal noise, in the target's units.
    seed : int
        Seed of the generator (below 2**32) and of the train/test split.
    """

    n_samples: int = option(50, at_least=1)
    weight: float = 250.0
    bias: float = 50_000.0
    noise_scale: float = option(30_000.0, at_least=0)
    seed: int = option(42, at_least=0, at_most=2**32 - 1)

    def load(self) -> Table:
        """Draw x, then the noise, in the article's order."""
        X, y, *_ = next(self._read(self.n_samples, 0))
        return Table(X, y, ("x",), "y", facts=self._facts())

    def blocks(self) -> Blocks:
        """The same numbers as `load`: a second stream, advanced past all of x, draws the noise."""
        return Blocks(("x",), "y", self._read, self._facts())

    def expected_bytes(self) -> int:
        """Of x and y, exactly."""
        return 16 * self.n_samples

    def _facts(self) -> dict[str, object]:
        return {"coef": (self.weight,), "intercept": self.bias}

    def _read(self, rows: int, first: int) -> Iterator[RowBlock]:
        x, noise = np.random.RandomState(self.seed), np.random.RandomState(self.seed)
        _skip(noise, self.n_samples + first, rows)
        _skip(x, first, rows)
        for size in _sizes(self.n_samples - first, rows):
            X: Float64 = x.randn(size, 1) * 10
            y = self.weight * X + self.bias + noise.randn(size, 1) * self.noise_scale
            yield RowBlock(X, y[:, 0].copy())


def _sizes(count: int, most: int) -> Iterator[int]:
    for start in range(0, count, most):
        yield min(most, count - start)


def _skip(stream: np.random.RandomState, count: int, most: int) -> None:
    """Draw ``count`` numbers, at most ``most`` at a time."""
    for size in _sizes(count, most):
        stream.randn(size)
