"""What a run file keeps of a problem."""

from typing import Any

import numpy as np
import pytest

from harness.datasets.base import Data, Dataset, Table
from harness.loader.problem_values import MOST_NUMBERS, MOST_ROWS, problem_values
from harness.records import from_json, json_text
from harness.results import ProblemRecord


def record_of(data: Data) -> ProblemRecord:
    """The record as it comes out of the pipe."""
    return from_json(ProblemRecord, json_text(problem_values("random", "float64", data)))


class Random(Dataset):
    """A table of random numbers."""

    def __init__(self, rows: int, columns: int, **options: Any) -> None:
        super().__init__(**options)
        object.__setattr__(self, "shape", (rows, columns))

    def load(self) -> Table:
        rows, columns = self.shape  # type: ignore[attr-defined]
        rng = np.random.default_rng(7)
        names = tuple(f"x{i}" for i in range(columns))
        return Table(rng.normal(size=(rows, columns)), rng.normal(size=rows), names, "y")


def test_a_record_scales_coefficients_back_and_has_the_rows_in_their_own_units() -> None:
    data = Random(50, 3, scale="minmax", test_size=0.2).data("float64")
    record = record_of(data)
    assert (record.n_samples, record.n_features, record.dataset_label) == (40, 3, "random")
    assert record.sample is not None
    assert np.array_equal(record.sample.X, data.table.X)
    assert np.array_equal(record.sample.low, data.table.X.min(axis=0))
    coef, intercept = data.scaling.original(np.array([1.0, 2.0, 3.0]), 0.5)
    original, original_intercept = record.original((1.0, 2.0, 3.0), 0.5)
    assert original == pytest.approx(tuple(coef))
    assert original_intercept == pytest.approx(intercept)


@pytest.mark.parametrize(("rows", "columns"), [(1000, 1), (1000, 40), (400, 2500)])
def test_few_rows_of_a_large_table_are_kept_always_the_same(rows: int, columns: int) -> None:
    data = Random(rows, columns).data("float64")
    sample = record_of(data).sample
    assert sample is not None
    assert 2 <= len(sample.y) <= MOST_ROWS
    assert len(sample.y) * (columns + 1) <= MOST_NUMBERS
    again = record_of(data).sample
    assert again == sample
    everything = {tuple(row) for row in data.table.X.tolist()}
    assert set(sample.X) <= everything


def test_a_table_too_wide_to_show_has_no_sample() -> None:
    assert record_of(Random(3, 4000).data("float64")).sample is None
