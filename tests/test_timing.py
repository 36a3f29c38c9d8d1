"""The clock counts calls, and a sample is long against it."""

from __future__ import annotations

import numpy as np
import pytest

from harness import timing
from harness.stats import spread


class FakeClock:
    """Advances only when told; stands in for the clocks of `time`."""

    def __init__(self) -> None:
        self.now = 1000

    def perf_counter_ns(self) -> int:
        return self.now

    process_time_ns = perf_counter_ns

    def call(self, seconds: float) -> None:
        self.now += round(seconds * 1e9)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    fake = FakeClock()
    monkeypatch.setattr(timing, "time", fake)
    return fake


def test_a_sample_is_seconds_a_call(clock: FakeClock) -> None:
    calls = []

    def work() -> int:
        calls.append(1)
        clock.call(0.25)
        return len(calls)

    sample, answer = timing.timed(work, 4)
    assert sample == (0.25, 0.25)
    assert answer == 4 == len(calls)


@pytest.mark.parametrize("seconds", [1e-9, 3e-8, 1e-6, 2.5e-5, 9e-4, 1e-3, 0.5])
def test_calibration_makes_a_sample_long_enough_but_not_much_longer(clock: FakeClock, seconds: float) -> None:
    repeats = timing.calibrate(lambda: clock.call(seconds), seconds)
    if seconds < timing.SHORTEST_SAMPLE:
        assert timing.SHORTEST_SAMPLE <= repeats * seconds <= 15 * timing.SHORTEST_SAMPLE
    else:
        assert repeats == 1


def test_a_slow_call_is_not_called_again_to_calibrate() -> None:
    assert timing.calibrate(lambda: pytest.fail("called"), 1.0) == 1


def test_a_call_too_short_for_the_clock_ends(clock: FakeClock) -> None:
    left = [10**6]

    def nothing() -> None:
        left[0] -= 1
        clock.call(0 if left[0] > 0 else 1)

    assert timing.calibrate(nothing, 0.0) > 1000


def test_the_control_is_the_same_work_each_time() -> None:
    control = timing.control_kernel()
    control()
    assert control() is None


def test_spread() -> None:
    assert spread([]) is None
    assert spread([2.0]) == (2.0, 2.0, 2.0, 1)
    assert spread([4.0, 1.0, 3.0, 2.0]) == (2.5, 1.75, 3.25, 4)
    assert spread(np.ones(3).tolist()) == (1.0, 1.0, 1.0, 3)
