"""No peer has more digits than ``scratch_ols``: wherever one has, the rule by which it decides is wrong."""

import pytest

from tests.benchmarks.digits_of_peers import OFFSETS, PEERS, compared, problems

QUICK = ["numpy_lstsq", "scipy_lstsq", "sklearn_ols"]


def assert_first(rows: int, offsets: list[float], peers: list[str]) -> None:
    for name, problem in problems(rows, offsets):
        found = compared(problem, peers)
        assert len(found) > 1, "no peer answered"
        assert found["scratch_ols"] == max(found.values()), f"{name}: {found}"


def test_a_thousand_rows() -> None:
    assert_first(1_000, OFFSETS, PEERS)


def test_a_hundred_thousand_rows() -> None:
    assert_first(100_000, [1.0, 1e6], QUICK)


@pytest.mark.slow
def test_a_hundred_thousand_rows_at_every_offset() -> None:
    assert_first(100_000, OFFSETS, PEERS)


@pytest.mark.slow
def test_a_million_rows() -> None:
    assert_first(1_000_000, [0.0, 1e3], QUICK)
