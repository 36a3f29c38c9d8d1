"""Variants of a suite measured in turn within one run, and taken apart into runs that can be compared."""

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
    """From a case of the suite to the case that is measured in its place; no two variants may give the same one."""
    environments: tuple[Environment, ...] = ()
    """Those that the changed cases run in, beside the suite's own."""
    commit: Commit | None = None
    """That its backends are of; None where they are those of the checkout."""
    label: str = ""
    """What tells its run from the others' in its id; its name when empty."""


Pairs = Sequence[tuple[str, ...]]
"""The ids of each case's variants, as they are measured."""


def measure_variants(
    suite: Suite,
    variants: Mapping[str, Variant],
    store: Store,
    observer: Observer,
    stopping: Callable[[Pairs], Stopping] | None = None,
    *,
    descents: bool = True,
) -> dict[str, Run]:
    """Measure every case once per variant, sample by sample in turn, in one run that is kept aside.

    ``stopping`` makes, of the ids of each case's variants, what decides which of them need no further round.
    ``descents`` is as `measure_new` has it.

    Returns
    -------
    dict of str to Run
        By variant, each with the cases as the suite calls them: the two sides of a comparison have the same cases.

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
    """The rounds of several runs of the same cases, as those of one; its id is the last one's."""
    measurements = []
    rounds = 0
    for run in runs:
        measurements += [replace(each, round=each.round + rounds) for each in run.measurements]
        rounds += run.header.plan.rounds
    last = runs[-1]
    plan = last.header.plan.model_copy(update={"rounds": rounds})
    return replace(last, header=replace(last.header, plan=plan), measurements=tuple(measurements))
