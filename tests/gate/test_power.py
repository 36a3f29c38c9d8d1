"""The gate's promises on synthetic rounds, whose truth is known: silent over what is alike, loud over what is slower.

The spreads between rounds are those that were measured for scikit-learn, statsmodels, a NumPy loop and a torch loop.
"""

import math
from dataclasses import replace

import numpy as np
import pytest

from harness.compare import Thresholds, compare
from harness.compare.sequential import MOST, Sequential
from harness.config import Plan
from harness.stats import CERTAIN
from tests.benchmarks.gate_power import (
    ALLOWED,
    STORED,
    Allowed,
    Pool,
    Sides,
    confirmed,
    draw,
    failing,
    look,
    pool_of,
    sequential_case,
    sequential_table,
    slowed,
    table,
    with_neighbour,
    with_stream,
)
from tests.benchmarks.peers import PEERS, asv, mean_5, median_5, pyperf
from tests.support.comparisons import CASE, OTHER, run_of, timed

SPREADS = np.resize([0.041, 0.023, 0.007, 0.025], 60)
GATE = Thresholds()
ROUNDS = 12


def sides(rng: np.random.Generator, spreads: np.ndarray = SPREADS, rounds: int = ROUNDS) -> Sides:
    old, new = (spreads[:, None] * rng.standard_normal((len(spreads), rounds)) for _ in range(2))
    return Sides(old, new)


def first_look(measured: Sides) -> set[int]:
    return failing(look(measured, GATE, CERTAIN, ("old", "new")))


@pytest.mark.slow
def test_identical_runs_of_60_cases_are_red_one_time_in_a_hundred_at_most() -> None:
    rng = np.random.default_rng(20)
    red = [bool(first_look(sides(rng))) for _ in range(400)]
    assert np.mean(red) <= 0.01


@pytest.mark.slow
def test_not_even_skewed_rounds_with_bursts_raise_more_alarms() -> None:
    rng = np.random.default_rng(21)

    def bursts(quiet: np.ndarray) -> np.ndarray:
        return quiet + np.where(rng.random(quiet.shape) < 0.1, rng.exponential(0.15, quiet.shape), 0.0)

    red = [bool(first_look(Sides(bursts(s.old), bursts(s.new)))) for s in (sides(rng) for _ in range(400))]
    assert np.mean(red) <= 0.01


