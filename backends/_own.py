"""A function or an estimator of anybody's as a backend: ``"mine.py:fit"``, ``"lightning.regression:CDRegressor"``.

Nothing of it is imported before a worker does so.
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

WORDS_FOR = {
    "intercept": ("intercept", "fit_intercept"),
    "l2": ("l2",),
    "weights": ("sample_weight", "weights"),
}
"""What else of a problem a function is told, under the names that its parameters may have."""

WANTED = "wanted a function of X and y, or an estimator with a method fit"


@dataclass(eq=False)
class Prepared:
    """What is called, over arrays that may be written to, as a user's own are."""

    call: Callable[[], Any]
    problem: Problem
    original: Problem
    looked_at: bool = False


@dataclass(frozen=True, kw_only=True)
class Own(Backend[Prepared]):
    """Whatever a suite names as ``FILE.py:NAME`` or ``module:name``.

    A function is called as ``fit(X, y)``, and told ``intercept`` (or ``fit_intercept``) and ``l2`` where it has such
    parameters. An estimator is made anew, or copied, for every fit, and told ``fit_intercept``. Where rows have
    weights, the function, or the estimator's ``fit``, is told ``sample_weight`` (or ``weights``). What either may
    answer is listed at `backends._own_answer.estimates`. X never holds a column of ones.

    Attributes
    ----------
    source : str
        A file's whole path or a module, then ``:`` and the name in it.
    yields : bool
        Whether it is a generator, which yields coefficients epoch by epoch.
    """

    takes_l2: ClassVar[bool] = True
    takes_weights: ClassVar[bool] = True

    source: str = field(metadata={"told": False})
    yields: bool = field(default=False, metadata={"told": False})

    def __post_init__(self) -> None:
        super().__post_init__()
        place = self.source.rpartition(":")[0]
        # A file's path is what is imported, so that no two files share a worker, whatever they are called.
        own = Library(place, Path(place).name if place.endswith(".py") else place.partition(".")[0])
        object.__setattr__(self, "library", own)
        object.__setattr__(self, "walks", self.yields)

    def prepare(self, problem: Problem, device: Device) -> Prepared:
        """Import it, and copy the arrays to writable memory.

        Raises
        ------
        Unsupported
            When it cannot be told of a penalty or of weights, or to leave the intercept out.
        """
        place, _, name = self.source.rpartition(":")
        own = writable(problem)
        return Prepared(_caller(_found(import_library(place), name), name, own), own, problem)

    def solve(self, state: Prepared) -> Fit:
        """Call it, and read what it gives."""
        if self.yields:
            return drained(self.path(state), Path(self.source).name)
        answer = estimates(state.call(), state.problem.X.shape[1])
        _refuse_changes(self.source, state)
        return _fit(answer, state.problem)

    def path(self, state: Prepared) -> Iterator[Snapshot]:
        """One snapshot for each thing that the generator yields; it says nothing of convergence."""
        p = state.problem.X.shape[1]
        for epoch, given in enumerate(state.call(), 1):

            def read(given: Any = given) -> tuple[Any, float]:
                answer = estimates(given, p)
                return answer.coef, answer.intercept

            yield Snapshot(epoch, read, None, converged=False)
        _refuse_changes(self.source, state)


def import_library(name: str) -> ModuleType:
    """A module by its name; a file by its path, whose folder may hold what it imports.

    Raises
    ------
    ImportError
        When there is none. Whatever else a file raises goes on its way.
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
    if inspect.isclass(found):
        if not hasattr(found, "fit"):
            raise TypeError(f"{name} is a class without fit; {WANTED}")
        _check_call(f"an estimator is made as {name}(); make one in your file, and name that", found)
        found = found()
    if hasattr(found, "fit") and not inspect.isroutine(found):
        _tell_intercept(found, name, problem)
        told = _told_weights(found, name, problem)
        _check_call(f"it is called as {name}.fit(X, y)", found.fit, problem.X, problem.y, **told)
        return lambda: _fitted(copy.deepcopy(found), problem, told)
    if not callable(found):
        raise TypeError(f"{name} is of type {type(found).__name__}; {WANTED}")
    words = _words(found, name, problem)
    _check_call(f"it is called as {name}(X, y)", found, problem.X, problem.y, **words)
    return lambda: found(problem.X, problem.y, **words)


def _check_call(how: str, function: Callable[..., Any], *given: Any, **by_name: Any) -> None:
    """See that a function's parameters fit a call."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # a compiled one may not say
        return
    try:
        signature.bind(*given, **by_name)
    except TypeError as error:
        raise TypeError(f"{error}; {how}") from None


def _told_weights(estimator: Any, name: str, problem: Problem) -> dict[str, Any]:
    if problem.weights is None:
        return {}
    takes = _parameters(estimator.fit)
    if (word := next((each for each in WORDS_FOR["weights"] if each in takes), None)) is None:
        raise Unsupported(f"{name}.fit has no parameter sample_weight, and rows have weights")
    return {word: problem.weights}


def _parameters(function: Callable[..., Any]) -> Collection[str]:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):  # a compiled one may not say
        return ()


def _fitted(estimator: Any, problem: Problem, told: dict[str, Any]) -> Any:
    given = estimator.fit(problem.X, problem.y, **told)
    return estimator if given is None else given


def _tell_intercept(estimator: Any, name: str, problem: Problem) -> None:
    if problem.l2 > 0:
        raise Unsupported(f"{name} is told of no penalty, got l2={problem.l2:g}")
    if hasattr(estimator, "fit_intercept"):
        estimator.fit_intercept = problem.intercept
    elif not problem.intercept:
        raise Unsupported(f"{name} has no fit_intercept, and the model has no intercept")


def _words(function: Callable[..., Any], name: str, problem: Problem) -> dict[str, Any]:
    takes = _parameters(function)
    values: dict[str, Any] = {"intercept": problem.intercept, "l2": problem.l2}
    if problem.weights is not None:
        values["weights"] = problem.weights
    told = {word: values[key] for key in values for word in WORDS_FOR[key] if word in takes}
    if problem.l2 > 0 and "l2" not in told:
        raise Unsupported(f"{name} has no parameter l2, got l2={problem.l2:g}")
    if problem.weights is not None and not set(WORDS_FOR["weights"]) & set(told):
        raise Unsupported(f"{name} has no parameter sample_weight, and rows have weights")
    return told


def _refuse_changes(source: str, state: Prepared) -> None:
    """See after the first call that the data are as they were: a second one on others would be another fit."""
    if state.looked_at:
        return
    state.looked_at = True
    for name in ("X", "y") if state.original.weights is None else ("X", "y", "weights"):
        if not np.array_equal(getattr(state.problem, name), getattr(state.original, name)):
            raise ValueError(f"{Path(source).name} writes to {name}, which is the user's own; copy it first")


def _fit(answer: Estimates, problem: Problem) -> Fit:
    if not problem.intercept and np.isfinite(answer.intercept) and answer.intercept:
        raise Unsupported("it fits an intercept, and the model has none")
    return Fit(answer.coef, answer.intercept, converged=answer.converged, iterations=answer.iterations)
