"""Measures doubtful cases again in fresh rounds: the old side, too, where its commit and libraries are available."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from harness.config import Suite, case_of
from harness.environments import environment_from_record
from harness.errors import LinbenchError
from harness.results import Run, Store
from harness.results.run import versions_of
from harness.revisions import measure_revisions
from harness.runner import Observer, measure_new


class Again(NamedTuple):
    """What was measured again."""

    old: Run | None
    """The baseline's commit, measured in turn with ``new``; None where only the new side could be."""
    new: Run
    why: str = ""
    """Why the old side could not be measured again; empty when it was."""


def measure_again(
    store: Store, baseline: Run, run: Run, cases: Collection[str], observer: Observer, *, folder: Path | None = None
) -> Again:
    """Measure cases of a run again, and beside them, sample by sample, those of its baseline.

    The baseline's side is the backends of its commit under the harness of today. It speaks for the baseline only where
    the libraries are still those that it was measured with. The folder, the present one when left out, is of the
    repository that has the commit.
    """
    suite = _suite(run, cases)
    commit, why = baseline.header.commit, _changed_since(baseline, run, cases)
    if commit is None or why:
        return Again(None, measure_new(suite, store, observer), why)
    try:
        revisions = {"baseline": commit.id, "now": None}
        return Again(*measure_revisions(suite, revisions, store, observer, folder=folder))
    except LinbenchError as error:
        return Again(None, measure_new(suite, store, observer), f"its commit is not available: {error}")


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


def _changed_since(baseline: Run, run: Run, cases: Collection[str]) -> str:
    """Why the baseline's commit, measured today, would not speak for the baseline; empty when it would."""
    commit = baseline.header.commit
    if commit is None:
        return "it was measured outside a repository"
    if commit.dirty:
        return f"it was measured with uncommitted changes that commit {commit.id[:8]} does not have"
    before, after = _versions(baseline, cases), _versions(run, cases)
    changed = [f"{name} {version}" for name, version in before.items() if after.get(name, version) != version]
    return f"it was measured with {', '.join(changed)}" if changed else ""


def _versions(run: Run, cases: Collection[str]) -> Mapping[str, str]:
    return versions_of([each for each in run.measurements if each.case in cases])
