"""SciPy's `scipy.linalg.lstsq` with its three LAPACK drivers."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from backends._cost import householder_qr, singular_values
from backends._direct import AsItIs, direct_fit, with_ones
from backends.base import Cost, Fit, Library, Problem, Suspect, Workload, option


@dataclass(frozen=True, kw_only=True)
class ScipyLstsq(AsItIs):
    """Least squares with `scipy.linalg.lstsq` on the design with a column of ones.

    Attributes
    ----------
    driver : {"gelsd", "gelsy", "gelss"}
        LAPACK's routine: the SVD by divide and conquer (SciPy's own default), a complete orthogonal factorisation
        by QR with column pivoting, or the classical SVD.
    cond : float or "library"
        Singular values (gelsy: diagonal entries of R) below ``cond`` times the largest count as zero; ``"library"``
        leaves it to SciPy: the machine precision, which can be too small to detect dependent columns.
    """

    library: ClassVar[Library] = Library("scipy.linalg", "scipy")
    suspects: ClassVar[tuple[Suspect, ...]] = (
        Suspect("cond", 0.0, "keeps every singular value"),
        Suspect("driver", "gelsy", "factorises by QR with column pivoting"),
        Suspect("driver", "gelss", "takes the classical SVD"),
        Suspect("driver", "gelsd", "takes the SVD by divide and conquer"),
    )

    driver: Literal["gelsd", "gelsy", "gelss"] = "gelsd"
    cond: float | Literal["library"] = option("library", at_least=0)

    def cost(self, work: Workload) -> Cost:
        """The driver, on the design with its column of ones, copied to LAPACK's order."""
        by = householder_qr if self.driver == "gelsy" else singular_values
        return by(work, copies=1 + work.intercept)

    def solve(self, state: Problem) -> Fit:
        """Append the ones and solve; a rank-deficient problem gets its minimum-norm solution."""
        from scipy.linalg import lstsq

        A = with_ones(state.X) if state.intercept else state.X
        cond = None if self.cond == "library" else self.cond
        params, _, rank, _ = lstsq(A, state.y, cond=cond, lapack_driver=self.driver)
        return direct_fit(params, intercept=state.intercept, rank=rank)
