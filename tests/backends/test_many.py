"""Stacks of problems: whoever answers them, in whatever way, answers each as if it were alone."""

import os
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends._kernels import bind_stack, bound_parts, bound_stack
from backends._kernels.bound import REFINED_ELEMENTS
from backends._refined import solve_refined
from backends.base import Array, Backend, Fits, ProblemStack, Unsupported
from backends.numpy_batched import NumpyBatched
from backends.numpy_lstsq import NumpyLstsq
from backends.polars_ols import PolarsOls
from backends.scratch_ols import ScratchOls
from backends.torch_lstsq import TorchLstsq

OWN = [
    NumpyBatched(), NumpyBatched(method="qr"), NumpyBatched(method="pinv"), ScratchOls(), TorchLstsq(),
    TorchLstsq(driver="gels"), PolarsOls(),
]  # fmt: skip
"""Those with a way of their own."""

each_way = pytest.mark.parametrize("backend", [*OWN, NumpyLstsq(), ScratchOls(method="qr")], ids=repr)


def stack(ranges: Array, *, intercept: bool = True, p: int = 3, seed: int = 0, l2: float = 0.0) -> ProblemStack:
    stream = np.random.default_rng(seed)
    n = int(ranges.max())
    X = stream.standard_normal((n, p))
    y = X @ np.arange(1.0, p + 1) + 0.5 + stream.standard_normal(n)
    X.flags.writeable = y.flags.writeable = False
    return ProblemStack(X, y, intercept, l2, np.asarray(ranges, dtype=np.int64))


def cut(lengths: list[int]) -> Array:
    ends = np.cumsum(lengths)
    return np.column_stack([ends - lengths, ends])


def windows(n: int, window: int) -> Array:
    first = np.arange(n - window + 1)
    return np.column_stack([first, first + window])


KINDS = {
    "equal": cut([20] * 6),
    "ragged": cut([9, 40, 12, 5, 33, 12]),
    "windows": windows(60, 12),
    "one": cut([30]),
}
each_kind = pytest.mark.parametrize("kind", KINDS)
with_and_without_intercept = pytest.mark.parametrize("intercept", [True, False], ids=["intercept", "no_intercept"])


def many(backend: Backend[Any], asked: ProblemStack) -> Fits:
    if backend.lack() is not None:
        pytest.skip(f"{backend.library.distribution} is not here")
    return backend.solve_many(backend.prepare_many(asked, "cpu"))


def singly(backend: Backend[Any], asked: ProblemStack) -> Fits:
    return Fits.of([backend.solve(backend.prepare(asked[i], "cpu")) for i in range(len(asked))])


