"""ClickHouse, in this process by chdb: its own `regr_slope` and `simpleLinearRegression`."""

import math
import struct
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from backends._direct import direct_fit
from backends._scratch import Scratch
from backends.base import Backend, Device, Fit, Library, Problem, Unsupported

STATEMENTS = {
    "regr": "SELECT regr_slope(y, x), regr_intercept(y, x) FROM {table}",
    "simple": "SELECT line.1, line.2 FROM (SELECT simpleLinearRegression(x, y) AS line FROM {table})",
}
SETTINGS = " SETTINGS max_threads = 1"

NUMBERS = count()


class State(NamedTuple):
    """A problem as a table in memory."""

    session: Any
    """A chdb.session.Session."""
    table: str


@dataclass(frozen=True, kw_only=True)
class ClickhouseRegr(Backend[State]):
    """Least squares with ClickHouse's own aggregates, for one column and an intercept, on one thread.

    Attributes
    ----------
    method : {"regr", "simple"}
        `regr_slope` and `regr_intercept`, or `simpleLinearRegression`.
    """

    library: ClassVar[Library] = Library("chdb", "chdb")

    method: Literal["regr", "simple"] = "regr"

    def prepare(self, problem: Problem, device: Device) -> State:
        """Copy the arrays to a table of doubles.

        Raises
        ------
        Unsupported
            For a penalty, for several columns, and without an intercept.
        """
        self.check(problem)
        if problem.X.shape[1] != 1 or not problem.intercept:
            raise Unsupported("ClickHouse's aggregates fit one column and an intercept; use duckdb_ols")
        session, table, scratch = _session(), f"data{next(NUMBERS)}", Scratch()
        rows = scratch.path / "rows.bin"
        rows.write_bytes(np.column_stack([problem.X, problem.y]).astype("<f8").tobytes())
        session.query(
            f"CREATE TABLE {table} ENGINE = Memory AS "  # noqa: S608 - our own names
            f"SELECT * FROM file('{rows}', RowBinary, 'x Float64, y Float64'){SETTINGS}"
        )
        return State(session, table)

    def solve(self, state: State) -> Fit:
        """One statement over the table.

        Raises
        ------
        Unsupported
            For a constant column, where the answer is NaN.
        """
        statement = STATEMENTS[self.method].format(table=state.table) + SETTINGS
        found = state.session.query(statement, "RowBinary").bytes()
        slope, intercept = struct.unpack("<2d", found[-16:])
        if not math.isfinite(slope):
            raise Unsupported(f"ClickHouse answers {slope} for a constant column; use numpy_lstsq")
        return direct_fit((slope, intercept), intercept=True)


@cache
def _session() -> Any:
    """The one database of this process."""
    from chdb.session import Session

    return Session()
