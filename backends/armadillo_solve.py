"""Armadillo's `solve`, in C++."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from backends._compiled_program import Compiled
from backends._cost import householder_qr, singular_values
from backends._program import Package
from backends.base import Cost, Library, Workload


@dataclass(frozen=True, kw_only=True)
class ArmadilloSolve(Compiled):
    """Least squares with `arma::solve`, in the problem's own precision.

    Attributes
    ----------
    method : {"default", "fast", "force_approx", "no_approx"}
        The default solves by QR, estimates the condition number and solves again by SVD where that is too large;
        ``"fast"`` skips the estimate, ``"force_approx"`` always takes the SVD, and ``"no_approx"`` never does: such a
        problem is then ``unsupported``.
    """

    library: ClassVar[Library] = Library("backends._program", "Armadillo", program=True)
    package: ClassVar[Package] = Package("g++ libarmadillo-dev", "armadillo")
    source: ClassVar[str] = "armadillo_solve.cpp"
    flags: ClassVar[Sequence[str]] = ("-DARMA_DONT_USE_WRAPPER", "-DARMA_WARN_LEVEL=0", "-llapack", "-lblas", "-lm")
    headers: ClassVar[Sequence[str]] = ("armadillo",)

    program: str = "g++"
    method: Literal["default", "fast", "force_approx", "no_approx"] = "default"

    def cost(self, work: Workload) -> Cost:
        """QR, or the SVD with ``force_approx``."""
        return (singular_values if self.method == "force_approx" else householder_qr)(work, copies=1)
