"""The user's own function or estimator as a backend: ``"mine.py:fit"``, ``"lightning.regression:CDRegressor"``.

Only a worker imports it.
"""

import copy
import difflib
import inspect
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import numpy as np

from backends._direct import writable
from backends._own_answer import Estimates, estimates
from backends.base import Backend, Device, Fit, Library, Problem, Snapshot, Unsupported, drained

PARAMETER_NAMES = {
    "intercept": ("intercept", "fit_intercept"),
    "l2": ("l2",),
    "weights": ("sample_weight", "weights"),
}
"""What a function may receive beside X and y, and the names that its parameters may have."""

WANTED = "wanted a function of X and y, or an estimator with a method fit"


@dataclass(eq=False)
class Prepared:
    """What to call, over writable arrays like a user's own."""

    call: Callable[[], Any]
    problem: Problem
    original: Problem
    checked: bool = False
    """Whether the first call is known to have left the data unchanged."""


@dataclass(frozen=True, kw_only=True)
class Own(Backend[Prepared]):
    """What a suite names as ``FILE.py:NAME`` or ``module:name``.

    A function is called as ``fit(X, y)``, with ``intercept`` (or ``fit_intercept``) and ``l2`` where it has such
    parameters. An estimator is created, or copied, for every fit, and its ``fit_intercept`` is set. Where rows have
    weights, the function or the estimator's ``fit`` gets ``sample_weight`` (or ``weights``). What they may return is
    listed at `backends._own_answer.estimates`. X never holds a column of ones.

    Attributes
    ----------
    source : str
        A file's path or a module, then ``:`` and the name in it.
    yields : bool
        Whether it is a generator, which yields coefficients epoch by epoch.
    """

    takes_l2: ClassVar[bool] = True
    takes_weights: ClassVar[bool] = True

    source: str = field(metadata={"internal": True})
    yields: bool = field(default=False, metadata={"internal": True})

    def __post_init__(self) -> None:
        super().__post_init__()
        place = self.source.rpartition(":")[0]
        # A file is imported by its path, so that no two files of one name share a worker.
        own = Library(place, Path(place).name if place.endswith(".py") else place.partition(".")[0])
        object.__setattr__(self, "library", own)
        object.__setattr__(self, "walks", self.yields)

    def prepare(self, problem: Problem, device: Device) -> Prepared:
        """Import it, and copy the arrays to writable memory.

        Raises
        ------
        Unsupported
            When it does not take the problem's penalty or weights, or cannot leave the intercept out.
        """
        place, _, name = self.source.rpartition(":")
        own = writable(problem)
        return Prepared(_caller(_found(import_library(place), name), name, own), own, problem)

    def solve(self, state: Prepared) -> Fit:
        """Call it, and read what it returns."""
        if self.yields:
            return drained(self.path(state), Path(self.source).name)
        answer = estimates(state.call(), state.problem.X.shape[1])
        _refuse_changes(self.source, state)
        return _fit(answer, state.problem)

    def path(self, state: Prepared) -> Iterator[Snapshot]:
        """One snapshot for each value that the generator yields; convergence is never reported."""
        p = state.problem.X.shape[1]
        for epoch, given in enumerate(state.call(), 1):

            def read(given: Any = given) -> tuple[Any, float]:
                answer = estimates(given, p)
                return answer.coef, answer.intercept

            yield Snapshot(epoch, read, None, converged=False)
        _refuse_changes(self.source, state)


def import_library(name: str) -> ModuleType:
    """Import a module by its name, or a file by its path; the file's folder is added to the import path.

    Raises
    ------
    ImportError
        When there is none. Other exceptions of a file propagate.
    """
    if not name.endswith(".py"):
        return import_module(name)
    if name in sys.modules:
        return sys.modules[name]
    spec = spec_from_file_location(name, Path(name).resolve())
    if spec is None or spec.loader is None:
        raise ImportError(f"{name} is no Python file")
    folder = str(Path(name).resolve().parent)
    if folder not in sys.path:
        sys.path.append(folder)
    sys.modules[name] = module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _found(module: ModuleType, name: str) -> Any:
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            close = difflib.get_close_matches(part, dir(found), n=1)
            todo = f"did you mean {close[0]!r}?" if close else "name a function or an estimator of it"
            raise AttributeError(f"{Path(module.__name__).name} has no {name!r}; {todo}")
        found = getattr(found, part)
    return found


