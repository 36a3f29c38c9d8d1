"""LAPACK's least-squares drivers, called from C: whichever LAPACK the system links."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from backends._compiled_program import Compiled
from backends._cost import householder_qr, singular_values
from backends._program import Package
from backends.base import Cost, Library, Workload, option


@dataclass(frozen=True, kw_only=True)
class LapackGels(Compiled):
    """Least squares with LAPACK itself, in the problem's own precision.

    Attributes
    ----------
    driver : {"gelsd", "gels", "gelsy", "gelss"}
        The SVD by divide and conquer, plain QR, a complete orthogonal factorisation by QR with column pivoting, or the
        classical SVD. Plain QR assumes full rank and is ``unsupported`` where R has a 0 on its diagonal.
    cond : float or "library"
        Singular values (gelsy: diagonal entries of R) below ``cond`` times the largest count as zero; ``"library"``
        is the machine precision, LAPACK's default for a negative ``rcond``.
    """

    library: ClassVar[Library] = Library("backends._program", "LAPACK", program=True)
    package: ClassVar[Package] = Package("gcc liblapack-dev", "liblapack")
    source: ClassVar[str] = "lapack_gels.c"
    flags: ClassVar[Sequence[str]] = ("-llapack", "-lblas", "-ldl", "-lm")

    program: str = "gcc"
    driver: Literal["gelsd", "gels", "gelsy", "gelss"] = "gelsd"
    cond: float | Literal["library"] = option("library", at_least=0)

    def cost(self, work: Workload) -> Cost:
        """The driver on a copy."""
        by = singular_values if self.driver in ("gelsd", "gelss") else householder_qr
        return by(work, copies=1)
