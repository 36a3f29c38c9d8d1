"""gretl's `ols`: Cholesky of the normal equations, or QR."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from struct import pack
from typing import ClassVar, Literal

import numpy as np

from backends._console import Console
from backends._direct import refuse_few_rows
from backends._engine import FOLDER, Session
from backends._program import Package
from backends._weights import counted
from backends.base import Library, Problem


@dataclass(frozen=True, kw_only=True)
class GretlOls(Console):
    """Least squares with gretl's `ols` command.

    gretl drops a column that it finds to be a combination of those before it; the column's coefficient is 0 here, and
    the rank is smaller. With no more rows than parameters it is ``unsupported``. With weights it is gretl's `wls`, of
    whose statistics only the standard errors are reported: the others are for the data times the roots of the weights.

    Attributes
    ----------
    decomposition : {"library", "qr"}
        gretl's own choice (Cholesky of the Gram matrix, or QR where that is ill-conditioned), or always QR (``set
        force_qr on``).
    """

    library: ClassVar[Library] = Library("backends._program", "gretl", program=True)
    package: ClassVar[Package] = Package("gretl")
    takes_weights: ClassVar[bool] = True

    program: str = "gretlcli"
    decomposition: Literal["library", "qr"] = "library"

    def command(self) -> Sequence[str]:
        """The command line, in English."""
        return [self.program, "--quiet", "--english"]

    def check(self, problem: Problem) -> None:
        """Refuse a penalty and too few rows."""
        super().check(problem)
        refuse_few_rows(problem, "gretl", "r_lm")

    def load_commands(self, problem: Problem, folder: Path) -> str:
        """The data as gretl's own binary matrix: y, the weights, the ones where there is an intercept, X."""
        problem = counted(problem)  # gretl refuses weights of 0 beside others
        ones = [np.ones(len(problem.y))] if problem.intercept else []
        weights = np.ones(len(problem.y)) if problem.weights is None else problem.weights
        table = np.column_stack([problem.y, weights, *ones, problem.X]).astype("<f8")
        head = b"gretl_binary_matrix" + pack("<ii", *table.shape)
        (folder / "data.bin").write_bytes(head + table.tobytes(order="F"))
        script = (FOLDER / "gretl_ols.inp").read_text(encoding="utf-8")
        script = script.replace("data.bin", str(folder / "data.bin")).replace("ROWS", str(len(problem.y)))
        script = script.replace("WEIGHTED", str(int(problem.weights is not None)))
        return f"set force_qr {'on' if self.decomposition == 'qr' else 'off'}\n{script}"

    def commands(self, session: Session, do: Literal["fit", "inference"], number: int) -> str:
        """`ols` or `wls`, and the values of its accessors."""
        return f"linbench_fit(y, L, w, weighted, {number}, {int(do == 'inference')})\n"

    def infers(self) -> bool:
        """True: its accessors have standard errors, R², F and the likelihood, but neither t nor p."""
        return True
