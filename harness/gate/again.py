"""Measures doubtful cases again in fresh rounds; the old side too, where its commit and libraries are available."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from harness.compare import Thresholds
from harness.compare.sequential import Sequential
from harness.config import Suite, case_of
from harness.environments import Environment, Unbuilt, build, environment_from_record
from harness.errors import LinbenchError
from harness.gate.libraries import environments_of, versions_in_words
from harness.machine import cache_folder
from harness.results import Run, Store
from harness.revisions import measure_revisions
from harness.revisions.worktrees import resolved, top_of
from harness.runner import Observer, measure_new


class Again(NamedTuple):
    """The second measurement."""

    old: Run | None
    """The baseline's commit, measured in turn with ``new``; None where only the new side could be."""
    new: Run
    why: str = ""
    """Why the old side, or some of it, could not be measured again; empty when it was."""
    libraries: str = ""
    """What was installed for the old side, in environments of its own; empty where nothing had to be."""


def measure_again(
    store: Store,
    baseline: Run,
    run: Run,
    cases: Collection[str],
    thresholds: Thresholds,
    observer: Observer,
    *,
    folder: Path | None = None,
) -> Again:
    """Measure cases of a run again, in turn with those of its baseline.

    The baseline's side is the backends of its commit under today's harness, with the versions of libraries that it was
    measured with; where others are installed, an environment with those versions is made once and kept. A case gets no
    further round once a slowdown against that side is unlikely. ``folder``, the current one by default, is in the
    repository that has the commit.
    """
    suite, here = _suite(run, cases), folder or Path.cwd()
    try:
        commit = _commit(baseline, here)
        places = environments_of(baseline, run, suite.cases)
        lacking = _unbuilt(places, observer, len(suite.cases))
    except LinbenchError as error:
        return Again(None, measure_new(suite, store, observer), str(error))
    revisions = {"baseline": commit, "now": None}
    try:
        sides = measure_revisions(
            suite,
            revisions,
            store,
            observer,
            folder=here,
            places={"baseline": places},
            stopping=lambda pairs: Sequential([(old, new) for old, new in pairs], thresholds, calls=False),
        )
    except LinbenchError as error:
        return Again(None, measure_new(suite, store, observer), _unavailable(error))
    there = {case: each for case, each in places.items() if case not in lacking}
    return Again(*sides, _why(places, lacking) if lacking else "", versions_in_words(there))


def _suite(run: Run, cases: Collection[str]) -> Suite:
    header = run.header
    return Suite(
        name=f"{header.suite}-again",
        description=f"doubtful cases of {run.id}",
        path=run.path,
        plan=header.plan.model_copy(update={"precision": None}),
        cases=tuple(case_of(key) for key in header.cases if key.id in cases),
        environments=tuple(map(environment_from_record, header.environments)),
    )


def _commit(baseline: Run, folder: Path) -> str:
    """The commit whose backends stand for the baseline; raises `LinbenchError` where there is none."""
    commit = baseline.header.commit
    if commit is None:
        raise LinbenchError("it was measured outside a repository")
    if commit.dirty:
        raise LinbenchError(f"it was measured with uncommitted changes that commit {commit.id[:8]} does not have")
    try:
        return resolved(commit.id, top_of(folder))
    except LinbenchError as error:
        raise LinbenchError(_unavailable(error)) from error


def _unavailable(error: LinbenchError) -> str:
    return f"its commit is not available: {error}"


def _unbuilt(places: Mapping[str, Environment], observer: Observer, cases: int) -> dict[str, str]:
    """Build the environments; by case, why that failed. Raises where it failed for every case."""
    if not places:
        return {}
    built = build([*{each.name: each for each in places.values()}.values()], cache_folder(), observer)
    found = {case: built[each.name] for case, each in places.items()}
    lacking = {case: each.reason for case, each in found.items() if isinstance(each, Unbuilt)}
    if len(lacking) == cases:
        raise LinbenchError(_why(places, lacking))
    return lacking


def _why(places: Mapping[str, Environment], lacking: Mapping[str, str]) -> str:
    versions = versions_in_words({case: places[case] for case in lacking})
    return f"it was measured with {versions}, and {'; '.join(dict.fromkeys(lacking.values()))}"
