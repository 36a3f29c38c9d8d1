"""The kinds that were reported in public, in a few rows of made-up numbers, each with the right explanation."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from backends.numpy_lstsq import NumpyLstsq
from backends.scipy_lstsq import ScipyLstsq
from backends.scratch_ols import ScratchOls
from backends.sklearn_sgd import SklearnSGD
from harness.config import Case, Component
from harness.datasets.file import File
from harness.explain import Identified, Question, given, identify
from harness.explain.data import question_of
from harness.reports.layout import lay_out
from harness.reports.sheets.explanation import explanation
from harness.reports.sheets.identification import identification
from tests.explain.conftest import Explain
from tests.support.paths import ROOT

Float64 = NDArray[np.float64]
RNG = np.random.default_rng(12)
A, B, C = RNG.uniform(0, 1, (3, 30))
Y = 1 + 2 * A - B + 0.5 * C + 0.2 * RNG.standard_normal(30)
YEAR = np.arange(1790.0, 2020, 10)
LARGE = np.linspace(0.7e14, 1.3e14, 10)
SHARED = ROOT.parent / "shared" / "cases"


def asked(y: Float64, **columns: Float64) -> Question:
    return Question(np.column_stack([*columns.values()]), y, tuple(columns), "y")


def lstsq(question: Question) -> tuple[Float64, float]:
    """By NumPy, on the design with its column of ones."""
    b = np.linalg.lstsq(np.column_stack([np.ones(len(question.y)), question.X]), question.y, rcond=None)[0]
    return np.asarray(b[1:], dtype=np.float64), float(b[0])


def sklearn(question: Question) -> tuple[Float64, float]:
    from sklearn.linear_model import LinearRegression

    model = LinearRegression().fit(question.X, question.y)
    return model.coef_, float(model.intercept_)


def exact(question: Question) -> tuple[Float64, float]:
    """By the backend that is right to the last digit."""
    fit = ScratchOls().solve(question.problem)
    return fit.coef, fit.intercept


def told(question: Question, answer: tuple[Float64, float]) -> tuple[Identified, str]:
    """What is found, and the words for it."""
    coef = ", ".join(repr(float(b)) for b in answer[0])
    found = identify(question, given(coef, question.features, repr(answer[1])))
    return found, lay_out(identification(found), "text")


UNDETERMINED = {
    "shifted duplicate": (asked(Y, x1=A, x2=B, x3=C, x4=C + 2), "x4 = x3 + 2", "but for rounding"),
    "opposite column": (asked(Y, a=A, b=B, d=-A), "d = -a", "exactly"),
    "equal columns": (asked(A, x1=A, x2=A), "x2 = x1", "exactly"),
    "all dummies": (
        asked(Y, u=A, **{name: (np.arange(30) % 3 == k).astype(float) for k, name in enumerate("abc")}),
        "c = 1 - a - b", "exactly",
    ),
    "Celsius beside Fahrenheit": (asked(Y, C=(10 * A).round(1), F=1.8 * (10 * A).round(1) + 32),
                                  "F = 1.8 C + 32", "but for rounding"),
}  # fmt: skip


@pytest.mark.parametrize("answer", [lstsq, sklearn])
@pytest.mark.parametrize("kind", UNDETERMINED)
def test_where_the_data_leave_the_coefficients_open_every_library_is_right(
    kind: str, answer: Callable[[Question], tuple[Float64, float]]
) -> None:
    question, relation, how = UNDETERMINED[kind]
    found, text = told(question, answer(question))
    assert found.equivalent or found.best is found.right, text
    assert text.startswith("These are")
    assert "right" in text.splitlines()[0]
    assert f"Dependent columns ({how}): {relation}." in text
    assert not question.determined


def test_x_near_1e14_the_cut_drops_the_intercept_and_centring_mends_it() -> None:
    question = asked(np.linspace(1, 0, 10), x1=LARGE)
    found, text = told(question, lstsq(question))
    assert found.best is not None
    assert {found.best.cause, *(each.cause for each in found.rivals)} >= {"no_intercept", "truncated"}
    assert "no intercept" in text
    found, _ = told(question, sklearn(question))
    assert found.best is found.right


def test_years_squared_are_the_same_question() -> None:
    question = asked(0.01 * (YEAR - 1780) ** 2 + np.sin(YEAR), year=YEAR, year2=YEAR**2)
    found, text = told(question, lstsq(question))
    assert found.best is found.right
    assert "Nearly dependent columns" in text
    assert "year2 100%" in text


def test_ids_above_2_53_are_told_apart_and_numpy_drops_the_intercept() -> None:
    ids = (2.0**53 + 2 * (np.arange(30) % 7)).astype(np.float64)
    question = asked(Y, id=ids, b=B)
    assert question.determined
    assert told(question, exact(question))[0].best.cause == "right"  # type: ignore[union-attr]
    found, _ = told(question, lstsq(question))
    assert found.best is not None
    assert {found.best.cause, *(each.cause for each in found.rivals)} & {"no_intercept", "truncated"}


@pytest.mark.parametrize(
    "x", [1.7e18 + 1e9 * np.arange(30), 1 + 1e-7 * A], ids=["timestamps in ns", "constant but for 1e-7"]
)
def test_a_column_far_from_zero_is_nearly_the_intercept_and_a_cut_drops_it(x: Float64) -> None:
    """scikit-learn's tol of 1e-6 leaves the column out; the right answer has it."""
    question = asked(Y, x=x, b=B)
    found, text = told(question, exact(question))
    assert found.best is found.right, text
    assert "the intercept" in text
    assert "x 100%" in text
    found, text = told(question, sklearn(question))
    assert found.best is not None
    assert "truncated" in {found.best.cause, *(each.cause for each in found.rivals)}


