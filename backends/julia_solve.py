r"""Julia's `\` and its LinearAlgebra's factorisations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from backends._cost import householder_qr, normal_equations, singular_vectors
from backends._engine import FOLDER, Engine
from backends._program import Package
from backends.base import Cost, Library, Workload


@dataclass(frozen=True, kw_only=True)
class JuliaSolve(Engine):
    r"""Least squares with Julia's standard library, in single precision for float32.

    Attributes
    ----------
    method : {"backslash", "qr", "svd", "cholesky"}
        ``A \ y``, a QR with column pivoting that gives the minimum-norm solution (for as many rows as columns, an LU);
        ``qr(A) \ y``, without pivoting; ``svd(A) \ y``; or Cholesky of the Gram matrix.
    """

    library: ClassVar[Library] = Library("backends._program", "Julia", program=True)
    package: ClassVar[Package] = Package("", "julia")

    program: str = "julia"
    method: Literal["backslash", "qr", "svd", "cholesky"] = "backslash"

    def cost(self, work: Workload) -> Cost:
        """The factorisation of a copy."""
        by = {"svd": singular_vectors, "cholesky": normal_equations}.get(self.method, householder_qr)
        return by(work, copies=1)

    def command(self) -> Sequence[str]:
        """Julia without start-up files and history."""
        return [self.program, "--startup-file=no", "--history-file=no", "--color=no", str(FOLDER / "julia_solve.jl")]
