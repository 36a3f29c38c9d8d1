"""Measures a suite with the backends of two commits, in turn within one run."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.config import Case, Component, Suite
from harness.environments import DEFAULT, Environment
from harness.results import Run, Store
from harness.revisions.worktrees import worktrees
from harness.runner import Observer
from harness.runner.precision import Stopping
from harness.runner.variants import Pairs, Variant, measure_variants


def measure_revisions(
    suite: Suite,
    revisions: Mapping[str, str | None],
    store: Store,
    observer: Observer,
    *,
    folder: Path | None = None,
    stopping: Callable[[Pairs], Stopping] | None = None,
    places: Mapping[str, Mapping[str, Environment]] | None = None,
) -> tuple[Run, Run]:
    """Measure a suite with the backends of two commits, in turn; return the two sides as runs with the same cases.

    Only ``backends/`` comes from the commits. The suite, its data, the harness and, except for ``places``, all
    libraries are the current ones. An option that the suite leaves at its default has each commit's own default. A
    backend that a commit lacks, or that does not take an option of the suite, is a row with that reason.

    Parameters
    ----------
    revisions : mapping of str to (str or None)
        The two sides by name, the old one first: a commit as git names it, or None for linbench's own backends.
    store : Store
        Keeps the one run that holds both sides.
    folder : Path, optional
        A folder in the repository; the current one when left out.
    stopping : callable, optional
        As in `measure_variants`.
    places : mapping of str to mapping of str to Environment, optional
        By side and case, an environment that replaces the case's own.

    Raises
    ------
    UsageError
        When the folder is in no repository, or there is no such commit, or it has no ``backends``.
    StoreError
        When the store cannot be written.
    """
    with worktrees(revisions, folder or Path.cwd()) as trees:
        variants = {
            side: replace(
                variant_of(suite, side, (places or {}).get(side, {}), backends=tree.backends),
                commit=tree.commit,
                label=tree.label,
            )
            for side, tree in trees.items()
        }
        named = replace(suite, name=f"{suite.name}-revisions")
        old, new = measure_variants(named, variants, store, observer, stopping).values()
    return old, new


def variant_of(suite: Suite, side: str, places: Mapping[str, Environment] | None = None, **code: Any) -> Variant:
    """The variant of the suite on one side, with that side's code in a copy of each environment.

    ``places`` has environments that replace a case's own, by the case's id; ``code`` has fields of `Environment`.
    """
    known, instead = {each.name: each for each in suite.environments}, places or {}

    def place(case: Case) -> Environment:
        given = instead.get(case.id) or known.get(case.environment)
        old = case.environment if given is None else given.name
        name = side if old == DEFAULT else f"{side}-{old}"
        return Environment(name, **code) if given is None else replace(given, name=name, **code)

    def change(case: Case) -> Case:
        backend = _OnlyGiven(case.backend.name, case.backend.instance)
        return replace(case, backend=backend, environment=place(case).name)

    environments = {each.name: each for each in map(place, suite.cases)}
    return Variant(change, tuple(environments.values()))


class _OnlyGiven(Component):
    """A backend with only its non-default options, as a commit has its own defaults."""

    @property
    def options(self) -> dict[str, Any]:
        """Non-default options by name, so that an added or removed option, or a new default, prevents no comparison."""
        defaults = type(self.instance).defaults()
        own = {name for name in super().options if getattr(self.instance, name) != defaults.get(name, ...)}
        return {name: value for name, value in super().options.items() if name in own}
