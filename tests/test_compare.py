"""Verdicts between two runs: every rule, every kind of absence, and the laws that all of them keep."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare import CaseVerdict, Comparison, Gate, Judgement, compare, confirm
from harness.compare.numbers import explained_loss
from harness.compare.seconds import rounds_needed
from harness.compare.sessions import MACHINES, SESSIONS
from harness.errors import UsageError
from harness.results import Measurement, Run, json_text
from tests.runs import header

CASE = "linear/scratch_ols/cpu/float64"
OTHER = "linear/numpy_lstsq/cpu/float64"
QUIET = (1.0, 1.002, 0.998, 1.001, 0.999, 1.003, 0.997, 1.0, 1.001, 0.999, 1.002, 0.998)
SCORES = {"digits": 14.0, "condition": 3.0, "ill_posed": False, "judged_by": "coefficients", "loss_train": 0.25,
          "exact_rank": 3}  # fmt: skip


def cell(
    case: str = CASE, times: Sequence[float] = QUIET, *, control: float = 1e-3, **changes: Any
) -> list[Measurement]:
    """A case with one sample a round, of so many milliseconds."""
    scores = {**SCORES, **changes.pop("scores", {})}
    answer = {"coef": (1.0, 2.0), "intercept": 0.5, "rank": 3, "peak_memory_bytes": 90_000_000, "data": "0123abcd"}
    return [
        Measurement(
            **{"case": case, "round": number, "status": "ok", "seconds": (1e-3 * time,), "control": (control,),
               "repeats": 100, "scores": scores, **answer, **changes}
        )
        for number, time in enumerate(times)
    ]  # fmt: skip


def run_of(measurements: Iterable[Measurement], hours: float = 0, *, finished: bool = True, **changes: Any) -> Run:
    measured = tuple(measurements)
    first = {**header(hours, (each.case for each in measured)), **changes}
    return Run(Path(f"{first['run']}.jsonl"), first, measured, "later" if finished else None)


def both(old: Iterable[Measurement], new: Iterable[Measurement], gate: Gate | None = None, **how: Any) -> Comparison:
    return compare(run_of(old), run_of(new, 1), gate or Gate(), **how)


def only(comparison: Comparison) -> CaseVerdict:
    (case,) = comparison.cases
    return case


def judged(comparison: Comparison, kind: Any) -> Judgement:
    found = only(comparison).judgement(kind)
    assert found is not None
    return found


def slowed(factor: float, times: Sequence[float] = QUIET) -> list[float]:
    return [factor * each for each in times]


# --- seconds ---------------------------------------------------------------------------------------------------------


def test_the_same_is_the_same_and_says_what_it_could_not_see() -> None:
    comparison = both(cell(), cell())
    assert comparison.verdict == "same"
    time = judged(comparison, "seconds")
    assert (time.verdict, time.effect) == ("same", 0.0)
    assert time.low is not None
    assert time.high is not None
    assert time.visible is not None
    assert -0.02 < time.low < 0 < time.high < 0.02 < time.visible < 0.05
    assert (time.old, time.new) == pytest.approx((1e-3, 1e-3), rel=1e-3)
    assert not comparison.failing
    assert not comparison.doubtful


def test_slower_beyond_chance_and_margin_is_worse_and_faster_better() -> None:
    assert judged(both(cell(), cell(times=slowed(1.1))), "seconds").verdict == "worse"
    assert judged(both(cell(times=slowed(1.1)), cell()), "seconds").verdict == "better"
    assert judged(both(cell(), cell(times=slowed(1.1))), "seconds").effect == pytest.approx(0.1)


def test_a_sure_change_within_the_margin_is_no_news() -> None:
    time = judged(both(cell(), cell(times=slowed(1.01)), side_by_side=True), "seconds")
    assert time.p is not None
    assert time.p < 0.01
    assert time.verdict == "same"


def test_what_noise_hides_is_undecided_never_the_same() -> None:
    rough = [1.0, 1.2, 0.8, 1.1, 0.9, 1.3, 0.7, 1.0]
    time = judged(both(cell(times=rough), cell(times=rough)), "seconds")
    assert time.verdict == "undecided"
    assert time.visible is not None
    assert time.visible > 0.3
    assert "noisy: the old run" in time.reason


def test_a_slow_machine_is_no_slow_program() -> None:
    comparison = both(cell(control=1e-3), cell(times=slowed(1.5), control=1.5e-3))
    assert judged(comparison, "seconds").verdict == "same"


@pytest.mark.parametrize(("old", "new"), [(1, 1), (1, 12), (2, 2), (4, 4), (3, 12)])
def test_too_few_rounds_say_so_whatever_they_saw(old: int, new: int) -> None:
    for factor in (1.0, 2.0):
        time = judged(both(cell(times=QUIET[:old]), cell(times=slowed(factor)[:new])), "seconds")
        if math.comb(old + new, new) >= 200:
            assert time.verdict == ("same" if factor == 1 else "worse")
        else:
            assert time.verdict == "undecided"
            assert f"too few rounds: {old} and {new}; for one cell it takes 5 a side" in time.reason
            assert time.visible is None


def test_more_cells_take_more_rounds() -> None:
    assert [rounds_needed(cells, 0.01) for cells in (1, 10, 60, 500)] == [5, 7, 8, 10]
    names = [f"linear/b{i}/cpu/float64" for i in range(60)]
    old = [each for name in names for each in cell(name, QUIET[:7])]
    new = [each for name in names for each in cell(name, slowed(1.0)[:7])]
    comparison = both(old, new)
    assert {case.verdict for case in comparison.cases} == {"undecided"}
    assert "over 60 cells it takes 8 a side" in comparison.cases[0].judgements[-1].reason or any(
        "over 60 cells it takes 8 a side" in each.reason for each in comparison.cases[0].judgements
    )


def test_many_cells_raise_the_bar_and_a_near_miss_is_measured_again() -> None:
    wobbly = [1.0, 1.04, 0.96, 1.03, 0.97, 1.02, 0.98, 1.05, 0.95, 1.0]
    alone = both(cell(times=wobbly), cell(times=slowed(1.06, wobbly)))
    assert judged(alone, "seconds").verdict == "worse"
    others = [each for i in range(60) for each in cell(f"linear/b{i}/cpu/float64")]
    among = both([*cell(times=wobbly), *others], [*cell(times=slowed(1.06, wobbly)), *others])
    time = among.cases[0].judgement("seconds")
    assert time is not None
    assert (time.verdict, time.suspect) == ("undecided", True)
    assert among.doubtful == (CASE,)
    assert not among.failing


@pytest.mark.parametrize("times", [[0.0] * 8, [0.0] + [1.0] * 0])
def test_zero_samples_are_no_ratio(times: list[float]) -> None:
    time = judged(both(cell(times=times), cell(times=times)), "seconds")
    assert time.verdict == "undecided"
    assert "samples of 0 s" in time.reason


def test_a_nanosecond_is_one_tick_and_proves_nothing() -> None:
    tiny = [1e-6] * 12
    for new in (tiny, slowed(2.0, tiny)):
        time = judged(both(cell(times=tiny, repeats=1), cell(times=new, repeats=1)), "seconds")
        assert time.verdict == "undecided"
    assert (
        judged(both(cell(times=tiny, repeats=10**7), cell(times=slowed(2.0, tiny), repeats=10**7)), "seconds").verdict
        == "worse"
    )


def test_samples_that_are_all_equal_are_judged_all_the_same() -> None:
    flat = [1.0] * 12
    assert judged(both(cell(times=flat), cell(times=flat)), "seconds").verdict == "same"
    assert judged(both(cell(times=flat), cell(times=slowed(1.05, flat))), "seconds").verdict == "worse"


def test_a_round_that_lost_its_worker_counts_as_a_status_and_not_as_a_time() -> None:
    rounds = cell()
    lost = replace(
        rounds[3], status="crashed", reason="killed by SIGSEGV", seconds=(), control=(), scores={}, coef=None
    )
    comparison = both(cell(), [*rounds[:3], lost, *rounds[4:]])
    assert judged(comparison, "status").verdict == "worse"
    assert judged(comparison, "status").reason == "killed by SIGSEGV"
    time = judged(comparison, "seconds")
    assert time.verdict == "same"
    assert "11 of 12 new rounds were timed" in time.reason


def test_unequal_numbers_of_rounds_are_tested_as_they_are() -> None:
    assert judged(both(cell(times=QUIET[:5]), cell(times=slowed(1.1))), "seconds").verdict == "worse"


def test_a_time_on_one_side_alone_is_no_same() -> None:
    untimed = cell(seconds=(), control=())
    assert judged(both(cell(), untimed), "seconds").reason == "the new run has no time for it"
    assert only(both(untimed, untimed)).judgement("seconds") is None


# --- digits, loss, counts, statuses, memory --------------------------------------------------------------------------


def digits(old: float, new: float, condition: float = 3.0, dtype: str = "float64") -> str:
    case = CASE.replace("float64", dtype)
    sides = [cell(case, scores={"digits": d, "condition": condition}, coef=(d, 1.0)) for d in (old, new)]
    return judged(both(*sides), "digits").verdict


@pytest.mark.parametrize(
    ("old", "new", "condition", "dtype", "verdict"),
    [
        (9.0, 0.2, 1e3, "float64", "worse"),  # scikit-learn 1.9.1 on Wampler1
        (6.2, 0.9, 1.0, "float32", "worse"),  # scikit-learn 1.8.0 on 500,000 rows
        (17.0, 15.5, 1.0, "float64", "same"),  # an error of 0, then of an ulp or two
        (17.0, 15.0, 1.0, "float64", "worse"),  # robbed of two digits, however many there were
        (17.0, 7.0, 1e10, "float64", "worse"),  # more precision than the data's, lost
        (12.0, 11.2, 1e5, "float64", "same"),  # at what the condition allows, rounding differs
        (5.88, 5.88 - 0.55, 1.0, "float64", "worse"),  # a descent stopped early has no rounding to hide behind
        (5.88, 5.88 - 0.45, 1.0, "float64", "same"),
        (0.3, 5.0, 1.0, "float64", "better"),
        (15.5, 17.0, 1.0, "float64", "same"),
    ],
)
def test_digits(old: float, new: float, condition: float, dtype: str, verdict: str) -> None:
    assert digits(old, new, condition, dtype) == verdict


def test_rounding_explains_little_of_a_wrong_answer_and_never_two_digits() -> None:
    eps = float(np.finfo(np.float64).eps)
    assert explained_loss(5.0, 10.0, eps) < 1e-8
    assert explained_loss(15.0, None, eps) == pytest.approx(math.log10(1 + 10 * eps * 1e15))
    assert explained_loss(17.0, 1e16, eps) + Gate().digits < 2


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.floats(0, 17), st.floats(0, 17), st.floats(0, 15))
def test_more_digits_never_explain_less(a: float, b: float, log_condition: float) -> None:
    few, many = sorted((a, b))
    assert explained_loss(few, 10**log_condition, 2e-16) <= explained_loss(many, 10**log_condition, 2e-16)


def test_the_same_bits_are_said_to_be_the_same_bits() -> None:
    assert judged(both(cell(), cell()), "digits").reason == "bit for bit the same answer"
    assert "bit for bit" not in judged(both(cell(), cell(coef=(1.0, 2.0000000000000004))), "digits").reason


def test_the_condition_says_nothing_of_fitted_values() -> None:
    sides = [
        cell(scores={"digits": d, "condition": math.inf, "judged_by": "fitted values", "ill_posed": True}, coef=(d,))
        for d in (15.0, 13.0)
    ]
    assert judged(both(*sides), "digits").verdict == "worse"


@pytest.mark.parametrize("kind", ["certified_digits", "standard_error_digits", "r_squared_digits"])
def test_every_kind_of_digits_is_judged_and_more_is_better(kind: str) -> None:
    good, bad = cell(scores={kind: 12.0}), cell(scores={kind: 8.0})
    assert judged(both(good, bad), kind).verdict == "worse"
    assert judged(both(bad, good), kind).verdict == "better"
    assert only(both(cell(), cell())).judgement(kind) is None  # type: ignore[arg-type]
    assert judged(both(good, cell()), kind).reason == "only the old run has it"


def test_a_worse_r_squared_is_no_improvement_and_an_error_of_an_ulp_no_loss() -> None:
    halved = both(
        cell(scores={"r_squared_digits": 17.0}, r_squared=1.0), cell(scores={"r_squared_digits": 0.3}, r_squared=0.5)
    )
    assert judged(halved, "r_squared_digits").verdict == "worse"
    ulp = both(cell(scores={"r_squared_digits": 17.0}), cell(scores={"r_squared_digits": 16.0}))
    assert judged(ulp, "r_squared_digits").verdict == "same"


def test_the_loss_is_judged_where_digits_are_too_few_to_tell() -> None:
    poor = {"digits": 0.3, "loss_train": 1.0}
    assert judged(both(cell(scores=poor), cell(scores={**poor, "loss_train": 1.5})), "loss_train").verdict == "worse"
    assert judged(both(cell(scores=poor), cell(scores={**poor, "loss_train": 0.5})), "loss_train").verdict == "better"
    assert judged(both(cell(scores=poor), cell(scores={**poor, "loss_train": 1.005})), "loss_train").verdict == "same"
    perfect = both(
        cell(scores={"digits": 15.0, "loss_train": 1e-30}), cell(scores={"digits": 15.0, "loss_train": 1e-28})
    )
    assert only(perfect).judgement("loss_train") is None


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [("ok", "not_converged", "worse"), ("crashed", "ok", "better"), ("ok", "ok", "same"), ("missing", "error", "worse"),
     ("not_converged", "diverged", "worse")],
)  # fmt: skip
def test_statuses(old: Any, new: Any, verdict: str) -> None:
    assert judged(both(cell(status=old), cell(status=new)), "status").verdict == verdict


def test_one_bad_round_of_twelve_is_a_bad_status() -> None:
    rounds = cell()
    assert judged(both(rounds, [*rounds[1:], replace(rounds[0], status="not_converged")]), "status").verdict == "worse"


def test_counts_are_equal_or_they_are_not() -> None:
    assert judged(both(cell(iterations=1000), cell(iterations=1000)), "iterations").verdict == "same"
    assert judged(both(cell(iterations=17), cell(iterations=170)), "iterations").verdict == "worse"
    assert judged(both(cell(iterations=170), cell(iterations=17)), "iterations").verdict == "better"
    assert judged(both(cell(), cell(iterations=17)), "iterations").verdict == "undecided"
    assert judged(both(cell(rank=3), cell(rank=2)), "rank").verdict == "worse"
    assert judged(both(cell(rank=4), cell(rank=3)), "rank").verdict == "better"
    assert judged(both(cell(rank=4), cell(rank=2)), "rank").verdict == "undecided"


def test_memory_has_its_margin() -> None:
    assert judged(both(cell(), cell(peak_memory_bytes=98_000_000)), "memory").verdict == "same"
    assert judged(both(cell(), cell(peak_memory_bytes=100_000_000)), "memory").verdict == "worse"
    assert judged(both(cell(), cell(peak_memory_bytes=80_000_000)), "memory").verdict == "better"


def test_memory_is_compared_between_rounds_that_loaded_as_much() -> None:
    """What a library loads on first use is there or not by the draw of the order."""

    def drawn(first: Sequence[int], own: int) -> list[Measurement]:
        peaks = [(own + 130_000_000 * (i in first), i in first) for i in range(12)]
        rounds = zip(cell(), peaks, strict=True)
        return [replace(each, peak_memory_bytes=peak, first_use=use) for each, (peak, use) in rounds]

    never, some, always = drawn((), 35_000_000), drawn((1, 7), 35_000_000), drawn(range(12), 35_000_000)
    for old, new in ((never, some), (some, never), (some, always), (some, some)):
        assert judged(both(old, new), "memory").verdict == "same"
    assert judged(both(never, drawn((1, 7), 45_000_000)), "memory").verdict == "worse"
    apart = judged(both(never, always), "memory")
    assert (apart.verdict, apart.suspect) == ("undecided", False)
    assert "never the first cell" in apart.reason


def test_a_time_that_improved_because_less_was_done_is_said_to_have() -> None:
    fast = {"times": slowed(0.5)}
    fewer = both(cell(iterations=1000), cell(iterations=100, **fast))
    assert only(fewer).notes == ("faster, but in fewer passes over the data: 1000, now 100",)
    wrong = both(cell(), cell(scores={"digits": 9.0}, coef=(1.0, 2.1), **fast))
    assert only(wrong).notes == ("faster, but with fewer correct digits: 14.0, now 9.0",)
    assert only(wrong).verdict == "worse"
    assert only(both(cell(), cell(**fast))).notes == ()


# --- what cannot be compared -----------------------------------------------------------------------------------------


def test_what_is_lost_fails_and_what_is_new_does_not() -> None:
    comparison = both([*cell(), *cell(OTHER)], [*cell(), *cell("linear/new/cpu/float64")])
    assert [case.verdict for case in comparison.cases] == ["same", "gone", "new"]
    assert [case.case for case in comparison.failing] == [OTHER]
    assert comparison.verdict == "gone"


def test_a_run_that_was_broken_off_says_so() -> None:
    old, new = run_of([*cell(), *cell(OTHER)]), run_of(cell(), 1, finished=False)
    new = replace(new, header={**new.header, "cases": old.header["cases"]})
    comparison = compare(old, new)
    assert comparison.cases[1].reason == "planned, but the run ended before it"
    assert any("1 of 2 cases" in note for note in comparison.notes)


@pytest.mark.parametrize(("old", "new"), [((), CASE), ((), ()), (OTHER, CASE)])
def test_nothing_in_common_is_never_the_same(old: Any, new: Any) -> None:
    comparison = both(*(cell(case) if case else [] for case in (old, new)))
    assert comparison.compared == 0
    assert comparison.verdict in ("new", "gone", "incomparable")
    assert json.loads(json_text(comparison.record()))["compared"] == 0


def planned(run: Run, **changes: Any) -> Run:
    return replace(run, header={**run.header, "cases": [{**each, **changes} for each in run.header["cases"]]})


def test_other_data_options_threads_or_dtype_are_other_experiments() -> None:
    old = planned(run_of(cell()), options={"tol": 1e-3, "epochs": 10})
    plan = {**old.header["plan"], "threads": 2}
    for new, reason in (
        (planned(run_of(cell(data="ffff")), options={"tol": 1e-3}), "different data (fingerprint 0123abcd, now ffff)"),
        (planned(old, options={"tol": 1e-6, "epochs": 10}), "option tol was 0.001, now 1e-06"),
        (replace(old, header={**old.header, "plan": plan}), "threads were 1, now 2"),
        (planned(old, dtype="float32"), "dtype was float64, now float32"),
    ):
        case = only(compare(old, new))
        assert (case.verdict, case.reason, case.judgements) == ("incomparable", reason, ())


def test_an_option_that_one_side_does_not_know_is_said() -> None:
    old, new = planned(run_of(cell()), options={}), planned(run_of(cell(), 1), options={"engine": "auto"})
    case = only(compare(old, new))
    assert case.verdict == "same"
    assert case.notes == ("engine='auto' is an option it did not have",)


def test_a_cell_that_failed_before_it_had_data_is_worse_not_incomparable() -> None:
    failed = cell(
        status="error", reason="no such file", data="", seconds=(), control=(), scores={}, coef=None, rank=None
    )
    assert only(both(cell(), failed)).verdict == "worse"


def test_times_by_another_control_are_not_compared_but_digits_are() -> None:
    old, new = run_of(cell()), run_of(cell(scores={"digits": 9.0}, coef=(0.0,)), 1, control="something-else")
    comparison = compare(old, new)
    assert judged(comparison, "seconds").verdict == "incomparable"
    assert "control kernel was numpy-4x200x200, now something-else" in judged(comparison, "seconds").reason
    assert judged(comparison, "digits").verdict == "worse"


def test_times_taken_in_another_way_are_not_compared_either() -> None:
    comparison = compare(run_of(cell(), protocol=1), run_of(cell(times=slowed(2.0)), 1, protocol=2))
    assert judged(comparison, "seconds").verdict == "incomparable"
    assert "timing protocol was 1, now 2" in judged(comparison, "seconds").reason
    assert judged(comparison, "digits").verdict == "same"


def test_another_machine_widens_times_and_spares_digits() -> None:
    machine = {"id": "two", "cpu": "Another processor"}
    slow = cell(times=slowed(1.15), scores={"digits": 9.0}, coef=(0.0,), peak_memory_bytes=200_000_000)
    moved = compare(run_of(cell()), run_of(slow, 1, machine=machine))
    assert judged(moved, "seconds").verdict == "undecided"
    assert judged(moved, "memory").verdict == "undecided"
    assert judged(moved, "digits").verdict == "worse"
    assert "A processor, now on Another processor" in moved.notes[0]
    assert (
        judged(compare(run_of(cell()), run_of(cell(times=slowed(3.0)), 1, machine=machine)), "seconds").verdict
        == "worse"
    )


# --- sessions --------------------------------------------------------------------------------------------------------


def sessions(deviation: float, runs: int, cases: int = 8, machine: str = "one", step: float = 0.0) -> list[Run]:
    rng = np.random.default_rng(7)
    found = []
    for hour in range(runs):
        measurements = [
            each
            for i in range(cases)
            for each in cell(
                f"linear/b{i}/cpu/float64",
                slowed(math.exp(deviation * rng.standard_normal() + step * (hour >= runs // 2))),
            )
        ]
        found.append(
            run_of(measurements, 2 + hour + (100 if machine == "two" else 0), machine={"id": machine, "cpu": machine})
        )
    return found


def width(comparison: Comparison) -> float:
    time = comparison.cases[0].judgement("seconds")
    assert time is not None
    assert time.high is not None
    return math.log1p(time.high) - math.log1p(time.effect or 0.0)


def test_the_interval_is_as_wide_as_sessions_differ() -> None:
    old, new = sessions(0.0, 1)[0], sessions(0.0, 2)[1]
    beside = width(compare(old, new, side_by_side=True))
    assumed = width(compare(old, new))
    assert beside < assumed < beside + 2.6 * math.sqrt(2) * SESSIONS
    quiet = compare(old, new, history=sessions(0.0, 12))
    rough = compare(old, new, history=sessions(0.03, 12))
    assert width(quiet) == pytest.approx(beside, rel=0.05)
    assert 2 * assumed < width(rough) < 0.25
    assert "over 11 stored runs" in rough.notes[0]


def test_a_step_in_the_history_is_not_taken_for_noise() -> None:
    old, new = sessions(0.0, 1)[0], sessions(0.0, 2)[1]
    assert width(compare(old, new, history=sessions(0.0, 20, step=0.2))) < 0.02


def test_a_short_history_or_one_of_another_experiment_is_left_out() -> None:
    old, new = sessions(0.0, 1)[0], sessions(0.0, 2)[1]
    plain = compare(old, new).record()
    assert compare(old, new, history=sessions(0.1, 3)).record() == plain
    other = [replace(run, header={**run.header, "control": "other"}) for run in sessions(0.1, 12)]
    assert compare(old, new, history=other).record() == plain
    assert compare(old, new, history=sessions(0.1, 12, cases=1)).record() == plain


def test_machines_that_are_known_to_differ_less_are_trusted_more() -> None:
    old, new = sessions(0.0, 1)[0], sessions(0.0, 2, machine="two")[1]
    assumed, known = (
        compare(old, new),
        compare(old, new, history=[*sessions(0.02, 4), *sessions(0.02, 4, machine="two")]),
    )
    assert width(known) < width(assumed) / 2
    assert width(assumed) > 2 * MACHINES
    assert "measured on both" in known.notes[0]


def moved(factors: Sequence[float]) -> Comparison:
    old = [each for i in range(len(factors)) for each in cell(f"linear/b{i}/cpu/float64")]
    new = [each for i, factor in enumerate(factors) for each in cell(f"linear/b{i}/cpu/float64", slowed(factor))]
    return both(old, new)


def test_what_most_cells_have_in_common_is_held_for_the_session_and_said() -> None:
    comparison = moved([1.03, 1.05, 1.04, 1.07, 1.035, 1.045, 1.02, 1.06])
    assert not comparison.failing
    assert any("most times moved, by +4.2% in the middle" in note for note in comparison.notes)


def test_one_slow_cell_among_quiet_ones_is_no_session() -> None:
    comparison = moved([1.0, 1.001, 0.999, 1.0, 1.1, 1.002, 0.998, 1.0])
    assert [case.case for case in comparison.failing] == ["linear/b4/cpu/float64"]
    assert len(comparison.notes) == 1


def test_nothing_that_all_cells_lost_by_half_is_held_for_the_session() -> None:
    assert len(moved([1.5] * 20).failing) == 20


def test_in_one_session_what_all_cells_lost_is_lost() -> None:
    names = [f"linear/b{i}/cpu/float64" for i in range(8)]
    old = [each for name in names for each in cell(name)]
    new = [each for name in names for each in cell(name, slowed(1.05))]
    assert len(both(old, new, side_by_side=True).failing) == 8


# --- confirmation ----------------------------------------------------------------------------------------------------


def test_what_fails_must_fail_again() -> None:
    first = both([*cell(), *cell(OTHER)], [*cell(times=slowed(1.1)), *cell(OTHER)])
    assert first.doubtful == (CASE,)
    agreed = confirm(first, compare(run_of(cell(), 2), run_of(cell(times=slowed(1.1)), 3)))
    assert [case.verdict for case in agreed.cases] == ["worse", "same"]
    time = agreed.cases[0].judgement("seconds")
    assert time is not None
    assert time.confirmed
    denied = confirm(first, compare(run_of(cell(), 2), run_of(cell(), 3)))
    time = denied.cases[0].judgement("seconds")
    assert time is not None
    assert (time.verdict, time.confirmed, time.reason) == ("undecided", False, "measured again it was same")
    assert not denied.failing
    assert "both sides" in denied.notes[-1]


def test_what_was_not_measured_again_stays() -> None:
    first = both(cell(), cell(times=slowed(1.1)))
    assert confirm(first, both(cell(OTHER), cell(OTHER))).failing == first.failing


WOBBLY = (1.0, 1.04, 0.96, 1.03, 0.97, 1.02, 0.98, 1.05, 0.95, 1.0)


def suspicious() -> Comparison:
    others = [each for i in range(60) for each in cell(f"linear/b{i}/cpu/float64")]
    return both([*cell(times=WOBBLY), *others], [*cell(times=slowed(1.06, WOBBLY)), *others])


def again(factor: float, *, old: float | None = None) -> Comparison:
    """The wobbly cell measured again: the new side against the stored old run, or against a fresh one."""
    stored = run_of(cell(times=WOBBLY)) if old is None else run_of(cell(times=slowed(old, WOBBLY)), 5)
    return compare(stored, run_of(cell(times=slowed(factor, WOBBLY)), 6), side_by_side=old is not None)


def test_a_suspect_is_worse_once_the_rounds_of_both_measurements_say_so() -> None:
    first = suspicious()
    agreed = confirm(first, again(1.06, old=1.0))
    assert [case.case for case in agreed.failing] == [CASE]
    before, after = (each.cases[0].judgement("seconds") for each in (first, agreed))
    assert before is not None
    assert after is not None
    assert after.effect == pytest.approx(0.06)
    assert before.low is not None
    assert after.low is not None
    assert before.low < after.low < 0.06
    assert (after.confirmed, after.suspect) == (True, False)
    assert after.p is not None
    assert before.p is not None
    assert after.p < 0.01 < before.p


def test_a_suspect_is_cleared_by_rounds_in_which_it_is_not_slower() -> None:
    for factor in (1.0, 1.01, 0.9):
        cleared = confirm(suspicious(), again(factor, old=1.0))
        time = cleared.cases[0].judgement("seconds")
        assert time is not None
        assert (time.verdict, time.confirmed, time.suspect) == ("undecided", False, False)
        assert "measured again it was" in time.reason
        assert cleared.doubtful == ()


def test_the_new_side_alone_counts_for_less() -> None:
    first = suspicious()
    alone, together = confirm(first, again(1.06)), confirm(first, again(1.06, old=1.0))
    assert "the new side alone" in alone.notes[-1]
    assert "both sides" in together.notes[-1]
    intervals = [each.cases[0].judgements[-1] for each in (together, alone)]
    assert [each.kind for each in intervals] == ["seconds", "seconds"]
    assert alone.verdict == "undecided"
    assert [case.case for case in together.failing] == [CASE]


def test_few_rounds_may_speak_when_they_are_measured_again() -> None:
    others = [each for i in range(60) for each in cell(f"linear/b{i}/cpu/float64", QUIET[:6])]
    first = both([*cell(times=QUIET[:6]), *others], [*cell(times=slowed(2.0, QUIET[:6])), *others])
    assert not first.failing
    assert first.doubtful == (CASE,)
    twice = compare(run_of(cell(times=QUIET[:6]), 5), run_of(cell(times=slowed(2.0, QUIET[:6])), 6))
    assert [case.case for case in confirm(first, twice).failing] == [CASE]


def test_lost_cells_and_lost_digits_are_confirmed_too() -> None:
    gone = both(cell(), cell(OTHER), only={CASE})
    assert confirm(gone, both(cell(), cell(OTHER), only={CASE})).verdict == "gone"
    assert confirm(gone, both(cell(), cell())).verdict == "undecided"
    wrong = cell(scores={"digits": 2.0}, coef=(0.0,))
    assert confirm(both(cell(), wrong), both(cell(), cell())).verdict == "undecided"
    assert confirm(both(cell(), wrong), both(cell(), wrong)).verdict == "worse"
    assert confirm(both(cell(), wrong), both(cell(), cell(OTHER), only={CASE})).verdict == "worse"


# --- laws ------------------------------------------------------------------------------------------------------------

SWAPPED = {"worse": "better", "better": "worse", "gone": "new", "new": "gone"}
LAWS = settings(derandomize=True, deadline=None, max_examples=40)
factors = st.floats(0.8, 1.25)
times = st.lists(st.floats(0.9, 1.1), min_size=1, max_size=10)
sides = st.fixed_dictionaries(
    {
        "times": times,
        "iterations": st.sampled_from([None, 10, 20]),
        "rank": st.sampled_from([2, 3, 4]),
        "peak_memory_bytes": st.sampled_from([80_000_000, 90_000_000, 110_000_000]),
        "status": st.sampled_from(["ok", "not_converged"]),
        "scores": st.fixed_dictionaries(
            {
                "digits": st.floats(0, 17),
                "loss_train": st.floats(0, 2),
                "certified_digits": st.none() | st.floats(0, 15),
            }
        ),
    }
)


def verdicts(comparison: Comparison) -> dict[tuple[str, str], str]:
    found = {(case.case, each.kind): each.verdict for case in comparison.cases for each in case.judgements}
    return {**found, **{(case.case, ""): case.verdict for case in comparison.cases if not case.judgements}}


@LAWS
@given(sides, sides, factors)
def test_to_swap_old_and_new_swaps_better_and_worse(one: dict[str, Any], other: dict[str, Any], factor: float) -> None:
    old, new = (
        [*cell(**one), *cell("linear/old/cpu/float64")],
        cell(**{**other, "times": slowed(factor, other["times"])}),
    )
    there, back = verdicts(both(old, new)), verdicts(both(new, old))
    assert {key: SWAPPED.get(verdict, verdict) for key, verdict in there.items()} == back


@LAWS
@given(times, times, factors, st.floats(0.01, 100))
def test_only_ratios_matter(old: list[float], new: list[float], factor: float, scale: float) -> None:
    new = slowed(factor, new)
    as_is = judged(both(cell(times=old), cell(times=new)), "seconds")
    scaled = judged(
        both(cell(times=slowed(scale, old), repeats=10**6), cell(times=slowed(scale, new), repeats=10**6)), "seconds"
    )
    assert scaled.verdict == as_is.verdict
    assert scaled.effect == pytest.approx(as_is.effect, abs=1e-9)


@LAWS
@given(times, times, st.integers(0, 1000))
def test_the_order_of_rounds_means_nothing(old: list[float], new: list[float], seed: int) -> None:
    def shuffled(measurements: list[Measurement]) -> list[Measurement]:
        return random.Random(seed).sample(measurements, len(measurements))

    straight = both(cell(times=old), cell(times=new)).record()
    assert both(shuffled(cell(times=old)), shuffled(cell(times=new))).record() == straight


@LAWS
@given(times)
def test_a_run_is_never_worse_than_itself(old: list[float]) -> None:
    assert both(cell(times=old), cell(times=old)).verdict in ("same", "undecided")


# --- the gate --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [("level", 0.0), ("level", 1.0), ("level", math.nan), ("margin", -0.1), ("digits", math.inf), ("power", 0.4),
     ("memory", True), ("screen", "0.05")],
)  # fmt: skip
def test_a_gate_that_makes_no_sense_is_refused(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=f"gate {name}: got"):
        Gate(**{name: value})


def test_the_record_is_json_with_every_number() -> None:
    record = json.loads(json_text(both([*cell(), *cell(OTHER)], cell(times=slowed(1.1))).record()))
    assert record["verdict"] == "worse"
    assert record["counts"] == {"worse": 1, "gone": 1}
    assert record["gate"]["level"] == 0.01
    (time,) = [each for each in record["cases"][0]["judgements"] if each["kind"] == "seconds"]
    assert {"verdict", "old", "new", "effect", "low", "high", "visible", "p", "confirmed", "reason"} <= set(time)
