"""`scratch_ols` against rational arithmetic: textbook methods to what they can, `auto` to the last digit."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends import _gram
from backends._moments import Shift, centred_moments, shifted_blocks
from backends._refined import solve_refined
from backends._wide import solve_wide
from backends.base import Array, Fit, Problem, Unsupported
from backends.scratch_ols import ScratchOls
from harness.catalog import dataset_class
from harness.datasets.advertising import Advertising
from harness.reference import Judge
from harness.reference import solve as exact_answer
from tests.support.exact_least_squares import digits, problem, solve
from tests.support.paths import ROOT

Method = Literal["auto", "loops", "normal", "qr"]

NIST = ["filip", "longley", "noint1", "noint2", "norris", "pontius", *(f"wampler{k}" for k in range(1, 6))]
RNG = np.random.default_rng(5)
X = RNG.standard_normal((40, 4))
Y = X @ [1.0, -2.0, 0.5, 3.0] + 2 + 0.3 * RNG.standard_normal(40)
NOISE = RNG.standard_normal(40)


def auto(asked: Problem) -> Fit:
    return ScratchOls().solve(asked)


# ---------------------------------------------------------------------------------------------- the textbook methods


def test_loops_prints_the_articles_figures() -> None:
    data = Advertising(features=("TV",), target="Sales", scale="minmax").data()
    fit = ScratchOls(method="loops").solve(data.problem)
    assert fit.intercept == pytest.approx(0.21519170068625232, rel=1e-14)
    assert fit.coef[0] == pytest.approx(0.5534088415765329, rel=1e-14)


@pytest.mark.parametrize("l2", [0.0, 0.3])
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("method", ["loops", "normal", "qr", "auto"])
def test_every_method_solves_the_problem_asked(method: Method, dtype: str, intercept: bool, l2: float) -> None:
    columns = X[:, :1] if method == "loops" else X
    asked = problem(columns, Y, intercept=intercept, l2=l2, dtype=dtype)
    backend = ScratchOls(method=method)
    fit = backend.solve(backend.prepare(asked, "cpu"))
    assert fit.converged
    assert digits(fit, asked) >= 13.5


def test_loops_refuses_more_than_one_feature_and_says_what_to_use() -> None:
    with pytest.raises(Unsupported, match=r"got 4; use method='auto'"):
        ScratchOls(method="loops").prepare(problem(X, Y), "cpu")


@pytest.mark.parametrize("method", ["loops", "qr", "auto"])
def test_a_constant_feature_is_left_to_the_intercept(method: Method) -> None:
    fit = ScratchOls(method=method).solve(problem(np.full((40, 1), 0.1), Y))
    assert fit.coef.tolist() == [0.0]
    assert fit.intercept == pytest.approx(Y.mean(), rel=1e-15)


@pytest.mark.parametrize("method", ["normal", "qr", "auto"])
def test_of_a_duplicated_column_each_copy_gets_half(method: Method) -> None:
    single, double = problem(X, Y), problem(np.column_stack([X, X]), Y)
    fit, whole = ScratchOls(method=method).solve(double), auto(single)
    np.testing.assert_allclose(fit.coef, np.tile(whole.coef, 2) / 2, rtol=1e-11)


# --------------------------------------------------------------------------------------------------------- the digits


@pytest.mark.parametrize("name", NIST)
def test_nist_to_the_last_digit(name: str) -> None:
    asked = dataset_class(f"nist_{name}")().data().problem
    fit = auto(asked)
    assert fit.converged
    assert fit.rank == asked.X.shape[1] + asked.intercept
    assert digits(fit, asked) == 17.0


def hilbert(n: int, p: int) -> Array:
    return 1.0 / (np.arange(n)[:, None] + np.arange(p) + 1.0)


ONE_HOT = np.eye(4)[RNG.integers(0, 4, 40)]
SMALL_INTEGERS = RNG.integers(-9, 9, (40, 4)).astype(float)
ADVERSARIAL = {
    "plain": problem(X, Y),
    "float32": problem(X, Y, dtype="float32"),
    "penalty": problem(X, Y, l2=0.1),
    "penalty below rounding": problem(X, Y, l2=1e-18),
    "penalty subnormal": problem(X, Y, l2=1e-320),
    "penalty beyond everything": problem(X, Y, l2=1e300),
    "1e-8 beside 1e8": problem(X * [1e-8, 1e8, 1, 1], Y),
    "1e-300 beside 1e300": problem(X * [1e-300, 1e300, 1, 1], Y),
    "squares overflow": problem(X * 1e200, Y),
    "squares underflow": problem(X * 1e-200, Y),
    "huge target": problem(X, 1e300 * Y),
    "subnormal target": problem(X, 5e-324 * RNG.integers(-99, 99, 40)),
    "subnormal column": problem(np.column_stack([X[:, 0], 5e-324 * RNG.integers(-999, 999, 40)]), 1e-20 * NOISE),
    "constant column": problem(np.column_stack([X, np.full(40, 3.3)]), Y),
    "constant column, no intercept": problem(np.column_stack([X, np.full(40, 3.3)]), Y, intercept=False),
    "column of zeros": problem(np.column_stack([X, np.zeros(40)]), Y),
    "constant target": problem(X, np.full(40, 0.1)),
    "target of zeros": problem(X, np.zeros(40)),
    "offset 1e12": problem(X + 1e12, Y),
    "offset 1e12 of both": problem(X + 1e12, Y + 1e12),
    "offset 1e16": problem(1e16 + 2.0 * RNG.integers(0, 50, (40, 2)), Y),
    "sorted": problem(np.sort(X, axis=0) * 1e3, Y),
    "outlier": problem(np.vstack([X, np.full((1, 4), 1e14)]), np.append(Y, 1)),
    "duplicate column": problem(np.column_stack([X, X[:, 0]]), Y),
    "duplicate columns": problem(np.column_stack([X, X, X]), Y, intercept=False),
    "multiple of a column": problem(np.column_stack([X, X[:, 0] * 2.0**-30]), Y),
    "sum of columns": problem(np.column_stack([SMALL_INTEGERS, SMALL_INTEGERS.sum(axis=1)]), Y),
    "one-hot": problem(ONE_HOT, Y),
    "duplicate column, penalty": problem(np.column_stack([X, X[:, 0]]), Y, l2=1e-12),
    "duplicate column, vanishing penalty": problem(np.column_stack([X, X[:, 0]]), Y, l2=1e-18),
    "a column but for 1e-10": problem(np.column_stack([X, X[:, 0] + 1e-10 * NOISE]), Y),
    "a column but for 1e-13": problem(np.column_stack([X, X[:, 0] + 1e-13 * NOISE]), Y[::-1]),
    "fewer rows than columns": problem(X[:3].reshape(2, 6), Y[:2]),
    "fewer rows, no intercept": problem(X[:3].reshape(2, 6), Y[:2], intercept=False),
    "fewer rows, penalty": problem(X[:3].reshape(2, 6), Y[:2], l2=0.1),
    "as many rows": problem(X[:4], Y[:4]),
    "one row more": problem(X[:5], Y[:5]),
    "one row": problem(X[:1], Y[:1]),
    "one row, no intercept": problem(X[:1], Y[:1], intercept=False),
    "one number": problem([[2.0]], [3.0]),
    "equal rows": problem(np.ones((2, 2)), [1.0, 2.0]),
    "Hilbert": problem(hilbert(30, 8), Y[:30]),
    "Hilbert beyond 1/eps": problem(hilbert(30, 13), Y[:30]),
    "Vandermonde": problem(np.vander(np.linspace(1, 2, 40), 12)[:, :-1], Y),
    "Läuchli": problem(np.vstack([np.ones((1, 3)), 1e-9 * np.eye(3)]), [1, 2, 3, 4], intercept=False),
}


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_adversarial_input_to_15_digits(name: str) -> None:
    asked = ADVERSARIAL[name]
    fit = auto(asked)
    assert fit.converged
    assert fit.rank == solve(asked)[2]
    assert digits(fit, asked) >= 15


PLACES = RNG.integers(0, 10_000, (40, 3)) / 100
ROUNDING = {
    "rounded sum of columns": np.column_stack([X, X[:, 0] + X[:, 1]]),
    "a column but for rounding": np.column_stack([X, X[:, 0] * 0.1]),
    "shifted": np.column_stack([X, X[:, 0] + 2]),
    "centimetres and inches": np.column_stack([PLACES, np.round(2.54 * PLACES[:, 0], 4)]),
    "Celsius and Fahrenheit": np.column_stack([PLACES, np.round(1.8 * PLACES[:, 0] + 32, 3)]),
    "shares of 100": np.column_stack([PLACES, np.round(100 - PLACES.sum(axis=1), 2)]),
    "two at once": np.column_stack([X, X[:, 0] + 2, X[:, 1] * 0.3 + X[:, 2]]),
}


@pytest.mark.parametrize("name", ROUNDING)
def test_columns_that_are_dependent_but_for_rounding_get_the_minimum_norm(name: str) -> None:
    """No larger loss than any library's, where the exact coefficients, rounded, would fit worse."""
    asked = problem(ROUNDING[name], Y)
    fit, judge = auto(asked), Judge(asked, exact_answer(asked))
    lost = 1 + (name == "two at once")
    assert judge.attainable.lost == lost
    assert fit.converged
    assert fit.rank == asked.X.shape[1] + 1 - lost
    loss = judge.score(fit.coef, fit.intercept).loss
    A = asked.X - asked.X.mean(axis=0)
    theirs = np.linalg.lstsq(A, asked.y - asked.y.mean(), rcond=1e-13)[0]
    by_svd = judge.score(theirs, asked.y.mean() - asked.X.mean(axis=0) @ theirs)
    assert loss <= by_svd.loss * (1 + 1e-13)
    np.testing.assert_allclose(fit.coef, theirs, rtol=1e-9)
    assert judge.score(fit.coef, fit.intercept).backward_error < 10
    assert judge.score(fit.coef, fit.intercept).verdict == "best_possible"


