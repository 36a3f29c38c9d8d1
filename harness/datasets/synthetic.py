"""Problems of any size and condition number."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from backends.base import option
from harness.datasets.base import Dataset, Float64, Table

BLOCK_ROWS = 8192


@dataclass(frozen=True, kw_only=True)
class Synthetic(Dataset):
    """``y = X coef + bias + noise``, where X has a given condition number and centred columns.

    ``X = U diag(s) V^T`` with U of orthonormal columns that are orthogonal to the column of ones, V orthogonal and
    s falling geometrically from its first value to ``1/condition`` of it. So the ratio of the largest to the smallest
    singular value is ``condition``, both for X and for X centred, which matters to a model with an intercept. Its
    relative error is about ``1e-16 * condition``, the best possible for X in float64; scaling the data, holding out
    rows and float32 change it. The entries of X have root mean square 1, ``coef`` is standard normal.

    Attributes
    ----------
    n_samples : int
        Rows; more than ``n_features``, so that centred columns can be independent.
    n_features : int
        Columns.
    condition : float
        The condition number of X in the 2-norm, from 1 to 1e13; 1 for a single column.
    noise : float
        Standard deviation of the normal noise.
    bias : float
        The true intercept.
    """

    n_samples: int = option(1000, at_least=2)
    n_features: int = option(10, at_least=1)
    condition: float = option(1.0, at_least=1, at_most=1e13)
    noise: float = option(1.0, at_least=0)
    bias: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_samples <= self.n_features:
            raise ValueError(f"n_samples: got {self.n_samples}, wanted more than n_features, {self.n_features}")
        if self.n_features == 1 and self.condition != 1:
            raise ValueError(f"condition: got {self.condition:g}, wanted 1, which a single column always has")

    def load(self) -> Table:
        """Generate, in O(n_samples n_features²) time and the memory of X and one block of rows."""
        stream = np.random.default_rng(self.seed)
        p = self.n_features
        X = stream.standard_normal((self.n_samples, p))
        _orthonormalise(X)
        s = np.geomspace(1.0, 1.0 / self.condition, p)
        s *= math.sqrt(self.n_samples * p) / np.linalg.norm(s)
        _multiply(X, s[:, None] * _orthogonal(p, stream).T)
        coef = stream.standard_normal(p)
        y = X @ coef + self.bias + self.noise * stream.standard_normal(self.n_samples)
        names = tuple(f"x{j}" for j in range(1, p + 1))
        return Table(X, y, names, "y", facts={"coef": tuple(coef.tolist()), "intercept": self.bias})


def _orthonormalise(X: Float64) -> None:
    """Make the columns of X, in place, orthonormal and orthogonal to the column of ones.

    CholeskyQR, ``X := X R^-1`` with ``R^T R = X^T X``, done twice, which brings U^T U within rounding of the identity
    for any X whose condition number is below 1e8, so that the first pass can factorise it. See Y. Yamamoto, Y.
    Nakatsukasa, Y. Yanagisawa and T. Fukaya, *Roundoff error analysis of the CholeskyQR2 algorithm*, ETNA 44 (2015),
    pp. 306-326.
    """
    for _ in range(2):
        X -= X.mean(axis=0)
        _multiply(X, np.linalg.inv(np.linalg.cholesky(X.T @ X)).T)


def _multiply(X: Float64, M: Float64) -> None:
    """``X := X M`` in place, block by block."""
    for block in _blocks(X):
        block[:] = block @ M


def _blocks(X: Float64) -> Iterator[Float64]:
    for start in range(0, len(X), BLOCK_ROWS):
        yield X[start : start + BLOCK_ROWS]


def _orthogonal(p: int, stream: np.random.Generator) -> Float64:
    """An orthogonal matrix from the uniform distribution: QR with the diagonal of R made positive.

    See F. Mezzadri, *How to generate random matrices from the classical compact groups*, Notices of the AMS 54 (2007),
    pp. 592-604.
    """
    Q, R = np.linalg.qr(stream.standard_normal((p, p)))
    return Q * np.sign(np.diag(R))
