"""Measures a suite beside its stored baseline, round by round, until each case is known well enough for the gate."""

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
"""Of what may be slower: enough for a few per cent to be seen."""

FIRST_SHARE = 0.75
"""Of a check's budget; the rest is for measuring again what looks worse: a case or two even where nothing changed."""


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
    """A new run of a suite, kept as any other, in which a case gets further rounds only while it may be slower.

    Parameters
    ----------
    baseline : Run
        What it is measured for comparison with.
    budget : float
        Seconds of the whole check. A case that has been measured once gets no further round that would end after
        `FIRST_SHARE` of them.

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
    """By case; none of a baseline whose times were taken in another way and are not compared."""
    if (baseline.header.control, baseline.header.protocol) != (CONTROL, PROTOCOL):
        return {}
    return {row.case.id: side_of(row.rounds.values()) for row in baseline.rows if row.log_ratios}
