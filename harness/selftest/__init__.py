"""The gate proves itself on this machine: silent over identical programs, loud over ones that were made worse.

All patients are measured interleaved in the same rounds. A pair of runs is then made of them by name alone: the case is
called the same on both sides, and behind it stands one patient before and another after.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.compare import Comparison, Gate, Judgement, compare
from harness.config import Case, Chosen, Plan, Suite
from harness.datasets.synthetic import Synthetic
from harness.errors import NothingToShow
from harness.results import Measurement, Run, Store
from harness.runner import Observer, measure_new
from harness.selftest.patients import Patient

__all__ = ["SUITE", "Finding", "examine", "measure_patients"]

SUITE = "selftest"
"""What its runs are called."""

PATIENTS = {
    "one": Patient(),
    "its copy": Patient(copy=1),
    "3 % slower": Patient(slower=0.03),
    "5 % slower": Patient(slower=0.05),
    "10 % slower": Patient(slower=0.10),
    "two digits fewer": Patient(digits_lost=2.0),
}
SPLITS = 200
"""Pairs of runs made of random halves of the identical programs' rounds."""


@dataclass(frozen=True)
class Finding:
    """One thing the gate was tried on.

    Attributes
    ----------
    what : str
    wanted : str
        What a gate that works says.
    said : str
        What it said, with its interval.
    passed : bool
    """

    what: str
    wanted: str
    said: str
    passed: bool


def measure_patients(store: Store, plan: Plan, observer: Observer) -> Run:
    """Measure all patients side by side, as a run of its own."""
    dataset = Chosen("synthetic", Synthetic(n_samples=200, n_features=8))
    cases = tuple(Case(dataset, Chosen("patient", patient), "cpu", "float64") for patient in PATIENTS.values())
    suite = Suite(SUITE, "patients of known speed and accuracy", Path(), plan, cases)
    return measure_new(suite, store, observer)


def examine(run: Run, gate: Gate) -> Iterator[Finding]:
    """Try the gate on the patients of a run."""
    rows = dict(zip(PATIENTS, run.rows, strict=True))
    rounds = {name: row.measurements for name, row in rows.items()}
    alike = _compared(run, rounds["one"], rounds["its copy"], gate)
    yield _finding(
        "two identical programs", "not worse, not better", alike, alike.cases[0].verdict in ("same", "undecided")
    )
    for name in ("10 % slower", "5 % slower"):
        slower = _compared(run, rounds["one"], rounds[name], gate)
        yield _finding(name, "worse", slower, _time(slower).verdict == "worse")
    hardly = _compared(run, rounds["one"], rounds["3 % slower"], gate)
    yield _finding("3 % slower", "not better", hardly, _time(hardly).verdict != "better")
    robbed = _compared(run, rounds["one"], rounds["two digits fewer"], gate)
    digits = robbed.cases[0].judgement("digits")
    yield Finding(
        "two correct digits fewer",
        "worse",
        "nothing" if digits is None else f"{digits.verdict}: {digits.old:.4} digits, then {digits.new:.4}",
        digits is not None and digits.verdict == "worse",
    )
    yield _false_alarms(run, [*rounds["one"], *rounds["its copy"]], gate)


def _false_alarms(run: Run, alike: Sequence[Measurement], gate: Gate) -> Finding:
    """Split the rounds of identical programs at random into before and after, many times."""
    draw = random.Random(0)  # noqa: S311 - a reproducible shuffle, not a secret
    half, alarms = len(alike) // 2, 0
    for _ in range(SPLITS):
        shuffled = draw.sample(list(alike), len(alike))
        compared = _compared(run, shuffled[:half], shuffled[half:], gate)
        alarms += _time(compared).verdict in ("worse", "better")
    said = f"{alarms} of {SPLITS} random splits raised one ({alarms / SPLITS:.1%})"
    return Finding(
        "false alarms over identical programs", f"at most {gate.level:.0%}", said, alarms <= gate.level * SPLITS
    )


def _compared(run: Run, before: Sequence[Measurement], after: Sequence[Measurement], gate: Gate) -> Comparison:
    """The gate's word on two sets of rounds that go by one name."""
    return compare(_as_run(run, "before", before), _as_run(run, "after", after), gate, side_by_side=True)


def _as_run(run: Run, identity: str, measurements: Sequence[Measurement]) -> Run:
    plan = run.header["cases"][0]
    renamed = tuple(replace(each, case=plan["case"], round=i) for i, each in enumerate(measurements))
    return replace(run, header={**run.header, "run": identity, "cases": [plan]}, measurements=renamed)


def _time(comparison: Comparison) -> Judgement:
    time = comparison.cases[0].judgement("seconds")
    if time is None or time.effect is None:
        raise NothingToShow(f"the patients could not be timed: {comparison.cases[0]}")
    return time


def _finding(what: str, wanted: str, comparison: Comparison, passed: bool) -> Finding:
    time = _time(comparison)
    interval = "" if time.low is None or time.high is None else f" ({time.low:+.1%} … {time.high:+.1%})"
    said = f"{time.verdict}: {time.effect or 0:+.1%}{interval}"
    if time.visible is not None:
        said += f"; slowdowns under {time.visible:.1%} could not be seen"
    return Finding(what, wanted, said, passed)
