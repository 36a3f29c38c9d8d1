"""The clock counts calls, and a sample is long against it."""

import time
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from harness import timing
from harness.stats import spread


class FakeClock:
    """Advances only when told."""

    def __init__(self) -> None:
        self.now = 1000

    def __call__(self) -> int:
        return self.now

    def call(self, seconds: float) -> None:
        self.now += round(seconds * 1e9)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def calibrated(clock: FakeClock, call: Callable[[], object]) -> tuple[int, timing.Timed]:
    """The calls per sample that the rule ends with, and the first sample that is long enough."""
    timed, repeats_after = timing.timer(clock, clock), timing.calibration()
    repeats = 1
    while True:
        sample, _ = timed(call, repeats)
        more = repeats_after(sample, repeats)
        if more == repeats:
            return repeats, sample
        assert more > repeats
        repeats = more


def test_a_sample_is_seconds_per_call(clock: FakeClock) -> None:
    calls = []

    def work() -> int:
        calls.append(1)
        clock.call(0.25)
        return len(calls)

    sample, answer = timing.timer(clock, clock)(work, 4)
    assert sample == (0.25, 0.25)
    assert answer == 4 == len(calls)


@pytest.mark.parametrize("seconds", [1e-9, 3e-8, 1e-6, 2.5e-5, 9e-4, 1e-3, 0.5])
def test_calibration_makes_a_sample_long_enough_but_not_much_longer(clock: FakeClock, seconds: float) -> None:
    repeats, sample = calibrated(clock, lambda: clock.call(seconds))
    assert repeats * sample.seconds >= timing.SHORTEST_SAMPLE
    if seconds < timing.SHORTEST_SAMPLE:
        assert repeats * seconds <= 15 * timing.SHORTEST_SAMPLE
    else:
        assert repeats == 1


def test_a_call_too_short_for_the_clock_ends(clock: FakeClock) -> None:
    left = [10**6]

    def nothing() -> None:
        left[0] -= 1
        clock.call(0 if left[0] > 0 else 1)

    assert calibrated(clock, nothing)[0] > 1000


def test_a_clock_put_in_the_place_of_another_later_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    timed, repeats_after = timing.timer(), timing.calibration()
    for name in ("perf_counter_ns", "process_time_ns"):
        monkeypatch.setattr(time, name, lambda: 0)
        monkeypatch.setattr(timing, name, lambda: 0)
    monkeypatch.setattr(timing, "SHORTEST_SAMPLE", 0.0)
    monkeypatch.setattr(timing, "Timed", None)
    sample, _ = timed(lambda: sum(range(1000)))
    assert sample.seconds > 0
    assert repeats_after(sample, 1) > 1


def test_the_control_is_the_same_work_each_time() -> None:
    control = timing.control_kernel()
    control()
    assert control() is None


def test_the_streaming_control_copies_beyond_a_cores_cache_and_leaves_the_allocator_alone() -> None:
    tracemalloc.start()
    stream = timing.stream_kernel()
    assert stream() is None
    allocated, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert allocated < timing.STREAMED / 100
    assert timing.STREAMED >= 4 * timing.STREAMED_FROM


def test_spread() -> None:
    assert spread([]) is None
    assert spread([2.0]) == (2.0, 2.0, 2.0, 1)
    assert spread([4.0, 1.0, 3.0, 2.0]) == (2.5, 1.75, 3.25, 4)
    assert spread(np.ones(3).tolist()) == (1.0, 1.0, 1.0, 3)
