"""The record of a problem for a run file: its size, its scaling, and some of its rows for plots.

It is made as JSON values with the fields of `harness.results.ProblemRecord`, as importing that would slow down the
process that loads data, and a run waits for it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.datasets.base import Data, Dtype, Table

MOST_ROWS = 300
"""Most rows that are kept: a random sample, always the same."""

MOST_NUMBERS = 6000
"""Most numbers that are kept: with many columns, fewer rows."""


def problem_values(label: str, dtype: Dtype, data: Data) -> dict[str, Any]:
    """The record of a problem, without its fingerprint.

    Parameters
    ----------
    label : str
        The dataset's label.
    data : Data
        The prepared dataset.
    """
    n, p = data.problem.X.shape
    table, scaling = data.table, data.scaling
    return {
        "dataset_label": label,
        "dtype": dtype,
        "data": "",
        "n_samples": n,
        "n_features": p,
        "features": table.features,
        "target": table.target,
        "rows_read": data.rows.read,
        "rows_left_out": data.rows.dropped,
        "left_out": {each.column: each.rows for each in data.rows.left_out},
        "said": data.said,
        "factor": scaling.factor.tolist(),
        "shift": scaling.shift.tolist(),
        "target_factor": float(scaling.target_factor),
        "target_shift": float(scaling.target_shift),
        "sample": _sample(table),
        **({} if data.ranges is None else {"many": _many(data.ranges)}),
    }


def _many(ranges: NDArray[np.int64]) -> dict[str, int]:
    lengths = ranges[:, 1] - ranges[:, 0]
    return {"fits": len(ranges), "fewest_rows": int(lengths.min()), "most_rows": int(lengths.max())}


def _sample(table: Table) -> dict[str, Any] | None:
    """Some rows, in the data's own units; None for a table too wide for that."""
    n, p = table.X.shape
    most = min(MOST_ROWS, MOST_NUMBERS // (p + 1))
    if most < 2:
        return None
    kept = _thinned(n, most)
    return {
        "X": table.X[kept].tolist(),
        "y": table.y[kept].tolist(),
        "low": table.X.min(axis=0).tolist(),
        "high": table.X.max(axis=0).tolist(),
    }


def _thinned(rows: int, most: int) -> NDArray[np.intp]:
    """The indices of the rows to keep, ascending."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).choice(rows, most, replace=False))
