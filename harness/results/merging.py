"""Merges runs of one suite: more rounds where the machine is the same, separate cases where it is not."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

from harness.config import CaseKey
from harness.environments import DEFAULT, EnvironmentRecord
from harness.errors import StoreError
from harness.machine import Host, Machine
from harness.results.header import ProblemRecord, RunHeader
from harness.results.measurement import Measurement
from harness.results.run import Run

SAME = ("suite", "control", "protocol")
"""Fields of the headers that all runs must share."""


def merged(runs: Sequence[Run]) -> Run:
    """Merge runs into one.

    Rounds are numbered consecutively over the runs, so that rounds of different runs are not taken for one measured in
    turn. Where a case was measured on several machines, each is an environment of its own, named by the machine's id.

    Raises
    ------
    StoreError
        When their suites, plans, timing or data differ, or a run is given twice.
    """
    _refuse_unlike(runs)
    starts = list(accumulate((run.header.plan.rounds for run in runs), initial=0))
    if len({run.header.machine.id for run in runs}) > 1:
        runs = [_with_hosts(run) for run in runs]
    several = _any_on_several(runs)
    parts = [_part(run, start, several=several) for run, start in zip(runs, starts[:-1], strict=True)]
    header = _header([part.header for part in parts], starts[-1])
    measurements = tuple(each for part in parts for each in part.measurements)
    ended = [run.finished for run in runs]
    finished = max(each for each in ended if each) if all(ended) else None
    explanations = {each.case: each for part in parts for each in part.explanations}
    path = Path(f"{header.run}.jsonl")
    return Run(path, header, measurements, finished, tuple(_problems(parts)), tuple(explanations.values()))


def _refuse_unlike(runs: Sequence[Run]) -> None:
    first, *others = runs
    for other in others:
        one, two = first.header, other.header
        differing = [name for name in SAME if getattr(one, name) != getattr(two, name)]
        if one.plan.model_copy(update={"rounds": two.plan.rounds}) != two.plan:
            differing.append("plan")
        if differing:
            raise StoreError(f"{first.id} and {other.id} cannot be one run: their {' and '.join(differing)} differ")
    if len({run.id for run in runs}) < len(runs):
        raise StoreError("a run is given twice: its rounds would count twice; give each once")


def _any_on_several(runs: Sequence[Run]) -> bool:
    """Whether a case has rounds of different machines; an unknown machine counts as one."""
    found: dict[str, set[str]] = {}
    for run in runs:
        for each in run.measurements:
            found.setdefault(each.case, set()).add(each.measured_on(run.header.machine).id)
    return any(len(each) > 1 for each in found.values())


def _with_hosts(run: Run) -> Run:
    """The run with its machine as the host of each measurement, as a merged run's first line names none."""
    here = Host(machine=run.header.machine)
    return replace(run, measurements=tuple(replace(each, host=each.host or here) for each in run.measurements))


def _part(run: Run, start: int, *, several: bool) -> Run:
    """A run as a part of the merged one: its rounds from ``start`` on, and its cases named by machine if needed."""
    begun_on = run.header.machine
    where: dict[str, dict[str, Machine]] = {}
    for each in run.measurements:
        at = each.measured_on(begun_on)
        where.setdefault(each.case, {})[at.id] = at
    planned = {key.id: key for key in run.header.cases}
    for case in planned:
        where.setdefault(case, {begun_on.id: begun_on})
    keys = {
        (case, place): _placed(key, at) if several else key
        for case, key in planned.items()
        for place, at in where[case].items()
    }
    moved = tuple(
        replace(each, case=keys[each.case, each.measured_on(begun_on).id].id, round=each.round + start)
        for each in run.measurements
    )
    environments = {key.environment: _record(run, planned[case], key.environment) for (case, _), key in keys.items()}
    header = replace(
        run.header,
        cases=tuple({key.id: key for key in keys.values()}.values()),
        environments=tuple(each for each in environments.values() if each.name != DEFAULT),
    )
    explanations = tuple(
        replace(each, case=keys[each.case, next(iter(where[each.case]))].id) for each in run.explanations
    )
    return replace(run, header=header, measurements=_first_descents(moved, start), explanations=explanations)


def _first_descents(measurements: tuple[Measurement, ...], start: int) -> tuple[Measurement, ...]:
    """The measurements, without descents except in the first part."""
    return measurements if start == 0 else tuple(replace(each, descent=None) for each in measurements)


def _placed(key: CaseKey, machine: Machine) -> CaseKey:
    place = f"machine-{machine.id[:6] or 'unknown'}"
    environment = place if key.environment == DEFAULT else f"{key.environment}-{place}"
    return replace(key, id=f"{key.id.removesuffix(f'/{key.environment}')}/{environment}", environment=environment)


def _record(run: Run, key: CaseKey, name: str) -> EnvironmentRecord:
    known = {each.name: each for each in run.header.environments}
    return replace(known.get(key.environment, EnvironmentRecord(name=name)), name=name)


def _header(headers: Sequence[RunHeader], rounds: int) -> RunHeader:
    last = max(headers, key=lambda header: header.started)
    machines = {each.machine.id: each.machine for each in headers}
    named = "; ".join(f"{each.cpu} (machine-{each.id[:6]})" for each in machines.values())
    several = Machine(cpu=f"{len(machines)} machines: {named}")
    commits = {each.commit.id: each.commit for each in headers if each.commit}
    digest = zlib.crc32(" ".join(each.run for each in headers).encode()) & 0xFFFF
    return replace(
        last,
        run=f"{last.run[: last.run.index('-')]}-{last.suite}-{digest:04x}",
        plan=last.plan.model_copy(update={"rounds": rounds}),
        cases=tuple({key.id: key for each in headers for key in each.cases}.values()),
        environments=tuple({each.name: each for header in headers for each in header.environments}.values()),
        machine=last.machine if len(machines) == 1 else several,
        commit=next(iter(commits.values())) if len(commits) == 1 else None,
        load=(),
        roof=last.roof if len(machines) == 1 else None,
    )


def _problems(parts: Sequence[Run]) -> Iterator[ProblemRecord]:
    found: dict[tuple[str, str], tuple[ProblemRecord, str]] = {}
    for part in parts:
        for each in part.problems:
            known, whose = found.setdefault((each.dataset_label, each.dtype), (each, part.id))
            if known.data != each.data:
                raise StoreError(
                    f"{whose} and {part.id} cannot be one run: their data of {each.dataset_label} differ (fingerprints "
                    f"{known.data[:8]} and {each.data[:8]})"
                )
    yield from (each for each, _ in found.values())
