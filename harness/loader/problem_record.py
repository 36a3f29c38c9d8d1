"""What a run file keeps of a problem: its size, its scaling, and some of its rows for plots."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.datasets.base import Data, Dtype, Table
from harness.results import DataSample, ProblemRecord

__all__ = ["problem_record"]

MOST_ROWS = 300
"""Of a dataset that are kept; of more, so many at random, always the same ones."""

MOST_NUMBERS = 6000
"""Of a dataset that are kept: with many columns, fewer rows are."""


def problem_record(label: str, dtype: Dtype, data: Data, fingerprint: str) -> ProblemRecord:
    """The record of a problem.

    Parameters
    ----------
    label : str
        Of the dataset, with its options.
    dtype : str
    data : Data
        The dataset, made ready.
    fingerprint : str
        Of the problem as fitted.
    """
    n, p = data.problem.X.shape
    table, scaling = data.table, data.scaling
    return ProblemRecord(
        dataset_label=label,
        dtype=dtype,
        data=fingerprint,
        n_samples=n,
        n_features=p,
        features=table.features,
        target=table.target,
        rows_left_out=table.dropped_rows,
        factor=tuple(scaling.factor.tolist()),
        shift=tuple(scaling.shift.tolist()),
        target_factor=float(scaling.target_factor),
        target_shift=float(scaling.target_shift),
        sample=_sample(table),
    )


def _sample(table: Table) -> DataSample | None:
    """Some rows, in the data's own units; None of a table so wide that they would say nothing."""
    n, p = table.X.shape
    most = min(MOST_ROWS, MOST_NUMBERS // (p + 1))
    if most < 2:
        return None
    kept = _thinned(n, most)
    return DataSample(
        X=tuple(tuple(row) for row in table.X[kept].tolist()),
        y=tuple(table.y[kept].tolist()),
        low=tuple(table.X.min(axis=0).tolist()),
        high=tuple(table.X.max(axis=0).tolist()),
    )


def _thinned(rows: int, most: int) -> NDArray[np.intp]:
    """The indices of the rows to keep, rising."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).choice(rows, most, replace=False))
