"""Least squares inside a Polars expression, by polars-ds: `polars_ds.lin_reg`."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from backends._cost import gram
from backends._direct import direct_fit, refuse_wide
from backends.base import (
    Backend,
    Cost,
    Device,
    Fit,
    Fits,
    Library,
    Problem,
    ProblemStack,
    Suspect,
    Unsupported,
    Workload,
    option,
)


class State(NamedTuple):
    """A problem as a table."""

    frame: Any
    """A polars.DataFrame. Columns ``x0``, ``x1``, … and ``y``."""
    intercept: bool
    alpha: float
    """polars-ds's ``l2_reg``."""


class ManyState(NamedTuple):
    """A stack as a table."""

    frame: Any
    """A polars.DataFrame. Columns ``x0``, ``x1``, … and ``y``; for groups also ``group``, the number of each row's
    problem."""
    window: int | None
    """Rows per rolling window; None for groups."""
    intercept: bool
    fits: int
    """Number of problems."""


@dataclass(frozen=True, kw_only=True)
class PolarsOls(Backend[State]):
    """Least squares with the expression `polars_ds.lin_reg` over the columns of a Polars frame.

    It minimises ``|y - X b - b0|² + l2_reg |b|²``, ``n_samples`` times the contract's objective when
    ``l2_reg = n_samples * l2``; the bias is not penalised.

    Attributes
    ----------
    solver : {"qr", "svd", "cholesky"}
        How polars-ds solves the normal equations.
    singular_x_tol : float or "library"
        polars-ds declines a problem, which is then ``unsupported``, when the determinant of its Gram matrix is at most
        ``singular_x_tol`` times the product of the diagonal. ``"library"`` leaves it to polars-ds (1e-12 in float64,
        1e-6 in float32); 0 accepts everything.
    """

    library: ClassVar[Library] = Library("polars_ds", "polars-ds")
    takes_l2: ClassVar[bool] = True
    suspects: ClassVar[tuple[Suspect, ...]] = (
        Suspect("solver", "svd", "takes the SVD of the Gram matrix"),
        Suspect("solver", "qr", "takes the QR of the Gram matrix"),
        Suspect("solver", "cholesky", "takes the Cholesky factor of the Gram matrix"),
        Suspect("singular_x_tol", 0.0, "accepts every matrix"),
    )

    solver: Literal["qr", "svd", "cholesky"] = "qr"
    singular_x_tol: float | Literal["library"] = option("library", at_least=0)

    def cost(self, work: Workload) -> Cost:
        """The Gram matrix, from columns copied to a matrix, and its factorisation."""
        factor = {"cholesky": 1 / 3, "qr": 4 / 3, "svd": 26.0}[self.solver]
        return gram(work, copies=1) + Cost(factor * work.p**3, 0.0)

    def prepare(self, problem: Problem, device: Device) -> State:
        """Copy the arrays to the columns of a frame.

        Raises
        ------
        Unsupported
            For fewer rows than parameters.
        """
        n, p = problem.X.shape
        refuse_wide(n, p + problem.intercept, "polars-ds", "numpy_lstsq")
        return State(_frame(problem), problem.intercept, n * problem.l2)

    def solve(self, state: State) -> Fit:
        """Evaluate the expression.

        Raises
        ------
        Unsupported
            When polars-ds declines the problem as singular.
        """
        params = state.frame.select(self._expression(state.frame.columns[:-1], state.intercept, state.alpha)).item()
        if params is None:
            raise Unsupported(self._singular("the design"))
        return direct_fit(params.to_numpy(), intercept=state.intercept)

    def _expression(self, features: list[str], intercept: bool, alpha: float) -> Any:
        import polars_ds as pds

        tolerance = None if self.singular_x_tol == "library" else self.singular_x_tol
        return pds.lin_reg(
            *features, target="y", add_bias=intercept, l2_reg=alpha, solver=self.solver, singular_x_tol=tolerance
        )

    def _singular(self, what: str) -> str:
        return (
            f"polars-ds considers {what} singular at singular_x_tol={self.singular_x_tol}; "
            "lower that (0 accepts everything), or use numpy_lstsq"
        )

    def prepare_many(self, stack: ProblemStack, device: Device) -> ManyState:
        """Copy the rows to a frame: as they are for rolling windows, else with a column of groups.

        Raises
        ------
        Unsupported
            As `prepare`, and for an l2 penalty: one expression has one l2_reg for all problems, whatever their rows.
        """
        import polars as pl

        if stack.l2:
            raise Unsupported("polars-ds has one l2_reg for all groups, whatever their rows; got an l2 penalty")
        refuse_wide(int(stack.lengths.min()), stack.n_parameters, "polars-ds", "numpy_lstsq")
        first, last = int(stack.ranges[0, 0]), int(stack.ranges[-1, 1])
        if stack.window is not None:
            rows = Problem(stack.X[first:last], stack.y[first:last], stack.intercept)
            return ManyState(_frame(rows), stack.window, stack.intercept, len(stack))
        places = np.concatenate([np.arange(*each) for each in stack.ranges.tolist()])
        groups = pl.Series("group", np.repeat(np.arange(len(stack)), stack.lengths))
        frame = _frame(Problem(stack.X[places], stack.y[places], stack.intercept))
        return ManyState(frame.with_columns(groups), None, stack.intercept, len(stack))

    def solve_many(self, state: ManyState) -> Fits:
        """Evaluate the expression for each group; for windows `polars_ds.rolling_lin_reg`, which updates an inverse.

        Raises
        ------
        Unsupported
            When polars-ds declines some of the problems as singular.
        """
        import polars as pl
        import polars_ds as pds

        features = [name for name in state.frame.columns if name not in ("y", "group")]
        if state.window is None:
            expression = self._expression(features, state.intercept, 0.0).alias("params")
            answers = state.frame.group_by("group", maintain_order=True).agg(expression)["params"]
        else:
            rolled = pds.rolling_lin_reg(*features, target="y", window_size=state.window, add_bias=state.intercept)
            answers = state.frame.select(rolled.alias("fit"))["fit"].struct.field("coeffs")[state.window - 1 :]
        if answers.dtype == pl.List(pl.List(pl.Float64)):  # for groups each answer is in a list of one
            answers = answers.list.first()
        if declined := answers.null_count():
            raise Unsupported(self._singular(f"{declined} of {state.fits} designs"))
        width = len(features) + state.intercept
        params = answers.explode().to_numpy().astype(np.float64).reshape(state.fits, width)
        level = params[:, -1].copy() if state.intercept else np.zeros(state.fits)
        return Fits(params[:, : len(features)].copy(), level, np.ones(state.fits, dtype=np.bool_))


def _frame(problem: Problem) -> Any:
    import polars as pl

    columns = {f"x{j}": problem.X[:, j] for j in range(problem.X.shape[1])}
    return pl.DataFrame(columns | {"y": problem.y})
