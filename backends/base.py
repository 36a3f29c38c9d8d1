"""The contract between the harness and one implementation of linear least squares.

A backend answers one question, the `Problem`, with one `Fit`::

    argmin over (coef, intercept) of  mean((X @ coef + intercept - y)**2) + l2 * |coef|**2

The mean is a weighted one, ``sum(w r²) / sum(w)``, where the rows have weights. The intercept is never penalised.
`Backend.prepare` moves data (dtype, layout, device), `Backend.solve` works and is the call that is timed. A
`ProblemStack` asks the same of many small problems, and is answered with `Fits`: by a loop, or by a backend's own
`Backend.prepare_many` and `Backend.solve_many`. Everything else (clock, scores, checks for non-finite numbers,
statuses) is done once, by the harness.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from importlib.util import find_spec
from typing import Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Device = Literal["cpu", "cuda"]
State = TypeVar("State")

LOSS_BLOW_UP = 1e8
"""An iteration whose loss is this many times its first loss has diverged."""


class Unsupported(Exception):
    """The method cannot answer this problem by its nature; the case's status is ``unsupported``.

    Raised by `Backend.prepare`, or by `Backend.solve` where only the arithmetic can tell. The message says what cannot
    be done and, where there is one, what to use instead.

    Parameters
    ----------
    why : str
    fit : int, optional
        The problem's number in its stack, from 0; the harness adds the name of its group.
    """

    def __init__(self, why: str = "", fit: int | None = None) -> None:
        super().__init__(why)
        self.fit = fit

    def __str__(self) -> str:
        """The message, with the fit's number in front."""
        return super().__str__() if self.fit is None else f"fit {self.fit}: {super().__str__()}"


class Missing(Exception):
    """What the method needs is not on this machine (a GPU, say); the case's status is ``missing``.

    Raised by `Backend.prepare`. Not for a library that cannot be imported: the harness notices that itself.
    """


@dataclass(frozen=True, eq=False)
class Problem:
    """One least-squares problem, as a backend gets it."""

    X: Array
    """Of shape (n_samples, n_features). The design matrix, float32 or float64, C order, read-only. It never holds a
    column of ones."""
    y: Array
    """Of shape (n_samples,). The target, of ``X``'s dtype, read-only."""
    intercept: bool
    """Whether the model has an intercept."""
    l2: float = 0.0
    """The weight of ``|coef|**2`` beside the *mean* squared error, at least 0."""
    weights: NDArray[np.float64] | None = None
    """Of shape (n_samples,). Weights of the rows: float64 whatever ``X``'s dtype, read-only, finite, at least 0, at
    least one above 0. A row of weight 0 counts as absent. None where all rows count alike."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A backend's answer, in host memory and in the same form for every library."""

    coef: NDArray[np.float64]
    """Of shape (n_features,), float64."""
    intercept: float
    """0.0 when the problem has none."""
    converged: bool
    """Whether the method's own stopping rule was met. A direct method that ran to its end has converged; an iteration
    that ended because its epochs were used up has not."""
    iterations: int | None
    """Passes over the data; None for a direct method."""
    rank: int | None = None
    """Numerical rank, where the method determines one: of ``[X 1]`` with an intercept, of ``X`` without."""
    inference: Callable[[], Inference] | None = None
    """Computes the library's own standard errors, R², t, p and so on, where it has them. A callable, so that this work
    stays out of the timed call."""
    own_seconds: float | None = None
    """Seconds of the fit on the other program's own monotonic clock, where another program made it and has one: without
    the communication between the programs. At most what the caller's clock measures."""