def test_a_neighbour_during_half_of_a_run_is_no_slowdown_of_the_program() -> None:
    """Of a neighbour the control leaves a few percent, now more and now less."""
    rng = np.random.default_rng(22)
    at_first = at_last = 0
    for _ in range(100):
        measured = sides(rng, SPREADS[:20])
        measured.new[:, ROUNDS // 2 :] += 0.02 + 0.05 * rng.standard_normal((20, ROUNDS // 2))
        comparison = look(measured, GATE, CERTAIN, ("old", "new"))
        at_first += bool(comparison.failing)
        at_last += bool(confirmed(comparison, sides(rng, SPREADS[:20])).failing)
    assert at_first <= 3
    assert at_last <= 1


def share_found(effect: float, spread: float, *, again: bool, trials: int = 200) -> float:
    """How often one slowed timed of 60 fails, and no other with it."""
    rng = np.random.default_rng(int(1e4 * (effect + spread)) + again)
    spreads = np.array([spread, *SPREADS[1:]])
    found = 0
    for _ in range(trials):
        comparison = look(slowed(sides(rng, spreads), 0, effect), GATE, STORED, ("old", "new"))
        if again:
            comparison = confirmed(comparison, slowed(sides(rng, spreads), 0, effect))
        found += failing(comparison) == {0}
    return found / trials


@pytest.mark.slow
@pytest.mark.parametrize(
    ("effect", "spread", "least"), [(0.10, 0.041, 0.99), (0.05, 0.025, 0.95), (0.05, 0.007, 0.99), (0.03, 0.007, 0.95)]
)
def test_a_slowdown_is_found_when_both_sides_are_measured_again(effect: float, spread: float, least: float) -> None:
    assert share_found(effect, spread, again=True) >= least


@pytest.mark.slow
def test_one_look_finds_ten_percent_where_noise_is_ordinary() -> None:
    assert share_found(0.10, 0.025, again=False) >= 0.99


def test_what_is_said_not_to_be_visible_is_found_as_rarely_as_that() -> None:
    rng = np.random.default_rng(23)
    comparison = look(sides(rng), GATE, CERTAIN, ("old", "new"))
    visible = [case.judgements[0].visible for case in comparison.cases]
    assert all(each is not None for each in visible)
    rough, quiet = (
        np.median([v for v, s in zip(visible, SPREADS, strict=True) if s == spread]) for spread in (0.041, 0.007)
    )
    assert 0.08 < rough < 0.13
    assert 0.02 < quiet < 0.03


def test_measuring_again_makes_no_alarms() -> None:
    rng = np.random.default_rng(24)
    red = doubtful = 0
    for _ in range(60):
        comparison = look(sides(rng), GATE, CERTAIN, ("old", "new"))
        doubtful += len(comparison.doubtful)
        red += bool(failing(confirmed(comparison, sides(rng))))
    assert red == 0
    assert 0 < doubtful < 60 * 60 * 0.05


# --- the script ------------------------------------------------------------------------------------------------------


def pool(rounds: int) -> Pool:
    rng = np.random.default_rng(25)
    log_ratios = 0.01 * rng.standard_normal((4, rounds))
    log_ratios[0, 0] = np.nan
    samples = tuple(
        tuple(tuple(np.exp(f) * (1 + 0.02 * rng.exponential(size=10))) if np.isfinite(f) else () for f in row)
        for row in log_ratios
    )
    return Pool(("a", "b", "c", "d"), log_ratios, samples, samples)


def test_a_pool_has_the_rounds_of_every_run_over_the_cases_that_all_have() -> None:
    first = run_of([*timed(), *timed(OTHER)])
    second = run_of([each for each in timed(times=[2.0] * 12) if each.round != 3], 1)
    runs = [replace(run, header=replace(run.header, plan=run.header.plan.model_copy(update={"rounds": 12})))
            for run in (first, second)]  # fmt: skip
    found = pool_of(runs)
    assert found.cases == (CASE,)
    assert found.rounds == 24
    assert np.flatnonzero(np.isnan(found.log_ratios[0])).tolist() == [12 + 3]
    assert found.log_ratios[0, -1] == pytest.approx(np.log(2.0))
    assert (found.samples[0][0], found.controls[0][0], found.samples[0][15]) == ((1e-3,), (1e-3,), ())


@pytest.mark.parametrize(("rounds", "stored"), [(48, False), (24, False), (24, True)])
def test_sides_are_drawn_apart(rounds: int, stored: bool) -> None:
    drawn = draw(np.random.default_rng(0), rounds, 12, stored=stored)
    assert len(drawn.old) == len(drawn.new_again) == 12
    assert not set(drawn.old) & set(drawn.new)
    if stored:
        assert max(drawn.old) < 12 <= min(*drawn.new, *drawn.old_again, *drawn.new_again)


def test_the_table_has_a_row_a_rule() -> None:
    text = table(pool(24), np.random.default_rng(0), pairs=5, a_side=12, cases=1, thresholds=GATE, stored=False)
    lines = text.splitlines()
    assert len(lines) == 2 + 3 + len(PEERS)
    assert all(line.count("|") == 7 for line in lines)
    (both,) = [line for line in lines if "both sides" in line]
    assert both.split("|")[2:4] == [" 0.0000 ", " 0.000 "]
    assert both.split("|")[6] == " 1.000 "


def streaming_pool(rounds: int = 44, spread: float = 0.1) -> Pool:
    """Two cases that a stream follows to half a per cent and products do not, beside two without one."""
    plain, rng = pool(rounds), np.random.default_rng(26)
    log_ratios = np.where(np.isfinite(plain.log_ratios), plain.log_ratios, 0.0)
    log_ratios[2:] = spread * rng.standard_normal((2, rounds))
    streamed = np.full((4, rounds), np.nan)
    streamed[2:] = 0.005 * rng.standard_normal((2, rounds))
    return replace(plain, log_ratios=log_ratios, streamed=streamed)


def test_the_control_that_is_chosen_at_first_is_that_of_the_second_measurement() -> None:
    both = streaming_pool()
    first, again = draw(np.random.default_rng(0), 44, 11, stored=False).sides(both)
    found = look(slowed(first, 3, 0.05), GATE, CERTAIN, ("old", "new"))
    assert found.controls == {"0": "products", "1": "products", "2": "stream", "3": "stream"}
    assert failing(confirmed(found, slowed(again, 3, 0.05))) == {3}
    assert not failing(look(slowed(replace(first, old_streamed=None), 3, 0.05), GATE, CERTAIN, ("old", "new")))


def test_what_the_stream_leaves_is_told_beside_what_products_do() -> None:
    told = with_stream(streaming_pool())
    assert told.startswith("2 of 4 cases have the streaming control in every round; they vary by ")
    products, stream = (float(each) for each in told.split() if "." in each)
    assert products == pytest.approx(10, rel=0.3)
    assert stream == pytest.approx(0.5, rel=0.3)
    assert with_stream(pool(24)) == "0 of 4 cases have the streaming control in every round"


def test_a_pool_of_runs_with_and_without_the_stream_has_no_whole_side_of_it() -> None:
    streamed = [replace(each, stream=(2e-3,)) for each in timed()]
    plan = Plan(rounds=len(streamed))
    found = pool_of([run_of(streamed, plan=plan), run_of(timed(), 1, plan=plan)])
    assert found.streamed is not None
    assert np.isfinite(found.streamed[0]).sum() == len(streamed) == found.rounds / 2
    assert found.streamed[0, 0] == pytest.approx(np.log(0.5))


@pytest.mark.parametrize("effect", [0.0, 0.02, 0.05])
def test_the_sequential_rule_is_that_of_the_comparison(effect: float) -> None:
    sides = slowed(Sides(*(0.01 * np.random.default_rng(27).standard_normal((2, 1, MOST)))), 0, effect)
    measured = [
        [replace(timed(case, [math.exp(ratio)])[0], round=i) for i, ratio in enumerate(side[0])]
        for case, side in (("old", sides.old), ("new", sides.new))
    ]
    rule, rounds = Sequential([("old", "new")], GATE), 0
    while rounds < MOST and not rule.reached("old"):
        for side in measured:
            rule.add(side[rounds])
        rounds += 1
    old, new = (run_of([replace(each, case=CASE) for each in side[:rounds]], i) for i, side in enumerate(measured))
    (case,) = compare(old, new, GATE, side_by_side=True, stopped="looks").cases
    assert sequential_case(sides, 0, GATE) == (case.verdict == "worse", rounds, "products")


def test_the_sequential_table_finds_over_the_stream_what_products_hide_and_is_silent_with_a_neighbour() -> None:
    text = sequential_table(streaming_pool(), np.random.default_rng(1), pairs=6, cases=4, allowed=ALLOWED[:3])
    heads, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    for row in rows:
        told = dict(zip(heads, row, strict=True))
        assert float(told["A/A, runs red"]) == float(told["with a neighbour, runs red"]) == 0.0
        assert float(told["+5%"]) == float(told["+10%"]) == 1.0
        assert float(told["over the stream"]) == 0.5
        assert float(told["rounds, median"]) <= 6
    alone = replace(streaming_pool(), streamed=None)
    blunt = sequential_table(alone, np.random.default_rng(1), pairs=6, cases=4, allowed=[Allowed(0.02, 30)])
    assert float(blunt.splitlines()[-1].split("|")[1 + heads.index("+5%")]) <= 0.6


def test_a_neighbour_comes_and_goes_for_both_sides_at_once() -> None:
    sides = Sides(*np.zeros((2, 5, MOST)))
    busy = with_neighbour(sides, np.random.default_rng(2))
    there = (busy.old != 0).any(axis=0)
    assert (there == (busy.new != 0).any(axis=0)).all()
    assert 0 < there.sum() < MOST
    assert (busy.old[:, there] != busy.new[:, there]).all()


def test_peers_rules_as_they_are_written_down() -> None:
    old = [[1.0, 1.01, 0.99, 1.02, 0.98] for _ in range(12)]

    def slower(by: float) -> list[list[float]]:
        return [[by * each for each in process] for process in old]

    assert [median_5(old, slower(by)) for by in (1.0, 1.04, 1.06)] == [False, False, True]
    assert [mean_5(old, slower(by)) for by in (1.0, 1.04, 1.06)] == [False, False, True]
    assert [asv(old, slower(by)) for by in (1.0, 1.09, 1.2)] == [False, False, True]
    assert [pyperf(old, slower(by)) for by in (1.0, 1.01, 0.9)] == [False, True, False]
    burst = [[1.0, 1.0, 1.0, 1.0, 1.5], *old[1:]]
    assert mean_5(old, burst)
    assert not median_5(old, burst)
