"""A suite with fewer cases, or a changed plan, according to a command's options."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from harness.config.cases import Case, Component, Suite
from harness.config.patterns import found_in
from harness.errors import UsageError, nearest


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which cases of a suite are wanted. An empty field sets no condition."""

    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    """``only`` and ``but``: patterns. A case's id must contain one of ``only`` and none of ``but``."""
    backends: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    """``backends`` and ``datasets``: names, labels, or patterns of these."""

    def has(self, case: Case) -> bool:
        """Whether a case is wanted."""
        ids = case.id, case.label
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
    """The suite with only the wanted cases, and with rounds or threads in place of its plan's.

    Parameters
    ----------
    only : str or sequence of str
        As in `Choice`; ``*`` and ``?`` match as in file names.
    choice : Choice, optional
        In place of ``only``.

    Raises
    ------
    UsageError
        When a name matches no backend, or no dataset, of the suite.
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
