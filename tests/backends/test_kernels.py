"""The compiled kernels against the NumPy code that states them, and against rational arithmetic."""

import os
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends._kernels import bind, machine_code
from backends._kernels.bound import REFINED_ELEMENTS
from backends._kernels.pointers import aligned
from backends._refined import solve_refined
from backends.base import Fit, Problem
from backends.scratch_ols import ScratchOls, auto
from harness.catalog import dataset_class
from tests.backends.test_scratch_ols import ADVERSARIAL, NIST, ROUNDING, Y, large, laws, problems
from tests.support.exact_least_squares import digits, problem, solve
from tests.support.paths import ROOT

pytestmark = pytest.mark.skipif(find_spec("numba") is None, reason="numba is not installed")


def compiled(asked: Problem) -> Fit | None:
    bound = bind(asked)
    return bound.solve() if bound else None


def whole(asked: Problem) -> Fit:
    backend = ScratchOls()
    return backend.solve(backend.prepare(asked, "cpu"))


def same_bits(fit: Fit, other: Fit) -> None:
    np.testing.assert_array_equal(fit.coef, other.coef)
    assert fit.intercept == other.intercept
    assert (fit.converged, fit.iterations, fit.rank) == (other.converged, other.iterations, other.rank)


@pytest.mark.parametrize("name", NIST)
def test_nist_keeps_its_last_digit(name: str) -> None:
    asked = dataset_class(f"nist_{name}")().data().problem
    assert digits(whole(asked), asked) == 17.0


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_adversarial_input_is_answered_to_15_digits_or_declined(name: str) -> None:
    asked = ADVERSARIAL[name]
    fit = whole(asked)
    assert fit.converged
    assert fit.rank == solve(asked)[2]
    assert digits(fit, asked) >= 15


@pytest.mark.parametrize("name", ROUNDING)
def test_columns_that_are_dependent_but_for_rounding_are_declined(name: str) -> None:
    assert compiled(problem(ROUNDING[name], Y)) is None


@laws
@given(problems, st.sampled_from([0.0, 1.0, 1e6]))
def test_what_the_kernel_answers_rounds_the_exact_answer(asked: Problem, offset: float) -> None:
    asked = problem(asked.X + offset, asked.y, intercept=asked.intercept, l2=asked.l2)
    fit = compiled(asked)
    if fit is None:
        return
    coef, intercept, rank = solve(asked)
    assert fit.rank == rank
    got, wanted = [*fit.coef, fit.intercept], [float(each) for each in [*coef, intercept]]
    np.testing.assert_allclose(got, wanted, rtol=2.0**-52, atol=1e-30)


@pytest.mark.parametrize("shape", [(20, 1), (20, 3), (100, 10), (1000, 3), (129, 32), (10_000, 10)], ids=str)
@pytest.mark.parametrize("offset", [0.0, 1e3])
def test_the_kernel_has_the_bits_of_the_refined_answer(shape: tuple[int, int], offset: float) -> None:
    asked = large(*shape, offset=offset)
    fit = compiled(asked)
    assert fit is not None
    same_bits(fit, solve_refined(asked))


def test_beyond_the_cache_a_plain_correction_loses_no_digit() -> None:
    asked = large(60_000, 3)
    assert asked.X.size > REFINED_ELEMENTS
    fit, truth = compiled(asked), solve_refined(asked)
    assert fit is not None
    np.testing.assert_allclose([*fit.coef, fit.intercept], [*truth.coef, truth.intercept], rtol=2.0**-51)


TALL = [(88_888, 3), (70_003, 4), (52_430, 5), (33_001, 8), (27_777, 10), (13_999, 20), (8_193, 32)]
"""Rows end anywhere in a block of stretches, and in a stretch."""


@pytest.mark.parametrize("shape", TALL, ids=str)
@pytest.mark.parametrize("change", ["none", "offset", "far", "sorted", "no intercept", "penalty"])
def test_tall_problems_in_stretches_are_refined(shape: tuple[int, int], change: str) -> None:
    asked = large(*shape, offset={"offset": 1e3, "far": 1e6}.get(change, 0.0))
    if change == "sorted":
        order = np.argsort(asked.X[:, 0])
        asked = Problem(np.ascontiguousarray(1e3 * asked.X[order]), asked.y[order], True)
    asked = replace(asked, intercept=change != "no intercept", l2=0.1 if change == "penalty" else 0.0)
    fit, truth = compiled(asked), solve_refined(asked)
    assert fit is not None
    same_bits(fit, truth)


def test_a_tall_problem_with_a_value_that_is_none_is_declined() -> None:
    asked = large(52_430, 5)
    for value in (np.nan, np.inf):
        X = asked.X.copy()
        X[50_000, 2] = value
        assert compiled(Problem(X, asked.y, True)) is None


