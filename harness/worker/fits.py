"""Fits: checked, compared, and converted to JSON values."""

from dataclasses import replace
from typing import Any

import numpy as np

from backends.base import Fit, Problem
from harness.worker.many import check_fits, copied_fits, fits_values, same_fits

VECTORS = ("t_values", "p_values", "confidence_low", "confidence_high")
SCALARS = ("residual_deviation", "adjusted_r_squared", "f_value", "f_p_value", "log_likelihood", "aic", "bic")
"""Optional fields of an inference beside standard errors and R²; an older commit's `Inference` may have none."""

LARGEST_COUNT = 2**53
"""Largest number of epochs, and largest rank, that is accepted."""


def check_fit(fit: object, problem: Any) -> None:
    """Check an answer of ``solve``.

    Raises
    ------
    TypeError, ValueError
        When it is not a `Fit`, or a field has a wrong type, shape or value.
    """
    if not isinstance(problem, Problem):
        check_fits(fit, problem)
        return
    if not isinstance(fit, Fit):
        raise TypeError(f"solve gave {type(fit).__name__}, wanted Fit")
    wanted = (problem.X.shape[1],)
    coef = np.asarray(fit.coef)
    if coef.shape != wanted:
        raise ValueError(f"solve gave coefficients of shape {coef.shape}, wanted {wanted}")
    if coef.dtype != np.float64:
        raise TypeError(f"solve gave coefficients of dtype {coef.dtype}, wanted float64")
    if not isinstance(fit.intercept, float | int | np.floating):
        raise TypeError(f"solve gave an intercept of type {type(fit.intercept).__name__}, wanted float")
    if not problem.intercept and fit.intercept != 0.0 and np.isfinite(fit.intercept):
        raise ValueError(f"solve gave the intercept {fit.intercept} for a problem without one, wanted 0.0")
    if not isinstance(fit.converged, bool | np.bool_):
        raise TypeError(f"solve gave converged of type {type(fit.converged).__name__}, wanted bool")
    for name, count in (("iterations", fit.iterations), ("rank", fit.rank)):
        if count is not None and not (isinstance(count, int | np.integer) and 0 <= count <= LARGEST_COUNT):
            raise TypeError(f"solve gave {name} {str(count)[:40]!r}, wanted None or a whole number of at least 0")


def own_seconds(fit: Fit) -> float | None:
    """Seconds of the fit by the method's own clock; None where it has none, as in older commits.

    Raises
    ------
    TypeError
        When it is neither None nor a number.
    """
    own = getattr(fit, "own_seconds", None)
    if own is not None and not isinstance(own, float | int | np.floating):
        raise TypeError(f"solve gave own_seconds of type {type(own).__name__}, wanted float or None")
    return None if own is None else float(own)


def same_fit(a: Any, b: Any) -> bool:
    """Whether two fits are equal to the last bit; zeros of either sign are equal, and so are all NaNs."""
    if not isinstance(a, Fit):
        return same_fits(a, b)
    if not (type(a) is type(b) and (a.converged, a.iterations, a.rank) == (b.converged, b.iterations, b.rank)):
        return False
    return _same_bits(a, b) or (
        np.array_equal(a.coef, b.coef, equal_nan=True) and np.array_equal(a.intercept, b.intercept, equal_nan=True)
    )


def _same_bits(a: Fit, b: Fit) -> bool:
    """A quick check first, as fits are compared after every sample."""
    return (
        type(a.coef) is type(b.coef) is np.ndarray
        and a.coef.dtype == b.coef.dtype
        and a.coef.shape == b.coef.shape
        and a.coef.tobytes() == b.coef.tobytes()
        and bool(a.intercept == b.intercept)
    )


def copied(fit: Any) -> Any:
    """A copy of the fit, which its backend cannot change later."""
    if not isinstance(fit, Fit):
        return copied_fits(fit)
    return replace(fit, coef=np.array(fit.coef), intercept=float(fit.intercept))


def fit_values(fit: Any, cost: dict[str, Any] | None = None) -> dict[str, Any]:
    """A fit as JSON values, with its declared cost; Python's JSON keeps every bit, NaN and infinity included.

    Raises
    ------
    TypeError, ValueError
        When a field of the backend's own inference has a wrong type or shape.
    """
    if not isinstance(fit, Fit):
        return fits_values(fit)
    return {
        **_inference(fit),
        "coef": np.asarray(fit.coef).tolist(),
        "intercept": float(fit.intercept),
        "converged": bool(fit.converged),
        "iterations": None if fit.iterations is None else int(fit.iterations),
        "rank": None if fit.rank is None else int(fit.rank),
        "cost": cost,
    }


def _inference(fit: Fit) -> dict[str, Any]:
    if fit.inference is None:
        return {"standard_errors": None, "r_squared": None, "statistics": None}
    said = fit.inference()
    if not hasattr(said, "standard_errors"):  # no isinstance: another commit's `Inference` is another class
        raise TypeError(f"inference gave {type(said).__name__}, wanted Inference")
    further = {name: _vector(said, name) for name in VECTORS} | {name: _scalar(said, name) for name in SCALARS}
    return {
        "standard_errors": _vector(said, "standard_errors"),
        "r_squared": _scalar(said, "r_squared"),
        "statistics": further if any(each is not None for each in further.values()) else None,
    }


def _vector(said: Any, name: str) -> list[float] | None:
    values = getattr(said, name, None)
    if values is None and name in VECTORS:
        return None
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1:
        raise ValueError(f"inference gave {_words(name)} of shape {found.shape}, wanted one for each estimate")
    numbers: list[float] = found.tolist()
    return numbers


def _scalar(said: Any, name: str) -> float | None:
    value = getattr(said, name, None)
    if value is not None and not isinstance(value, float | int | np.floating):
        raise TypeError(f"inference gave {_words(name)} of type {type(value).__name__}, wanted float or None")
    return None if value is None else float(value)


def _words(name: str) -> str:
    return name.replace("_", " ")
