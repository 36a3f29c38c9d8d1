"""What every dataset shares: a table becomes a scaled, split problem, and coefficients find their way back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from backends.base import Array, Options, Problem, option
from harness.datasets._certified import Certified
from harness.datasets._decimal_columns import DecimalColumns, Decimals
from harness.datasets._reading.decimals import is_decimal
from harness.datasets._rows import LeftOut, Rows
from harness.errors import DatasetError

__all__ = [
    "Certified",
    "Data",
    "Dataset",
    "DecimalColumns",
    "Decimals",
    "LeftOut",
    "Rows",
    "Scaling",
    "Table",
    "is_decimal",
]

NOT_DECIMAL = Decimals(None, "the source is no file of decimals")

Float64 = NDArray[np.float64]
Scale = Literal["none", "minmax", "standard"]
Dtype = Literal["float64", "float32"]


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers as they come from a file or a generator, in the data's own units.

    Attributes
    ----------
    X : ndarray of shape (n_samples, n_features)
        Float64.
    y : ndarray of shape (n_samples,)
        Float64.
    features : tuple of str
        One name a column of ``X``.
    target : str
        The name of ``y``.
    dropped_rows : int
        Rows left out because a value was missing.
    facts : mapping
        What else the source knows and a reader may want (a generator's true coefficients, say).
    rows : Rows or None
        Rows read, used and left out; None means that all are used, `dropped_rows` aside. `row_count` is never None.
    said : tuple of str
        What reading took for granted, a sentence each: to be shown beside the results.
    decimals : Decimals
        The numbers exactly as the source writes them.
    weights : ndarray of shape (n_samples,) or None
        Of the rows, finite, at least 0.
    intercept : bool or None
        Whether a formula has an intercept; None where the dataset's option decides.
    """

    X: Float64
    y: Float64
    features: tuple[str, ...]
    target: str
    dropped_rows: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)
    rows: Rows | None = None
    said: tuple[str, ...] = ()
    decimals: Decimals = NOT_DECIMAL
    weights: Float64 | None = None
    intercept: bool | None = None

    @property
    def row_count(self) -> Rows:
        """The rows read, used and left out."""
        return self.rows or Rows(len(self.y) + self.dropped_rows, len(self.y))


@dataclass(frozen=True, eq=False)
class Scaling:
    """An affine map of the columns, ``scaled = raw * factor + shift``, and of the target.

    Attributes
    ----------
    factor, shift : ndarray of shape (n_features,)
    target_factor, target_shift : float
    """

    factor: Float64
    shift: Float64
    target_factor: float
    target_shift: float

    def original(self, coef: Float64, intercept: float) -> tuple[Float64, float]:
        """Coefficients of the scaled problem in the data's own units.

        From ``y*ft + st = sum_j (x_j*f_j + s_j)*b_j + b0`` follows ``y = x @ (f*b)/ft + (b0 + s @ b - st)/ft``.
        """
        return (
            self.factor * coef / self.target_factor,
            float((intercept + self.shift @ coef - self.target_shift) / self.target_factor),
        )


@dataclass(frozen=True, eq=False)
class Data:
    """A dataset made ready: the problem to fit and the rows kept back to test it on.

    Attributes
    ----------
    problem : Problem
        The training rows, scaled, in the dtype asked for.
    X_test, y_test : ndarray of shape (n_test, n_features) and (n_test,), or None
        The rows kept back, scaled by the training rows' scaling.
    scaling : Scaling
    table : Table
    train : ndarray of intp or None
        The rows of the table that the problem has; None for all.
    scaled : bool
        Whether anything was scaled, so that the problem's coefficients are not in the data's own units.
    """

    problem: Problem
    X_test: Array | None
    y_test: Array | None
    scaling: Scaling
    table: Table
    train: NDArray[np.intp] | None = None
    scaled: bool = False

    @property
    def n_samples(self) -> int:
        """Rows of the problem, those kept back not among them."""
        return int(self.problem.X.shape[0])

    @property
    def n_features(self) -> int:
        """Columns of the problem."""
        return int(self.problem.X.shape[1])

    @property
    def rows(self) -> Rows:
        """The rows read, used (those kept back among them) and left out."""
        return self.table.row_count

    @property
    def said(self) -> tuple[str, ...]:
        """What reading took for granted, a sentence each."""
        return self.table.said

    def decimals(self) -> DecimalColumns | None:
        """The problem's rows exactly as the source writes them; None where `Table.decimals` says why not."""
        read = self.table.decimals.read
        if read is None:
            return None
        return read(np.arange(len(self.table.y)) if self.train is None else self.train)


