"""NumPy's `numpy.linalg.lstsq`: LAPACK's divide-and-conquer SVD (gelsd), minimum-norm solution."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from backends._cost import singular_values
from backends._direct import AsItIs, direct_fit, with_ones
from backends.base import Cost, Fit, Library, Problem, Suspect, Workload, option


@dataclass(frozen=True, kw_only=True)
class NumpyLstsq(AsItIs):
    """Least squares with `numpy.linalg.lstsq` on the design with a column of ones.

    Attributes
    ----------
    rcond : float or "library"
        Singular values below ``rcond`` times the largest count as zero; ``"library"`` leaves it to NumPy: the
        machine precision times the larger dimension.
    """

    library: ClassVar[Library] = Library("numpy", "numpy")
    suspects: ClassVar[tuple[Suspect, ...]] = (Suspect("rcond", 0.0, "keeps every singular value"),)

    rcond: float | Literal["library"] = option("library", at_least=0)

    def cost(self, work: Workload) -> Cost:
        """gelsd, of the design with its column of ones, copied to LAPACK's order."""
        return singular_values(work, copies=1 + work.intercept)

    def solve(self, state: Problem) -> Fit:
        """Append the ones and solve; a rank-deficient problem gets its minimum-norm solution."""
        A = with_ones(state.X) if state.intercept else state.X
        rcond = None if self.rcond == "library" else self.rcond
        params, _, rank, _ = np.linalg.lstsq(A, state.y, rcond=rcond)
        return direct_fit(params, intercept=state.intercept, rank=int(rank))
