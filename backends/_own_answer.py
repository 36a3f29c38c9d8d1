"""Reads what a user's function or estimator returned as coefficients and an intercept."""

import inspect
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

COEF = ("coef_", "coef", "coefficients", "params", "beta", "betas", "weights")
INTERCEPT = ("intercept_", "intercept", "const", "Intercept", "(Intercept)", "bias")
"""Names under which an object or a dict may hold them; the first one found counts."""

WANTED = "coefficients, (coefficients, intercept), a dict of coef and intercept, or an object with coef_ or params"


class Estimates(NamedTuple):
    """An answer."""

    coef: NDArray[np.float64]
    """Of shape (n_features,), float64."""
    intercept: float = 0.0
    """0.0 where none was given."""
    converged: bool = True
    """False where an estimator says that its iterations were used up."""
    iterations: int | None = None


def estimates(given: Any, n_features: int) -> Estimates:
    """Read an answer.

    Parameters
    ----------
    given : object
        Coefficients in any form that NumPy reads as an array; ``(coefficients, intercept)``; a dict with ``coef`` and
        ``intercept``; or an object with ``coef_`` and ``intercept_``, or with ``params``. Where ``params`` has one more
        number than there are features, the first is the intercept, as in statsmodels.

    Raises
    ------
    TypeError, ValueError
        When it is none of these. The message, one line, says what was wanted.
    """
    if isinstance(given, Mapping):
        return _of_names(given, given.get, n_features, "a dict")
    if isinstance(given, tuple | list) and len(given) == 2 and _is_pair(given[0], given[1], n_features):
        return Estimates(_vector(given[0], n_features), _number(given[1]))
    attributes = {name for name in (*COEF, *INTERCEPT) if hasattr(given, name)} - {"weights"}
    is_array = hasattr(given, "__array__") and not hasattr(given, "fit")
    if not is_array and attributes & set(COEF):
        found = _of_names(attributes, lambda name: getattr(given, name, None), n_features, type(given).__name__)
        return found._replace(**_iterations(given))
    if isinstance(given, tuple) and len(given) != n_features:
        raise TypeError(f"it gave {len(given)} values, wanted {WANTED}")
    place = _labelled(given)
    return Estimates(_vector(given, n_features)) if place is None else _split(given, place, n_features)


def _is_pair(coef: Any, intercept: Any, n_features: int) -> bool:
    """Whether two values are coefficients and an intercept, in whatever shape, and not two coefficients."""
    return np.ndim(coef) > 0 and np.size(intercept) == 1 and not (n_features == 2 and np.size(coef) == 1)


def _labelled(coef: Any) -> int | None:
    """The place of an intercept among coefficients that have labels, as in a pandas Series; None without one."""
    index = getattr(coef, "index", ())
    labels = [] if callable(index) else [str(each) for each in index]  # a list has a method of that name
    return next((labels.index(name) for name in INTERCEPT if name in labels), None)


def _split(coef: Any, place: int, n_features: int) -> Estimates:
    values = np.asarray(coef, dtype=np.float64).ravel()
    return Estimates(_vector(np.delete(values, place), n_features), float(values[place]))


def _of_names(names: Any, get: Any, n_features: int, what: str) -> Estimates:
    coef = next((get(name) for name in COEF if name in names), None)
    if coef is None:
        raise TypeError(f"it gave {what} without coef, wanted {WANTED}")
    intercept = next((get(name) for name in INTERCEPT if name in names), None)
    if intercept is None and np.size(coef) == n_features + 1:
        return _split(coef, _labelled(coef) or 0, n_features)
    return Estimates(_vector(coef, n_features), 0.0 if intercept is None else _number(intercept))


def _vector(given: Any, n_features: int) -> NDArray[np.float64]:
    if given is None:
        raise TypeError(f"it gave nothing (None), wanted {WANTED}")
    try:
        is_complex, values = np.iscomplexobj(given), np.array(np.real(given), dtype=np.float64).ravel()
    except (TypeError, ValueError):
        raise TypeError(f"it gave {_called(given)}, wanted {WANTED}") from None
    if is_complex:
        raise TypeError(f"it gave complex numbers, wanted {WANTED}")
    if len(values) == n_features + 1:
        raise ValueError(f"it gave {len(values)} numbers for {n_features} columns; give (coefficients, intercept)")
    if len(values) != n_features:
        raise ValueError(f"it gave {len(values)} coefficients, wanted {n_features}, one for each column of X")
    return values


def _called(given: Any) -> str:
    """What is no answer, in words that tell how it came."""
    if inspect.iscoroutine(given):
        return "a coroutine (it is an async function)"
    if inspect.isgenerator(given):
        return "a generator (one is walked where the named function itself yields)"
    kind = type(given).__name__
    if hasattr(given, "fit"):
        return f"a {kind} without coef_"
    return f"a {kind} that holds no plain numbers" if isinstance(given, list | tuple | np.ndarray) else kind


def _number(given: Any) -> float:
    values = np.asarray(given, dtype=np.float64).ravel()
    if len(values) != 1:
        raise ValueError(f"it gave {len(values)} intercepts, wanted one")
    return float(values[0])


def _iterations(estimator: Any) -> dict[str, Any]:
    """The passes of a scikit-learn estimator, and whether they were fewer than its maximum."""
    with suppress(AttributeError, TypeError, ValueError):
        taken, most = int(np.max(estimator.n_iter_)), int(estimator.max_iter)
        return {"iterations": taken, "converged": taken < most}
    return {}
