"""The control that a time is divided by is chosen blindly, and its choice costs no false alarm."""

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
import scipy.stats

from harness import stats
from harness.compare import compare, confirm
from harness.compare.controls import CHANCE, CLEARLY, FEWEST, Side, chosen, levels_over, side_of
from harness.machine import Host, Machine
from harness.results import Measurement, Row
from harness.stats import RESOLUTION
from tests.support.comparisons import CASE, both, judged, only, run_of, timed
from tests.support.runs import key

ROUNDS = 12


def side(rng: np.random.Generator, products: float, stream: float, shared: float, rounds: int = ROUNDS) -> Side:
    """Rounds whose log ratios spread by so much, with so much of a correlation."""
    one, other = rng.standard_normal((2, rounds))
    return Side((products * one).tolist(), (stream * (shared * one + sqrt(1 - shared**2) * other)).tolist())


def shifted(one: Side, by: float) -> Side:
    assert one.stream is not None
    return Side([each + by for each in one.products], [each + by for each in one.stream])


# --- the choice ------------------------------------------------------------------------------------------------------


def test_the_stream_is_chosen_where_it_plainly_leaves_less() -> None:
    rng = np.random.default_rng(0)

    def share(stream: float) -> float:
        pairs = [[side(rng, 0.03, stream, 0.5) for _ in "on"] for _ in range(200)]
        return float(np.mean([chosen(*pair) == "stream" for pair in pairs]))

    assert share(0.01) > 0.98
    assert share(0.03) < CHANCE + 0.02
    assert share(0.05) == 0.0


def test_the_choice_never_looks_at_the_difference_that_is_tested() -> None:
    rng = np.random.default_rng(1)
    for _ in range(100):
        old, new = (side(rng, 0.03, 0.02, 0.5) for _ in "on")
        assert len({chosen(old, shifted(new, by)) for by in (-1.0, 0.0, 0.02, 1.0)}) == 1
        assert chosen(old, new) == chosen(new, old)


def test_the_variances_are_compared_as_those_of_pairs() -> None:
    """Against SciPy's test of the correlation of sums and differences, with the freedom of two means."""
    rng, seen = np.random.default_rng(2), set()
    for _ in range(200):
        sides = [side(rng, 0.03, 0.022, 0.5) for _ in "on"]
        products, stream = (
            np.concatenate([np.subtract(each, np.mean(each)) for each in pair])
            for pair in ([each.products for each in sides], [each.stream or () for each in sides])
        )
        r = np.corrcoef(products + stream, products - stream)[0, 1]
        freedom = 2 * ROUNDS - 3
        p = scipy.stats.t.sf(r * sqrt(freedom / (1 - r**2)), freedom)
        clearly = np.var(products) > CLEARLY * np.var(stream)
        seen.add(found := chosen(*sides))
        assert found == ("stream" if p < CHANCE and clearly else "products")
    assert seen == {"products", "stream"}


def test_without_the_stream_in_every_round_of_both_sides_it_is_products() -> None:
    rng = np.random.default_rng(3)
    good = side(rng, 0.05, 0.001, 0.0)
    for other in (good._replace(stream=None), side(rng, 0.05, 0.001, 0.0, FEWEST - 1)):
        for pair in ((good, other), (other, good)):
            assert chosen(*pair) == "products"
            assert {(each.control, each.chosen_of) for each in levels_over(*pair)} == {("products", 1)}
    assert {(each.control, each.chosen_of) for each in levels_over(good, good)} == {("stream", 2)}
    assert {(each.control, each.chosen_of) for each in levels_over(good, good, "products")} == {("products", 1)}
    assert levels_over(good, good._replace(stream=None), "stream")[0].control == "products"


def test_a_side_leaves_out_rounds_without_a_ratio_and_knows_the_clocks_ticks() -> None:
    rows = [streamed([2.0] * 3, [1.0] * 3), streamed([2.0] * 3, [1.0] * 3)]
    rows[1][1] = replace(rows[1][1], control=())
    rows[0][2] = replace(rows[0][2], stream=())
    one, other = (side_of(Row(key(CASE), tuple(each)).rounds.values()) for each in rows)
    assert (len(one.products), one.stream) == (3, None)
    assert (len(other.products), len(other.stream or ())) == (2, 2)
    assert one.resolution == RESOLUTION
    (tiny,) = timed(times=[1e-5], repeats=1)
    assert side_of(Row(key(CASE), (tiny,)).rounds.values()).resolution == pytest.approx(0.1)


