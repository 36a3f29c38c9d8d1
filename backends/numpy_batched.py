"""NumPy's batched linear algebra: many small problems in a few calls, each over a whole stack of matrices."""

from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from backends._cost import explicit_qr, gram, pseudo_inverse
from backends._stacks import Block, blocks, empty_fits
from backends.base import (
    Array,
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
)


class State(NamedTuple):
    """A stack as three-dimensional arrays."""

    blocks: list[Block]
    intercept: bool


@dataclass(frozen=True, kw_only=True)
class NumpyBatched(Backend[State]):
    """Least squares for a stack of problems at once, as NumPy users write it; one problem is a stack of one.

    ``matmul``, `numpy.linalg.solve`, `numpy.linalg.qr` and `numpy.linalg.pinv` take stacks of matrices and loop over
    them in C. `numpy.linalg.lstsq` does not: with it people loop in Python, which is what ``numpy_lstsq`` does here.

    Attributes
    ----------
    method : {"normal", "qr", "pinv"}
        ``"normal"`` solves the normal equations ``AᵀA b = Aᵀy`` by LU, with a column of ones in A: the fastest, but the
        squared condition number costs half of the digits. ``"qr"`` is a Householder QR of A, and
        ``R b = Qᵀy`` by LU. ``"pinv"`` multiplies by the pseudo-inverse of A, from its SVD, and gives the minimum-norm
        solution where columns are dependent; the others assume full rank, and refuse a matrix that LU finds
        singular.
    """

    library: ClassVar[Library] = Library("numpy", "numpy")
    suspects: ClassVar[tuple[Suspect, ...]] = (
        Suspect("method", "qr", "factorises the columns by QR"),
        Suspect("method", "pinv", "takes the pseudo-inverse from the SVD"),
    )

    method: Literal["normal", "qr", "pinv"] = "normal"

    def cost(self, work: Workload) -> Cost:
        """The method's, with the column of ones; LU of the Gram matrix costs twice a Cholesky factorisation."""
        match self.method:
            case "normal":
                return gram(work, copies=work.intercept) + Cost(2 * work.p**3 / 3, 0.0)
            case "qr":
                return explicit_qr(work, copies=1 + work.intercept)
            case _:
                return pseudo_inverse(work, copies=1 + work.intercept)

    def prepare(self, problem: Problem, device: Device) -> State:
        """As `prepare_many`, for a stack of one."""
        whole = np.array([[0, len(problem.y)]])
        return self.prepare_many(ProblemStack(problem.X, problem.y, problem.intercept, problem.l2, whole), device)

    def solve(self, state: State) -> Fit:
        """The one fit of a stack of one."""
        fits = self.solve_many(state)
        return Fit(fits.coef[0], float(fits.intercept[0]), converged=True, iterations=None)

    def prepare_many(self, stack: ProblemStack, device: Device) -> State:
        """Arrange the rows as a stack of matrices: a view where the problems have one size, else copies.

        Raises
        ------
        Unsupported
            For a problem with an l2 penalty, and for fewer rows than parameters unless ``method="pinv"``.
        """
        self.check(stack[0])
        short = np.flatnonzero(stack.lengths < stack.n_parameters)
        if self.method != "pinv" and len(short):
            raise Unsupported(
                f"method {self.method!r} needs a row for each parameter, got {stack.lengths[short[0]]} for "
                f"{stack.n_parameters}; use method='pinv'",
                int(short[0]) if len(stack) > 1 else None,
            )
        return State(blocks(stack), stack.intercept)

    def solve_many(self, state: State) -> Fits:
        """Append the ones and solve, block by block.

        Raises
        ------
        Unsupported
            When LU finds a matrix singular.
        """
        size, p = sum(len(each.places) for each in state.blocks), state.blocks[0].X.shape[2]
        fits = empty_fits(size, p, ranked=False)
        for block in state.blocks:
            params = self._params(
                np.concatenate([block.X, block.ones()], axis=2) if state.intercept else block.X, block.y
            )
            fits.coef[block.places] = params[:, :p]
            if state.intercept:
                fits.intercept[block.places] = params[:, p]
        return fits

    def _params(self, A: Array, y: Array) -> Array:
        """The parameters, of shape (n_problems, n_parameters)."""
        right = y[:, :, None]
        try:
            match self.method:
                case "normal":
                    transposed = A.transpose(0, 2, 1)
                    found = np.linalg.solve(transposed @ A, transposed @ right)
                case "qr":
                    Q, R = np.linalg.qr(A)
                    found = np.linalg.solve(R, Q.transpose(0, 2, 1) @ right)
                case _:
                    found = np.linalg.pinv(A) @ right
        except np.linalg.LinAlgError as error:
            raise Unsupported(f"NumPy: {error}, with method {self.method!r}; use method='pinv'") from error
        params: Array = found[:, :, 0]
        return params