@dataclass(frozen=True, eq=False)
class ProblemStack:
    """Many small problems over the rows of one table. They share ``intercept`` and ``l2``."""

    X: Array
    """Of shape (n_rows, n_features). As in `Problem`; the rows of a problem are contiguous."""
    y: Array
    """Of shape (n_rows,)."""
    intercept: bool
    l2: float
    """The weight of ``|coef|**2`` beside each problem's own mean squared error."""
    ranges: NDArray[np.int64]
    """Of shape (n_problems, 2), int64, C order, read-only: each problem's first row, and one beyond its last. Problems
    may differ in their rows (groups) and share them (windows); none is empty."""

    def __len__(self) -> int:
        return len(self.ranges)

    def __getitem__(self, number: int) -> Problem:
        """One of the problems; its arrays are views."""
        start, stop = self.ranges[number].tolist()
        return Problem(self.X[start:stop], self.y[start:stop], self.intercept, self.l2)

    @property
    def n_parameters(self) -> int:
        """Parameters per problem: the coefficients, and the intercept where there is one."""
        return int(self.X.shape[1]) + self.intercept

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Rows per problem, of shape (n_problems,)."""
        lengths: NDArray[np.int64] = self.ranges[:, 1] - self.ranges[:, 0]
        return lengths

    @property
    def window(self) -> int | None:
        """Rows per problem where each begins one row after the one before (a rolling window); else None."""
        starts, lengths = self.ranges[:, 0], self.lengths
        rolls = len(self) > 1 and bool((np.diff(starts) == 1).all() and (lengths == lengths[0]).all())
        return int(lengths[0]) if rolls else None


@dataclass(frozen=True, eq=False)
class Fits:
    """The answers to a stack, in the order of its problems; see `Fit`."""

    coef: NDArray[np.float64]
    """Of shape (n_problems, n_features), float64."""
    intercept: NDArray[np.float64]
    """Of shape (n_problems,), float64; zeros when the problems have none."""
    converged: NDArray[np.bool_]
    """Of shape (n_problems,), bool."""
    iterations: NDArray[np.int64] | None = None
    """Of shape (n_problems,), int64; None for a direct method."""
    rank: NDArray[np.int64] | None = None
    """Of shape (n_problems,), int64; None where the method decides on none."""

    @classmethod
    def of(cls, fits: Sequence[Fit]) -> Fits:
        """Combine single fits."""
        return cls(
            np.array([each.coef for each in fits], dtype=np.float64),
            np.array([each.intercept for each in fits], dtype=np.float64),
            np.array([each.converged for each in fits], dtype=np.bool_),
            _counts([each.iterations for each in fits]),
            _counts([each.rank for each in fits]),
        )


def _counts(values: Sequence[int | None]) -> NDArray[np.int64] | None:
    return None if None in values else np.array(values, dtype=np.int64)


class Inference(NamedTuple):
    """What some libraries report beside the coefficients. All but the standard errors may be None."""

    standard_errors: NDArray[np.float64]
    """Of shape (n_features + intercept,), float64, the intercept's first where there is one."""
    r_squared: float | None
    t_values: NDArray[np.float64] | None = None
    p_values: NDArray[np.float64] | None = None
    confidence_low: NDArray[np.float64] | None = None
    confidence_high: NDArray[np.float64] | None = None
    """``t_values`` to ``confidence_high``: of shape (n_features + intercept,). In the order of the standard errors; p
    two-sided, limits of 95 %."""
    residual_deviation: float | None = None
    adjusted_r_squared: float | None = None
    f_value: float | None = None
    f_p_value: float | None = None
    log_likelihood: float | None = None
    aic: float | None = None
    bic: float | None = None
    """``residual_deviation`` to ``bic``: AIC and BIC count every estimate as a parameter, but not the variance."""


class Workload(NamedTuple):
    """What the cost of a fit depends on."""

    n: int
    d: int
    """``n`` and ``d``: rows and columns of X."""
    intercept: bool = True
    itemsize: int = 8
    """Bytes of a value of X."""
    penalised: bool = False
    """Whether there is an l2 penalty."""
    device: Device = "cpu"
    iterations: int = 0
    """Passes over the data, as the fit counted them; 0 for a direct method."""

    @property
    def p(self) -> int:
        """Parameters: columns, and the intercept where there is one."""
        return self.d + self.intercept


@dataclass(frozen=True)
class Cost:
    """The cost of a fit by the formulas of its method; nothing here is measured."""

    flops: float
    """Floating-point operations."""
    bytes: float
    """To and from main memory."""

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.flops + other.flops, self.bytes + other.bytes)

    def __mul__(self, times: float) -> Cost:
        return Cost(self.flops * times, self.bytes * times)


class Library(NamedTuple):
    """The library or program that a backend wraps."""

    module: str
    """The module to import, ``"sklearn.linear_model"``."""
    distribution: str
    """The package to install, ``"scikit-learn"``; for a program its name, ``"R"``."""
    program: bool = False
    """Whether it is a program outside Python. Nothing is imported for it and pip does not know it; it reports its
    versions itself (`Backend.versions`)."""

    import_seconds: float = 0.1
    """Roughly: ``linbench try`` begins with the longest import."""

    @property
    def worker(self) -> str:
        """The name of the worker process. Backends of the same name share one."""
        return f"program {self.distribution}" if self.program else self.module.partition(".")[0]


class Suspect(NamedTuple):
    """A setting that may cost an answer its digits, for ``linbench explain`` to change."""

    option: str
    value: Any
    """The value to try; a factor where ``times`` is set."""
    effect: str
    """What the value does, as a clause: ``"keeps every singular value"``."""
    times: bool = False
    """Whether the option is multiplied by ``value``."""


