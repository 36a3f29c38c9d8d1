"""Direct least squares from scratch on NumPy: three textbook methods, and one that is right to the last digit."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from backends._augmented import back_substitution
from backends._cost import explicit_qr, gram, normal_equations, passes
from backends._gram import solve_gram
from backends._kernels import BoundExact, BoundProblem, BoundStack, bind, bind_exact, bind_stack, machine_code
from backends._parts import blas_threads, one_blas_thread, threads
from backends._refined import solve_refined
from backends._weights import normalised, root_scaled, total
from backends.base import Backend, Cost, Device, Fit, Fits, Problem, ProblemStack, Suspect, Unsupported, Workload

Float64 = NDArray[np.float64]


State = Problem | BoundProblem | BoundExact
"""A problem as it is, or bound to its compiled kernel."""


@dataclass(frozen=True, kw_only=True)
class ScratchOls(Backend[State]):
    """Direct least squares from scratch on NumPy.

    ``auto`` uses a compiled kernel where Numba is installed, X has at most `backends._kernels.bound.MOST_ELEMENTS`
    values, and its columns are not too many and not nearly dependent. `backends._kernels.least_squares` derives the
    kernel, `backends._kernels.stretches` for many rows, `backends._kernels.panels` for many columns, and
    `backends._kernels.abreast` for a stack of small problems. Otherwise it reads the rows once, in blocks, and solves
    from the centred Gram matrix. Where a condition estimate says that this loses digits, it reads them again, or turns
    to QR and refines in twice the working precision until every coefficient is correctly rounded or nearly so.
    `backends._gram`, `backends._augmented` and `backends._rank` derive these steps. Beyond its input it needs one block
    of rows and a few matrices of shape (n_features, n_features); it reads a memory-mapped input block by block.

    For linearly dependent columns, ``auto``, ``qr`` and ``normal`` give the answer of smallest ``|coef|``, the
    intercept free (``normal`` includes it in the norm): ``intercept = mean(y) - mean(X) @ coef``. ``auto`` decides the
    rank in twice the working precision. Columns count as dependent when they are so exactly and, for float64 data, when
    changes of half a unit in the last place make them so: the data then determine no digit of the coefficients, and the
    answer is that of such changed data. The other two cannot tell dependence from float64 rounding.

    Rows with weights are multiplied by the roots of the weights, and means are weighted. ``auto`` then does without the
    kernel, and its refinement uses the weights themselves, so that the roots' rounding is not in the answer.

    Attributes
    ----------
    method : {"auto", "exact", "qr", "normal", "loops"}
        ``"exact"`` proves that every number is correctly rounded, or answers as ``auto`` with ``converged=False``. For
        dependent columns the answer is that of the exact data, without regard to their rounding.
        `backends._kernels.exact` derives it; `backends._exact` solves in integers what its enclosure cannot decide.
        ``"qr"`` is a Householder QR of the centred columns, or an SVD where they are dependent; ``"normal"`` is the
        normal equations with a pseudo-inverse; ``"loops"`` the closed form for one feature, as a Python loop over rows.
    """

    takes_l2: ClassVar[bool] = True
    takes_weights: ClassVar[bool] = True
    suspects: ClassVar[tuple[Suspect, ...]] = (
        Suspect("method", "qr", "factorises the centred columns by QR"),
        Suspect("method", "auto", "refines in twice the working precision"),
    )

    method: Literal["auto", "exact", "qr", "normal", "loops"] = "auto"

    def cost(self, work: Workload) -> Cost:
        """The method's; for ``auto`` one pass and Cholesky, without the refinement that some data need."""
        match self.method:
            case "loops":
                return Cost(7.0 * work.n * work.d, passes(work, 2))
            case "qr":
                return explicit_qr(work, copies=2)
            case "normal":
                return gram(work, copies=work.intercept) + Cost(28.0 * work.p**3, 0.0)  # the pseudo-inverse of (p, p)
            case _:
                return normal_equations(work)

    def prepare(self, problem: Problem, device: Device) -> State:
        """Keep the problem as it is, and load the kernels; they are compiled if the cache folder has none.

        Raises
        ------
        Unsupported
            For several features, or weights, with ``method="loops"``; for weights with ``"exact"``.
        """
        if self.method == "loops" and problem.X.shape[1] != 1:
            raise Unsupported(
                f"method 'loops' is the closed form for one feature, got {problem.X.shape[1]}; use method='auto'"
            )
        if self.method in ("loops", "exact") and problem.weights is not None:
            raise Unsupported(f"method {self.method!r} counts every row alike, got weights; use method='auto'")
        if threads() > 1:
            blas_threads()  # inspects the loaded libraries, once
        if self.method == "exact":
            return bind_exact(_double(problem)) or problem
        return (bind(problem) if self.method == "auto" else None) or problem

    def build(self) -> None:
        """Compile the kernels, unless the cache has them."""
        if self.method in ("auto", "exact"):
            machine_code.load("direct" if self.method == "auto" else "exact")

    def made(self) -> bool:
        """Whether the cache has the kernels, or none are needed."""
        return self.method not in ("auto", "exact") or machine_code.made("direct" if self.method == "auto" else "exact")

    def build_many(self) -> None:
        """Compile the kernel of many problems, unless the cache has it."""
        if self.method == "auto":
            machine_code.load("many")
        else:
            self.build()

    def versions(self, state: State | BoundStack) -> dict[str, str]:
        """The compilers of the kernel, where one is used."""
        return {"kernels": state.versions} if isinstance(state, BoundProblem | BoundExact | BoundStack) else {}

    def solve(self, state: State) -> Fit:
        """Solve by the method chosen."""
        if isinstance(state, BoundProblem):
            return state.solve() or auto(state.problem)
        if isinstance(state, BoundExact):
            return state.solve() or exact(state.problem)
        return _SOLVERS[self.method](normalised(state))

    def prepare_many(self, stack: ProblemStack, device: Device) -> Any:
        """Keep the stack as it is for the kernel, which one call runs; else as `Backend.prepare_many`.

        Raises
        ------
        Unsupported
            As `prepare`.
        """
        return (bind_stack(stack) if self.method == "auto" else None) or super().prepare_many(stack, device)

    def solve_many(self, state: Any) -> Fits:
        """Solve by the kernel, and one by one what it declines; without a kernel in a loop."""
        if not isinstance(state, BoundStack):
            return super().solve_many(state)
        fits = state.solve()
        for number in state.declined.tolist():
            fit = auto(state.stack[number])
            fits.coef[number], fits.intercept[number], fits.converged[number] = fit.coef, fit.intercept, fit.converged
            if fits.rank is not None and fit.rank is not None:
                fits.rank[number] = fit.rank
        return fits


