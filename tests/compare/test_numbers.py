"""Verdicts on digits, loss, counts, statuses and memory."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare import Thresholds
from harness.compare.numbers import explained_loss
from harness.results import Measurement
from tests.support.comparisons import CASE, both, judged, only, slowed, timed


def digits(old: float, new: float, condition: float = 3.0, dtype: str = "float64") -> str:
    case = CASE.replace("float64", dtype)
    before, after = (timed(case, scores={"digits": d, "condition": condition}, coef=(d, 1.0)) for d in (old, new))
    return judged(both(before, after), "digits").verdict


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
    assert explained_loss(5.0, 100 * eps) < 1e-8
    assert explained_loss(15.0, 10 * eps) == pytest.approx(math.log10(1 + 10 * eps * 1e15))
    assert explained_loss(17.0, 1e17 * eps) + Thresholds().digits < 2


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.floats(0, 17), st.floats(0, 17), st.floats(0, 15))
def test_more_digits_never_explain_less(a: float, b: float, log_condition: float) -> None:
    few, many = sorted((a, b))
    assert explained_loss(few, 2e-15 * 10**log_condition) <= explained_loss(many, 2e-15 * 10**log_condition)


def test_the_same_bits_are_said_to_be_the_same_bits() -> None:
    assert judged(both(timed(), timed()), "digits").reason == "bit for bit the same answer"
    assert "bit for bit" not in judged(both(timed(), timed(coef=(1.0, 2.0000000000000004))), "digits").reason


def test_the_condition_says_nothing_of_fitted_values() -> None:
    old, new = (
        timed(scores={"digits": d, "condition": math.inf, "judged_by": "fitted values", "ill_posed": True}, coef=(d,))
        for d in (15.0, 13.0)
    )
    assert judged(both(old, new), "digits").verdict == "worse"


@pytest.mark.parametrize("kind", ["certified_digits", "standard_error_digits", "r_squared_digits"])
def test_every_kind_of_digits_is_judged_and_more_is_better(kind: str) -> None:
    good, bad = timed(scores={kind: 12.0}), timed(scores={kind: 8.0})
    assert judged(both(good, bad), kind).verdict == "worse"
    assert judged(both(bad, good), kind).verdict == "better"
    assert only(both(timed(), timed())).judgement(kind) is None
    assert judged(both(good, timed()), kind).reason == "only the old run has it"


def test_a_worse_r_squared_is_no_improvement_and_an_error_of_an_ulp_no_loss() -> None:
    halved = both(
        timed(scores={"r_squared_digits": 17.0}, r_squared=1.0), timed(scores={"r_squared_digits": 0.3}, r_squared=0.5)
    )
    assert judged(halved, "r_squared_digits").verdict == "worse"
    ulp = both(timed(scores={"r_squared_digits": 17.0}), timed(scores={"r_squared_digits": 16.0}))
    assert judged(ulp, "r_squared_digits").verdict == "same"


def test_the_loss_is_judged_where_digits_are_too_few_to_tell() -> None:
    poor = {"digits": 0.3, "loss_train": 1.0}
    assert judged(both(timed(scores=poor), timed(scores={**poor, "loss_train": 1.5})), "loss_train").verdict == "worse"
    assert judged(both(timed(scores=poor), timed(scores={**poor, "loss_train": 0.5})), "loss_train").verdict == "better"
    assert judged(both(timed(scores=poor), timed(scores={**poor, "loss_train": 1.005})), "loss_train").verdict == "same"
    perfect = both(
        timed(scores={"digits": 15.0, "loss_train": 1e-30}), timed(scores={"digits": 15.0, "loss_train": 1e-28})
    )
    assert only(perfect).judgement("loss_train") is None


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [("ok", "not_converged", "worse"), ("crashed", "ok", "better"), ("ok", "ok", "same"), ("missing", "error", "worse"),
     ("not_converged", "diverged", "worse")],
)  # fmt: skip
def test_statuses(old: Any, new: Any, verdict: str) -> None:
    assert judged(both(timed(status=old), timed(status=new)), "status").verdict == verdict


def test_one_bad_round_of_twelve_is_a_bad_status() -> None:
    rounds = timed()
    assert judged(both(rounds, [*rounds[1:], replace(rounds[0], status="not_converged")]), "status").verdict == "worse"


def test_counts_are_equal_or_they_are_not() -> None:
    assert judged(both(timed(iterations=1000), timed(iterations=1000)), "iterations").verdict == "same"
    assert judged(both(timed(iterations=17), timed(iterations=170)), "iterations").verdict == "worse"
    assert judged(both(timed(iterations=170), timed(iterations=17)), "iterations").verdict == "better"
    assert judged(both(timed(), timed(iterations=17)), "iterations").verdict == "undecided"
    assert judged(both(timed(rank=3), timed(rank=2)), "rank").verdict == "worse"
    assert judged(both(timed(rank=4), timed(rank=3)), "rank").verdict == "better"
    assert judged(both(timed(rank=4), timed(rank=2)), "rank").verdict == "undecided"


def test_memory_has_its_margin() -> None:
    assert judged(both(timed(), timed(peak_memory_bytes=98_000_000)), "memory").verdict == "same"
    assert judged(both(timed(), timed(peak_memory_bytes=100_000_000)), "memory").verdict == "worse"
    assert judged(both(timed(), timed(peak_memory_bytes=80_000_000)), "memory").verdict == "better"


def test_memory_is_compared_between_rounds_that_loaded_as_much() -> None:
    """What a library loads on first use is there or not by the draw of the order."""

    def drawn(first: Sequence[int], own: int) -> list[Measurement]:
        peaks = [(own + 130_000_000 * (i in first), i in first) for i in range(12)]
        rounds = zip(timed(), peaks, strict=True)
        return [replace(each, peak_memory_bytes=peak, first_use=use) for each, (peak, use) in rounds]

    never, some, always = drawn((), 35_000_000), drawn((1, 7), 35_000_000), drawn(range(12), 35_000_000)
    for old, new in ((never, some), (some, never), (some, always), (some, some)):
        assert judged(both(old, new), "memory").verdict == "same"
    assert judged(both(never, drawn((1, 7), 45_000_000)), "memory").verdict == "worse"
    apart = judged(both(never, always), "memory")
    assert (apart.verdict, apart.suspect) == ("undecided", False)
    assert "the other never" in apart.reason


def test_a_time_that_improved_because_less_was_done_is_said_to_have() -> None:
    fast = slowed(0.5)
    fewer = both(timed(iterations=1000), timed(iterations=100, times=fast))
    assert only(fewer).notes == ("faster, but in fewer passes over the data: 1000, now 100",)
    wrong = both(timed(), timed(scores={"digits": 9.0}, coef=(1.0, 2.1), times=fast))
    assert only(wrong).notes == ("faster, but with fewer correct digits: 14.0, now 9.0",)
    assert only(wrong).verdict == "worse"
    assert only(both(timed(), timed(times=fast))).notes == ()
