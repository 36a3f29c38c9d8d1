"""Affine scaling of columns: the statistics that it needs, and the maps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backends.base import Array
from harness.errors import DatasetError

Float64 = NDArray[np.float64]
Scale = Literal["none", "minmax", "standard"]
Dtype = Literal["float64", "float32"]


@dataclass(frozen=True, eq=False)
class Scaling:
    """An affine map of the columns, ``scaled = raw * factor + shift``, and of the target."""

    factor: Float64
    shift: Float64
    """``factor`` and ``shift``: of shape (n_features,)."""
    target_factor: float
    target_shift: float

    def original(self, coef: Float64, intercept: float) -> tuple[Float64, float]:
        """Convert coefficients of the scaled problem to the data's own units.

        From ``y*ft + st = sum_j (x_j*f_j + s_j)*b_j + b0`` follows ``y = x @ (f*b)/ft + (b0 + s @ b - st)/ft``.
        """
        return (
            self.factor * coef / self.target_factor,
            float((intercept + self.shift @ coef - self.target_shift) / self.target_factor),
        )


class Extent(NamedTuple):
    """The ranges, means and deviations of some columns."""

    low: Float64
    high: Float64
    """``low`` and ``high``: of shape (n_columns,)."""
    mean: Float64 | None = None
    deviation: Float64 | None = None
    """``mean`` and ``deviation`` (over n): of shape (n_columns,). For standard scaling only."""


def extent(X: Float64, scale: Scale) -> Extent:
    """The statistics that a scaling needs; empty without scaling."""
    if scale == "none":
        return Extent(np.empty(0), np.empty(0))
    low, high = X.min(axis=0), X.max(axis=0)
    if scale == "minmax":
        return Extent(low, high)
    with np.errstate(all="ignore"):
        return Extent(low, high, X.mean(axis=0), X.std(axis=0))


def affine(scale: Scale, found: Extent, names: Sequence[str]) -> tuple[Float64, Float64]:
    """Factor and shift of each column, as in scikit-learn's MinMaxScaler and StandardScaler.

    Raises
    ------
    DatasetError
        When a column's range is too wide or too narrow.
    """
    if scale == "none":
        return np.ones(len(names)), np.zeros(len(names))
    low, high = found.low, found.high
    constant = low == high  # not a deviation of 0, which rounding of the mean can turn into 1e-17
    with np.errstate(all="ignore"):
        if found.mean is None or found.deviation is None:
            spread, centre = high - low, low
        else:
            spread, centre = found.deviation, found.mean
        factor = 1.0 / np.where(constant, 1.0, spread)
        shift = np.where(constant, -low, -centre * factor)
    unfit = np.flatnonzero(~(np.isfinite(factor) & np.isfinite(shift) & (factor > 0)))
    if len(unfit):
        j = unfit[0]
        raise DatasetError(f"column {names[j]!r}, from {low[j]:g} to {high[j]:g}, has no {scale} scaling in float64")
    return factor, shift


def apply(values: Float64, factor: Float64 | float, shift: Float64 | float) -> Float64:
    """Values times the factor, plus the shift."""
    out: Float64 = values * factor
    out += shift
    return out


def cast_to(values: Float64, dtype: Dtype) -> Array:
    """The values in a dtype, read-only and in C order; without a copy if they already are.

    Raises
    ------
    DatasetError
        When a value overflows the dtype.
    """
    with np.errstate(over="ignore"):
        out = np.ascontiguousarray(values, dtype=dtype).view()
    if not np.isfinite(out).all():
        raise DatasetError(
            f"a value up to {np.abs(values).max():g} does not fit {dtype}; scale the data or use float64"
        )
    out.flags.writeable = False
    return out
