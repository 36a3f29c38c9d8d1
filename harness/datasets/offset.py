"""A line far from the origin: what a sum of squares loses when the mean is large."""

from dataclasses import dataclass

import numpy as np

from backends.base import option
from harness.datasets.base import Dataset, Table


@dataclass(frozen=True, kw_only=True)
class Offset(Dataset):
    """``y = 1 + 2 (x - offset) + noise`` with x in eighths about ``offset``; all numbers are exact.

    After the benchmarks of S. D. Simon and J. P. Lesage, *Assessing the accuracy of ANOVA calculations in statistical
    software*, Computational Statistics & Data Analysis 8 (1989), pp. 325-332, whose data differ only in their leading
    digits. The data are our own.

    Attributes
    ----------
    n_samples : int
        Rows.
    offset : float
        The offset of x. Up to 1e14, eighths are exact.
    """

    n_samples: int = option(100, at_least=4)
    offset: float = option(1e6, at_least=0, at_most=1e14)

    def load(self) -> Table:
        """Draw x and the noise in eighths."""
        stream = np.random.default_rng(self.seed)
        x = stream.integers(-64, 65, self.n_samples) / 8
        y = 1.0 + 2.0 * x + stream.integers(-8, 9, self.n_samples) / 8
        facts = {"coef": (2.0,), "intercept": 1.0 - 2.0 * self.offset}
        return Table((x + self.offset)[:, None], y, ("x",), "y", facts=facts)
