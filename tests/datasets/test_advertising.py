"""The Advertising table, and its scaling in the article's own numbers."""

import csv
import importlib.resources

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from harness.datasets.advertising import Advertising
from harness.errors import DatasetError


def test_the_table_is_islrs() -> None:
    table = Advertising(features=("TV", "Radio", "Newspaper")).table
    assert table.X.shape == (200, 3)
    assert (table.features, table.target, table.dropped_rows) == (("TV", "Radio", "Newspaper"), "Sales", 0)
    assert_allclose(table.X.sum(axis=0), [29408.5, 4652.8, 6110.8], rtol=1e-14)
    assert_allclose(table.y.sum(), 2804.5, rtol=1e-14)
    assert_array_equal(table.X[0], [230.1, 37.8, 69.2])
    assert_array_equal(table.y[[0, -1]], [22.1, 13.4])


def test_every_decimal_is_rounded_once() -> None:
    text = importlib.resources.files("harness.datasets").joinpath("data/advertising.csv").read_text()
    rows = [[float(value) for value in row] for row in list(csv.reader(text.splitlines()))[1:]]
    table = Advertising(features=("TV", "Radio", "Newspaper")).table
    assert_array_equal(np.column_stack([table.X, table.y]), rows)


def test_columns_come_in_the_order_asked_for() -> None:
    table = Advertising(features=("Sales", "TV"), target="Radio").table
    assert_array_equal(table.X[0], [22.1, 230.1])
    assert table.y[0] == 37.8


def test_minmax_scaling_gives_the_articles_numbers() -> None:
    problem = Advertising(scale="minmax").data().problem
    assert (problem.X.min(), problem.X.max(), problem.y.min()) == (0.0, 1.0, 0.0)
    assert_allclose(problem.X[:2, 0], [(230.1 - 0.7) / 295.7, (44.5 - 0.7) / 295.7], rtol=1e-15)
    A = np.column_stack([np.ones(200), problem.X])
    assert_allclose(
        np.linalg.lstsq(A, problem.y, rcond=None)[0], [0.21519170068625232, 0.55340884157653293], rtol=1e-14
    )


@pytest.mark.parametrize("scale", ["minmax", "standard"])
def test_scaling_is_scikit_learns(scale: str) -> None:
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    scaler = preprocessing.MinMaxScaler() if scale == "minmax" else preprocessing.StandardScaler()
    features = ("TV", "Radio", "Newspaper")
    got = Advertising(features=features, scale=scale).data().problem.X  # type: ignore[arg-type]
    wanted = scaler.fit_transform(Advertising(features=features).table.X)
    if scale == "minmax":  # which the article's own figures rest on
        assert_array_equal(got, wanted)
    assert_allclose(got, wanted, rtol=1e-13, atol=1e-15)


def test_the_fit_in_the_datas_own_units() -> None:
    data = Advertising(scale="minmax").data()
    coef, intercept = data.scaling.original(np.array([0.55340884157653293]), 0.21519170068625232)
    assert_allclose([intercept, *coef], [7.0325935491276943, 0.047536640433019744], rtol=1e-14)


@pytest.mark.parametrize(
    ("features", "target", "message"),
    [
        (("TVs",), "Sales", "advertising has no column 'TVs'; did you mean 'TV'?"),
        (("TV", "radio"), "Sales", "no column 'radio'; did you mean 'Radio'?"),
        (("TV",), "Price", "no column 'Price'; there are Newspaper, Radio, Sales, TV"),
    ],
)
def test_unknown_columns(features: tuple[str, ...], target: str, message: str) -> None:
    with pytest.raises(DatasetError) as error:
        _ = Advertising(features=features, target=target).table
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ((), "features: got none, wanted at least one column"),
        (("TV", "Radio", "TV"), "features: got 'TV' twice"),
        (("Sales",), "target: got 'Sales', which is a feature"),
    ],
)
def test_choices_that_make_no_problem(features: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Advertising(features=features)
