"""R's `RcppEigen::fastLm` with each of its six decompositions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from backends._cost import householder_qr, normal_equations
from backends._engine import FOLDER, Engine
from backends._program import Package
from backends.base import Cost, Library, Workload


@dataclass(frozen=True, kw_only=True)
class REigen(Engine):
    """Least squares with `RcppEigen::fastLmPure`.

    With fewer rows than parameters it is ``unsupported``. For a column that it finds dependent it gives NA, which is 0
    here, and a smaller rank. Only its formula interface has R².

    Attributes
    ----------
    method : {"pivoted QR", "QR", "LLT", "LDLT", "SVD", "eigen"}
        Householder QR with column pivoting, which is the library's own choice, without, the two Cholesky
        factorisations of the Gram matrix, the Jacobi SVD, or the eigenvectors of the Gram matrix. Plain QR and LLT
        assume full rank.
    """

    library: ClassVar[Library] = Library("backends._program", "R", program=True)
    package: ClassVar[Package] = Package("r-cran-rcppeigen", "r-rcppeigen")

    program: str = "Rscript"
    method: Literal["pivoted QR", "QR", "LLT", "LDLT", "SVD", "eigen"] = "pivoted QR"

    def cost(self, work: Workload) -> Cost | None:
        """The decomposition, in float64; None for the Jacobi SVD and for eigenvectors."""
        if self.method in ("SVD", "eigen"):
            return None
        by = householder_qr if self.method.endswith("QR") else normal_equations
        return by(work._replace(itemsize=8), copies=1)

    def command(self) -> Sequence[str]:
        """R without a profile, an environment file or a saved session."""
        return [self.program, "--vanilla", str(FOLDER / "r_eigen.R"), str(FOLDER)]

    def infers(self) -> bool:
        """True: it has standard errors."""
        return True