@pytest.mark.parametrize("change", [4e-15, 1e-13])
def test_a_difference_that_is_more_than_rounding_is_kept(change: float) -> None:
    column = X[:, 0] + 2
    column[3] += change
    asked = problem(np.column_stack([X, column]), Y)
    fit = auto(asked)
    assert fit.rank == 6
    assert digits(fit, asked) >= 15


@pytest.mark.parametrize("more", [{"l2": 1e-20}, {"dtype": "float32"}])
def test_with_a_penalty_and_of_float32_the_exact_answer_fits_best(more: dict[str, Any]) -> None:
    asked = problem(ROUNDING["shifted"], Y, **more)
    fit = auto(asked)
    assert fit.rank == 6
    assert digits(fit, asked) >= 15


def test_a_fit_that_twice_the_precision_cannot_settle_says_so() -> None:
    almost = np.column_stack([X[:, 0], X[:, 0]])
    almost[0] = [0.0, 1e-25]
    fit = auto(problem(almost, Y))
    assert fit.rank == 3
    assert not fit.converged


WIDE = RNG.standard_normal((7, 30)) * 10.0 ** RNG.integers(-3, 4, 30)
FEW = RNG.standard_normal(7)


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize(
    "asked",
    [
        problem(WIDE, FEW),
        problem(WIDE + 1e6, FEW),
        problem(WIDE * 1e-200, FEW * 1e90),
        problem(WIDE, FEW, dtype="float32"),
        problem(WIDE * 10.0 ** np.arange(-9, 5, 2)[:, None], FEW),
        replace(problem(WIDE, FEW), weights=np.array([1.0, 0.0, 3.0, 1e-9, 1.0, 2.0, 1.0])),
        problem(WIDE[:1], FEW[:1]),
        problem(WIDE[:2, :2], FEW[:2]),
    ],
    ids=["plain", "offset", "units", "float32", "rows of all sizes", "weights", "a row", "as many columns"],
)
def test_with_fewer_rows_than_parameters_the_shortest_coefficients_are_right(asked: Problem, intercept: bool) -> None:
    asked = replace(asked, intercept=intercept)
    fit, truth = auto(asked), exact_answer(asked)
    assert fit.converged
    assert fit.rank == truth.rank
    np.testing.assert_allclose([*fit.coef, fit.intercept], [*truth.coef, truth.intercept], rtol=1e-15)


