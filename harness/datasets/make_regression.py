"""scikit-learn's generator of regression problems."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from backends.base import option
from harness.datasets.base import Dataset, Table
from harness.errors import DatasetError


@dataclass(frozen=True, kw_only=True)
class MakeRegression(Dataset):
    """`sklearn.datasets.make_regression`: normal features, some of which the target depends on, and normal noise.

    The defaults are the run of the article *Linear Regression from Scratch*, which holds out 30 % of the rows.

    Attributes
    ----------
    n_samples : int
        Rows.
    n_features : int
        Columns.
    n_informative : int
        Columns with a coefficient other than 0, drawn uniformly from [0, 100); at most all of them.
    noise : float
        Standard deviation of the noise.
    bias : float
        The true intercept.
    effective_rank : int or "none"
        About how many singular vectors explain the features; ``"none"`` leaves them independent.
    tail_strength : float
        The share of the remaining singular vectors where ``effective_rank`` is a number, in [0, 1].
    seed : int
        Seed of the generator (below 2**32) and of the train/test split.
    """

    n_samples: int = option(10_000, at_least=1)
    n_features: int = option(1, at_least=1)
    n_informative: int = option(10, at_least=0)
    noise: float = option(20.0, at_least=0)
    bias: float = 0.0
    effective_rank: int | Literal["none"] = option("none", at_least=1)
    tail_strength: float = option(0.5, at_least=0, at_most=1)
    seed: int = option(0, at_least=0, at_most=2**32 - 1)

    def load(self) -> Table:
        """Generate.

        Raises
        ------
        DatasetError
            When scikit-learn is not installed.
        """
        try:
            from sklearn.datasets import make_regression
        except ImportError as error:
            raise DatasetError("make_regression needs scikit-learn; install linbench[sklearn]") from error
        X, y, coef = make_regression(
            n_samples=self.n_samples,
            n_features=self.n_features,
            n_informative=self.n_informative,
            noise=self.noise,
            bias=self.bias,
            effective_rank=None if self.effective_rank == "none" else self.effective_rank,
            tail_strength=self.tail_strength,
            coef=True,
            random_state=self.seed,
        )
        names = tuple(f"x{j}" for j in range(1, self.n_features + 1))
        facts = {"coef": tuple(np.atleast_1d(coef).tolist()), "intercept": self.bias}
        return Table(np.ascontiguousarray(X), y, names, "y", facts=facts)
