"""Longley's data perturbed within the rounding of the published digits: how much of the answer they determine."""

from dataclasses import dataclass, replace

import numpy as np

from backends.base import option
from harness.datasets.base import Dataset, Table
from harness.datasets.nist_longley import NistLongley

UNITS = np.array([0.1, 1.0, 1.0, 1.0, 1.0, 0.0])
"""The last published digit of each feature; the year is exact."""


@dataclass(frozen=True, kw_only=True)
class LongleyPerturbed(Dataset):
    """Longley's economic series, each number perturbed at random by up to half a unit of its last published digit.

    After A. E. Beaton, D. B. Rubin and J. L. Barone, *The Acceptability of Regression Solutions: Another Look at
    Computational Accuracy*, Journal of the American Statistical Association 71 (1976), pp. 158-168: data that round to
    the same published numbers have coefficients that differ in their first digit. The data are those of `nist_longley`.

    Attributes
    ----------
    share : float
        The largest perturbation, in units of the last digit.
    """

    share: float = option(0.5, at_least=0, at_most=0.5)

    def load(self) -> Table:
        """Perturb the features, not the target."""
        published = NistLongley().table
        moves = np.random.default_rng(self.seed).uniform(-self.share, self.share, published.X.shape)
        return replace(published, X=published.X + UNITS * moves, y=published.y.copy(), facts={})