def test_a_forgotten_intercept_is_told() -> None:
    question = asked(Y, a=A, b=B)
    b = np.linalg.lstsq(question.X, Y, rcond=None)[0]
    found = identify(question, given(f"{b[0]:.5g}, {b[1]:.5g}", ("a", "b")))
    assert found.certain
    assert found.best is not None
    assert found.best.candidate.what == "the model has no intercept"


def test_swapped_arguments_are_told() -> None:
    slope, level = np.polyfit(Y, A, 1)
    found = identify(asked(Y, a=A), given(f"{slope:.5g}", ("a",), f"{level:.5g}"))
    assert found.certain
    assert found.best is not None
    assert found.best.candidate.what == "a was predicted from y"


def test_ridge_taken_for_least_squares_is_told_with_its_weight() -> None:
    from sklearn.linear_model import Ridge

    question = asked(Y, a=A, b=B)
    model = Ridge(alpha=1.0).fit(question.X, Y)
    found, text = told(question, (model.coef_, float(model.intercept_)))
    assert found.certain
    assert "a ridge penalty of 1 on the sum of squares" in text.lower()


def test_sgd_stopped_early_comes_nearest_to_an_unfinished_descent() -> None:
    from sklearn.linear_model import SGDRegressor

    question = asked(Y, a=A, b=B)
    model = SGDRegressor(alpha=0, eta0=1e-3, learning_rate="constant", max_iter=60, tol=None, random_state=0)
    model.fit(question.X, Y)
    found, text = told(question, (model.coef_, float(model.intercept_[0])))
    assert found.best is None, "the noise of single samples is in no formula"
    assert not found.certain
    assert found.near is not None
    assert found.near.cause == "unfinished"
    assert "stopped" in text


def case(path: Path, backend: Any, name: str) -> Case:
    return Case(Component("file", File(path=str(path), target="y")), Component(name, backend), "cpu", "float64")


def written(folder: Path, y: Float64, **columns: Float64) -> Path:
    path = folder / "data.csv"
    table = np.column_stack([*columns.values(), y])
    np.savetxt(path, table, delimiter=",", header=",".join([*columns, "y"]), comments="", fmt="%.17g")
    return path


@pytest.mark.parametrize(("name", "backend"), [("numpy_lstsq", NumpyLstsq())])
def test_explain_case_measures_that_the_cut_costs_the_intercept(
    explain: Explain, tmp_path: Path, name: str, backend: Any
) -> None:
    path = written(tmp_path, np.linspace(1, 0, 10), x1=LARGE)
    found = explain(case(path, backend, name), against="sklearn_ols")
    assert found.before.digits < 1
    assert found.before.verdict == "wrong"
    assert {each.name for each in found.trials if each.word == "the cause"} >= {"rcond=0", "scale=standard"}
    assert found.against is not None
    assert found.against[1].digits > 12
    assert "rcond=0 (keeps every singular value) closes 100% of the gap" in lay_out(explanation(found), "text")


def test_explain_case_measures_that_sgd_wants_more_epochs(explain: Explain, tmp_path: Path) -> None:
    path = written(tmp_path, Y, a=A, b=B)
    found = explain(case(path, SklearnSGD(max_iter=20, eta0=0.05), "sklearn_sgd"))
    assert found.before.verdict in ("wrong", "visible")
    assert found.best is not None
    assert {each.subject for each in found.best.changes} & {"max_iter", "tol", "scale"}


@pytest.mark.parametrize(
    ("file", "relation"),
    [
        ("shifted_duplicate", "x4 = x3 + 2"), ("opposite_column", "x4 = -x1"), ("twins", "x2 = x1"),
        ("all_dummies", "c = 1 - a - b"), ("shares_of_100", "p3 = 100 - p1 - p2"),
        ("celsius_and_fahrenheit", "F = 1.8 C + 32"), ("centimetres_and_inches", "cm = 2.54 inch"),
    ],
)  # fmt: skip
def test_the_reported_files_name_their_dependent_columns(file: str, relation: str) -> None:
    path = SHARED / f"{file}.csv"
    if not path.exists():
        pytest.skip("the reported inputs are not here")
    target = {"celsius_and_fahrenheit": "load", "centimetres_and_inches": "kg"}.get(file, "y")
    question = question_of(File(path=str(path), target=target))
    assert [str(each) for each in question.relations] == [relation]
    for answer in (lstsq(question), sklearn(question)):
        found, text = told(question, answer)
        assert "right" in text.splitlines()[0], text
        assert found.equivalent or found.best is found.right


def test_the_columns_of_the_reported_shift_are_all_named_in_a_case(explain: Explain) -> None:
    path = SHARED / "shifted_duplicate.csv"
    if not path.exists():
        pytest.skip("the reported inputs are not here")
    found = explain(case(path, ScipyLstsq(), "scipy_lstsq"))
    assert found.question.relations[0].columns == ("x4", "x3", "the intercept")
