"""A suite measured with two commits' backends, in turn within one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.compare.sides import side
from harness.config import Case, Suite
from harness.config.cases import Chosen
from harness.environments import DEFAULT, Environment
from harness.results import Run, Store
from harness.revisions.worktrees import Tree, worktrees
from harness.runner import Observer, measure_new

__all__ = ["measure_revisions"]


def measure_revisions(
    suite: Suite, revisions: Mapping[str, str | None], store: Store, observer: Observer, *, folder: Path | None = None
) -> tuple[Run, Run]:
    """Measure a suite with the backends of two commits, in turn, and give the two sides as runs with the same cases.

    The suite, its data, the harness and every library are those of today; only ``backends/`` is the commits'. What the
    suite leaves at its default is left to each commit's own default. A backend that a commit lacks, or that does not
    take an option of the suite, is a row with that reason.

    Parameters
    ----------
    suite : Suite
    revisions : mapping of str to (str or None)
        A name for each of the two sides, old one first, and its commit as git names it; None for the backends that
        linbench itself uses.
    store : Store
        Where the one run that holds both is kept.
    observer : Observer
    folder : Path, optional
        A folder of the repository; the present one when left out.

    Raises
    ------
    UsageError
        When the folder is in no repository, or there is no such commit, or it has no ``backends``.
    StoreError
        When the store cannot be written.
    """
    with worktrees(revisions, folder or Path.cwd()) as trees:
        run = measure_new(_both(suite, trees), store, observer)
    old, new = (
        side(run, {_name(which, each): each for each in _used(suite)}, tree.label, commit=tree.commit)
        for which, tree in trees.items()
    )
    return old, new


def _both(suite: Suite, trees: Mapping[str, Tree]) -> Suite:
    """The suite with every case once a side."""
    known = {each.name: each for each in suite.environments}
    environments = [
        replace(known[name], name=_name(which, name), backends=tree.backends)
        if name in known
        else Environment(_name(which, name), backends=tree.backends)
        for which, tree in trees.items()
        for name in _used(suite)
    ]
    cases = [_on(case, which) for case in suite.cases for which in trees]
    return replace(suite, name=f"{suite.name}-revisions", cases=tuple(cases), environments=tuple(environments))


def _used(suite: Suite) -> Sequence[str]:
    return list(dict.fromkeys(case.environment for case in suite.cases))


class _Chosen(Chosen):
    """A backend as a commit knows it: told what is not the default, as the commit has defaults of its own."""

    @property
    def options(self) -> dict[str, Any]:
        """By name; an option that came or went, or a new default, does not keep two commits from being compared."""
        defaults = type(self.what).defaults()
        return {
            name: value
            for name, value in super().options.items()
            if name not in defaults or getattr(self.what, name) != defaults[name]
        }


def _on(case: Case, which: str) -> Case:
    backend = _Chosen(case.backend.name, case.backend.what)
    return replace(case, backend=backend, environment=_name(which, case.environment))


def _name(which: str, environment: str) -> str:
    return which if environment == DEFAULT else f"{which}-{environment}"
