"""What every dataset shares: scaling, splitting, casting, and what is refused."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from harness.datasets.base import Dataset, Table
from harness.errors import DatasetError

Float64 = NDArray[np.float64]
law = settings(deadline=None, max_examples=50, derandomize=True)


@dataclass(frozen=True, kw_only=True)
class Given(Dataset):
    """A dataset that is what the test says."""

    X: Float64 = field(compare=False)
    y: Float64 = field(compare=False)
    dropped: int = 0

    def load(self) -> Table:
        names = tuple(f"x{j}" for j in range(self.X.shape[1]))
        return Table(self.X.copy(), self.y.copy(), names, "y", dropped_rows=self.dropped)


def rows(n: int, p: int = 1) -> Given:
    """Rows that carry their numbers."""
    ids = np.arange(n, dtype=np.float64)
    return Given(X=np.tile(ids[:, None], p), y=-ids)


numbers = st.floats(-1e6, 1e6, width=32)
tables = st.integers(1, 12).flatmap(
    lambda n: st.integers(1, 3).flatmap(
        lambda p: st.tuples(arrays(np.float64, (n, p), elements=numbers), arrays(np.float64, n, elements=numbers))
    )
)
scales = st.sampled_from(["none", "minmax", "standard"])


@law
@given(table=tables, scale=scales, scale_target=scales, coef=arrays(np.float64, 3, elements=st.floats(-2, 2)))
def test_original_coefficients_predict_the_same_in_raw_units(
    table: tuple[Float64, Float64], scale: str, scale_target: str, coef: Float64
) -> None:
    X, y = table
    data = Given(X=X, y=y, scale=scale, scale_target=scale_target).data()  # type: ignore[arg-type]
    b, intercept, scaling = coef[: X.shape[1]], 0.75, data.scaling
    raw_coef, raw_intercept = scaling.original(b, intercept)
    wanted = data.problem.X @ b + intercept
    got = (X @ raw_coef + raw_intercept) * scaling.target_factor + scaling.target_shift
    # The sums above cancel; what rounding may leave is in proportion to their largest term.
    terms = np.abs(X * scaling.factor * b).max() + np.abs(scaling.shift * b).max() + abs(scaling.target_shift) + 1
    assert_allclose(got, wanted, rtol=0, atol=1e-13 * terms)


@law
@given(table=tables)
def test_minmax_is_zero_to_one_and_standard_is_mean_zero_deviation_one(table: tuple[Float64, Float64]) -> None:
    X, y = table
    low_high = Given(X=X, y=y, scale="minmax").data().problem
    centred = Given(X=X, y=y, scale="standard").data().problem
    for j in range(X.shape[1]):
        size, spread = np.abs(X[:, j]).max(), np.ptp(X[:, j])
        if spread == 0:
            assert_array_equal(low_high.X[:, j], 0.0)
            assert_array_equal(centred.X[:, j], 0.0)
            continue
        tolerance = 1e-14 * (1 + size / spread)
        assert_allclose([low_high.X[:, j].min(), low_high.X[:, j].max()], [0, 1], atol=tolerance)
        assert_allclose([centred.X[:, j].mean(), centred.X[:, j].std()], [0, 1], atol=10 * len(X) * tolerance)


@law
@given(n=st.integers(1, 60), test_size=st.floats(0, 0.95), seed=st.integers(0, 5))
def test_a_split_is_disjoint_complete_and_in_order(n: int, test_size: float, seed: int) -> None:
    dataset = Given(X=rows(n).X, y=rows(n).y, test_size=test_size, seed=seed)
    n_test = round(n * test_size)
    if n_test == n:
        with pytest.raises(DatasetError, match="leaves no training row"):
            dataset.data()
        return
    data = dataset.data()
    assert (data.X_test is None) == (n_test == 0)
    test = np.empty((0, 1)) if data.X_test is None else data.X_test
    assert len(test) == n_test
    for part in (data.problem.X, test):
        assert (np.diff(part[:, 0]) > 0).all()
    assert_array_equal(np.sort(np.concatenate([data.problem.X, test])[:, 0]), np.arange(n))
    assert_array_equal(data.problem.y, -data.problem.X[:, 0])


def test_the_seed_decides_the_split() -> None:
    def kept(seed: int) -> list[float]:
        test = Given(X=rows(100).X, y=rows(100).y, test_size=0.25, seed=seed).data().X_test
        assert test is not None
        return list(test[:, 0])

    assert kept(1) == kept(1)
    assert kept(1) != kept(2)


@law
@given(n=st.integers(2, 300), test_size=st.floats(0.01, 0.95), random_state=st.integers(0, 2**32 - 1))
def test_scikit_learns_random_state_keeps_back_its_rows(n: int, test_size: float, random_state: int) -> None:
    train_test_split = pytest.importorskip("sklearn.model_selection").train_test_split
    dataset = Given(X=rows(n).X, y=rows(n).y, test_size=test_size, random_state=random_state)
    if math.ceil(n * test_size) == n:
        with pytest.raises(DatasetError, match="leaves no training row"):
            dataset.data()
        return
    train, test = train_test_split(np.arange(n), test_size=test_size, random_state=random_state)
    data = dataset.data()
    assert data.X_test is not None
    assert_array_equal(data.problem.X[:, 0], np.sort(train))
    assert_array_equal(data.X_test[:, 0], np.sort(test))


@pytest.mark.parametrize("scale", ["minmax", "standard"])
def test_training_rows_alone_decide_the_scaling(scale: str) -> None:
    X = np.random.default_rng(0).normal(5, 3, (40, 2))
    raw = Given(X=X, y=X[:, 0], test_size=0.5, seed=3).data()
    data = Given(X=X, y=X[:, 0], test_size=0.5, seed=3, scale=scale).data()  # type: ignore[arg-type]
    train, test = raw.problem.X, raw.X_test
    assert test is not None
    assert data.X_test is not None
    assert data.y_test is not None
    shift, spread = (train.min(0), np.ptp(train, 0)) if scale == "minmax" else (train.mean(0), train.std(0))
    assert_allclose(data.problem.X, (train - shift) / spread, atol=1e-14)
    assert_allclose(data.X_test, (test - shift) / spread, atol=1e-14)
    assert_allclose(data.y_test, ((test - shift) / spread)[:, 0], atol=1e-14)


def test_the_target_has_a_scale_of_its_own() -> None:
    X, y = np.array([[0.0], [10.0]]), np.array([3.0, 5.0])
    problem = Given(X=X, y=y, scale="minmax", scale_target="none").data().problem
    assert_array_equal(problem.X, [[0], [1]])
    assert_array_equal(problem.y, y)
    problem = Given(X=X, y=y, scale_target="standard").data().problem
    assert_array_equal(problem.X, X)
    assert_array_equal(problem.y, [-1, 1])


@pytest.mark.parametrize("scale", ["minmax", "standard"])
def test_a_constant_column_becomes_zero_even_where_its_mean_rounds(scale: str) -> None:
    X = np.column_stack([np.full(1000, 0.1), np.arange(1000.0)])
    assert X[:, 0].std() != 0, "the deviation that NumPy computes is not 0, which makes this case"
    data = Given(X=X, y=X[:, 1], scale=scale).data()  # type: ignore[arg-type]
    assert_array_equal(data.problem.X[:, 0], 0.0)
    assert (data.scaling.factor[0], data.scaling.shift[0]) == (1.0, -0.1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("scale", ["none", "standard"])
def test_problems_are_read_only_c_ordered_and_of_the_dtype(dtype: str, scale: str) -> None:
    X = np.asfortranarray(np.random.default_rng(0).normal(size=(30, 3)))
    data = Given(X=X, y=X[:, 1], test_size=0.2, scale=scale, l2=0.5, intercept=False).data(dtype)  # type: ignore[arg-type]
    assert (data.problem.intercept, data.problem.l2) == (False, 0.5)
    assert data.X_test is not None
    for array in (data.problem.X, data.problem.y, data.X_test):
        assert array.dtype == dtype
        assert array.flags.c_contiguous
        assert not array.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_unscaled_float64_is_not_copied_and_the_table_cannot_be_written() -> None:
    dataset = rows(10, 2)
    assert np.shares_memory(dataset.data().problem.X, dataset.table.X)
    assert dataset.table is dataset.table
    with pytest.raises(ValueError, match="read-only"):
        dataset.table.X[0, 0] = 1


def test_scaling_is_done_in_float64_then_cast() -> None:
    X = 1e9 + np.arange(5.0)[:, None]
    assert_array_equal(Given(X=X, y=X[:, 0], scale="minmax").data("float32").problem.y, [0, 0.25, 0.5, 0.75, 1])


def test_what_does_not_fit_float32_is_refused() -> None:
    X = np.array([[1.0], [1e39]])
    with pytest.raises(DatasetError, match=r"1e\+39 does not fit float32; scale the data or use float64"):
        Given(X=X, y=np.ones(2)).data("float32")
    assert Given(X=X, y=np.ones(2)).data().problem.X[1, 0] == 1e39


def test_no_rows() -> None:
    with pytest.raises(DatasetError, match="no rows left to fit; give"):
        rows(0).data()
    with pytest.raises(DatasetError, match=r"no rows left to fit \(7 had a missing value\)"):
        Given(X=np.empty((0, 1)), y=np.empty(0), dropped=7).data()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_named_by_column(bad: float) -> None:
    X, y = np.ones((4, 2)), np.ones(4)
    X[1, 1] = X[2, 1] = bad
    with pytest.raises(DatasetError, match="column 'x1' holds 2 NaN or infinite of 4 values"):
        Given(X=X, y=y).data()
    y[0] = bad
    with pytest.raises(DatasetError, match="column 'y' holds 1 NaN"):
        Given(X=np.ones((4, 2)), y=y).data()


@pytest.mark.parametrize("scale", ["minmax", "standard"])
@pytest.mark.parametrize("ends", [(-1e308, 1e308), (0.0, 5e-324)])
def test_a_range_that_float64_cannot_scale_is_refused(scale: str, ends: tuple[float, float]) -> None:
    X = np.array([[0.0, ends[0]], [1.0, ends[1]]])
    with pytest.raises(DatasetError, match=f"column 'x1', from .* has no {scale} scaling in float64"):
        Given(X=X, y=np.arange(2.0), scale=scale).data()  # type: ignore[arg-type]
    with pytest.raises(DatasetError, match="column 'y'"):
        Given(X=X[:, :1], y=X[:, 1], scale_target=scale).data()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"test_size": 1.0}, r"test_size: got 1.0, wanted a share of the rows in \[0, 1\)"),
        ({"random_state": 42}, "random_state: got 42 without test_size, wanted a test_size above 0 too"),
        ({"test_size": -0.1}, "test_size: got -0.1, wanted a number at least 0"),
        ({"seed": -1}, "seed: got -1"),
        ({"l2": float("nan")}, "l2: got nan, wanted a finite number"),
    ],
)
def test_options_out_of_bounds(options: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Given(X=np.ones((1, 1)), y=np.ones(1), **options)  # type: ignore[arg-type]


def test_nothing_is_certified_unless_an_authority_does() -> None:
    assert rows(3).certified() is None


def test_a_penalty_in_scikit_learns_units_is_over_the_number_of_training_rows() -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    from backends.sklearn_ridge import SklearnRidge
    from harness.datasets.advertising import Advertising

    problem = Advertising(l2=7.0, l2_units="sklearn", test_size=0.25).data().problem
    assert problem.l2 == 7.0 / len(problem.y) == 7.0 / 150
    backend = SklearnRidge()
    theirs = linear.Ridge(alpha=7.0).fit(problem.X, problem.y)
    np.testing.assert_allclose(backend.solve(backend.prepare(problem, "cpu")).coef, theirs.coef_, rtol=1e-10)


WEIGHED = "a,y,w\n" + "".join(f"{i},{i * i % 7},{i % 3}\n" for i in range(20))


def test_a_penalty_in_glmnets_units_is_what_elastic_net_minimises() -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    from backends.sklearn_ridge import SklearnRidge
    from harness.datasets.advertising import Advertising

    problem = Advertising(features=("TV", "Radio"), l2=7.0, l2_units="glmnet").data().problem
    backend = SklearnRidge()
    ours = backend.solve(backend.prepare(problem, "cpu")).coef
    theirs = linear.ElasticNet(alpha=7.0, l1_ratio=0, tol=1e-14, max_iter=10**5).fit(problem.X, problem.y)
    np.testing.assert_allclose(ours, theirs.coef_, rtol=1e-8)
    assert np.all(ours != linear.LinearRegression().fit(problem.X, problem.y).coef_)


def weighed(folder: Path, **options: Any) -> Any:
    from harness.datasets.file import File

    (folder / "d.csv").write_text(WEIGHED)
    return File(path=str(folder / "d.csv"), target="y", weights="w", **options).data(options.pop("dtype", "float64"))


def test_weights_go_with_their_rows_and_are_no_feature(tmp_path: Path) -> None:
    data = weighed(tmp_path, test_size=0.25, seed=3)
    assert data.table.features == ("a",)
    for X, weights in ((data.problem.X, data.problem.weights), (data.X_test, data.weights_test)):
        np.testing.assert_array_equal(weights, X[:, 0] % 3)
        assert not weights.flags.writeable
    assert len(data.weights_test) == 5


def test_scaling_counts_every_row_alike_and_a_penalty_every_weight(tmp_path: Path) -> None:
    data = weighed(tmp_path, scale="standard", l2=3.0, l2_units="sklearn")
    np.testing.assert_allclose(data.problem.X.mean(), 0.0, atol=1e-15)
    np.testing.assert_allclose(data.problem.X.std(), 1.0)
    assert data.problem.l2 == 3.0 / 19


def test_a_split_that_leaves_no_weight_is_refused(tmp_path: Path) -> None:
    from harness.datasets.file import File

    (tmp_path / "d.csv").write_text("a,y,w\n1,2,1\n2,3,0\n4,4,0\n5,9,0\n")
    with pytest.raises(DatasetError, match=r"has a weight above 0; change test_size or seed"):
        File(path=str(tmp_path / "d.csv"), target="y", weights="w", test_size=0.5).data()


@pytest.mark.parametrize(
    "options",
    [{"target": "y", "features": ("a", "w")}, {"formula": "y ~ a + w"}, {"formula": "y ~ np.log(w)"}],
    ids=str,
)
def test_weights_that_are_a_feature_too_are_refused(options: dict[str, Any]) -> None:
    from harness.datasets.file import File

    with pytest.raises(ValueError, match="weights: got 'w', which is"):
        File(path="d.csv", weights="w", **options)