def assert_near(one: Fits, other: Fits, tolerance: float = 1e-12) -> None:
    np.testing.assert_allclose(one.coef, other.coef, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(one.intercept, other.intercept, rtol=tolerance, atol=tolerance)


@each_way
@each_kind
@with_and_without_intercept
def test_each_fit_is_as_if_alone(backend: Backend[Any], kind: str, intercept: bool) -> None:
    asked = stack(KINDS[kind], intercept=intercept)
    found = many(backend, asked)
    assert_near(found, singly(backend, asked))
    assert found.coef.shape == (len(asked), 3)
    assert found.coef.dtype == found.intercept.dtype == np.float64
    assert found.converged.all()
    assert intercept or not found.intercept.any()


@settings(max_examples=30, deadline=None)
@given(
    lengths=st.lists(st.integers(2, 30), min_size=1, max_size=8),
    intercept=st.booleans(),
    p=st.integers(1, 4),
    seed=st.integers(0, 5),
)
def test_scratch_ols_answers_any_groups_as_single_problems(
    lengths: list[int], intercept: bool, p: int, seed: int
) -> None:
    asked = stack(cut(lengths), intercept=intercept, p=p, seed=seed)
    found, alone = many(ScratchOls(), asked), singly(ScratchOls(), asked)
    np.testing.assert_array_equal(found.coef, alone.coef)
    np.testing.assert_array_equal(found.intercept, alone.intercept)


@each_way
def test_the_order_of_problems_does_not_matter(backend: Backend[Any]) -> None:
    ranges = KINDS["ragged"]
    order = np.array([3, 0, 5, 1, 4, 2])
    found = many(backend, stack(ranges))
    turned = many(backend, stack(np.ascontiguousarray(ranges[order])))
    assert_near(Fits(found.coef[order], found.intercept[order], found.converged), turned, 1e-13)


@each_way
def test_twice_the_same_bits_and_the_data_left_alone(backend: Backend[Any]) -> None:
    asked = stack(KINDS["ragged"])
    X, y = asked.X.copy(), asked.y.copy()
    if backend.lack() is not None:
        pytest.skip(f"{backend.library.distribution} is not here")
    state = backend.prepare_many(asked, "cpu")
    first, second = backend.solve_many(state), backend.solve_many(state)
    np.testing.assert_array_equal(first.coef, second.coef)
    np.testing.assert_array_equal(asked.X, X)
    np.testing.assert_array_equal(asked.y, y)


@pytest.mark.parametrize("backend", [ScratchOls(), NumpyLstsq(), NumpyBatched(method="pinv"), TorchLstsq()], ids=repr)
def test_an_underdetermined_group_gets_its_least_norm_and_costs_no_other(backend: Backend[Any]) -> None:
    asked = stack(cut([20, 2, 15]))
    found = many(backend, asked)
    assert_near(found, singly(backend, asked))
    residual = asked[1].X @ found.coef[1] + found.intercept[1] - asked[1].y
    np.testing.assert_allclose(residual, 0, atol=1e-12)
    if found.rank is not None:
        assert found.rank.tolist() == [4, 2, 4]


@pytest.mark.parametrize("backend", [NumpyBatched(), NumpyBatched(method="qr"), PolarsOls()], ids=repr)
def test_a_way_that_needs_full_rank_says_so(backend: Backend[Any]) -> None:
    with pytest.raises(Unsupported, match="needs a row for each parameter, got 2"):
        many(backend, stack(cut([20, 2, 15])))


def test_a_loop_says_of_which_problem_it_was_refused() -> None:
    with pytest.raises(Unsupported, match="fit 0: method 'loops'"):
        many(ScratchOls(method="loops"), stack(cut([20, 20])))


@pytest.mark.parametrize("backend", [NumpyBatched(), TorchLstsq(), PolarsOls(), NumpyLstsq()], ids=repr)
def test_a_penalty_is_refused_where_it_cannot_be(backend: Backend[Any]) -> None:
    with pytest.raises(Unsupported, match="l2"):
        many(backend, stack(cut([20, 20]), l2=0.1))


def test_scratch_ols_takes_a_penalty_of_each_problems_own_mean() -> None:
    asked = stack(KINDS["ragged"], l2=0.1)
    assert_near(many(ScratchOls(), asked), singly(ScratchOls(method="qr"), asked))


def test_float32_is_solved_in_a_loop() -> None:
    asked = stack(KINDS["ragged"])
    single = ProblemStack(asked.X.astype(np.float32), asked.y.astype(np.float32), True, 0.0, asked.ranges)
    assert_near(many(ScratchOls(), single), many(NumpyLstsq(), single), 1e-4)


@pytest.mark.skipif(os.environ.get("LINBENCH_KERNELS") == "numpy", reason="without kernels")
def test_the_kernel_has_the_single_problems_bits_where_all_are_refined() -> None:
    asked = stack(KINDS["windows"])
    bound = bind_stack(asked)
    if bound is None:
        pytest.skip("Numba is not here")
    np.testing.assert_array_equal(bound.solve().coef, singly(ScratchOls(), asked).coef)
    assert bound.declined.tolist() == []


compiled = pytest.mark.skipif(
    os.environ.get("LINBENCH_KERNELS") == "numpy" or find_spec("numba") is None, reason="without kernels"
)


@compiled
@pytest.mark.parametrize("p", [1, 2, 3, 4, 5, 8, 9, 16, 31, 32])
@pytest.mark.parametrize("change", ["none", "offset", "no intercept", "penalty"])
def test_problems_abreast_round_the_exact_answers(p: int, change: str) -> None:
    """Lengths that fill squares of a register's width, and end anywhere in one."""
    asked = stack(cut([p + 2, p + 9, 40, 33, 48, p + 17, 41, 35, 34, 40, 64]), p=p, seed=p)
    if change == "offset":
        asked = replace(asked, X=asked.X + 1e3)
    asked = replace(asked, intercept=change != "no intercept", l2=0.1 if change == "penalty" else 0.0)
    found = many(ScratchOls(), asked)
    for i in range(len(asked)):
        truth = solve_refined(asked[i])
        np.testing.assert_array_equal(found.coef[i], truth.coef)
        assert found.intercept[i] == truth.intercept


@compiled
def test_work_space_is_divided_as_it_was_asked_for() -> None:
    language, lane_rows, abreast, stretches = (
        import_module(f"backends._kernels.{each}") for each in ("language", "lane_rows", "abreast", "stretches")
    )
    assert language.WIDTH <= bound_stack.REGISTER
    assert {bound_stack.BEYOND, bound_parts.BEYOND} == {lane_rows.BEYOND}
    assert (bound_stack.NUMBERS, bound_stack.ROWS) == (abreast.NUMBERS, abreast.ROWS)
    assert (bound_parts.ROWS, bound_parts.AT_ONCE, bound_parts.HEAD) == (
        stretches.ROWS, stretches.AT_ONCE, stretches.HEAD,
    )  # fmt: skip


@compiled
def test_a_large_stack_has_the_bits_of_its_problems_alone_wherever_they_stand() -> None:
    asked = stack(np.concatenate([cut([100] * 500), windows(50_000, 37)[:700], cut([5, 2000, 31, 4, 900, 7])]))
    found, order = many(ScratchOls(), asked), np.random.default_rng(1).permutation(len(asked))
    assert asked.lengths.sum() * 3 > REFINED_ELEMENTS
    turned = many(ScratchOls(), replace(asked, ranges=np.ascontiguousarray(asked.ranges[order])))
    np.testing.assert_array_equal(found.coef[order], turned.coef)
    np.testing.assert_array_equal(found.intercept[order], turned.intercept)
    for i in [*range(0, len(asked), 97), *range(len(asked) - 6, len(asked))]:
        alone = ScratchOls().solve(ScratchOls().prepare(asked[i], "cpu"))
        np.testing.assert_array_equal(found.coef[i], alone.coef)
        assert found.intercept[i] == alone.intercept


@compiled
@pytest.mark.parametrize("change", ["nan", "infinite", "dependent", "constant target", "huge", "far from zero"])
def test_a_problem_that_is_none_for_lanes_costs_those_beside_it_nothing(change: str) -> None:
    asked = stack(KINDS["equal"])
    X, y = asked.X.copy(), asked.y.copy()
    rows = slice(*asked.ranges[2])
    match change:
        case "nan" | "infinite":
            X[rows.start + 3, 1] = np.nan if change == "nan" else np.inf
        case "dependent":
            X[rows, 2] = X[rows, 0] - X[rows, 1]
        case "constant target":
            y[rows] = 3.0
        case "huge":
            X[rows] *= 1e200
        case "far from zero":
            X[rows] += 1e12
    changed = replace(asked, X=X, y=y)
    bound, before = bind_stack(changed), many(ScratchOls(), asked)
    assert bound is not None
    found = bound.solve()
    others = [0, 1, 3, 4, 5]
    np.testing.assert_array_equal(found.coef[others], before.coef[others])
    assert set(bound.declined.tolist()) <= {2}
    if change not in ("nan", "infinite"):
        fits = many(ScratchOls(), changed)
        alone = ScratchOls().solve(ScratchOls().prepare(changed[2], "cpu"))
        np.testing.assert_array_equal(fits.coef[2], alone.coef)


def test_windows_are_told_from_groups() -> None:
    assert stack(KINDS["windows"]).window == 12
    assert stack(KINDS["equal"]).window is None
    assert stack(KINDS["one"]).window is None
