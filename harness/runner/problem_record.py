"""What a run file keeps of a problem: its size, its scaling, and some of its rows for plots."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.config import Case
from harness.datasets.base import Data, Table
from harness.reference.decimals import CertifiedEstimates
from harness.results import DataSample, ProblemRecord

__all__ = ["problem_record"]

NOT_CERTIFIED = CertifiedEstimates(None, "none")

MOST_ROWS = 300
"""Of a dataset that are kept; of more, so many at random, always the same ones."""

MOST_NUMBERS = 6000
"""Of a dataset that are kept: with many columns, fewer rows are."""


def problem_record(
    case: Case,
    data: Data,
    fingerprint: str,
    certified: CertifiedEstimates = NOT_CERTIFIED,
    reading_digits: float | None = None,
) -> ProblemRecord:
    """The record of a case's problem.

    Parameters
    ----------
    case : Case
    data : Data
        Its dataset, made ready in its dtype.
    fingerprint : str
        Of the problem as fitted.
    certified : CertifiedEstimates
        The exact answer to the data as written.
    reading_digits : float or None
        What reading the data left of it.
    """
    n, p = data.problem.X.shape
    table, scaling = data.table, data.scaling
    return ProblemRecord(
        dataset_label=case.dataset.label,
        dtype=case.dtype,
        data=fingerprint,
        n_samples=n,
        n_features=p,
        features=table.features,
        target=table.target,
        rows_read=data.rows.read,
        rows_left_out=data.rows.dropped,
        left_out={each.column: each.rows for each in data.rows.left_out},
        said=data.said,
        certified_by=certified.source,
        why_not_certified=certified.why_not,
        reading_digits=reading_digits,
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