def test_rows_that_depend_on_others_are_left_to_the_columns() -> None:
    twice = np.vstack([WIDE, WIDE[:1]])
    asked = problem(twice, np.append(FEW, FEW[0] + 1))
    assert solve_wide(asked) is None
    fit, truth = auto(asked), exact_answer(asked)
    assert fit.rank == truth.rank == 7
    np.testing.assert_allclose([*fit.coef, fit.intercept], [*truth.coef, truth.intercept], rtol=1e-13)


def test_a_coefficient_beyond_float64_is_infinite_not_wrong() -> None:
    fit = auto(problem(X[:, :1] * 1e-308, 1e10 * X[:, 0]))
    assert fit.coef.tolist() == [np.inf]


def test_no_feature_leaves_the_mean() -> None:
    fit = auto(problem(np.empty((40, 0)), Y))
    assert fit.coef.shape == (0,)
    assert fit.intercept == pytest.approx(Y.mean(), rel=1e-15)


# ----------------------------------------------------------------------------------- one pass over many rows, or two


def large(n: int, p: int, *, offset: float = 0.0, dtype: str = "float64", alike: float = 0.0) -> Problem:
    rng = np.random.default_rng(n + p)
    rows = rng.standard_normal((n, p)) + alike * rng.standard_normal((n, 1)) + offset
    y = rows @ np.linspace(1, 2, p) + 1.5 + 0.1 * rng.standard_normal(n)
    return problem(rows, y, dtype=dtype)


