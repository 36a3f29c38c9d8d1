"""Laws that every comparison keeps, and the thresholds itself."""

import json
import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare import Comparison, Thresholds
from harness.errors import UsageError
from harness.records import json_text
from harness.results import Measurement
from tests.support.comparisons import OTHER, both, judged, slowed, timed

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
        [*timed(**one), *timed("linear/old/cpu/float64")],
        timed(**{**other, "times": slowed(factor, other["times"])}),
    )
    there, back = verdicts(both(old, new)), verdicts(both(new, old))
    assert {key: SWAPPED.get(verdict, verdict) for key, verdict in there.items()} == back


@LAWS
@given(times, times, factors, st.floats(0.01, 100))
def test_only_ratios_matter(old: list[float], new: list[float], factor: float, scale: float) -> None:
    new = slowed(factor, new)
    as_is = judged(both(timed(times=old), timed(times=new)), "seconds")
    scaled = judged(
        both(timed(times=slowed(scale, old), repeats=10**6), timed(times=slowed(scale, new), repeats=10**6)), "seconds"
    )
    assert scaled.verdict == as_is.verdict
    assert scaled.effect == pytest.approx(as_is.effect, abs=1e-9)


@LAWS
@given(times, times, st.integers(0, 1000))
def test_the_order_of_rounds_means_nothing(old: list[float], new: list[float], seed: int) -> None:
    def shuffled(measurements: list[Measurement]) -> list[Measurement]:
        return random.Random(seed).sample(measurements, len(measurements))

    straight = both(timed(times=old), timed(times=new)).record()
    assert both(shuffled(timed(times=old)), shuffled(timed(times=new))).record() == straight


@LAWS
@given(times)
def test_a_run_is_never_worse_than_itself(old: list[float]) -> None:
    assert both(timed(times=old), timed(times=old)).verdict in ("same", "undecided")


@pytest.mark.parametrize(
    ("name", "value"),
    [("level", 0.0), ("level", 1.0), ("level", math.nan), ("margin", -0.1), ("digits", math.inf), ("power", 0.4),
     ("memory", True), ("screen", "0.05")],
)  # fmt: skip
def test_a_gate_that_makes_no_sense_is_refused(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=f"threshold {name}: got"):
        Thresholds(**{name: value})


def test_the_record_is_json_with_every_number() -> None:
    record = json.loads(json_text(both([*timed(), *timed(OTHER)], timed(times=slowed(1.1))).record()))
    assert record["verdict"] == "worse"
    assert record["counts"] == {"worse": 1, "gone": 1}
    assert record["gate"]["level"] == 0.01
    (time,) = [each for each in record["cases"][0]["judgements"] if each["kind"] == "seconds"]
    assert {"verdict", "old", "new", "effect", "low", "high", "visible", "p", "confirmed", "reason"} <= set(time)
