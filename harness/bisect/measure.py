"""Measures releases: one case, an environment for each release, in turn within one run."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from backends.base import Library
from harness.bisect.judge import SKIPPED
from harness.config import Case, Plan, Suite, narrowed
from harness.environments import DEFAULT, Environment, build
from harness.errors import UsageError, near_cases, some_cases
from harness.machine import cache_folder
from harness.results import Measurement, Run, Store
from harness.revisions.library import Library as Repository
from harness.runner import Observer
from harness.runner.variants import Pairs, Variant, measure_variants


def chosen_case(suite: Suite, wanted: str, option: str = "--case") -> Case:
    """The one case of a suite that an id or a pattern selects, regardless of environments.

    Parameters
    ----------
    option : str
        The name of the argument in messages.

    Raises
    ------
    UsageError
        When none or several match; the near ones are listed.
    """
    cases = {each.id: each for each in (replace(case, environment=DEFAULT) for case in suite.cases)}
    if wanted in cases:
        return cases[wanted]
    found = narrowed(replace(suite, cases=tuple(cases.values())), only=wanted).cases
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{option} {wanted!r}: {len(found)} cases of suite {suite.name!r} match, wanted one: "
                         f"{some_cases([each.id for each in found])}")  # fmt: skip
    raise UsageError(f"{option} {wanted!r}: no case of suite {suite.name!r} matches{near_cases(wanted, cases)}")


class WhileAllRun:
    """Stops a case once one of its releases did not run, as that release is skipped; a `Stopping`."""

    active = True

    def __init__(self, pairs: Pairs) -> None:
        self._beside = {case: {*pair} for pair in pairs for case in pair}
        self._failed: set[str] = set()

    def begin(self) -> None:
        """Nothing to do."""

    def add(self, measurement: Measurement) -> None:
        """Note whether it ran."""
        if measurement.status in SKIPPED:
            self._failed |= self._beside[measurement.case]

    def reached(self, case: str) -> bool:
        """Whether it, or one measured in turn with it, did not run."""
        return case in self._failed


@dataclass(frozen=True)
class InTurnMeasurer(ABC):
    """Measures releases of one package, or commits of it, on one case; a `harness.bisect.Measure`."""

    case: Case
    plan: Plan
    """How to measure; its rounds are replaced in each measurement."""
    store: Store
    """Keeps each measurement as a run."""
    observer: Observer

    @property
    @abstractmethod
    def name(self) -> str:
        """The package's name."""

    @abstractmethod
    def variant(self, release: str) -> Variant:
        """How the case is measured with a release."""

    def __call__(self, releases: Sequence[str], rounds: int) -> dict[str, Run]:
        """Measure releases in turn; one run per release."""
        suite = Suite(
            name=f"bisect-{self.name}",
            description=f"{', '.join(releases)} on {self.case.id}",
            path=self.store.root,
            plan=self.plan.model_copy(update={"rounds": rounds, "precision": None}),
            cases=(self.case,),
        )
        variants = {release: self.variant(release) for release in releases}
        return measure_variants(suite, variants, self.store, self.observer, WhileAllRun)

    def build(self, releases: Sequence[str]) -> None:
        """Build the environments of several releases in parallel; failures show when they are measured."""
        environments = [each for release in releases for each in self.variant(release).environments]
        build(environments, cache_folder(), self.observer)


@dataclass(frozen=True)
class Releases(InTurnMeasurer):
    """Releases from a package index."""

    package: Requirement
    sources: bool = False
    """Whether to build releases without a wheel, which runs their own code."""

    @property
    def name(self) -> str:
        """The package's name."""
        return self.package.name

    def variant(self, release: str) -> Variant:
        """An environment with the release and its dependencies, and the backend's library where that is another one."""
        name = self.package.name
        extras = f"[{','.join(sorted(self.package.extras))}]" if self.package.extras else ""
        library = self.case.backend.instance.library
        own = library.program or canonicalize_name(library.distribution) == canonicalize_name(name)
        others = () if own else (library.distribution,)
        plain = re.sub(r"[^A-Za-z0-9._-]", "-", f"{canonicalize_name(name)}-{release}")
        return _within(Environment(plain, (f"{name}{extras}=={release}", *others), sources=self.sources))


@dataclass(frozen=True)
class Commits(InTurnMeasurer):
    """Commits of a library's repository, by their labels in `Library.commits`."""

    library: Repository

    @property
    def name(self) -> str:
        """The name of the repository's folder."""
        return self.library.name

    def variant(self, release: str) -> Variant:
        """The installed packages, with the commit's build of the library ahead of them."""
        revision = self.library.revision(release)
        return _within(Environment(release, source=revision.source, network=self.library.network))


@dataclass(frozen=True)
class Programs(InTurnMeasurer):
    """Versions of an engine that are installed side by side, by the paths of their programs."""

    @property
    def name(self) -> str:
        """The engine's name."""
        library: Library = self.case.backend.instance.library
        return library.distribution

    def variant(self, release: str) -> Variant:
        """The case's method, with that program."""
        backend = self.case.backend
        return Variant(partial(replace, backend=replace(backend, instance=replace(backend.instance, program=release))))


def _within(environment: Environment) -> Variant:
    return Variant(partial(replace, environment=environment.name), (environment,))


def checked_programs(case: Case, programs: Sequence[str]) -> Sequence[str]:
    """Check that a case's method can be measured with these programs.

    Raises
    ------
    UsageError
        When it runs no program, there are fewer than two, or one is given twice.
    """
    if not hasattr(case.backend.instance, "program"):
        raise UsageError(f'--program: {case.backend.name} runs no program; give a range of releases, as in "numpy>=2"')
    if len(programs) < 2 or len({*programs}) < len(programs):
        raise UsageError(f"--program: got {some_cases(programs)}, wanted two or more different ones, the oldest first")
    return programs
