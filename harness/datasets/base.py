"""Shared by all datasets: turning a table into a scaled, split problem, and coefficients back into its units."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from backends.base import Array, Options, Problem, ProblemStack, option
from harness.datasets._blocks import Blocks, FileStamps, RowBlock
from harness.datasets._certified import Certified
from harness.datasets._decimal_columns import DecimalColumns, Decimals
from harness.datasets._grouping import NONE, Groups, Keys, Window, check_grouping, grouping
from harness.datasets._reading.decimals import is_decimal
from harness.datasets._rows import LeftOut, Rows
from harness.datasets._scaling import Dtype, Extent, Float64, Scale, Scaling, affine, apply, cast_to, extent
from harness.errors import DatasetError

__all__ = [
    "Blocks",
    "Certified",
    "Data",
    "Dataset",
    "DecimalColumns",
    "Decimals",
    "Dtype",
    "Float64",
    "LeftOut",
    "RowBlock",
    "Rows",
    "Scale",
    "Scaling",
    "Table",
    "is_decimal",
]

NOT_DECIMAL = Decimals(None, "the source is no file of decimals")


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers from a file or a generator, in the data's own units."""

    X: Float64
    """Of shape (n_samples, n_features), float64."""
    y: Float64
    """Of shape (n_samples,), float64."""
    features: tuple[str, ...]
    """One name per column of ``X``."""
    target: str
    """The name of ``y``."""
    dropped_rows: int = 0
    """Rows left out because a value was missing."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Further facts about the source, such as a generator's true coefficients."""
    rows: Rows | None = None
    """Rows read, used and left out; None if all but ``dropped_rows`` are used. `row_count` is never None."""
    said: tuple[str, ...] = ()
    """Assumptions made in reading, one sentence each, to show with the results."""
    decimals: Decimals = NOT_DECIMAL
    """The numbers exactly as the source writes them."""
    weights: Float64 | None = None
    """Of shape (n_samples,). Weights of the rows, finite, at least 0."""
    intercept: bool | None = None
    """Whether the formula has an intercept; None if the dataset's option decides."""
    groups: Keys | None = None
    """Each row's group, if columns of the source define groups."""

    @property
    def row_count(self) -> Rows:
        """The rows read, used and left out."""
        return self.rows or Rows(len(self.y) + self.dropped_rows, len(self.y))