WIDE = [(8_000, 33), (8_001, 38), (8_002, 39), (7_999, 40), (5_003, 63), (5_000, 64), (1_000, 300)]
"""Features, target and ones fill the last panel, begin one, or end anywhere in it; rows end anywhere in a block."""


@pytest.mark.parametrize("shape", WIDE, ids=str)
@pytest.mark.parametrize("change", ["none", "offset", "sorted", "no intercept"])
def test_wide_problems_in_parts_keep_their_digits(shape: tuple[int, int], change: str) -> None:
    asked = large(*shape, offset=1e5 if change == "offset" else 0.0)
    if change == "sorted":
        order = np.argsort(asked.X[:, 0])
        asked = Problem(np.ascontiguousarray(asked.X[order] + 3.0), asked.y[order], True)
    if change == "no intercept":
        asked = replace(asked, intercept=False)
    fit, truth = compiled(asked), solve_refined(asked)
    assert fit is not None
    np.testing.assert_allclose([*fit.coef, fit.intercept], [*truth.coef, truth.intercept], rtol=2.0**-46)
    errors = [np.abs(each.coef / truth.coef - 1).max() for each in (fit, auto(asked))]
    assert errors[0] <= max(errors[1], 2.0**-50)


@pytest.mark.parametrize("shape", [(8_001, 38), (5_000, 64)], ids=str)
def test_a_wide_problem_with_a_penalty_or_a_coefficient_far_below_its_error_is_refined(shape: tuple[int, int]) -> None:
    asked = large(*shape)
    noise = asked.y - asked.X @ np.linalg.lstsq(asked.X, asked.y, rcond=None)[0]
    slopes = np.append(np.ones(shape[1] - 1), 1e-9)
    for each in (replace(asked, l2=0.1), replace(asked, y=asked.X @ slopes + noise - noise.mean())):
        fit, truth = compiled(each), solve_refined(each)
        assert fit is not None
        np.testing.assert_allclose([*fit.coef, fit.intercept], [*truth.coef, truth.intercept], rtol=2.0**-51)


def test_wide_columns_that_are_dependent_are_declined() -> None:
    X = large(8_000, 40).X.copy()
    X[:, 17] = X[:, 3] - X[:, 30]
    assert compiled(Problem(X, X[:, 0] + 1.0, True)) is None


def test_one_feature_over_many_rows_has_every_digit() -> None:
    rng = np.random.default_rng(1)
    x = np.round(rng.gamma(2.0, 0.4, (53_940, 1)), 2)
    asked = problem(x, np.round(7756 * x[:, 0] - 2256 + 1500 * rng.standard_normal(len(x))))
    assert digits(whole(asked), asked) == 17.0


@pytest.mark.parametrize("change", ["X", "y"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_declined(change: str, value: float) -> None:
    asked = large(100, 2)
    arrays = {"X": asked.X.copy(), "y": asked.y.copy()}
    arrays[change][7] = value
    assert compiled(Problem(arrays["X"], arrays["y"], True)) is None


def test_without_a_kernel_the_answer_is_that_of_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = large(500, 4)
    with_kernel = whole(asked)
    monkeypatch.setenv(machine_code.OFF, "numpy")
    machine_code.load.cache_clear()
    try:
        assert bind(asked) is None
        same_bits(whole(asked), auto(asked))
        np.testing.assert_allclose(auto(asked).coef, with_kernel.coef, rtol=2.0**-50)
    finally:
        machine_code.load.cache_clear()


RUN = """
import sys
import numpy as np
from backends._kernels import bind
from backends.base import Problem
X = np.arange(20.0)[:, None]
fit = bind(Problem(X, 2 * X[:, 0] + 1, True)).solve()
print(fit.coef.tolist(), fit.intercept, "numba" in sys.modules)
"""


@pytest.mark.slow
def test_an_empty_cache_is_filled_and_what_it_holds_needs_no_numba(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        cwd=ROOT,
        env={**os.environ, "LINBENCH_CACHE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[2.0] 1.0 False"
    (file,) = (tmp_path / "kernels").glob("*.o")
    assert file.stem.endswith("-direct"), "what other methods need is not compiled for this one"
    code = machine_code.read(file)
    assert len(code) > 1000
    damaged = tmp_path / "damaged.o"
    for wrong in (file.read_bytes()[:-100], b"", code):
        damaged.write_bytes(wrong)
        assert machine_code.read(damaged) == b"", "what is not as it was written is compiled anew"


@pytest.mark.parametrize("count", [1, 7, 64, 10_255])
def test_work_space_begins_a_cache_line(count: int) -> None:
    """Else a block of rows lies off it in some processes, and a fit takes a tenth more time there."""
    held = [aligned(count) for _ in range(50)]
    assert {each.ctypes.data % 64 for each in held} == {0}
    assert {each.shape for each in held} == {(count,)}
    bound = bind(problem(np.eye(9)[:, :2], [1.0, 2, 4, 0, 0, 0, 1, 0, 3]))
    assert bound is None or bound._call._work.ctypes.data % 64 == 0
