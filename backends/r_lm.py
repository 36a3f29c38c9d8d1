"""R's `lm` and `.lm.fit`: LINPACK's QR with R's own limited pivoting (dqrdc2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from backends._cost import householder_qr
from backends._engine import FOLDER, Engine
from backends._program import Package
from backends.base import Cost, Library, Problem, Unsupported, Workload, option


@dataclass(frozen=True, kw_only=True)
class RLm(Engine):
    """Least squares with R's `stats::lm`.

    A column whose norm shrinks below ``tol`` of its own once the columns before are projected out is moved to the end
    and gets no coefficient: R prints NA, and its `predict` ignores the column. So it is 0 here, and the rank is
    smaller. Weights are the argument of that name; `.lm.fit` has none, and is ``unsupported`` with them.

    Attributes
    ----------
    method : {"lm", ".lm.fit"}
        The function that people call, with its formula and model frame, or the bare one below it.
    tol : float or "library"
        The tolerance of the QR; ``"library"`` is R's 1e-7, which drops Filip's tenth power.
    """

    library: ClassVar[Library] = Library("backends._program", "R", program=True)
    package: ClassVar[Package] = Package("r-base-core", "r-base")
    takes_weights: ClassVar[bool] = True

    program: str = "Rscript"
    method: Literal["lm", ".lm.fit"] = "lm"
    tol: float | Literal["library"] = option("library", at_least=0)

    def cost(self, work: Workload) -> Cost:
        """LINPACK's Householder QR, in float64."""
        return householder_qr(work._replace(itemsize=8), copies=1)

    def command(self) -> Sequence[str]:
        """R without a profile, an environment file or a saved session."""
        return [self.program, "--vanilla", str(FOLDER / "r_lm.R"), str(FOLDER)]

    def check(self, problem: Problem) -> None:
        """Refuse a penalty, and weights for `.lm.fit`."""
        super().check(problem)
        if problem.weights is not None and self.method == ".lm.fit":
            raise Unsupported(".lm.fit takes no weights of rows; use method='lm'")

    def infers(self) -> bool:
        """True for `lm`, which has a summary."""
        return self.method == "lm"
