"""Arithmetic on samples, held against SciPy's own tests and worked examples."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from harness.stats import (
    CERTAIN,
    RESOLUTION,
    Difference,
    Level,
    Variance,
    combined,
    difference,
    holm,
    least_p_unpaired,
    level,
    merged,
    paired,
    quantile,
    round_of,
    spread,
    student,
)

LAWS = settings(derandomize=True, deadline=None, max_examples=60)
logs = st.lists(st.floats(-3, 3), min_size=2, max_size=12)


@LAWS
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.floats(0, 1))
def test_a_quantile_is_numpys(samples: list[float], share: float) -> None:
    assert quantile(sorted(samples), share) == pytest.approx(np.quantile(samples, share), rel=1e-9, abs=1e-6)


def test_no_sample_has_no_spread() -> None:
    assert spread([]) is None
    assert spread([3.0]) == (3.0, 3.0, 3.0, 1)


def test_a_round_is_its_lower_quartile_over_the_controls() -> None:
    found = round_of([4.0, 1.0, 3.0, 2.0, 5.0], [8.0, 2.0, 4.0, 6.0, 10.0], 3)
    assert found is not None
    assert (found.median, found.low, found.control, found.control_spread) == (3.0, 2.0, 4.0, None)
    assert found.log_ratio == math.log(0.5)
    assert found.tick == pytest.approx(1e-9 / 6)


def test_a_round_without_samples_or_without_a_ratio() -> None:
    assert round_of([], [1.0], 1) is None
    for seconds, control in (([0.0, 0.0], [1.0]), ([1.0], []), ([1.0], [0.0])):
        found = round_of(seconds, control, None)
        assert found is not None
        assert found.log_ratio is None


def test_a_noisy_process_is_seen_in_its_control() -> None:
    found = round_of([1.0], [1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0], 1)
    assert found is not None
    assert found.control_spread == 0.5


def test_one_round_has_a_mean_and_no_variance() -> None:
    assert level([2.5]) == Level(2.5, math.inf, 0, 1)
    lone = difference(level([1.0]), level([2.0, 3.0]))
    assert (lone.estimate, lone.p, lone.visible(0.01, 0.9)) == (1.5, 1.0, math.inf)
    assert lone.interval(0.95) == (-math.inf, math.inf)


def test_equal_figures_are_no_certainty() -> None:
    same = difference(level([1.0] * 4), level([1.0] * 4))
    assert same.error == pytest.approx(RESOLUTION * math.sqrt(2 / 4))
    assert same.p == 1.0


@LAWS
@given(logs, logs)
def test_the_unpaired_test_is_welchs(old: list[float], new: list[float]) -> None:
    if min(np.std(old, ddof=1), np.std(new, ddof=1)) < 0.01:
        return
    theirs = scipy_stats.ttest_ind(new, old, equal_var=False)
    mine = difference(level(old), level(new))
    low, high = mine.interval(0.95)
    interval = theirs.confidence_interval(0.95)
    assert mine.p == pytest.approx(theirs.pvalue, rel=1e-8)
    assert (low, high) == pytest.approx((interval.low, interval.high), rel=1e-8, abs=1e-8)


@LAWS
@given(logs)
def test_the_paired_test_is_students(differences: list[float]) -> None:
    if np.std(differences, ddof=1) < 0.01:
        return
    theirs = scipy_stats.ttest_1samp(differences, 0.0)
    assert paired(differences).p == pytest.approx(theirs.pvalue, rel=1e-8)


@LAWS
@given(logs, st.randoms(use_true_random=False))
def test_the_order_of_rounds_does_not_matter_to_the_last_bit(figures: list[float], random: object) -> None:
    shuffled = list(figures)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert level(figures) == level(shuffled)


def test_a_variance_between_sessions_widens_with_its_own_freedom() -> None:
    old, new = level([0.0, 0.02, -0.02, 0.01]), level([0.1, 0.12, 0.08, 0.11])
    alone = difference(old, new)
    assert difference(old, new, CERTAIN) == alone
    known = difference(old, new, Variance(1e-2, math.inf))
    guessed = difference(old, new, Variance(1e-2, 2))
    assert alone.error < known.error == guessed.error
    assert guessed.freedom < alone.freedom < known.freedom
    assert alone.p < known.p < guessed.p


def test_far_tails_keep_their_digits() -> None:
    assert Difference(1.0, 0.02, 22.0).p == pytest.approx(2 * scipy_stats.t.sf(50, 22), rel=1e-10)
    assert Difference(0.0, 1.0, math.inf).interval(1 - 1e-12)[1] == pytest.approx(scipy_stats.norm.isf(5e-13), rel=1e-3)


def test_what_is_visible_is_found_as_often_as_promised() -> None:
    rng = np.random.default_rng(0)
    n, sd, alpha, power = 12, 0.02, 0.001, 0.9
    effect = Difference(0.0, sd * math.sqrt(2 / n), 2 * n - 2).visible(alpha, power)
    old = rng.normal(0, sd, (4000, n))
    new = rng.normal(effect, sd, (4000, n))
    found = np.mean(scipy_stats.ttest_ind(new, old, axis=1).pvalue < alpha)
    assert found == pytest.approx(power, abs=0.02)


def test_a_margin_counts_towards_what_is_visible() -> None:
    sharp = Difference(0.0, 1e-4, 22.0)
    assert sharp.visible(0.01, 0.9) < 0.001
    assert 0.02 < sharp.visible(0.01, 0.9, margin=0.02) < 0.021


@pytest.mark.parametrize(("n", "p"), [(5, 0.0079), (6, 0.0022), (7, 0.0006)])
def test_the_least_p_of_few_rounds(n: int, p: float) -> None:
    assert least_p_unpaired(n, n) == pytest.approx(p, abs=5e-5)
    separated = scipy_stats.mannwhitneyu(range(n), range(n, 2 * n), method="exact")
    assert least_p_unpaired(n, n) == pytest.approx(separated.pvalue)


def test_the_least_p_of_one_round() -> None:
    assert least_p_unpaired(1, 1) == 1.0
    assert least_p_unpaired(1, 12) == pytest.approx(2 / 13)


def test_holms_worked_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@LAWS
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_is_the_closure_of_bonferroni(p: list[float]) -> None:
    """A hypothesis is rejected at a level when every intersection with it is, by Bonferroni."""
    for i, adjusted in enumerate(holm(p)):
        others = [j for j in range(len(p)) if j != i]
        sets = (subset for size in range(len(p)) for subset in itertools.combinations(others, size))
        closed = max(min(1.0, (len(subset) + 1) * min(p[i], *(p[j] for j in subset), 2.0)) for subset in sets)
        assert adjusted == pytest.approx(closed)


@LAWS
@given(logs, logs)
def test_levels_merge_to_the_level_of_all_rounds(one: list[float], other: list[float]) -> None:
    if min(np.std(one, ddof=1), np.std(other, ddof=1)) < 0.01:
        return
    both = merged(level(one), level(other))
    assert both.mean == pytest.approx(np.mean(one + other), abs=1e-9)
    assert both.rounds == len(one) + len(other)
    shares = len(one) / both.rounds, len(other) / both.rounds
    error = shares[0] ** 2 * np.var(one, ddof=1) / len(one) + shares[1] ** 2 * np.var(other, ddof=1) / len(other)
    assert both.variance == pytest.approx(error)


def test_a_lone_round_leaves_a_merged_level_unsure() -> None:
    assert merged(level([1.0]), level([2.0, 3.0]))[:4] == pytest.approx((2.0, math.inf, 0, 3))


def test_independent_differences_count_by_what_they_are_worth() -> None:
    sharp, blunt = Difference(0.1, 0.01, 10), Difference(0.4, 0.02, 10)
    both = combined(sharp, blunt)
    assert both.estimate == pytest.approx(0.16)
    assert both.error == pytest.approx(0.01 / math.sqrt(1.25))
    assert 10 < both.freedom < 20
    assert combined(sharp, Difference(9.0, math.inf, 0)) == pytest.approx(sharp)
    assert combined(*[Difference(1.0, math.inf, 0)] * 2).p == 1.0


def test_a_difference_chosen_from_two_has_half_of_the_level() -> None:
    alone = Difference(0.03, 0.01, 22.0)
    of_two = alone._replace(chosen_of=2)
    assert of_two.p == pytest.approx(2 * alone.p)
    assert of_two.interval(0.98) == pytest.approx(alone.interval(0.99))
    assert of_two.visible(0.02, 0.9) == pytest.approx(alone.visible(0.01, 0.9))
    one, other = level([0.0, 0.1, 0.2]), level([0.3, 0.1, 0.4])._replace(chosen_of=2)
    assert difference(one, other).chosen_of == student(one, other).chosen_of == merged(one, other).chosen_of == 2
    assert combined(alone, of_two).chosen_of == 2


def test_a_round_has_its_ratio_to_the_streaming_control_where_that_was_timed() -> None:
    found = round_of([4.0], [8.0], 1, [5.0, 1.0, 2.0, 4.0, 3.0])
    assert found is not None
    assert (found.stream, found.log_ratio_to_stream, found.log_ratio) == (2.0, math.log(2.0), math.log(0.5))
    without = round_of([4.0], [8.0], 1)
    assert without is not None
    assert (without.stream, without.log_ratio_to_stream) == (None, None)
