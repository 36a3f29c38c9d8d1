"""PARI/GP's rational arithmetic: the normal equations without rounding, an independent check of the exact answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from backends._console import Console
from backends._engine import FOLDER, Session
from backends._program import Package
from backends.base import Library, Problem


@dataclass(frozen=True, kw_only=True)
class PariExact(Console):
    """Least squares with PARI's `matsolve` over the rationals: every double is a fraction, and nothing is rounded.

    The answer is printed with 50 digits and rounded once. A design without full column rank is ``unsupported``.
    """

    library: ClassVar[Library] = Library("backends._program", "PARI", program=True)
    package: ClassVar[Package] = Package("pari-gp", "pari")

    program: str = "gp"

    def command(self) -> Sequence[str]:
        """The calculator `gp`, quiet and without a start-up file."""
        return [self.program, "--quiet", "--fast", "--default", "parisizemax=8G"]

    def load_commands(self, problem: Problem, folder: Path) -> str:
        """The data as fractions in a file of GP's own."""
        ones = ["1"] if problem.intercept else []
        rows = (",".join([*ones, *_fractions(row)]) for row in problem.X.tolist())
        target = ",".join(_fractions(problem.y.tolist()))
        (folder / "data.gp").write_text(f"A = [{';'.join(rows)}];\ny = [{target}]~;\n", encoding="ascii")
        version = r'print("@lin", "bench {\"id\": 1, \"versions\": {\"PARI\": \"", version()[1], ".", version()[2], ".", version()[3], "\"}}")'  # noqa: E501 - one command is one line
        return f'read("{FOLDER / "pari_exact.gp"}");\nread("data.gp");\n{version}\n'

    def commands(self, session: Session, do: Literal["fit", "inference"], number: int) -> str:
        """One call, which solves and prints."""
        return f"fitted({number})\n"


def _fractions(values: Iterable[float]) -> list[str]:
    return ["/".join(map(str, value.as_integer_ratio())) for value in values]