@dataclass(frozen=True, kw_only=True)
class Dataset(Options):
    """One source of data. A subclass's fields are its options; it lives in a file whose name is the dataset's.

    Attributes
    ----------
    scale : {"none", "minmax", "standard"}
        How the features are scaled: not, to [0, 1], or to mean 0 and deviation 1 (over n). The training rows decide.
        A constant column is shifted only.
    scale_target : {"same", "none", "minmax", "standard"}
        How the target is scaled; ``"same"`` as the features.
    test_size : float
        The share of rows kept back for the test loss, in [0, 1).
    seed : int
        Seed of the generator, where there is one, and of the train/test split.
    intercept : bool
        Whether the model has an intercept.
    l2 : float
        Weight of ``|coef|**2`` beside the mean squared error.
    l2_units : {"mean", "sklearn"}
        Whether ``l2`` stands beside the mean squared error, or is scikit-learn's ``alpha``, beside the sum of squares.
    data_digits : int
        Significant digits that the values carry, of which ``attainable`` makes what they determine; 0: all of them.
    """

    scale: Scale = "none"
    scale_target: Literal["same", "none", "minmax", "standard"] = "same"
    test_size: float = option(0.0, at_least=0)
    seed: int = option(0, at_least=0)
    intercept: bool = True
    l2: float = option(0.0, at_least=0)
    l2_units: Literal["mean", "sklearn"] = "mean"
    data_digits: int = option(0, at_least=0, at_most=17)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.test_size >= 1:
            raise ValueError(f"test_size: got {self.test_size}, wanted a share of the rows in [0, 1)")

    @abstractmethod
    def load(self) -> Table:
        """Read or make the table.

        Raises
        ------
        DatasetError
            When there is no such file or column, or what is there is not numbers.
        """

    @cached_property
    def table(self) -> Table:
        """The table, loaded once, checked to be finite and to have rows, read-only from then on.

        Raises
        ------
        DatasetError
            As `load`, and when there are no rows or a value is not finite.
        """
        table = self.load()
        _check(table)
        table.X.flags.writeable = table.y.flags.writeable = False
        if table.weights is not None:
            table.weights.flags.writeable = False
        return table

    def check_files(self) -> None:
        """See that the files it reads are there, without reading them.

        Raises
        ------
        DatasetError
            When one is missing. A dataset that reads none has nothing to say.
        """

    def penalty(self, n_samples: int) -> float:
        """The weight of ``|coef|**2`` beside the mean squared error of so many training rows."""
        return self.l2 / n_samples if self.l2_units == "sklearn" else self.l2

    def certified(self) -> Certified | None:
        """What an outside authority certifies of the decimal data, with these options; None where none does."""
        return None

    def data(self, dtype: Dtype = "float64") -> Data:
        """Split, scale in float64, then cast.

        Raises
        ------
        DatasetError
            As `table`, when the split leaves no training rows, when a column's range is too wide or too narrow to be
            scaled, and when a value overflows ``dtype``.
        """
        table = self.table
        if table.weights is not None:
            raise DatasetError("weights: no backend fits with weights yet; leave them out, or repeat the rows")
        train, test = self._split(len(table.y))
        target_scale = self.scale if self.scale_target == "same" else self.scale_target
        factor, shift = _affine(self.scale, table.X[train], table.features)
        target_factor, target_shift = _affine(target_scale, table.y[train][:, None], (table.target,))
        scaling = Scaling(factor, shift, float(target_factor[0]), float(target_shift[0]))

        def ready(rows: NDArray[np.intp] | slice) -> tuple[Array, Array]:
            X = _cast(_scaled(table.X[rows], factor, shift, self.scale), dtype)
            y = _cast(_scaled(table.y[rows], scaling.target_factor, scaling.target_shift, target_scale), dtype)
            return X, y

        X, y = ready(train)
        X_test, y_test = (None, None) if test is None else ready(test)
        intercept = self.intercept if table.intercept is None else table.intercept
        rows = None if isinstance(train, slice) else train
        scaled = self.scale != "none" or target_scale != "none"
        return Data(Problem(X, y, intercept, self.penalty(len(y))), X_test, y_test, scaling, table, rows, scaled)

    def _split(self, n: int) -> tuple[NDArray[np.intp] | slice, NDArray[np.intp] | None]:
        n_test = round(n * self.test_size)
        if n_test == 0:
            return slice(None), None
        if n_test >= n:
            raise DatasetError(f"test_size {self.test_size} leaves no training row of {n}; lower it")
        stream = np.random.default_rng([self.seed, 1])  # not a generator's own stream, lest the rows choose themselves
        order = stream.permutation(n)
        return np.sort(order[n_test:]), np.sort(order[:n_test])