@pytest.mark.parametrize("stream", [1.0, 0.7, 0.5])
def test_no_choice_raises_false_alarms(stream: float) -> None:
    """Whichever leaves less by luck is taken for better than it is: without its price, more alarms come."""
    rng, level, trials = np.random.default_rng(int(10 * stream)), 0.05, 3000
    alarms = unpaid = 0
    for _ in range(trials):
        old, new = (side(rng, 0.03, 0.03 * stream, 0.3) for _ in "on")
        found = stats.difference(*levels_over(old, new))
        alarms += found.p <= level
        unpaid += found._replace(chosen_of=1).p <= level
    assert alarms / trials <= level
    assert unpaid > alarms


def test_over_the_stream_a_slowdown_is_seen_that_is_lost_in_what_products_leave() -> None:
    rng = np.random.default_rng(5)

    def found(control: str | None) -> float:
        return float(np.mean([
            stats.difference(*levels_over(old, shifted(new, 0.03), control)).p < 0.01  # type: ignore[arg-type]
            for old, new in ((side(rng, 0.03, 0.015, 0.3), side(rng, 0.03, 0.015, 0.3)) for _ in range(300))
        ]))  # fmt: skip

    assert found("products") < 0.6
    assert found(None) > 0.8


# --- in a comparison -------------------------------------------------------------------------------------------------


def streamed(times: Sequence[float], stream: Sequence[float]) -> list[Measurement]:
    """A case of so many milliseconds, the streaming control of so many beside it."""
    pairs = zip(timed(times=times), stream, strict=True)
    return [replace(each, stream=(1e-3 * seconds,)) for each, seconds in pairs]


def moving(seed: int, factor: float = 1.0) -> list[Measurement]:
    """A case whose processes differ by a tenth, the streaming control with them."""
    rng = np.random.default_rng(seed)
    process = np.exp(0.1 * rng.standard_normal(ROUNDS))
    noise = np.exp(0.005 * rng.standard_normal(ROUNDS))
    return streamed((factor * process * noise).tolist(), process.tolist())


def test_a_comparison_takes_the_control_that_follows_and_says_which() -> None:
    found = both(moving(1), moving(2, 1.05), side_by_side=True)
    time = judged(found, "seconds")
    assert (time.verdict, time.control) == ("worse", "stream")
    assert time.effect == pytest.approx(0.05, abs=0.01)
    (record,) = [each for each in only(found).record()["judgements"] if each["kind"] == "seconds"]
    assert record["control"] == "stream"
    assert found.controls == {CASE: "stream"}
    old_file = [replace(each, stream=()) for each in moving(1)]
    time = judged(both(old_file, moving(2, 1.05), side_by_side=True), "seconds")
    assert (time.verdict, time.control) == ("undecided", "products")
    assert judged(both(timed(), timed()), "seconds").control == "products"


def test_between_machines_products_alone_are_known() -> None:
    hosts = [Host(machine=Machine(id=each * 12), node=each) for each in "ab"]
    one, other = ([replace(each, host=host) for each in moving(i)] for i, host in enumerate(hosts))
    assert judged(both(one, other), "seconds").control == "products"
    assert judged(both(one, [replace(each, host=hosts[0]) for each in other]), "seconds").control == "stream"


def test_fresh_rounds_are_looked_at_as_the_first_were() -> None:
    first = both(moving(1), moving(2, 1.05), side_by_side=True)
    steady = [streamed(np.exp(0.001 * np.random.default_rng(i).standard_normal(ROUNDS)).tolist(), process)
              for i, process in enumerate([[1.0, 1.2] * 6, [1.2, 1.0] * 6])]  # fmt: skip
    again = compare(run_of(steady[0], 2), run_of(steady[1], 3), side_by_side=True, controls=first.controls)
    assert judged(again, "seconds").control == "stream", "though here products follow better"
    assert not confirm(first, again).failing


def test_rounds_over_different_controls_are_never_pooled() -> None:
    first = both(moving(1), moving(2, 1.05), side_by_side=True)
    without = [replace(each, stream=()) for each in moving(3, 2.0)]
    alone = compare(run_of(moving(1)), run_of(without, 3), side_by_side=True, controls=first.controls)
    time = judged(confirm(first, alone), "seconds")
    assert (time.verdict, time.confirmed) == ("undecided", False)
    assert "over another control" in time.reason
