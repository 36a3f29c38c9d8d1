"""What a worker says of its time is believed as far as the harness's own clock and the control bear it out."""

import numpy as np
import pytest

from harness.runner.protocol import Sampled
from harness.runner.timekeeping import drifted, why_impossible, why_own_impossible


@pytest.mark.parametrize(
    ("claimed", "elapsed", "possible"),
    [(1.0, 1.0, True), (1.0, 3.9, True), (1.0, 0.98, False), (1.0, 4.1, False), (1e-4, 0.9, True), (1e-4, 1.1, False)],
)
def test_a_worker_is_believed_what_its_requests_took(claimed: float, elapsed: float, possible: bool) -> None:
    assert (why_impossible(claimed, elapsed) == "") == possible


@pytest.mark.parametrize(("own", "believed"), [((), True), ((0.9, 1.0), True), ((0.2, 2.1), False)])
def test_an_own_clock_is_believed_what_its_sample_took(own: tuple[float, ...], believed: bool) -> None:
    sampled = Sampled(repeats=2, seconds=(0.5, 1.0), cpu_seconds=(0.0,) * 2, control=(0.1,) * 2, own_seconds=own)
    assert (why_own_impossible(sampled) == "") == believed


def samples(level: float, noise: float, seed: int, size: int = 20) -> list[float]:
    rng = np.random.default_rng(seed)
    drawn: list[float] = (level * (1 + noise * rng.exponential(size=size))).tolist()
    return drawn


@pytest.mark.parametrize("noise", [0.01, 0.1, 1.0])
def test_noise_is_no_drift(noise: float) -> None:
    assert not any(drifted(samples(1.0, noise, seed), samples(1.05, noise, 1000 + seed)) for seed in range(200))


@pytest.mark.parametrize("factor", [0.1, 0.5, 2.0, 10.0])
def test_a_control_that_became_another_is_a_drift(factor: float) -> None:
    assert all(drifted(samples(1.0, 0.02, seed), samples(factor, 0.02, 1000 + seed)) for seed in range(200))


def test_few_samples_show_none() -> None:
    assert not drifted([1.0] * 20, [10.0] * 4)
    assert not drifted([1.0] * 20, [0.0] * 20)
