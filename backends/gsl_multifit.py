"""The GNU Scientific Library's `gsl_multifit_linear` and its truncated SVD."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from backends._compiled_program import Compiled
from backends._program import Package
from backends.base import Library, option


@dataclass(frozen=True, kw_only=True)
class GslMultifit(Compiled):
    """Least squares with GSL, in double precision, by the SVD of the design matrix.

    With fewer rows than parameters it is ``unsupported``. The standard errors are the roots of the covariance's
    diagonal; GSL computes no R². With weights it is `gsl_multifit_wlinear` and its truncated SVD, which read them as
    inverse variances, and leave the residual variance to the caller.

    Attributes
    ----------
    method : {"linear", "linear_tsvd"}
        `gsl_multifit_linear`, which scales the columns and drops singular values below the machine precision times
        the largest, or `gsl_multifit_linear_tsvd`, which does not scale and drops those below ``tol`` times it.
    tol : float
        The threshold of the truncated SVD.
    """

    library: ClassVar[Library] = Library("backends._program", "GSL", program=True)
    package: ClassVar[Package] = Package("gcc libgsl-dev", "gsl")
    takes_weights: ClassVar[bool] = True
    source: ClassVar[str] = "gsl_multifit.c"
    flags: ClassVar[Sequence[str]] = ("-lgsl", "-lgslcblas", "-lm")
    headers: ClassVar[Sequence[str]] = ("gsl/gsl_multifit.h",)

    program: str = "gcc"
    method: Literal["linear", "linear_tsvd"] = "linear"
    tol: float = option(2.220446049250313e-16, above=0)

    def infers(self) -> bool:
        """True: from its covariance matrix."""
        return True
