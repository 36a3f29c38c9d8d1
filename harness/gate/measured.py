"""Measures a suite for comparison with its baseline, with rounds per case until the gate can decide."""

import math
from dataclasses import replace
from pathlib import Path

from harness.compare import Thresholds
from harness.compare.controls import Side, side_of
from harness.compare.sequential import AgainstStored
from harness.compare.sessions import MACHINES, between_sessions
from harness.config import Suite, narrowed
from harness.machine import commit_of, this_machine
from harness.results import Run, Store
from harness.runner import Observer, measure
from harness.stats import Variance
from harness.timing import CONTROL, PROTOCOL

ROUNDS = 12
"""Most rounds of a case that may be slower: enough to detect a few per cent."""

FIRST_SHARE = 0.75
"""Of a check's budget. The rest is for measuring again what looks worse, a case or two even where nothing changed."""


def measure_against(
    baseline: Run,
    suite: Suite,
    store: Store,
    thresholds: Thresholds,
    observer: Observer,
    *,
    history: list[Run],
    budget: float = math.inf,
) -> Run:
    """Measure a new run of a suite, in which a case gets further rounds only while it may be slower.

    Parameters
    ----------
    baseline : Run
        The run to compare with.
    budget : float
        Seconds of the whole check. After its first round, a case gets no further round that would end after
        `FIRST_SHARE` of the budget.

    Raises
    ------
    StoreError
        When the store cannot be written.
    """
    machine = this_machine()
    here = {*baseline.machines} == {machine.id}
    between = between_sessions(baseline, history, {machine.id})[0] if here else Variance(2 * MACHINES**2, math.inf)
    whole = narrowed(suite, rounds=max(suite.plan.rounds, ROUNDS))
    whole = replace(whole, plan=whole.plan.model_copy(update={"precision": None}))
    rule = AgainstStored(_sides(baseline), thresholds, between, FIRST_SHARE * budget)
    writer = store.create(whole, machine, commit_of(Path.cwd()))
    try:
        measure(whole, writer, observer, stopping=rule)
    finally:
        writer.close()
    return store.load(str(writer.path))


def _sides(baseline: Run) -> dict[str, Side]:
    """The baseline's sides by case; empty where its times were measured in another way and cannot be compared."""
    if (baseline.header.control, baseline.header.protocol) != (CONTROL, PROTOCOL):
        return {}
    return {row.case.id: side_of(row.rounds.values()) for row in baseline.rows if row.log_ratios}
