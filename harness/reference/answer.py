"""The exact answer to a problem, as rationals and correctly rounded."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from harness.reference.attainable import Attainable
from harness.reference.gram import ExactGram
from harness.reference.inference import ExactInference

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ExactAnswer:
    """The answer before rounding, from which exact scores are computed."""

    coef: tuple[Fraction, ...]
    """To 1152 bits (256 or more beyond 250 features), each with a power of two for a denominator."""
    intercept: Fraction
    minimum: Fraction
    """The sum of the weights (``n_samples`` without weights) times the least value of the objective."""
    residual: Fraction
    """The sum of squared residuals; equal to ``minimum`` without a penalty. All sums here are weighted."""
    fitted: Fraction
    """The sum of squares of the fitted values, intercept included."""
    total: Fraction
    """The sum of squares of the target, about its mean with an intercept."""
    gram: ExactGram | None
    """Over ``[X y 1]``; None where it was too large to keep. `harness.reference.gram.exact_gram` computes it again."""


@dataclass(frozen=True, eq=False)
class Reference:
    """The exact answer to a problem, each number correctly rounded.

    Where the columns are dependent it is the minimiser of least ``|coef|``, the intercept not counted:
    ``intercept = mean(y) - mean(X) @ coef``.
    """

    coef: Float64
    """Of shape (n_features,)."""
    coef_low: Float64
    """Of shape (n_features,). The rounding errors: ``coef + coef_low`` has twice the precision."""
    intercept: float
    intercept_low: float
    """``intercept`` and ``intercept_low``: 0.0 in a problem without an intercept."""
    rank: int
    """Of ``[X 1]`` with an intercept, of ``X`` without; decided exactly."""
    n_parameters: int
    """Coefficients and intercept."""
    loss: float
    """The mean squared error at the answer (not the least possible with l2), weighted where rows have weights."""
    condition: float
    """2-norm condition of the design with columns of unit length, centred with an intercept; inf where dependent."""
    standard_errors: tuple[float, ...] | None
    """The intercept's first where there is one. None without full rank or a degree of freedom, or with l2."""
    r_squared: float | None
    residual_deviation: float | None
    """``r_squared`` and ``residual_deviation``: R² as ``inference`` has it. None with l2, or where not defined; the
    deviation, too, without full rank."""
    inference: ExactInference | None
    """None with l2."""
    attainable: Attainable
    """Digits that the data determine when each value is correct to half a unit in the last place."""
    exact: ExactAnswer

    @property
    def full_rank(self) -> bool:
        """Whether the data determine the coefficients."""
        return self.rank == self.n_parameters
