"""Points on a line of slope pi, with noise."""

import math
from dataclasses import dataclass

import numpy as np

from backends.base import option
from harness.datasets.base import Dataset, Table


@dataclass(frozen=True, kw_only=True)
class PiLine(Dataset):
    """``y = pi x + noise`` at ``x = i / n_samples``, i from 0.

    The article *Machine Learning Fundamentals: Fitting a linear model using Python* generates its 50 points in this
    way, without stating their positions. Its numbers reveal them: after 10,000 epochs only the slow mode of gradient
    descent is left in the error, whose two components it prints as 0.00171629 and -0.00327055, a ratio of -0.52477. The
    slow eigenvector of these points' Gram matrix has -0.524772; with both ends of [0, 1] it would have -0.5367. The
    noise differs from the article's, which states no seed.

    Attributes
    ----------
    n_samples : int
        Points.
    noise : float
        Standard deviation of the normal noise.
    """

    n_samples: int = option(50, at_least=1)
    noise: float = option(0.5, at_least=0)

    def load(self) -> Table:
        """Draw the noise."""
        x = np.arange(self.n_samples) / self.n_samples
        y = math.pi * x + self.noise * np.random.default_rng(self.seed).standard_normal(self.n_samples)
        return Table(x[:, None], y, ("x",), "y", facts={"coef": (math.pi,), "intercept": 0.0})
