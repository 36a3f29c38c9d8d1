"""A polynomial in one variable, with its powers as columns: Wampler's family at other degrees."""

from dataclasses import dataclass

import numpy as np

from backends.base import option
from harness.datasets._nist import powers
from harness.datasets.base import Dataset, Table


@dataclass(frozen=True, kw_only=True)
class Polynomial(Dataset):
    """``y = 1 + x + x² + … + xᵏ`` for x = 0, 1, …, plus alternating residuals.

    After R. H. Wampler, *A Report on the Accuracy of Some Widely Used Least Squares Computer Programs*, Journal of the
    American Statistical Association 65 (1970), pp. 549-565, whose sets have 21 rows and degree 5. Degree 12 is the
    highest with exact numbers.

    Attributes
    ----------
    n_samples : int
        Rows.
    degree : int
        The highest power.
    step : float
        The distance between two values of x.
    noise : float
        Size of the residuals, ``+noise, -noise, +noise, …``.
    """

    n_samples: int = option(21, at_least=3)
    degree: int = option(5, at_least=1, at_most=12)
    step: float = option(1.0, above=0)
    noise: float = option(0.0, at_least=0)

    def load(self) -> Table:
        """Form the powers, each from the one before."""
        X = powers(self.step * np.arange(self.n_samples, dtype=np.float64), self.degree)
        y = 1.0 + X.sum(axis=1) + self.noise * (1 - 2 * (np.arange(self.n_samples) % 2))
        features = ("x", *(f"x**{k}" for k in range(2, self.degree + 1)))
        return Table(np.ascontiguousarray(X), y, features, "y", facts={"coef": (1.0,) * self.degree, "intercept": 1.0})
