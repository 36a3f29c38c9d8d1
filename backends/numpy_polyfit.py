"""NumPy's `numpy.polyfit`."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from backends._cost import singular_values
from backends._direct import AsItIs, direct_fit, is_polynomial
from backends.base import Cost, Fit, Library, Problem, Suspect, Unsupported, Workload, option


@dataclass(frozen=True, kw_only=True)
class NumpyPolyfit(AsItIs):
    """A line or a polynomial by `numpy.polyfit`: columns of unit length, then LAPACK's gelsd.

    It forms the powers of the first column itself. `polyfit`'s weights multiply residuals, so it gets the roots of the
    rows' weights.

    Attributes
    ----------
    rcond : float or "library"
        Singular values below ``rcond`` times the largest count as zero; ``"library"`` leaves it to NumPy: the
        machine precision times the number of rows.
    """

    library: ClassVar[Library] = Library("numpy", "numpy")
    takes_weights: ClassVar[bool] = True
    suspects: ClassVar[tuple[Suspect, ...]] = (Suspect("rcond", 0.0, "keeps every singular value"),)

    rcond: float | Literal["library"] = option("library", at_least=0)

    def check(self, problem: Problem) -> None:
        """Refuse a penalty, and anything but a polynomial with a constant term."""
        super().check(problem)
        if not (problem.intercept and is_polynomial(problem.X)):
            raise Unsupported(
                "polyfit fits polynomials with an intercept, and the columns are not powers; use numpy_lstsq"
            )

    def cost(self, work: Workload) -> Cost:
        """gelsd, of the powers, which are written, scaled, and copied to LAPACK's order."""
        return singular_values(work, copies=2)

    def solve(self, state: Problem) -> Fit:
        """Fit, and reverse the answer: polyfit has the highest power first."""
        roots = None if state.weights is None else np.sqrt(state.weights)
        rcond = None if self.rcond == "library" else self.rcond
        found = np.polyfit(state.X[:, 0], state.y, state.X.shape[1], rcond=rcond, full=True, w=roots)
        params, _, rank, *_ = found
        return direct_fit(params[::-1], intercept=True, first=True, rank=int(rank))