def auto(problem: Problem) -> Fit:
    """From the Gram matrix where that loses no digits, else by QR and refinement."""
    with one_blas_thread():
        return solve_gram(problem) or solve_refined(problem)


def exact(problem: Problem) -> Fit:
    """Every number proved to be correctly rounded, or the answer of ``auto`` with ``converged=False``."""
    from backends._exact import solve_exact  # imports that no other method needs

    return solve_exact(problem) or replace(auto(problem), converged=False)


def _double(problem: Problem) -> Problem:
    """The same problem in float64."""
    X, y = (np.ascontiguousarray(each, dtype=np.float64) for each in (problem.X, problem.y))
    return Problem(X, y, problem.intercept, problem.l2)


def loops(problem: Problem) -> Fit:
    """The closed form for one feature: the sum of co-deviations over the sum of squared deviations, row by row."""
    x, y = problem.X[:, 0].astype(np.float64), problem.y.astype(np.float64)
    mean_x = np.mean(x) if problem.intercept else np.float64(0)
    mean_y = np.mean(y) if problem.intercept else np.float64(0)
    numerator = np.float64(0)
    denominator = len(x) * np.float64(problem.l2)
    for i in range(len(x)):
        numerator += (x[i] - mean_x) * (y[i] - mean_y)
        denominator += (x[i] - mean_x) ** 2
    # the mean of a constant may be off by a rounding, and the quotient would be of two rounding errors
    determined = denominator > 0 and not (problem.intercept and (x == x[0]).all())
    slope = numerator / denominator if determined else np.float64(0)
    return Fit(np.array([slope]), float(mean_y - slope * mean_x), converged=True, iterations=None)


def normal(problem: Problem) -> Fit:
    """The normal equation ``pinv(AᵀA + n*l2*I) @ Aᵀy`` with a leading column of ones in A, which l2 leaves alone."""
    X, y, ones = root_scaled(problem)
    A = np.column_stack([ones, X]) if problem.intercept else X
    penalty = np.full(A.shape[1], total(problem).hi * problem.l2)
    penalty[: A.shape[1] - X.shape[1]] = 0.0
    beta = np.linalg.pinv(A.T @ A + np.diag(penalty)) @ (A.T @ y)
    coef = beta[A.shape[1] - X.shape[1] :]
    return Fit(coef, float(beta[0]) if problem.intercept else 0.0, converged=True, iterations=None)


def qr(problem: Problem) -> Fit:
    """Householder QR of the centred columns, ``R coef = Qᵀy``; l2 is ``sqrt(n*l2) * I`` appended as rows."""
    A, y, mean_x, mean_y = _centred(problem)
    p = problem.X.shape[1]
    if problem.l2:
        A = np.vstack([A, np.sqrt(total(problem).hi * problem.l2) * np.eye(p)])
        y = np.concatenate([y, np.zeros(p)])
    coef, rank = _qr_or_minimum_norm(A, y)
    return Fit(coef, float(mean_y - mean_x @ coef), converged=True, iterations=None, rank=rank + problem.intercept)


def _centred(problem: Problem) -> tuple[Float64, Float64, Float64, float]:
    if not problem.intercept:
        X, y, _ = root_scaled(problem)
        return X, y, np.zeros(X.shape[1]), 0.0
    X, y, w = problem.X.astype(np.float64), problem.y.astype(np.float64), problem.weights
    mean_x, mean_y = np.average(X, axis=0, weights=w), float(np.average(y, weights=w))
    A, b = X - mean_x, y - mean_y
    A[:, np.ptp(X if w is None else X[w > 0], axis=0) == 0] = 0.0  # as in `loops`
    if w is not None:
        root = np.sqrt(w)
        A *= root[:, None]
        b *= root
    return A, b, mean_x, mean_y


def _qr_or_minimum_norm(A: Float64, b: Float64) -> tuple[Float64, int]:
    """Back substitution where R is safely regular, the minimum-norm solution by SVD where it is not."""
    n, p = A.shape
    if n >= p:
        Q, R = np.linalg.qr(A)
        distance, length = np.abs(np.diag(R)), np.linalg.norm(R, axis=0)
        if (distance > max(n, p) * np.finfo(float).eps * length).all():
            return back_substitution(R, Q.T @ b), p
    coef, _, rank, _ = np.linalg.lstsq(A, b, rcond=None)
    return np.asarray(coef, dtype=np.float64), int(rank)


_SOLVERS = {"auto": auto, "exact": exact, "qr": qr, "normal": normal, "loops": loops}
