"""Eigen's decompositions, in C++."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from backends._compiled_program import Compiled
from backends._cost import householder_qr, normal_equations, singular_vectors
from backends._program import Package
from backends.base import Cost, Library, Workload


@dataclass(frozen=True, kw_only=True)
class EigenSolve(Compiled):
    """Least squares with a decomposition of Eigen, in the problem's own precision.

    Attributes
    ----------
    method : {"pivoted QR", "QR", "complete orthogonal", "BDCSVD", "LDLT"}
        Householder QR with column pivoting, without, the complete orthogonal decomposition, the SVD by divide and
        conquer, or the pivoted Cholesky factorisation of the Gram matrix. Only the SVD and the complete orthogonal
        decomposition take fewer rows than parameters; QR and LDLT assume full rank.
    """

    library: ClassVar[Library] = Library("backends._program", "Eigen", program=True)
    package: ClassVar[Package] = Package("g++ libeigen3-dev", "eigen")
    source: ClassVar[str] = "eigen_solve.cpp"
    flags: ClassVar[Sequence[str]] = ("-DNDEBUG", "-I/usr/include/eigen3", "-lm")
    headers: ClassVar[Sequence[str]] = ("Eigen/Dense",)

    program: str = "g++"
    method: Literal["pivoted QR", "QR", "complete orthogonal", "BDCSVD", "LDLT"] = "pivoted QR"

    def definitions(self) -> Sequence[str]:
        """The method: compiling the templates of all of them takes several times as long as those of one."""
        return (f"-DMETHOD={self.method.replace(' ', '_')}",)

    def cost(self, work: Workload) -> Cost:
        """The decomposition of a copy."""
        by = {"BDCSVD": singular_vectors, "LDLT": normal_equations}.get(self.method, householder_qr)
        return by(work, copies=1)