def agreement(fit: Fit, asked: Problem) -> float:
    """Digits against the refined answer, which the tests above hold against rational arithmetic."""
    truth = solve_refined(asked)
    got, wanted = np.append(fit.coef, fit.intercept), np.append(truth.coef, truth.intercept)
    return float(-np.log10(np.max(np.abs(got - wanted) / np.abs(wanted)).clip(min=1e-17)))


@pytest.mark.parametrize(
    "asked",
    [
        large(20_000, 5),
        large(20_001, 5, dtype="float32"),
        large(20_000, 5, offset=3),
        large(3_000, 70),
    ],
    ids=["plain", "float32", "offset", "wide"],
)
def test_the_gram_matrix_is_used_and_loses_nothing(asked: Problem) -> None:
    fit = _gram.solve_gram(asked)
    assert fit is not None
    assert agreement(fit, asked) >= 14.5


def test_a_second_pass_makes_up_for_collinear_columns() -> None:
    asked = large(20_000, 5, alike=5)
    fit = _gram.solve_gram(asked)
    assert fit is not None
    one_pass = np.linalg.solve(
        np.cov(asked.X.T, bias=True), (asked.X - asked.X.mean(axis=0)).T @ (asked.y - asked.y.mean()) / len(asked.y)
    )
    truth = solve_refined(asked).coef
    assert np.abs(fit.coef - truth).max() < np.abs(one_pass - truth).max() / 10


@pytest.mark.parametrize("alike", [1e4, 1e9])
def test_columns_too_collinear_for_the_gram_matrix_are_left_to_refinement(alike: float) -> None:
    asked = large(20_000, 3, alike=alike)
    assert _gram.solve_gram(asked) is None
    assert agreement(auto(asked), asked) == 17


def test_rows_whose_first_block_misleads_are_centred_by_a_second_pass() -> None:
    rows = np.arange(20_000.0)[:, None] * [1.0, 1.0] + np.random.default_rng(0).standard_normal((20_000, 2)) * 1e5
    rows[:1000] -= 1e6
    rows += 1e9
    asked = problem(rows, rows @ [1.0, 2.0] + 1e9 + np.sin(rows[:, 0]))
    assert np.abs(centred_moments(asked).mean).max() < 1
    fit = _gram.solve_gram(asked)
    assert fit is not None
    assert agreement(fit, asked) >= 14


def test_an_intercept_that_cancels_beyond_a_second_pass_is_left_to_refinement() -> None:
    rows = large(20_000, 2, offset=1e9).X
    asked = problem(rows, rows @ [1.0, 2.0] + 1.5)
    assert _gram.solve_gram(asked) is None
    assert agreement(auto(asked), asked) == 17


def test_blocks_hold_every_row_once() -> None:
    asked = large(50_001, 3, offset=7)
    shift = Shift(np.full(3, 7.0), 1.0)
    count, total = 0, np.zeros(3)
    for rows, weights in shifted_blocks(asked, shift):
        assert weights[0].tolist() == [1.0] * len(rows)
        count, total = count + len(rows), total + rows.sum(axis=0)
    assert count == 50_001
    np.testing.assert_allclose(total, (asked.X - 7).sum(axis=0), rtol=1e-9)


# --------------------------------------------------------------------------------------------------------------- laws

problems = st.builds(
    lambda seed, n, p, intercept, l2: _random(seed, n, p, intercept=intercept, l2=l2),
    st.integers(0, 2**32),
    st.integers(1, 30),
    st.integers(1, 5),
    st.booleans(),
    st.sampled_from([0.0, 0.0, 0.1]),
)
laws = settings(max_examples=60, deadline=None, derandomize=True)


def _random(seed: int, n: int, p: int, *, intercept: bool, l2: float) -> Problem:
    rng = np.random.default_rng(seed)
    columns = rng.standard_normal((n, p)) * 10.0 ** rng.integers(-6, 7, p)
    if p > 1 and rng.random() < 0.3:
        columns[:, -1] = columns[:, 0] * 2.0 ** rng.integers(-3, 3)
    return problem(columns, rng.standard_normal(n), intercept=intercept, l2=l2)