@dataclass(frozen=True, eq=False)
class Data:
    """A dataset ready to fit: the problem, and the rows held out to test it on."""

    problem: Problem
    """The training rows, scaled, in the requested dtype."""
    X_test: Array | None
    y_test: Array | None
    """``X_test`` and ``y_test``: of shape (n_test, n_features) and (n_test,). The held-out rows, with the scaling of
    the training rows."""
    scaling: Scaling
    table: Table
    train: NDArray[np.intp] | None = None
    """The problem's rows of the table; None for all."""
    scaled: bool = False
    """Whether anything was scaled, so that the problem's coefficients are not in the data's units."""
    ranges: NDArray[np.int64] | None = None
    """Of shape (n_problems, 2). The first row of each of many problems, and one beyond its last; None for a single
    problem. See `stack`."""
    weights_test: Float64 | None = None
    """Of shape (n_test,). Weights of the held-out rows."""
    group_names: NDArray[np.str_] | None = None
    """Of shape (n_problems,). The name of each problem's group, if columns of the source define groups."""

    @property
    def stack(self) -> ProblemStack | None:
        """The many problems that the rows form; None if they form one."""
        if self.ranges is None:
            return None
        whole = self.problem
        return ProblemStack(whole.X, whole.y, whole.intercept, whole.l2, self.ranges)

    @property
    def n_samples(self) -> int:
        """Rows of the problem, without those held out."""
        return int(self.problem.X.shape[0])

    @property
    def n_features(self) -> int:
        """Columns of the problem."""
        return int(self.problem.X.shape[1])

    @property
    def rows(self) -> Rows:
        """The rows read, used (including those held out) and left out."""
        return self.table.row_count

    @property
    def said(self) -> tuple[str, ...]:
        """Assumptions made in reading, one sentence each."""
        return self.table.said

    def decimals(self) -> DecimalColumns | None:
        """The problem's rows exactly as the source writes them; None for the reason in `Table.decimals`."""
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
        Scaling of the features: none, to [0, 1], or to mean 0 and deviation 1 (over n), by the training rows and
        without regard to weights. A constant column is only shifted.
    scale_target : {"same", "none", "minmax", "standard"}
        Scaling of the target; ``"same"`` as the features.
    test_size : float
        The share of rows held out for the test loss, in [0, 1).
    seed : int
        Seed of the generator, if there is one, and of the train/test split.
    random_state : int or "none"
        Splits like scikit-learn's ``train_test_split`` with this seed: the same rows are held out.
    intercept : bool
        Whether the model has an intercept.
    l2 : float
        Weight of ``|coef|**2`` beside the mean squared error.
    l2_units : {"mean", "sklearn", "glmnet"}
        The convention of ``l2``: ``"mean"`` stands beside the mean squared error; ``"sklearn"`` is ``Ridge``'s
        ``alpha``, beside the sum of squares; ``"glmnet"`` is its ``lambda``, half of which stands beside half the mean
        squared error (Friedman, Hastie and Tibshirani 2010, J. Stat. Softw. 33(1), eq. 1 with alpha = 0). glmnet itself
        first divides columns and target by their deviations (over n), and ``lambda`` by the target's; the same here
        takes ``scale = "standard"`` and a lambda divided by hand.
    data_digits : int
        Significant digits of the values, from which ``attainable`` derives the digits that they determine; 0: all.
    groups : int, str, tuple of str or "none"
        Fit each group of rows: a number of groups of about equal size, in the order of the rows, or, for a file, the
        rows with equal values in these columns.
    window : int or "none"
        Fit each window of this many consecutive rows, within a group if there are groups.
    """

    groups_by_columns: ClassVar[bool] = False

    scale: Scale = "none"
    scale_target: Literal["same", "none", "minmax", "standard"] = "same"
    test_size: float = option(0.0, at_least=0)
    seed: int = option(0, at_least=0)
    random_state: int | Literal["none"] = option("none", at_least=0, at_most=2**32 - 1)
    intercept: bool = True
    l2: float = option(0.0, at_least=0)
    l2_units: Literal["mean", "sklearn", "glmnet"] = "mean"
    data_digits: int = option(0, at_least=0, at_most=17)
    groups: Groups = NONE
    window: Window = option("none", at_least=1)  # noqa: RUF009 - a field

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.test_size >= 1:
            raise ValueError(f"test_size: got {self.test_size}, wanted a share of the rows in [0, 1)")
        if self.random_state != NONE and not self.test_size:
            raise ValueError(f"random_state: got {self.random_state} without test_size, wanted a test_size above 0 too")
        check_grouping(self.groups, self.window, getattr(self, "n_samples", None), named=self.groups_by_columns)
        if self.many and self.test_size:
            raise ValueError(f"test_size: got {self.test_size} beside groups or a window, wanted 0")
        if self.many and self.l2_units == "sklearn" and self.l2:
            raise ValueError('l2_units: got "sklearn" beside groups or a window, wanted "mean"')
        if self.many and (weights := getattr(self, "weights", "")):
            raise ValueError(f"weights: got {weights!r} beside groups or a window, wanted none")

    @property
    def many(self) -> bool:
        """Whether the rows form many problems."""
        return self.groups != NONE or self.window != NONE

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
        """The table: loaded once, checked to have rows and finite values, and read-only.

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

    def blocks(self) -> Blocks | None:
        """The rows in blocks, for data larger than memory; None if it is only loaded whole.

        Raises
        ------
        DatasetError
            When there is no such file or column, or what is there is not numbers.
        """
        return None

    def expected_bytes(self) -> int:
        """An estimate of the rows' memory in bytes, if `blocks` gives them; 0 if unknown."""
        return 0

    def source(self) -> FileStamps | None:
        """The files that its rows come from, in their present state; None if changes could not be detected.

        The same options and the same source give the same rows in the same order.
        """
        return ()

    def check_files(self) -> None:
        """Check that its files exist, without reading them.

        Raises
        ------
        DatasetError
            When one is missing.
        """

    def penalty(self, rows: float) -> float:
        """The weight of ``|coef|**2`` beside the mean squared error, for this many training rows (or weights)."""
        return self.l2 / rows if self.l2_units == "sklearn" else self.l2

    def certified(self) -> Certified | None:
        """Certified values for the decimal data with these options; None if there are none."""
        return None

    def data(self, dtype: Dtype = "float64") -> Data:
        """Split, scale in float64, then cast.

        Raises
        ------
        DatasetError
            As `table`, when the split leaves no training rows or no weight, when a column's range is too wide or too
            narrow to be scaled, and when a value overflows ``dtype``.
        """
        table = self.table
        train, test = self._split(len(table.y))
        many = grouping(self.groups, self.window, len(table.y), table.groups)
        if many.order is not None:
            train = many.order
        scaling = self.scaling_of(
            extent(table.X[train], self.scale), extent(table.y[train][:, None], self.target_scale), table
        )

        def ready(rows: NDArray[np.intp] | slice) -> tuple[Array, Array]:
            X, y = self.scaled(table.X[rows], table.y[rows], scaling)
            return cast_to(X, dtype), cast_to(y, dtype)

        X, y = ready(train)
        X_test, y_test = (None, None) if test is None else ready(test)
        rows = None if isinstance(train, slice) else train
        weights = _weights(table, train, "no training row")
        weights_test = None if test is None else _weights(table, test, "no row kept back")
        problem = self.problem_of(table, X, y, weights)
        return Data(problem, X_test, y_test, scaling, table, rows, self.scales, many.ranges, weights_test, many.names)

    @property
    def target_scale(self) -> Scale:
        """How the target is scaled."""
        return self.scale if self.scale_target == "same" else self.scale_target

    @property
    def scales(self) -> bool:
        """Whether anything is scaled."""
        return self.scale != "none" or self.target_scale != "none"

    def scaling_of(self, features: Extent, target: Extent, table: Table) -> Scaling:
        """The scaling for columns with these statistics.

        Raises
        ------
        DatasetError
            When a column's range is too wide or too narrow.
        """
        factor, shift = affine(self.scale, features, table.features)
        target_factor, target_shift = affine(self.target_scale, target, (table.target,))
        return Scaling(factor, shift, float(target_factor[0]), float(target_shift[0]))

    def scaled(self, X: Float64, y: Float64, scaling: Scaling) -> tuple[Float64, Float64]:
        """Scaled rows in float64; the same arrays if nothing is scaled."""
        return (
            X if self.scale == "none" else apply(X, scaling.factor, scaling.shift),
            y if self.target_scale == "none" else apply(y, scaling.target_factor, scaling.target_shift),
        )

    def problem_of(self, table: Table, X: Array, y: Array, weights: Float64 | None = None) -> Problem:
        """The problem over scaled rows."""
        intercept = self.intercept if table.intercept is None else table.intercept
        return Problem(X, y, intercept, self.penalty(len(y) if weights is None else math.fsum(weights)), weights)

    def _split(self, n: int) -> tuple[NDArray[np.intp] | slice, NDArray[np.intp] | None]:
        n_test = self.kept_back(n)
        if n_test == 0:
            return slice(None), None
        order = self.split_stream().permutation(n)
        return np.sort(order[n_test:]), np.sort(order[:n_test])

    def kept_back(self, n: int) -> int:
        """The number of held-out rows of n: they come first in the order that `split_stream` shuffles.

        Raises
        ------
        DatasetError
            When no training row is left.
        """
        n_test = round(n * self.test_size) if self.random_state == NONE else math.ceil(n * self.test_size)
        if n_test >= n > 0:
            raise DatasetError(f"test_size {self.test_size} leaves no training row of {n}; lower it")
        return n_test

    def split_stream(self) -> np.random.Generator | np.random.RandomState:
        """The stream that shuffles the rows; separate from a generator's, so that split and data are independent."""
        if isinstance(self.random_state, int):
            return np.random.RandomState(self.random_state)
        return np.random.default_rng([self.seed, 1])


def _weights(table: Table, rows: NDArray[np.intp] | slice, none: str) -> Float64 | None:
    """The weights of some rows, read-only.

    Raises
    ------
    DatasetError
        When they are all 0, so that there is nothing to fit, or to test on.
    """
    if table.weights is None:
        return None
    weights = table.weights[rows]
    if not weights.any():
        raise DatasetError(f"{none} has a weight above 0; change test_size or seed")
    weights.flags.writeable = False
    return weights


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
