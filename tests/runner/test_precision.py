"""Rounds that are saved: a cell whose interval is narrow enough is measured no further."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.runner.precision import FEWEST_TO_STOP, Precision
from tests.conftest import Linbench
from tests.support.runs import CASE, measured


def after(rounds: int, noise: float, wanted: float | None) -> bool:
    rng = np.random.default_rng(3)
    return Precision(wanted, [measured(rng, CASE, number, noise=noise) for number in range(rounds)]).reached(CASE)


def test_a_narrow_interval_is_enough_and_a_wide_one_is_not() -> None:
    assert after(FEWEST_TO_STOP, 0.002, 0.05)
    assert not after(FEWEST_TO_STOP, 0.2, 0.05)
    assert after(100, 0.2, 0.05)


def test_few_rounds_are_never_enough_however_alike() -> None:
    assert not after(FEWEST_TO_STOP - 1, 0.0, 0.5)


def test_without_a_precision_all_rounds_are_wanted() -> None:
    assert not after(100, 0.0, None)


def test_a_case_without_times_is_never_known_well_enough() -> None:
    lost = [replace(measured(np.random.default_rng(0), CASE, i), status="crashed", seconds=()) for i in range(10)]
    assert not Precision(0.9, lost).reached(CASE)


def test_the_command_stops_early_and_says_how_many_rounds_there_were(
    linbench: Linbench, suite: Callable[..., Path]
) -> None:
    path = suite("scratch_ols", plan="rounds = 20\nprecision = 0.99")
    done = linbench("run", path, "--format", "json")
    assert done.code == 0, done.err
    (row,) = done.json()["rows"]
    assert FEWEST_TO_STOP <= row["seconds"]["rounds"] < 20
    assert done.json()["finished"]


@pytest.mark.parametrize("wrong", ["0", "1", "-0.1", '"small"', "nan"])
def test_a_precision_that_is_none_is_refused(linbench: Linbench, suite: Callable[..., Path], wrong: str) -> None:
    done = linbench("validate", suite("scratch_ols", plan=f"precision = {wrong}"))
    assert done.code == 2
    assert "plan.precision" in done.err
    assert "Traceback" not in done.err
