"""DuckDB: its own `regr_slope`, or the normal equations by `sum`."""

import os
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

from backends._cost import gram
from backends._direct import direct_fit
from backends._sums import check_columns, pairs, solved
from backends.base import Backend, Cost, Device, Fit, Library, Problem, Unsupported, Workload

SCAN_MEMORY = "256MB"
"""DuckDB's memory limit for scans. Sums need hardly any; a statement that gathered the rows would fail."""

REGR = "SELECT regr_slope(y, c0), regr_intercept(y, c0) FROM data"


class State(NamedTuple):
    """A problem as a table in an in-memory database, or as a view of arrays."""

    connection: Any
    """A duckdb.DuckDBPyConnection. Its table ``data`` has the columns ``c0``, ``c1``, … and ``y``; with an intercept
    the last ``c`` is a column of ones."""
    parameters: int
    intercept: bool


@dataclass(frozen=True, kw_only=True)
class DuckdbOls(Backend[State]):
    """Least squares in SQL, in DuckDB, on ``OMP_NUM_THREADS`` threads (one where that is unset).

    The data are columns of doubles, whatever the problem's precision.

    Attributes
    ----------
    method : {"normal", "regr"}
        Sums of products by ``sum``, as people write them, solved outside by LU, which assumes full rank. Or DuckDB's
        own `regr_slope` and `regr_intercept`: for one column and an intercept, otherwise ``unsupported``.
    scan : bool
        Whether the statement reads the arrays in place, a few thousand rows at a time, so that they may be larger than
        memory; else they are copied to a table first.
    """

    library: ClassVar[Library] = Library("duckdb", "duckdb")

    method: Literal["normal", "regr"] = "normal"
    scan: bool = False

    def cost(self, work: Workload) -> Cost:
        """The sums of products, over columns of doubles, and LU; ``regr_slope`` needs as many sums."""
        return gram(work._replace(itemsize=8)) + Cost(2 * work.p**3 / 3, 0.0)

    def prepare(self, problem: Problem, device: Device) -> State:
        """Copy the arrays to a table, or register them with DuckDB."""
        import duckdb

        self.check(problem)
        p = problem.X.shape[1]
        columns = {f"c{j}": problem.X[:, j] for j in range(p)} | {"y": problem.y}
        doubles = [f"{name}::DOUBLE AS {name}" for name in columns] + ([f"1.0::DOUBLE AS c{p}"] * problem.intercept)
        limit = {"memory_limit": SCAN_MEMORY, "temp_directory": ""} if self.scan else {}
        connection = duckdb.connect(config={"threads": int(os.environ.get("OMP_NUM_THREADS") or 1), **limit})
        connection.register("arrays", columns)
        kind = "VIEW" if self.scan else "TABLE"
        connection.execute(f"CREATE {kind} data AS SELECT {', '.join(doubles)} FROM arrays")  # noqa: S608 - our names
        if not self.scan:
            connection.unregister("arrays")
        return State(connection, p + problem.intercept, problem.intercept)

    def check(self, problem: Problem) -> None:
        """Refuse a penalty, too many columns for a statement of sums, and what `regr_slope` cannot fit."""
        super().check(problem)
        p = problem.X.shape[1]
        if self.method == "regr" and (p != 1 or not problem.intercept):
            raise Unsupported("regr_slope fits one column and an intercept; use method normal")
        check_columns(p)

    def solve(self, state: State) -> Fit:
        """One statement over the data.

        Raises
        ------
        Unsupported
            When the matrix of sums is exactly singular, or `regr_slope` is NULL.
        """
        if self.method == "regr":
            found = state.connection.execute(REGR).fetchone()
            if None in found:
                raise Unsupported("regr_slope is NULL for a constant column; use numpy_lstsq")
            return direct_fit(found, intercept=True)
        products = [f"sum({a} * {b})" for a, b in pairs(state.parameters)]
        statement = f"SELECT {', '.join(products)} FROM data"  # noqa: S608 - our names
        return solved(state.connection.execute(statement).fetchone(), state.parameters, intercept=state.intercept)
