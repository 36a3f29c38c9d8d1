"""All answers to a stack at once are the answers to each of its problems, to the last bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from backends.base import Fits, ProblemStack
from harness.reference import Judge, StackJudge, fingerprint, solve


def stack(
    ranges: list[list[int]], *, p: int = 2, intercept: bool = True, seed: int = 0, offset: float = 0.0, l2: float = 0.0,
    dtype: str = "float64",
) -> ProblemStack:  # fmt: skip
    stream = np.random.default_rng(seed)
    n = max(stop for _, stop in ranges)
    X = (stream.standard_normal((n, p)) + offset).astype(dtype)
    y = (X @ np.arange(1.0, p + 1) + stream.standard_normal(n)).astype(dtype)
    return ProblemStack(X, y, intercept, l2, np.array(ranges, dtype=np.int64))


def rough(asked: ProblemStack, error: float = 1e-9) -> Fits:
    """Answers that are about nine digits right."""
    exact = StackJudge(asked)
    shift = 1 + error * np.arange(1, len(asked) + 1)
    level = exact.intercept * shift if asked.intercept else exact.intercept
    return Fits(exact.coef * shift[:, None], level, np.ones(len(asked), dtype=np.bool_))


def assert_as_alone(asked: ProblemStack, fits: Fits) -> None:
    found = StackJudge(asked)
    scores = found.score(fits)
    losses: list[float] = []
    for i in range(len(asked)):
        alone = solve(asked[i])
        exact = Judge(asked[i], alone).score(fits.coef[i], float(fits.intercept[i]))
        np.testing.assert_array_equal(found.coef[i], alone.coef)
        assert found.intercept[i] == alone.intercept
        assert scores.digits[i] == pytest.approx(exact.digits, abs=1e-9)
        losses.append(exact.loss * float(asked.lengths[i]))
    assert scores.loss == pytest.approx(sum(losses) / float(asked.lengths.sum()), rel=1e-12)


GROUPS = [[0, 9], [9, 14], [14, 60]]
WINDOWS = [[i, i + 12] for i in range(20)]


@settings(max_examples=25, deadline=None)
@given(
    ranges=st.sampled_from([GROUPS, WINDOWS]),
    p=st.integers(1, 3),
    intercept=st.booleans(),
    seed=st.integers(0, 9),
    offset=st.sampled_from([0.0, 1e3, 1e7]),
    dtype=st.sampled_from(["float64", "float32"]),
)
def test_as_if_alone(ranges: list[list[int]], p: int, intercept: bool, seed: int, offset: float, dtype: str) -> None:
    asked = stack(ranges, p=p, intercept=intercept, seed=seed, offset=offset, dtype=dtype)
    assert_as_alone(asked, rough(asked))


def test_a_penalty_a_dependent_group_and_values_far_apart() -> None:
    penalised = stack(GROUPS, l2=0.5)
    assert_as_alone(penalised, rough(penalised))
    short = stack([[0, 9], [9, 10], [10, 30]])
    assert_as_alone(short, rough(short))
    assert StackJudge(short).deficient == 1
    wide = stack(GROUPS)
    X: NDArray[np.float64] = wide.X.astype(np.float64)
    X[3, 0] = 1e-300
    X[4, 0] = 1e200
    far = ProblemStack(X, wide.y, True, 0.0, wide.ranges)
    found = StackJudge(far)
    np.testing.assert_array_equal(found.coef[0], solve(far[0]).coef)


def test_the_worst_and_the_median() -> None:
    asked = stack(WINDOWS)
    exact = StackJudge(asked)
    fits = Fits(exact.coef.copy(), exact.intercept.copy(), np.ones(len(asked), dtype=np.bool_))
    assert exact.score(fits).digits.tolist() == [17.0] * len(asked)
    fits.coef[7, 1] *= 1 + 1e-5
    scores = exact.score(fits)
    assert scores.worst == 7
    assert scores.digits[7] == pytest.approx(5, abs=0.01)
    assert scores.median_digits == 17
    assert scores.excess > 0


def test_a_fingerprint_is_of_the_ranges_too() -> None:
    one, other = stack(GROUPS), stack([[0, 10], [10, 14], [14, 60]])
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint(one) == fingerprint(stack(GROUPS))
