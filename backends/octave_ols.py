"""GNU Octave's left division, `ols` and `polyfit`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from backends._cost import singular_values
from backends._direct import is_polynomial
from backends._engine import FOLDER, Engine
from backends._program import Package
from backends.base import Cost, Library, Problem, Unsupported, Workload


@dataclass(frozen=True, kw_only=True)
class OctaveOls(Engine):
    r"""Least squares in GNU Octave, in single precision for float32.

    Attributes
    ----------
    method : {"mldivide", "ols", "polyfit", "lscov"}
        ``A \ y``, which is LAPACK's gelsd and gives the minimum-norm solution; ``ols(y, A)``, which inverts the Gram
        matrix where that has full rank; ``polyfit(x, y, degree)``, which is ``unsupported`` unless the columns are the
        powers of the first one and the model has an intercept; or ``lscov(A, y, w)``, the only one that takes weights.
    """

    library: ClassVar[Library] = Library("backends._program", "Octave", program=True)
    package: ClassVar[Package] = Package("octave", "octave")
    takes_weights: ClassVar[bool] = True

    program: str = "octave-cli"
    method: Literal["mldivide", "ols", "polyfit", "lscov"] = "mldivide"

    def cost(self, work: Workload) -> Cost | None:
        """gelsd; None for the other methods."""
        return singular_values(work, copies=1) if self.method == "mldivide" else None

    def command(self) -> Sequence[str]:
        """Octave without start-up files and history."""
        return [self.program, "--norc", "--no-history", "--quiet", str(FOLDER / "octave_ols.m"), str(FOLDER)]

    def check(self, problem: Problem) -> None:
        """Refuse a penalty, weights except for `lscov`, and for `polyfit` anything but a polynomial."""
        super().check(problem)
        if problem.weights is not None and self.method != "lscov":
            raise Unsupported(f"{self.method} takes no weights of rows; use method='lscov'")
        if self.method == "polyfit" and not (problem.intercept and is_polynomial(problem.X)):
            raise Unsupported(
                "polyfit fits polynomials with an intercept, and the columns are not powers; use mldivide"
            )
