"""A file as a question: what it has beside the columns asked for, its categories and its gaps."""

from pathlib import Path

import numpy as np
import pytest

from harness.datasets.file import File
from harness.explain.data import question_of

ROWS = """a,b,w,town,y
1,2,1,x,4.1
2,1,2,y,5.3
3,5,1,z,10.2
4,3,3,x,9.9
5,8,1,y,16.1
6,5,2,z,15.2
7,,1,x,17
8,2,3,y,18
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    (tmp_path / "some.csv").write_text(ROWS)
    return str(tmp_path / "some.csv")


def test_unused_columns_and_gaps_are_there(path: str) -> None:
    question = question_of(File(path=path, target="y", features=("a", "b")))
    assert question.X.shape == (7, 2)
    assert {name: len(column) for name, column in question.others.items()} == {"w": 7}
    assert question.with_gaps is not None
    X, y = question.with_gaps()
    assert X.shape == (8, 2)
    assert np.isnan(X[6, 1])
    assert y[6] == 17
    assert question.rows == "7 of 8 rows used; 1 left out: missing b (1)"


def test_dummies_of_a_category_are_a_group(path: str) -> None:
    question = question_of(File(path=path, formula="y ~ a + C(town)"))
    (group,) = question.groups
    assert [question.features[j] for j in group] == [name for name in question.features if "town" in name]
    assert len(group) == 2


def test_a_formula_decides_the_intercept(path: str) -> None:
    assert not question_of(File(path=path, formula="y ~ a - 1")).intercept
    assert question_of(File(path=path, formula="y ~ a")).intercept


def test_computed_columns_have_no_gaps_to_fill(path: str) -> None:
    question = question_of(File(path=path, formula="y ~ np.log(b)"))
    assert question.with_gaps is None


def test_every_column_of_numbers_is_read_whole(path: str) -> None:
    columns = File(path=path, target="y").columns()
    assert set(columns) == {"a", "b", "w", "y"}
    assert {len(column) for column in columns.values()} == {8}