def option(
    default: Any,
    *,
    at_least: float | None = None,
    above: float | None = None,
    at_most: float | None = None,
) -> Any:
    """Declare an option of a backend (or of a dataset): a dataclass field with a default and the bounds it must keep.

    Parameters
    ----------
    default : object
        The value when a suite does not give one.
    at_least, above, at_most : float, optional
        Inclusive lower, exclusive lower and inclusive upper bound of a numeric option. A non-numeric value of the
        option (``"none"``, say) has no bounds.
    """
    bounds = {"at least": at_least, "above": above, "at most": at_most}
    return field(default=default, metadata={"bounds": {k: v for k, v in bounds.items() if v is not None}})


_BOUND_CHECKS: dict[str, Callable[[float, float], bool]] = {
    "at least": lambda value, bound: value >= bound,
    "above": lambda value, bound: value > bound,
    "at most": lambda value, bound: value <= bound,
}


@dataclass(frozen=True, kw_only=True)
class Options:
    """Frozen, keyword-only options whose bounds are checked on construction.

    Raises
    ------
    ValueError
        When a numeric option is not finite or breaks a bound. The message begins with the option's name.
    """

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                continue
            if not math.isfinite(value):
                raise ValueError(f"{each.name}: got {value}, wanted a finite number")
            for words, bound in each.metadata.get("bounds", {}).items():
                if not _BOUND_CHECKS[words](value, bound):
                    raise ValueError(f"{each.name}: got {value}, wanted a number {words} {bound:g}")

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Every option's default by name, leaving out options that have none."""
        return {each.name: each.default for each in fields(cls) if each.default is not MISSING}

    @classmethod
    def of_lists(
        cls,
        chosen: Mapping[str, Any],
        lists: Mapping[str, Sequence[Any]],  # noqa: ARG003 - for subclasses
    ) -> Mapping[str, Any]:
        """The options for one combination of swept values; a subclass may make some depend on the whole sweep.

        Parameters
        ----------
        chosen : mapping
            The combination.
        lists : mapping of str to sequence
            All values of each option.
        """
        return chosen


