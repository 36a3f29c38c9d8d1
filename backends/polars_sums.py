"""The normal equations by sums of products in Polars, whose streaming engine reads the rows batch by batch."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from backends._cost import gram
from backends._sums import check_columns, pairs, solved
from backends.base import Backend, Cost, Device, Fit, Library, Problem, Workload, option


class State(NamedTuple):
    """A problem as a lazy frame; nothing is read yet."""

    frame: Any
    """A polars.LazyFrame. Columns ``c0``, ``c1``, … and ``y``; with an intercept the last ``c`` is a column of ones."""
    parameters: int
    intercept: bool


@dataclass(frozen=True, kw_only=True)
class PolarsSums(Backend[State]):
    """Least squares by sums of products in one Polars query, solved outside by LU, which assumes full rank.

    Polars gets the rows in batches (`polars.io.plugins.register_io_source`), as from a file. The streaming engine has a
    few batches in memory at a time, so that the data may be larger than memory. All columns are doubles, whatever the
    problem's precision.

    Attributes
    ----------
    engine : {"streaming", "in-memory"}
        Polars's engine; ``"in-memory"`` gathers all batches first.
    block_rows : int
        Rows of a batch.
    """

    library: ClassVar[Library] = Library("polars", "polars")

    engine: Literal["streaming", "in-memory"] = "streaming"
    block_rows: int = option(1 << 16, at_least=1)

    def cost(self, work: Workload) -> Cost:
        """The sums of products, over columns of doubles, and LU."""
        return gram(work._replace(itemsize=8), copies=1) + Cost(2 * work.p**3 / 3, 0.0)

    def prepare(self, problem: Problem, device: Device) -> State:
        """Make the arrays a source for Polars, which reads them in `solve`.

        Raises
        ------
        Unsupported
            For a penalty, and for too many columns for a statement of sums.
        """
        import polars as pl
        from polars.io.plugins import register_io_source

        self.check(problem)
        n, p = problem.X.shape
        check_columns(p)

        def batches(columns: list[str] | None, *_: object) -> Iterator[Any]:  # Polars asks for no filter and no limit
            for start in range(0, n, self.block_rows):
                block = slice(start, start + self.block_rows)
                X, y = (each[block].astype(np.float64) for each in (problem.X, problem.y))
                frame = pl.DataFrame({f"c{j}": X[:, j] for j in range(p)} | {"y": y})
                yield frame if columns is None else frame.select(columns)

        schema = dict.fromkeys([*(f"c{j}" for j in range(p)), "y"], pl.Float64)
        frame = register_io_source(batches, schema=schema)
        if problem.intercept:
            frame = frame.with_columns(pl.lit(1.0).alias(f"c{p}"))
        return State(frame, p + problem.intercept, problem.intercept)

    def solve(self, state: State) -> Fit:
        """Collect the sums and solve.

        Raises
        ------
        Unsupported
            When the matrix of sums is exactly singular.
        """
        import polars as pl

        products = [(pl.col(a) * pl.col(b)).sum().alias(f"{a}{b}") for a, b in pairs(state.parameters)]
        sums = state.frame.select(products).collect(engine=self.engine).row(0)
        return solved(sums, state.parameters, intercept=state.intercept)
