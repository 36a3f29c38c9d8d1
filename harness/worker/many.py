"""Fits to a stack of problems: checked, compared, and converted to JSON values."""

import base64
from typing import Any

import numpy as np

MOST_BYTES = 24 * 2**20
"""Most bytes of coefficients of all kept answers to a stack, so that they fit into a line of JSON."""


def most_answers(fit: Any) -> int:
    """Most answers of this one's size that are kept."""
    return max(1, MOST_BYTES // max(1, np.asarray(fit.coef).nbytes))


def check_fits(fits: Any, stack: Any) -> None:
    """Check an answer of ``solve_many``.

    Raises
    ------
    TypeError, ValueError
        When it is not a `Fits`, or a field has a wrong type, shape or value.
    """
    if type(fits).__name__ != "Fits":
        raise TypeError(f"solve_many gave {type(fits).__name__}, wanted Fits")
    many, p = len(stack), stack.X.shape[1]
    _check("coefficients", fits.coef, (many, p), np.float64)
    _check("intercepts", fits.intercept, (many,), np.float64)
    _check("converged", fits.converged, (many,), np.bool_)
    for name in ("iterations", "rank"):
        if getattr(fits, name) is not None:
            _check(name, getattr(fits, name), (many,), np.int64)
    if not stack.intercept and (fits.intercept != 0).any():
        raise ValueError("solve_many gave intercepts for problems without one, wanted 0.0")


def _check(what: str, values: Any, shape: tuple[int, ...], dtype: type) -> None:
    found = np.asarray(values)
    if found.shape != shape:
        raise ValueError(f"solve_many gave {what} of shape {found.shape}, wanted {shape}")
    if found.dtype != dtype:
        raise TypeError(f"solve_many gave {what} of dtype {found.dtype}, wanted {np.dtype(dtype)}")


def _arrays(fits: Any) -> dict[str, Any]:
    names = ("coef", "intercept", "converged", "iterations", "rank")
    return {name: getattr(fits, name) for name in names}


def same_fits(a: Any, b: Any) -> bool:
    """Whether two answers are equal to the last bit; zeros of either sign are equal, and so are all NaNs."""
    for one, other in zip(_arrays(a).values(), _arrays(b).values(), strict=True):
        if (one is None) != (other is None):
            return False
        if one is not None and not np.array_equal(one, other, equal_nan=one.dtype.kind == "f"):
            return False
    return True


def copied_fits(fits: Any) -> Any:
    """A copy of the answer, which its backend cannot change later."""
    return type(fits)(**{name: None if each is None else np.array(each) for name, each in _arrays(fits).items()})


def fits_values(fits: Any) -> dict[str, Any]:
    """An answer as JSON values; see `harness.runner.protocol.FitsAnswer`."""
    packed = {name: None if each is None else _packed(each) for name, each in _arrays(fits).items()}
    return {"many": len(fits.coef), **packed}


def _packed(values: Any) -> str:
    little = values.astype(values.dtype.newbyteorder("<"), copy=False)
    return base64.b64encode(np.ascontiguousarray(little).tobytes()).decode("ascii")
