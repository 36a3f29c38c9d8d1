"""GNU PSPP's REGRESSION."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from backends._answer import numbers
from backends._direct import refuse_few_rows
from backends._program import Package
from backends._whole import Document, Estimates, Whole
from backends.base import Library, Problem


@dataclass(frozen=True, kw_only=True)
class PsppRegression(Whole):
    """Least squares with PSPP's REGRESSION, started for each fit and timed whole.

    PSPP prints two decimals by default; ``SET FORMAT=E40.16`` makes it print 16 digits, so no number can have more.
    With no more rows than parameters it is ``unsupported``.
    """

    library: ClassVar[Library] = Library("backends._program", "PSPP", program=True)
    package: ClassVar[Package] = Package("pspp")

    program: str = "pspp"

    def check(self, problem: Problem) -> None:
        """Refuse a penalty and too few rows."""
        super().check(problem)
        refuse_few_rows(problem, "PSPP", "r_lm")

    def write(self, problem: Problem, folder: Path) -> None:
        """The syntax file, and a text file of the data with 17 digits."""
        names = " ".join(f"x{j}" for j in range(1, problem.X.shape[1] + 1))
        rows = (
            " ".join(map(repr, [float(target), *row]))
            for target, row in zip(problem.y, problem.X.tolist(), strict=True)
        )
        (folder / "data.txt").write_text("\n".join(rows) + "\n", encoding="ascii")
        origin = "" if problem.intercept else " /ORIGIN"
        (folder / "fit.sps").write_text(
            "SET FORMAT=E40.16.\n"
            f"DATA LIST LIST NOTABLE FILE='data.txt' /y {names}.\n"
            f"REGRESSION /VARIABLES={names} /DEPENDENT=y{origin} /STATISTICS=COEFF R.\n",
            encoding="ascii",
        )

    def command(self, document: Document) -> Sequence[str]:
        """Run the syntax file, and write the tables as comma-separated values."""
        return [self.program, "--output=tables.csv", "fit.sps"]

    def read(self, document: Document, printed: str) -> Estimates:
        """From the table of coefficients, and R² from the summary."""
        with (document.folder / "tables.csv").open(encoding="utf-8", newline="") as file:
            table = {row[0]: row for row in csv.reader(file) if row}
        names = ["(Constant)"] if document.intercept else []
        names += [f"x{j}" for j in range(1, document.columns + 1)]
        absent = [name for name in names if name not in table]
        if absent:
            raise ValueError(
                f"PSPP printed no coefficient of {absent[0]}; {' '.join(next(iter(table.values()), []))[:150]}"
            )
        who = "PSPP answered"
        r_squared = [row[1] for row in table.values() if len(row) == 4 and row[0] not in ("R", "")]
        return Estimates(
            numbers([table[name][1] for name in names], who),
            numbers([table[name][2] or "NA" for name in names], who),
            numbers(r_squared[0], who)[0] if r_squared else None,
        )
