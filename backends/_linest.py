"""Shared by the spreadsheets: the layout of the sheet, and the five rows of LINEST's result."""

import math
from collections.abc import Iterator

from backends._answer import numbers
from backends._whole import Estimates
from backends.base import Problem, Unsupported


def column_name(index: int) -> str:
    """The name of a column: A for 0, Z for 25, AA for 26."""
    name = ""
    while index >= 0:
        index, letter = divmod(index, 26)
        name = chr(ord("A") + letter) + name
        index -= 1
    return name


def linest(problem: Problem, separator: str = ",", mark: str = "") -> str:
    """The call of LINEST over y in column A and X from column B, its statistics asked for.

    Parameters
    ----------
    separator : str
        Separates arguments.
    mark : str
        Stands before each cell's name (``"."`` in OpenDocument, which also brackets ranges).
    """
    n, p = problem.X.shape

    def area(first: str, last: str) -> str:
        cells = f"{mark}{first}1:{mark}{last}{n}"
        return f"[{cells}]" if mark else cells

    arguments = [area("A", "A"), area("B", column_name(p)), "TRUE()" if problem.intercept else "FALSE()", "TRUE()"]
    return f"LINEST({separator.join(arguments)})"


def sheet_rows(problem: Problem) -> Iterator[list[str]]:
    """Rows of the sheet: y, then X; each number has as many digits as reading it back exactly takes."""
    for target, row in zip(problem.y.tolist(), problem.X.tolist(), strict=True):
        yield [repr(target), *map(repr, row)]


def refuse_large(problem: Problem, rows: int, columns: int, name: str) -> None:
    """Raise `Unsupported` for a problem that does not fit a sheet of that size."""
    n, p = problem.X.shape
    if n + 5 > rows or p + 1 > columns:
        raise Unsupported(f"{name} has {rows} rows and {columns} columns, got {n} rows and {p} columns of data")


def read_linest(lines: list[str], problem_rows: int, columns: int, name: str, *, intercept: bool) -> Estimates:
    """Read LINEST's array below the data: coefficients from the last to the first, then the intercept.

    Raises
    ------
    Unsupported
        When the sheet shows an error in its place.
    ValueError
        When the array is not there.
    """
    array = [line.split() for line in lines[problem_rows : problem_rows + 3]]
    if len(array) < 3 or len(array[0]) < columns + 1:
        raise ValueError(f"{name} wrote no array of LINEST; got {lines[-1][:80] if lines else 'nothing'!r}")
    bad = [cell for cell in array[0] if cell.startswith(("#", "Err:"))]
    if bad:
        raise Unsupported(f"{name}'s LINEST gives {bad[0]}; use r_lm")
    who = f"{name} wrote"
    estimates = numbers(array[0][: columns + 1], who)[::-1]
    errors = [_statistic(cell, who) for cell in array[1][: columns + 1]][::-1]
    r_squared = _statistic(array[2][0], who)
    first = 0 if intercept else 1  # without an intercept LINEST shows a 0 in its place
    return Estimates(estimates[first:], errors[first:], None if math.isnan(r_squared) else r_squared)


def _statistic(cell: str, who: str) -> float:
    return math.nan if cell.startswith(("#", "Err:")) else numbers(cell, who)[0]
