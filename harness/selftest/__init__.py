"""Tests the gate on this machine: it must pass identical programs, and fail ones that were made worse.

All programs are measured in turn within the same rounds, as variants of one case; a comparison is between two of these
variants.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from harness.compare import Comparison, Judgement, Thresholds, compare
from harness.config import Case, Component, Plan, Suite
from harness.datasets.synthetic import Synthetic
from harness.errors import NothingToShow
from harness.results import Measurement, Run, Store
from harness.runner import Observer
from harness.runner.variants import Variant, measure_variants
from harness.selftest.controlled import ControlledBackend

__all__ = ["SUITE", "Trial", "examine", "measure_programs"]

SUITE = "selftest"
"""The suite's name in its runs."""

PROGRAMS = {
    "original": ControlledBackend(),
    "copy": ControlledBackend(copy=1),
    "3 % slower": ControlledBackend(slower=0.03),
    "5 % slower": ControlledBackend(slower=0.05),
    "10 % slower": ControlledBackend(slower=0.10),
    "two digits fewer": ControlledBackend(digits_lost=2.0),
}
SPLITS = 200
"""Random splits of the identical programs' rounds into two halves."""


@dataclass(frozen=True)
class Trial:
    """One test of the gate."""

    name: str
    wanted: str
    """The verdict of a gate that works."""
    said: str
    """The gate's verdict, with its interval."""
    passed: bool


def measure_programs(store: Store, plan: Plan, observer: Observer) -> dict[str, Run]:
    """Measure all programs in turn; one run for each."""
    dataset = Component("synthetic", Synthetic(n_samples=200, n_features=8))
    case = Case(dataset, Component("controlled", PROGRAMS["original"]), "cpu", "float64")
    suite = Suite(SUITE, "programs of known speed and accuracy", Path(), plan, (case,))
    variants = {
        name: Variant(partial(replace, backend=Component("controlled", program))) for name, program in PROGRAMS.items()
    }
    return measure_variants(suite, variants, store, observer)


def examine(runs: Mapping[str, Run], thresholds: Thresholds) -> Iterator[Trial]:
    """Test the gate on the programs' runs."""

    def against_original(name: str) -> Comparison:
        return compare(runs["original"], runs[name], thresholds, side_by_side=True)

    alike = against_original("copy")
    silent = alike.cases[0].verdict in ("same", "undecided")
    yield _timed("two identical programs", "not worse, not better", alike, silent)
    for name in ("10 % slower", "5 % slower"):
        slower = against_original(name)
        yield _timed(name, "worse", slower, _time(slower).verdict == "worse")
    hardly = against_original("3 % slower")
    yield _timed("3 % slower", "not better", hardly, _time(hardly).verdict != "better")
    found = against_original("two digits fewer").cases[0].judgement("digits")
    yield Trial(
        "two correct digits fewer",
        "worse",
        "nothing" if found is None else f"{found.verdict}: {found.old:.4} digits, then {found.new:.4}",
        found is not None and found.verdict == "worse",
    )
    yield _false_alarms(runs["original"], runs["copy"], thresholds)


def _false_alarms(one: Run, other: Run, thresholds: Thresholds) -> Trial:
    """Count false alarms over random splits of identical programs' rounds into before and after."""
    draw = random.Random(0)  # noqa: S311 - a reproducible shuffle, not a secret
    alike = [*one.measurements, *other.measurements]
    half, alarms = len(alike) // 2, 0
    for _ in range(SPLITS):
        shuffled = draw.sample(alike, len(alike))
        before, after = (_with(one, part) for part in (shuffled[:half], shuffled[half:]))
        alarms += _time(compare(before, after, thresholds, side_by_side=True)).verdict in ("worse", "better")
    said = f"{alarms} of {SPLITS} random splits raised one ({alarms / SPLITS:.1%})"
    passed = alarms <= thresholds.level * SPLITS
    return Trial("false alarms over identical programs", f"at most {thresholds.level:.0%}", said, passed)


def _with(run: Run, measurements: Sequence[Measurement]) -> Run:
    return replace(run, measurements=tuple(replace(each, round=i) for i, each in enumerate(measurements)))


def _time(comparison: Comparison) -> Judgement:
    time = comparison.cases[0].judgement("seconds")
    if time is None or time.effect is None:
        raise NothingToShow(f"the programs could not be timed: {comparison.cases[0].why or 'no samples'}")
    return time


def _timed(name: str, wanted: str, comparison: Comparison, passed: bool) -> Trial:
    time = _time(comparison)
    interval = "" if time.low is None or time.high is None else f" ({time.low:+.1%} … {time.high:+.1%})"
    said = f"{time.verdict}: {time.effect or 0:+.1%}{interval}"
    if time.visible is not None:
        said += f"; slowdowns under {time.visible:.1%} could not be seen"
    return Trial(name, wanted, said, passed)
