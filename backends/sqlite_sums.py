"""SQLite: the normal equations by `sum`, eliminated in SQL."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from backends._console import Console
from backends._engine import Session
from backends._program import Package
from backends.base import Library, Problem, Unsupported

MOST_COLUMNS = 40

ANSWER = """SELECT '@lin' || 'bench {{"id": {number}, ' || CASE WHEN count(value) < {size} THEN
'"unsupported": "a pivot of the Gram matrix is 0; use numpy_lstsq"}}' ELSE
'"rank": {size}, "estimates": "' || group_concat(printf('%s0x%xp%d', CASE WHEN value < 0 THEN '-' ELSE '' END,
abs(ieee754_mantissa(value)), ieee754_exponent(value)), ' ') || '"}}' END
FROM (SELECT target.v / pivot.v AS value FROM g AS pivot JOIN g AS target ON target.i = pivot.i AND target.j = {size}
WHERE pivot.j = pivot.i ORDER BY pivot.i);
"""


@dataclass(frozen=True, kw_only=True)
class SqliteSums(Console):
    """Least squares as people write it in SQL: sums of products by `sum`, then elimination without pivoting.

    SQLite has no regression function. The method assumes full rank, and is ``unsupported`` where a pivot is exactly 0
    and for more than 40 columns. Doubles go in and out exactly.
    """

    library: ClassVar[Library] = Library("backends._program", "SQLite", program=True)
    package: ClassVar[Package] = Package("sqlite3", "sqlite")

    program: str = "sqlite3"

    def command(self) -> Sequence[str]:
        """SQLite's shell on the file of data."""
        return [self.program, "-batch", "-noheader", "-init", "/dev/null", "data.db"]

    def check(self, problem: Problem) -> None:
        """Refuse a penalty, and too many columns for a statement of sums."""
        super().check(problem)
        if problem.X.shape[1] > MOST_COLUMNS:
            raise Unsupported(
                f"the sums take {MOST_COLUMNS} columns at most, got {problem.X.shape[1]}; use numpy_lstsq"
            )

    def load_commands(self, problem: Problem, folder: Path) -> str:
        """Write the data as a table of doubles; with an intercept, column 0 holds ones."""
        ones = [1.0] if problem.intercept else []
        size = problem.X.shape[1] + len(ones)
        names = [f"c{j}" for j in range(size + 1)]
        rows = ([*ones, *row, target] for row, target in zip(problem.X.tolist(), problem.y.tolist(), strict=True))
        with closing(sqlite3.connect(folder / "data.db")) as base, base:
            base.execute(f"CREATE TABLE data ({', '.join(f'{name} REAL' for name in names)})")
            base.executemany(f"INSERT INTO data VALUES ({', '.join('?' * len(names))})", rows)  # noqa: S608 - our names
        return """SELECT '@lin' || 'bench {"id": 1, "versions": {"SQLite": "' || sqlite_version() || '"}}';\n"""

    def commands(self, session: Session, do: Literal["fit", "inference"], number: int) -> str:
        """The sums, the elimination, the answer."""
        size = session.parameters
        statements = ["DROP TABLE IF EXISTS g", "CREATE TEMP TABLE g (i, j, v, PRIMARY KEY (i, j)) WITHOUT ROWID"]
        return ";\n".join([*statements, *_sums(size), *_elimination(size), ANSWER.format(number=number, size=size)])


def _sums(size: int) -> Iterator[str]:
    """One pass over the data, then one row for each entry of the Gram matrix and of its right side, column ``size``."""
    pairs = [(i, j) for i in range(size) for j in range(i, size + 1)]
    yield "DROP TABLE IF EXISTS s"
    sums = ", ".join(f"sum(c{i} * c{j}) AS s{i}_{j}" for i, j in pairs)
    yield f"CREATE TEMP TABLE s AS SELECT {sums} FROM data"  # noqa: S608 - numbers
    for i, j in pairs:
        for row, column in {(i, j), (j, i)} if j < size else {(i, j)}:
            yield f"INSERT INTO g SELECT {row}, {column}, s{i}_{j} FROM s"  # noqa: S608 - numbers


def _elimination(size: int) -> Iterator[str]:
    """Gauss-Jordan, a statement per pivot. The pivot's own column stays as it was: nothing reads it again."""
    for k in range(size):
        factor = f"(SELECT v FROM g AS a WHERE a.i = g.i AND a.j = {k})"  # noqa: S608 - numbers
        above = f"(SELECT v FROM g AS b WHERE b.i = {k} AND b.j = g.j)"  # noqa: S608 - numbers
        pivot = f"(SELECT v FROM g AS c WHERE c.i = {k} AND c.j = {k})"  # noqa: S608 - numbers
        yield f"UPDATE g SET v = v - {factor} * {above} / {pivot} WHERE i <> {k} AND j > {k}"  # noqa: S608 - numbers
