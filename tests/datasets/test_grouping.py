"""Groups and windows: how the rows of a table make many problems, and what is said where they cannot."""

from pathlib import Path

import numpy as np
import pytest

from harness.datasets._grouping import keys_of
from harness.datasets.csv import Csv
from harness.datasets.file import File
from harness.datasets.normal import Normal
from harness.errors import DatasetError


def test_so_many_groups_of_about_equal_sizes() -> None:
    data = Normal(n_samples=10, n_features=1, groups=3).data()
    assert data.stack is not None
    assert data.stack.ranges.tolist() == [[0, 3], [3, 6], [6, 10]]
    np.testing.assert_array_equal(data.stack[1].X, data.table.X[3:6])


def test_one_group_is_a_stack_of_one_and_none_is_no_stack() -> None:
    one = Normal(n_samples=10, n_features=1, groups=1).data().stack
    assert one is not None
    assert one.ranges.tolist() == [[0, 10]]
    assert Normal(n_samples=10, n_features=1).data().stack is None


def test_windows_roll_row_by_row_and_within_groups() -> None:
    rolling = Normal(n_samples=6, n_features=1, window=4).data().stack
    assert rolling is not None
    assert rolling.ranges.tolist() == [[0, 4], [1, 5], [2, 6]]
    within = Normal(n_samples=8, n_features=1, groups=2, window=3).data().stack
    assert within is not None
    assert within.ranges.tolist() == [[0, 3], [1, 4], [4, 7], [5, 8]]


@pytest.fixture
def csv(tmp_path: Path) -> str:
    path = tmp_path / "towns.csv"
    path.write_text("town,year,area,price\nb,1,1,10\na,1,2,21\nb,2,3,29\na,1,5,52\nb,1,,7\nb,1,4,41\na,2,6,60\n")
    return str(path)


def test_rows_alike_in_a_column_are_a_group_in_order_of_appearance(csv: str) -> None:
    data = Csv(path=csv, features=("area",), target="price", groups="town").data()
    assert data.stack is not None
    assert [problem.y.tolist() for problem in (data.stack[0], data.stack[1])] == [[10, 29, 41], [21, 52, 60]]
    assert data.rows.dropped == 1


def test_a_group_is_called_by_what_its_rows_have_in_common(csv: str) -> None:
    both = File(path=csv, features=("area",), target="price", groups=("town", "year")).data()
    assert both.group_names is not None
    assert both.group_names.tolist() == ["town=b, year=1", "town=a, year=1", "town=b, year=2", "town=a, year=2"]
    rolling = Csv(path=csv, features=("area",), target="price", groups="town", window=2).data()
    assert rolling.group_names is not None
    assert rolling.group_names.tolist() == ["town=b"] * 2 + ["town=a"] * 2
    assert Normal(n_samples=10, n_features=1, groups=3).data().group_names is None
    assert keys_of({"town": ["x" * 100]}).names == (f"town={'x' * 54}…",)


def test_groups_by_two_columns(csv: str) -> None:
    stack = File(path=csv, features=("area",), target="price", groups=("town", "year")).data().stack
    assert stack is not None
    assert [stack[i].y.tolist() for i in range(len(stack))] == [[10, 41], [21, 52], [29], [60]]


def test_a_column_of_groups_is_no_feature_by_itself(csv: str) -> None:
    assert File(path=csv, target="price", groups="town").data().table.features == ("year", "area")


def test_an_unknown_column(csv: str) -> None:
    with pytest.raises(DatasetError, match=r"no column 'tawn'.*town"):
        Csv(path=csv, features=("area",), target="price", groups="tawn").data()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"groups": 0}, "groups: got 0, wanted at least 1"),
        ({"groups": 11}, "groups: got 11, wanted at most the 10 rows"),
        ({"groups": "town"}, "groups: got 'town', wanted a number"),
        ({"window": 0}, "window: got 0, wanted a number at least 1"),
        ({"window": 11}, "window: got 11, wanted at most the 10 rows"),
        ({"groups": 2, "test_size": 0.5}, "test_size: got 0.5 beside groups"),
        ({"window": 2, "l2": 0.1, "l2_units": "sklearn"}, "l2_units: got"),
    ],
)
def test_options_that_make_no_problems(options: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Normal(**{"n_samples": 10, "n_features": 1, **options})  # type: ignore[arg-type]


def test_weights_and_groups_do_not_go_together(csv: str) -> None:
    with pytest.raises(ValueError, match="weights: got 'rooms' beside groups or a window, wanted none"):
        Csv(path=csv, features=("area",), target="price", groups="town", weights="rooms")


def test_a_window_longer_than_a_group() -> None:
    with pytest.raises(DatasetError, match="window: got 6, wanted at most the 5 rows of the shortest group"):
        Normal(n_samples=10, n_features=1, groups=2, window=6).data()


def test_more_groups_than_the_rows_of_a_file(csv: str) -> None:
    with pytest.raises(DatasetError, match="groups: got 7, wanted at most the 6 rows"):
        Csv(path=csv, features=("area",), target="price", groups=7).data()
