"""Least squares inside a Polars expression, by polars-ds: `polars_ds.lin_reg`."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

from backends._direct import direct_fit
from backends.base import Backend, Device, Fit, Library, Problem, Suspect, Unsupported, option


class State(NamedTuple):
    """A problem as a table.

    Attributes
    ----------
    frame : polars.DataFrame
        Columns ``x0``, ``x1``, … and ``y``.
    intercept : bool
    alpha : float
        polars-ds's ``l2_reg``.
    """

    frame: Any
    intercept: bool
    alpha: float


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
        polars-ds declines a problem, which is then ``unsupported``, whose Gram matrix has a determinant of no more
        than ``singular_x_tol`` times the product of its diagonal; ``"library"`` leaves it to polars-ds (1e-12 in
        float64, 1e-6 in float32), 0 lets everything pass.
    """

    library: ClassVar[Library] = Library("polars_ds", "polars-ds")
    takes_l2: ClassVar[bool] = True
    suspects: ClassVar[tuple[Suspect, ...]] = (
        Suspect("solver", "svd", "takes the SVD of the Gram matrix"),
        Suspect("solver", "qr", "takes the QR of the Gram matrix"),
        Suspect("solver", "cholesky", "takes the Cholesky factor of the Gram matrix"),
        Suspect("singular_x_tol", 0.0, "lets every matrix pass"),
    )

    solver: Literal["qr", "svd", "cholesky"] = "qr"
    singular_x_tol: float | Literal["library"] = option("library", at_least=0)

    def prepare(self, problem: Problem, device: Device) -> State:
        """Copy the arrays to the columns of a frame.

        Raises
        ------
        Unsupported
            For fewer rows than parameters.
        """
        import polars as pl

        n, p = problem.X.shape
        if n < p + problem.intercept:
            raise Unsupported(
                f"polars-ds needs a row for each parameter, got {n} for {p + problem.intercept}; use numpy_lstsq"
            )
        columns = {f"x{j}": problem.X[:, j] for j in range(p)}
        return State(pl.DataFrame(columns | {"y": problem.y}), problem.intercept, n * problem.l2)

    def solve(self, state: State) -> Fit:
        """Evaluate the expression.

        Raises
        ------
        Unsupported
            When polars-ds declines the problem as singular.
        """
        import polars_ds as pds

        tolerance = None if self.singular_x_tol == "library" else self.singular_x_tol
        expression = pds.lin_reg(
            *state.frame.columns[:-1],
            target="y",
            add_bias=state.intercept,
            l2_reg=state.alpha,
            solver=self.solver,
            singular_x_tol=tolerance,
        )
        params = state.frame.select(expression).item()
        if params is None:
            raise Unsupported(
                f"polars-ds takes the design for singular at singular_x_tol={self.singular_x_tol}; "
                "lower that (0 lets everything pass), or use numpy_lstsq"
            )
        return direct_fit(params.to_numpy(), intercept=state.intercept)
