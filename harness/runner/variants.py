"""Measures variants of a suite in turn within one run, and splits it into one run per variant."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.config import Case, Suite
from harness.environments import Environment
from harness.machine import Commit
from harness.results import Run, Store
from harness.runner.precision import Stopping
from harness.runner.recorder import Observer
from harness.runner.schedule import measure_new


@dataclass(frozen=True)
class Variant:
    """One way to measure every case of a suite."""

    change: Callable[[Case], Case]
    """Maps a case of the suite to the variant's case; no two variants may give the same one."""
    environments: tuple[Environment, ...] = ()
    """Environments that the changed cases run in, beside the suite's own."""
    commit: Commit | None = None
    """The commit of its backends; None for those of the checkout."""
    label: str = ""
    """Distinguishes its run's id from the others'; the variant's name when empty."""


Pairs = Sequence[tuple[str, ...]]
"""For each case of the suite, the ids of its variants' cases."""


def measure_variants(
    suite: Suite,
    variants: Mapping[str, Variant],
    store: Store,
    observer: Observer,
    stopping: Callable[[Pairs], Stopping] | None = None,
    *,
    descents: bool = True,
) -> dict[str, Run]:
    """Measure every case once per variant, with samples in turn, in one run that is an aside.

    ``stopping`` gets the ids of each case's variants, and returns what decides which need no further round.
    ``descents`` is as `measure_new` has it.

    Returns
    -------
    dict of str to Run
        By variant, each with the suite's own case ids, so that the runs can be compared.

    Raises
    ------
    StoreError
        When the store cannot be written.
    """
    pairs = [tuple(variant.change(case) for variant in variants.values()) for case in suite.cases]
    cases = tuple(each for pair in pairs for each in pair)
    stop = None if stopping is None else stopping([tuple(each.id for each in pair) for pair in pairs])
    environments = {
        each.name: each for each in (*suite.environments, *(e for v in variants.values() for e in v.environments))
    }
    changed = replace(suite, cases=cases, environments=tuple(environments.values()))
    whole = measure_new(changed, store, observer, stop, descents=descents)
    return {name: _side(whole, suite, name, variant) for name, variant in variants.items()}


def _side(whole: Run, suite: Suite, name: str, variant: Variant) -> Run:
    """What one variant measured, as a run of its own."""
    keys = {variant.change(case).id: case.key for case in suite.cases}
    header = replace(
        whole.header,
        run=f"{whole.id}:{variant.label or name}",
        cases=tuple(keys.values()),
        environments=tuple(each.record for each in suite.environments),
        commit=variant.commit or whole.header.commit,
    )
    measurements = tuple(replace(each, case=keys[each.case].id) for each in whole.measurements if each.case in keys)
    return replace(whole, header=header, measurements=measurements)


def pooled(runs: Sequence[Run]) -> Run:
    """One run with the rounds of several runs of the same cases; its id is that of the last."""
    measurements = []
    rounds = 0
    for run in runs:
        measurements += [replace(each, round=each.round + rounds) for each in run.measurements]
        rounds += run.header.plan.rounds
    last = runs[-1]
    plan = last.header.plan.model_copy(update={"rounds": rounds})
    return replace(last, header=replace(last.header, plan=plan), measurements=tuple(measurements))
