"""The Hilbert matrix as a design: the textbook example of ill conditioning."""

from dataclasses import dataclass

import numpy as np

from backends.base import option
from harness.datasets.base import Dataset, Table


@dataclass(frozen=True, kw_only=True)
class Hilbert(Dataset):
    """``X[i, j] = 1 / (i + j + 1)``, rounded once, ``y`` the sum of the columns, rounded: no intercept by default.

    The condition number grows twentyfold and more with each column: with 20 rows it is 3e4 for 5 columns, 1e11 for 10.

    Attributes
    ----------
    n_samples : int
        Rows.
    n_features : int
        Columns.
    intercept : bool
        Whether the model has an intercept.
    """

    n_samples: int = option(20, at_least=2)
    n_features: int = option(6, at_least=1, at_most=20)
    intercept: bool = False

    def load(self) -> Table:
        """Compute the quotients."""
        i, j = np.ogrid[: self.n_samples, : self.n_features]
        X = 1.0 / (i + j + 1.0)
        names = tuple(f"x{k}" for k in range(1, self.n_features + 1))
        return Table(X, X.sum(axis=1), names, "y", facts={"coef": (1.0,) * self.n_features, "intercept": 0.0})
