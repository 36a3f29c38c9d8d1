"""A suite with fewer cases, or another plan, as a command's options ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from harness.config.cases import Case, Component, Suite
from harness.config.patterns import found_in
from harness.errors import UsageError, nearest


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which cases of a suite are wanted; what is empty asks for nothing."""

    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    """Patterns, as is ``but``: a case is wanted in whose id one of ``only`` is found and none of ``but``."""
    backends: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    """``backends`` and ``datasets``: names, labels or globs of them."""

    def has(self, case: Case) -> bool:
        """Whether a case is wanted."""
        ids = case.id, case.told
        return (
            (not self.only or found_in(ids, *self.only))
            and not found_in(ids, *self.but)
            and _named(self.backends, case.backend)
            and _named(self.datasets, case.dataset)
        )


def narrowed(
    suite: Suite, *, only: str | Sequence[str] = (), choice: Choice | None = None, rounds: int | None = None,
    threads: int | None = None,
) -> Suite:  # fmt: skip
    """The suite with the cases that are wanted, and with other rounds or threads than its plan's.

    Parameters
    ----------
    only : str or sequence of str
        As `Choice` has it; ``*`` and ``?`` match as in file names.
    choice : Choice, optional
        In place of ``only``.

    Raises
    ------
    UsageError
        When no backend or no dataset of the suite has a name that was asked for.
    """
    patterns = (only,) if isinstance(only, str) and only else tuple(only)
    wanted = choice or Choice(only=patterns)
    _check(wanted.backends, "backend", [case.backend for case in suite.cases])
    _check(wanted.datasets, "dataset", [case.dataset for case in suite.cases])
    given = {key: value for key, value in (("rounds", rounds), ("threads", threads)) if value is not None}
    cases = tuple(filter(wanted.has, suite.cases))
    return replace(suite, plan=suite.plan.model_copy(update=given), cases=cases)


def _named(patterns: Sequence[str], component: Component) -> bool:
    return not patterns or any(_matches(pattern, component) for pattern in patterns)


def _matches(pattern: str, component: Component) -> bool:
    names = {component.name, component.label, component.identity}
    return any(fnmatchcase(name, pattern.replace("[", "[[]")) for name in names)


def _check(patterns: Sequence[str], kind: str, components: Sequence[Component]) -> None:
    for pattern in patterns:
        if not any(_matches(pattern, each) for each in components):
            known = {name for each in components for name in (each.name, each.label)}
            raise UsageError(f"this suite has no {kind} {pattern!r}{nearest(pattern, known)}")
