"""Generated data: the articles' draws, scikit-learn's generator, and a condition number that is reached."""

import math
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from harness.datasets.base import Dataset
from harness.datasets.linear import Linear
from harness.datasets.make_regression import MakeRegression
from harness.datasets.near_duplicate import NearDuplicate
from harness.datasets.pi_line import PiLine
from harness.datasets.synthetic import Synthetic
from harness.errors import DatasetError


def condition(X: np.ndarray) -> float:
    s = np.linalg.svd(X, compute_uv=False)
    return float(s[0] / s[-1])


def test_linear_is_the_articles_draw() -> None:
    stream = np.random.RandomState(42)
    x, noise = stream.randn(50, 1), stream.randn(50, 1)
    table = Linear().table
    assert_array_equal(table.X, x * 10)
    assert_array_equal(table.y, (250 * (x * 10) + 50000 + noise * 30000)[:, 0])
    assert_array_equal(table.X[:2, 0], [4.967141530112327, -1.3826430117118464])
    assert table.facts == {"coef": (250.0,), "intercept": 50000.0}


def test_linear_has_its_options() -> None:
    table = Linear(n_samples=7, weight=-2.0, bias=3.0, noise_scale=0.0, seed=1).table
    assert table.X.shape == (7, 1)
    assert_array_equal(table.y, -2 * table.X[:, 0] + 3)


def test_pi_line_lies_where_the_article_says() -> None:
    table = PiLine().table
    assert_array_equal(table.X[:, 0], np.arange(50) / 50)
    assert 0.3 < (table.y - math.pi * table.X[:, 0]).std() < 0.7
    assert_array_equal(PiLine(noise=0.0).table.y, math.pi * table.X[:, 0])
    # What gradient descent leaves of the article's error, 0.00171629 and -0.00327055, is along the slow eigenvector.
    A = np.column_stack([np.ones(50), table.X])
    slow = np.linalg.eigh(A.T @ A)[1][:, 0]
    assert_allclose(slow[0] / slow[1], 0.00171629 / -0.00327055, rtol=5e-6)


def test_make_regression_is_scikit_learns() -> None:
    sklearn = pytest.importorskip("sklearn.datasets")
    table = MakeRegression(n_samples=80, n_features=3, n_informative=2, noise=1.5, bias=4.0, seed=9).table
    X, y, coef = sklearn.make_regression(80, 3, n_informative=2, noise=1.5, bias=4.0, coef=True, random_state=9)
    assert_array_equal(table.X, X)
    assert_array_equal(table.y, y)
    assert table.facts == {"coef": tuple(coef), "intercept": 4.0}
    assert np.count_nonzero(coef) == 2


def test_make_regression_of_the_article() -> None:
    pytest.importorskip("sklearn")
    data = MakeRegression(test_size=0.3).data()
    assert data.problem.X.shape == (7000, 1)
    assert data.X_test is not None
    assert len(data.X_test) == 3000
    assert len(data.table.facts["coef"]) == 1


def test_make_regression_of_low_rank() -> None:
    pytest.importorskip("sklearn")
    flat = MakeRegression(n_samples=100, n_features=20).table.X
    steep = MakeRegression(n_samples=100, n_features=20, effective_rank=2, tail_strength=0.01).table.X
    assert condition(steep) > 100 * condition(flat)


def test_make_regression_without_scikit_learn_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(DatasetError, match=r"needs scikit-learn; install linbench\[sklearn\]"):
        _ = MakeRegression().table


@pytest.mark.parametrize("wanted", [1.0, 10.0, 1e4, 1e8])
@pytest.mark.parametrize("shape", [(300, 10), (20_000, 3), (11, 10), (41, 40)])
def test_the_condition_number_is_reached(wanted: float, shape: tuple[int, int]) -> None:
    n, p = shape
    X = Synthetic(n_samples=n, n_features=p, condition=wanted).table.X
    assert X.shape == shape
    assert_allclose(condition(X), wanted, rtol=1e-6)
    assert_allclose(condition(X - X.mean(axis=0)), wanted, rtol=1e-6)
    assert_allclose(X.sum(axis=0), 0, atol=1e-9)
    assert_allclose(np.sqrt((X**2).mean()), 1, rtol=1e-12)


def test_the_singular_values_fall_geometrically() -> None:
    s = np.linalg.svd(Synthetic(n_features=5, condition=1e4).table.X, compute_uv=False)
    assert_allclose(s[:-1] / s[1:], 10, rtol=1e-9)


