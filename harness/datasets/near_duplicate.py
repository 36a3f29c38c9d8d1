"""Two nearly equal columns: what a singular value threshold that grows with the rows cuts off."""

from dataclasses import dataclass

import numpy as np

from backends.base import option
from harness.datasets.base import Dataset, Table


@dataclass(frozen=True, kw_only=True)
class NearDuplicate(Dataset):
    """``y = 1 x1 + 2 x2 + … + bias + noise``, X standard normal; the last column is the one before plus a little.

    In float32 with half a million rows it is the problem of scikit-learn issue 33032: a solver that counts singular
    values below ``max(n, p) eps`` times the largest (there 0.06) as zero cuts off the difference of the two columns,
    which is 0.015 of the largest, and divides their effect equally. With coefficients 4 and 5 that leaves 0.9 correct
    digits, and hardly a trace in the residuals.

    Attributes
    ----------
    n_samples : int
        Rows.
    n_features : int
        Columns.
    difference : float
        Standard deviation of the difference between the last column and the one before.
    noise : float
        Standard deviation of the normal noise in y.
    bias : float
        The true intercept.
    """

    n_samples: int = option(1000, at_least=3)
    n_features: int = option(5, at_least=2)
    difference: float = option(0.03, above=0)
    noise: float = option(0.1, at_least=0)
    bias: float = 1.0

    def load(self) -> Table:
        """Draw X, then the difference, then the noise."""
        stream = np.random.default_rng(self.seed)
        n, p = self.n_samples, self.n_features
        X = stream.standard_normal((n, p))
        X[:, -1] = X[:, -2] + self.difference * stream.standard_normal(n)
        coef = np.arange(1.0, p + 1)
        y = X @ coef + self.bias + self.noise * stream.standard_normal(n)
        names = tuple(f"x{j}" for j in range(1, p + 1))
        return Table(X, y, names, "y", facts={"coef": tuple(coef.tolist()), "intercept": self.bias})