def _check(table: Table) -> None:
    n = len(table.y)
    if n == 0:
        dropped = f" ({table.dropped_rows} had a missing value)" if table.dropped_rows else ""
        raise DatasetError(f"no rows left to fit{dropped}; give data with at least one complete row")
    if np.isfinite(table.X).all() and np.isfinite(table.y).all():
        return
    for name, column in [*zip(table.features, table.X.T, strict=True), (table.target, table.y)]:
        bad = int(np.count_nonzero(~np.isfinite(column)))
        if bad:
            raise DatasetError(f"column {name!r} holds {bad} NaN or infinite of {n} values, wanted finite numbers")


def _affine(scale: Scale, X: Float64, names: Sequence[str]) -> tuple[Float64, Float64]:
    """Factor and shift of each column, as scikit-learn's MinMaxScaler and StandardScaler have them."""
    if scale == "none":
        return np.ones(X.shape[1]), np.zeros(X.shape[1])
    low, high = X.min(axis=0), X.max(axis=0)
    constant = low == high  # and not a deviation of 0, which rounding in the mean can make 1e-17
    with np.errstate(all="ignore"):
        spread, centre = (high - low, low) if scale == "minmax" else (X.std(axis=0), X.mean(axis=0))
        factor = 1.0 / np.where(constant, 1.0, spread)
        shift = np.where(constant, -low, -centre * factor)
    unfit = np.flatnonzero(~(np.isfinite(factor) & np.isfinite(shift) & (factor > 0)))
    if len(unfit):
        j = unfit[0]
        raise DatasetError(f"column {names[j]!r}, from {low[j]:g} to {high[j]:g}, has no {scale} scaling in float64")
    return factor, shift


def _scaled(values: Float64, factor: Float64 | float, shift: Float64 | float, scale: Scale) -> Float64:
    if scale == "none":
        return values
    out: Float64 = values * factor
    out += shift
    return out


def _cast(values: Float64, dtype: Dtype) -> Array:
    """Read-only and in C order; no copy where the values are so already."""
    with np.errstate(over="ignore"):
        out = np.ascontiguousarray(values, dtype=dtype).view()
    if not np.isfinite(out).all():
        raise DatasetError(
            f"a value up to {np.abs(values).max():g} does not fit {dtype}; scale the data or use float64"
        )
    out.flags.writeable = False
    return out