def _caller(found: Any, name: str, problem: Problem) -> Callable[[], Any]:
    if inspect.isclass(found) and hasattr(found, "fit"):
        _check_call(f"an estimator is made as {name}(); make one in your file, and name that", found)
        found = found()
    if hasattr(found, "fit") and not inspect.isroutine(found):
        _set_intercept(found, name, problem)
        weights = _weight_argument(found, name, problem)
        _check_call(f"it is called as {name}.fit(X, y)", found.fit, problem.X, problem.y, **weights)
        return lambda: _fitted(copy.deepcopy(found), problem, weights)
    if not callable(found):
        raise TypeError(f"{name} is of type {type(found).__name__}; {WANTED}")
    arguments = _arguments(found, name, problem)
    what = f"{name}, a class without fit," if inspect.isclass(found) else "it"
    _check_call(f"{what} is called as {name}(X, y)", found, problem.X, problem.y, **arguments)
    return lambda: found(problem.X, problem.y, **arguments)


def _check_call(how: str, function: Callable[..., Any], *given: Any, **by_name: Any) -> None:
    """Check that a function's parameters fit a call."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # a compiled one may not say
        return
    try:
        signature.bind(*given, **by_name)
    except TypeError as error:
        raise TypeError(f"{error}; {how}") from None


def _weight_argument(estimator: Any, name: str, problem: Problem) -> dict[str, Any]:
    if problem.weights is None:
        return {}
    takes = _parameters(estimator.fit)
    if (word := next((each for each in PARAMETER_NAMES["weights"] if each in takes), None)) is None:
        raise Unsupported(f"{name}.fit has no parameter sample_weight, and rows have weights")
    return {word: problem.weights}


def _parameters(function: Callable[..., Any]) -> Collection[str]:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):  # a compiled one may not say
        return ()


def _fitted(estimator: Any, problem: Problem, weights: dict[str, Any]) -> Any:
    given = estimator.fit(problem.X, problem.y, **weights)
    return estimator if given is None else given


def _set_intercept(estimator: Any, name: str, problem: Problem) -> None:
    if problem.l2 > 0:
        raise Unsupported(f"{name} takes no penalty, got l2={problem.l2:g}")
    if hasattr(estimator, "fit_intercept"):
        estimator.fit_intercept = problem.intercept
    elif not problem.intercept:
        raise Unsupported(f"{name} has no fit_intercept, and the model has no intercept")


def _arguments(function: Callable[..., Any], name: str, problem: Problem) -> dict[str, Any]:
    takes = _parameters(function)
    values: dict[str, Any] = {"intercept": problem.intercept, "l2": problem.l2}
    if problem.weights is not None:
        values["weights"] = problem.weights
    arguments = {word: values[key] for key in values for word in PARAMETER_NAMES[key] if word in takes}
    if problem.l2 > 0 and "l2" not in arguments:
        raise Unsupported(f"{name} has no parameter l2, got l2={problem.l2:g}")
    if problem.weights is not None and not set(PARAMETER_NAMES["weights"]) & set(arguments):
        raise Unsupported(f"{name} has no parameter sample_weight, and rows have weights")
    return arguments


def _refuse_changes(source: str, state: Prepared) -> None:
    """Check after the first call that the data are unchanged: the next call must fit the same data."""
    if state.checked:
        return
    state.checked = True
    for name in ("X", "y") if state.original.weights is None else ("X", "y", "weights"):
        if not np.array_equal(getattr(state.problem, name), getattr(state.original, name)):
            raise ValueError(f"{Path(source).name} writes to {name}, which is the user's own; copy it first")


def _fit(answer: Estimates, problem: Problem) -> Fit:
    if not problem.intercept and np.isfinite(answer.intercept) and answer.intercept:
        raise Unsupported("it fits an intercept, and the model has none")
    return Fit(answer.coef, answer.intercept, converged=answer.converged, iterations=answer.iterations)