@dataclass(frozen=True, kw_only=True)
class Backend(Options, ABC, Generic[State]):
    """One implementation of linear least squares. A subclass's fields are its options, typed and documented.

    A subclass lives in a file of its own, whose name is the backend's name, and imports its library inside
    `prepare` and `solve`, so that it can be listed and its options checked where the library is not installed.

    Attributes
    ----------
    devices : frozenset of {"cpu", "cuda"}
        Where it can run.
    library : Library
        What it wraps. Backends of one library share a worker process.
    step_option : str or None
        The option to lower when an iteration diverges: it makes the steps smaller.
    stopping_option : str or None
        The option that turns on a stopping rule when it is a number above 0.
    timed_whole : bool
        Whether `solve` starts a program each time, so that its time includes starting, reading and writing.
    walks : bool
        Whether it has a method ``path``, as in `IterativeBackend`, from which its descent can be recorded.
    takes_l2 : bool
        Whether it accepts an l2 penalty; otherwise it is never given one.
    takes_weights : bool
        Whether it accepts weights of rows; otherwise it is never given any.
    widely_used : bool
        Whether ``linbench try`` runs it beside the direct solvers although it iterates.
    suspects : tuple of Suspect
        Settings that may cost digits.
    """

    devices: ClassVar[frozenset[Device]] = frozenset({"cpu"})
    library: ClassVar[Library] = Library("numpy", "numpy")
    timed_whole: ClassVar[bool] = False
    walks: ClassVar[bool] = False
    takes_l2: ClassVar[bool] = False
    takes_weights: ClassVar[bool] = False
    step_option: ClassVar[str | None] = None
    stopping_option: ClassVar[str | None] = None
    widely_used: ClassVar[bool] = False
    suspects: ClassVar[tuple[Suspect, ...]] = ()

    @classmethod
    def lack(cls) -> str | None:
        """What to install before it can run here, in words; None where a quick look finds nothing missing."""
        absent = find_spec(cls.library.module.partition(".")[0]) is None
        return f"install {cls.library.distribution}" if absent else None

    def check(self, problem: Problem) -> None:
        """Refuse a problem of a kind that the class does not take.

        Raises
        ------
        Unsupported
            For a penalty or weights that it does not take.
        """
        name = type(self).__module__.rpartition(".")[2]
        if problem.l2 > 0 and not self.takes_l2:
            raise Unsupported(f"{name} has no l2 penalty, got l2={problem.l2:g}; use sklearn_ridge")
        if problem.weights is not None and not self.takes_weights:
            raise Unsupported(f"{name} takes no weights of rows; use scratch_ols, statsmodels_ols or sklearn_ols")

    def build(self) -> None:
        """Make what the method needs once per machine, such as a compiled program, and keep it in the cache folder.

        Called in a worker before `prepare`, outside the clocks and the plan's limit.
        """

    def made(self) -> bool:
        """Whether `build` has nothing left to do, as far as a quick look tells. If not, `try` measures others first."""
        return True

    def build_many(self) -> None:
        """As `build`, before `prepare_many`; the same unless a class solves many problems by other means."""
        self.build()

    def versions(self, state: State) -> dict[str, str]:
        """Versions by name that only the prepared state can tell, such as those an external program reports."""
        return {}

    def outside_bytes(self, state: State) -> int:
        """Peak memory, in bytes, of processes other than the caller's that work for this state."""
        return 0

    def outside_cpu_seconds(self, state: State) -> float:
        """Processor seconds that such processes have spent so far."""
        return 0.0

    def cost(self, work: Workload) -> Cost | None:
        """What `solve` costs by the formulas of its method (`backends._cost` has some); None where it declares none.

        It is called after the fit, outside the clocks, and must answer without the library.
        """
        return None

    @abstractmethod
    def prepare(self, problem: Problem, device: Device) -> State:
        """Move the problem to where the method wants it: dtype, layout, device. No arithmetic on the data.

        Raises
        ------
        Unsupported
            When the method cannot answer this problem.
        Missing
            When what it needs is not on this machine.
        """

    @abstractmethod
    def solve(self, state: State) -> Fit:
        """Solve from scratch and leave ``state`` unchanged. This is the call that is timed."""

    def prepare_many(self, stack: ProblemStack, device: Device) -> Any:
        """As `prepare`, for many problems: one state each, unless the backend overrides it.

        Raises
        ------
        Unsupported, Missing
            As `prepare`, for any of the problems.
        """
        return [_of_many(i, self.prepare, stack[i], device) for i in range(len(stack))]

    def solve_many(self, state: Any) -> Fits:
        """As `solve`, for the state of `prepare_many`: a loop, unless the backend overrides it."""
        return Fits.of([_of_many(i, self.solve, each) for i, each in enumerate(state)])


def _of_many(number: int, step: Callable[..., Any], *arguments: Any) -> Any:
    """Take a step for one of many problems; a refusal says for which."""
    try:
        return step(*arguments)
    except Unsupported as refusal:
        raise Unsupported(str(refusal), number) from refusal


@dataclass(frozen=True)
class Snapshot:
    """The state of an iteration after an epoch."""

    epoch: int
    """Passes over the data so far, from 1."""
    read: Callable[[], tuple[NDArray[np.float64], float]]
    """Returns the current ``(coef, intercept)`` in host memory; call it before asking for the next snapshot. A
    callable, so that epochs which nobody looks at do not pay for the transfer."""
    loss: float | None
    """The objective before or during the epoch, whichever the method has; None where it was not computed."""
    converged: bool
    """Whether the method's stopping rule was met, which makes this the last snapshot."""


@dataclass(frozen=True, kw_only=True)
class IterativeBackend(Backend[State]):
    """A backend whose loop is written once, as `path`."""

    walks: ClassVar[bool] = True

    @abstractmethod
    def path(self, state: State) -> Iterator[Snapshot]:
        """Iterate from the start, one snapshot per epoch, to the stopping rule or the last epoch."""

    def solve(self, state: State) -> Fit:
        """Run `path` to its end; see `drained`."""
        return drained(self.path(state), type(self).__name__)


def drained(path: Iterator[Snapshot], name: str) -> Fit:
    """Run an iteration to its end, or to the first epoch whose loss is not finite or has blown up.

    A diverged fit has NaN coefficients; that is how the harness learns of it.
    """
    limit: float | None = None
    last: Snapshot | None = None
    diverged = False
    for last in path:
        if last.loss is None:
            continue
        limit = LOSS_BLOW_UP * last.loss if limit is None else limit
        diverged = not last.loss <= limit  # also true of NaN
        if diverged:
            break
    if last is None:
        raise RuntimeError(f"{name} gave no iterate")
    coef, intercept = last.read()
    if diverged:
        coef, intercept = np.full_like(coef, np.nan), math.nan
    return Fit(np.asarray(coef, dtype=np.float64), float(intercept), last.converged and not diverged, last.epoch)