@settings(deadline=None, max_examples=25, derandomize=True)
@given(p=st.integers(2, 8), more=st.integers(1, 30), power=st.floats(0, 9), seed=st.integers(0, 99))
def test_any_shape_and_seed_reaches_its_condition(p: int, more: int, power: float, seed: int) -> None:
    X = Synthetic(n_samples=p + more, n_features=p, condition=10**power, seed=seed).table.X
    assert_allclose(condition(X), 10**power, rtol=1e-5)


def test_synthetic_without_noise_is_its_own_truth() -> None:
    table = Synthetic(n_samples=200, n_features=4, condition=100.0, noise=0.0, bias=-3.0, seed=5).table
    assert_allclose(table.X @ np.array(table.facts["coef"]) + table.facts["intercept"], table.y, atol=1e-13)
    assert table.facts["intercept"] == -3.0


def test_synthetic_noise_has_its_deviation() -> None:
    table = Synthetic(n_samples=20_000, n_features=2, noise=0.25).table
    noise = table.y - table.X @ np.array(table.facts["coef"]) - table.facts["intercept"]
    assert_allclose(noise.std(), 0.25, rtol=0.02)


@pytest.mark.parametrize(
    "dataset",
    [Linear(), PiLine(seed=3), Synthetic(condition=50.0), MakeRegression(n_samples=30)],
    ids=lambda dataset: type(dataset).__name__,
)
def test_the_seed_decides_everything(dataset: Dataset) -> None:
    if isinstance(dataset, MakeRegression):
        pytest.importorskip("sklearn")
    first, again = dataset.load(), dataset.load()
    assert_array_equal(first.X, again.X)
    assert_array_equal(first.y, again.y)
    other = type(dataset)(**{**vars(dataset), "seed": 77}).load()
    assert (first.y != other.y).any()


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (Synthetic, {"n_samples": 10, "n_features": 10}, "n_samples: got 10, wanted more than n_features, 10"),
        (Synthetic, {"condition": 0.5}, "condition: got 0.5, wanted a number at least 1"),
        (Synthetic, {"condition": 1e14}, "condition: got .*, wanted a number at most"),
        (Synthetic, {"n_features": 1, "condition": 2.0}, "condition: got 2, wanted 1, which a single column"),
        (Synthetic, {"noise": -1.0}, "noise: got -1"),
        (Linear, {"n_samples": 0}, "n_samples: got 0"),
        (Linear, {"seed": 2**32}, "seed: got 4294967296, wanted a number at most"),
        (Linear, {"weight": float("inf")}, "weight: got inf, wanted a finite number"),
        (PiLine, {"noise": -0.1}, "noise: got -0.1"),
        (MakeRegression, {"effective_rank": 0}, "effective_rank: got 0"),
        (MakeRegression, {"tail_strength": 1.5}, "tail_strength: got 1.5"),
    ],
)
def test_options_out_of_bounds(kind: type[Dataset], options: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kind(**options)  # type: ignore[arg-type]


def test_a_near_duplicate_is_the_column_before_it_and_a_bit() -> None:
    table = NearDuplicate(n_samples=20_000, difference=0.03, noise=0.0, bias=2.0, seed=3).table
    X = table.X
    assert_allclose(X.std(axis=0), 1.0, rtol=0.02)
    assert_allclose((X[:, -1] - X[:, -2]).std(), 0.03, rtol=0.02)
    assert np.abs(np.corrcoef(X[:, :4].T) - np.eye(4)).max() < 0.03
    assert_array_equal(table.y, X @ np.arange(1.0, 6.0) + 2.0)
    assert table.facts == {"coef": (1.0, 2.0, 3.0, 4.0, 5.0), "intercept": 2.0}


def test_a_cut_that_grows_with_the_rows_takes_the_near_duplicate_for_one() -> None:
    """scikit-learn issue 33032: within float32's precision at any number of rows, beyond the cut at half a million."""
    X = NearDuplicate(n_samples=500_000).table.X
    ratio = 1 / condition(X - X.mean(axis=0))
    eps = float(np.finfo(np.float32).eps)
    assert len(X) * eps > ratio > 1000 * eps
    assert_allclose(ratio, 0.015, rtol=0.01)


def test_near_duplicate_noise_and_seed() -> None:
    quiet, noisy = (NearDuplicate(noise=noise).table for noise in (0.0, 0.5))
    assert_array_equal(quiet.X, noisy.X)
    assert_allclose((noisy.y - quiet.y).std(), 0.5, rtol=0.1)
    assert (NearDuplicate(seed=1).table.X != quiet.X).all()