def same(fit: Fit, other: Fit, rtol: float = 1e-13) -> None:
    assert fit.rank == other.rank
    np.testing.assert_allclose(fit.coef, other.coef, rtol=rtol, atol=rtol * np.abs(other.coef).max() + 1e-30)


@laws
@given(problems)
def test_the_answer_is_the_exact_one_for_every_problem(asked: Problem) -> None:
    fit = auto(asked)
    assert fit.converged
    assert fit.rank == solve(asked)[2]
    coef, intercept, _ = solve(asked)
    size = max(abs(float(b)) for b in [*coef, intercept])
    got = [*fit.coef, fit.intercept]
    assert max(abs(g - float(b)) for g, b in zip(got, [*coef, intercept], strict=True)) <= 1e-15 * size


@laws
@given(problems, st.integers(-40, 40))
def test_scaling_the_target_scales_the_coefficients(asked: Problem, k: int) -> None:
    fit, scaled = auto(asked), auto(problem(asked.X, asked.y * 2.0**k, intercept=asked.intercept, l2=asked.l2))
    np.testing.assert_array_equal(scaled.coef, fit.coef * 2.0**k)
    assert scaled.intercept == fit.intercept * 2.0**k


@laws
@given(problems)
def test_shifting_the_target_moves_only_the_intercept(asked: Problem) -> None:
    asked = problem(asked.X, np.round(asked.y * 1024) / 1024, l2=asked.l2)
    fit, shifted = auto(asked), auto(problem(asked.X, asked.y + 4, l2=asked.l2))
    same(shifted, fit, rtol=1e-12)
    size = abs(fit.intercept) + float(np.abs(asked.X.mean(axis=0) * fit.coef).sum()) + 4
    assert abs(shifted.intercept - fit.intercept - 4) <= 1e-13 * size


@laws
@given(problems, st.randoms(use_true_random=False))
def test_permuting_rows_changes_nothing(asked: Problem, random: Random) -> None:
    order = list(range(len(asked.y)))
    random.shuffle(order)
    same(auto(problem(asked.X[order], asked.y[order], intercept=asked.intercept, l2=asked.l2)), auto(asked))


@laws
@given(problems)
def test_duplicating_rows_changes_nothing(asked: Problem) -> None:
    twice = problem(np.vstack([asked.X] * 2), np.tile(asked.y, 2), intercept=asked.intercept, l2=asked.l2)
    same(auto(twice), auto(asked))


@laws
@given(problems)
def test_residuals_are_orthogonal_to_the_columns(asked: Problem) -> None:
    fit = auto(asked)
    r = asked.y - asked.X @ fit.coef - fit.intercept
    scale = np.linalg.norm(asked.X, axis=0) * (np.abs(asked.X) @ np.abs(fit.coef) + np.abs(asked.y)).sum()
    gradient = np.abs(asked.X.T @ r - len(asked.y) * asked.l2 * fit.coef)
    assert (gradient <= 1e-14 * (scale + len(asked.y) * asked.l2 * np.abs(fit.coef))).all()
    if asked.intercept:
        assert abs(r.sum()) <= 1e-14 * (1 + np.abs(asked.X @ fit.coef).sum() + len(r) * abs(fit.intercept))


# -------------------------------------------------------------------------------------------------------------- memory

MEMORY = """
import resource, sys
import numpy as np
from backends.base import Problem
from backends.scratch_ols import ScratchOls

limit = 96 * 2**20
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
X = np.memmap(sys.argv[1], dtype=np.float64, mode="r").reshape(-1, 20)
assert X.nbytes > 1.5 * limit
fit = ScratchOls().solve(Problem(X, np.load(sys.argv[2]), True))
assert fit.converged
print(np.abs(fit.coef - np.arange(1.0, 21)).max() < 1e-2)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_DATA is enforced on Linux alone")
@pytest.mark.parametrize("alike", [0.0, 1e5], ids=["one pass", "refined"])
def test_a_file_larger_than_the_memory_allowed_is_solved(tmp_path: Path, alike: float) -> None:
    rng = np.random.default_rng(0)
    path, n = tmp_path / "X", 1_000_000
    y = np.empty(n)
    with path.open("wb") as file:
        for i in range(0, n, 100_000):
            block = rng.standard_normal((100_000, 20)) + alike * rng.standard_normal((100_000, 1))
            block.tofile(file)
            y[i : i + 100_000] = block @ np.arange(1.0, 21) + rng.standard_normal(100_000)
    np.save(tmp_path / "y.npy", y)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, path, tmp_path / "y.npy"],
        cwd=ROOT,
        env={"OPENBLAS_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "True", done.stderr
