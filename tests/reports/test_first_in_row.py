"""The table of whether our direct solver is first: against the fastest peer, with an interval, and in digits."""

import pytest

from tests.benchmarks.first_in_row import beside, table
from tests.support.comparisons import CASE, OTHER, QUIET, run_of, slowed, timed


@pytest.mark.parametrize(
    ("factor", "rounds", "place"),
    [(0.5, 12, "first"), (1.0, 12, "tie"), (1.2, 12, "slower"), (0.5, 2, "too few rounds")],
)
def test_a_problem_is_placed_by_the_interval_over_the_rounds(factor: float, rounds: int, place: str) -> None:
    peers = [*timed(OTHER, QUIET[-rounds:]), *timed("linear/sklearn_ols/cpu/float64", slowed(3.0, QUIET[:rounds]))]
    run = run_of([*timed(CASE, slowed(factor, QUIET[:rounds]), scores={"digits": 16.0}), *peers])
    (found,) = beside(run)
    assert (found.place, found.peer) == (place, "numpy_lstsq")
    assert found.ratio.ratio == pytest.approx(factor, rel=0.01)
    assert (found.digits, found.most) == (16.0, 14.0)
    assert table([found]).splitlines()[-1].startswith("| linear | 1 | numpy_lstsq | ")


def test_without_our_own_row_or_a_peers_there_is_nothing_to_place() -> None:
    assert not [*beside(run_of(timed(OTHER)))]
    assert not [*beside(run_of([*timed(CASE), *timed("linear/scratch_gd/cpu/float64")]))]
