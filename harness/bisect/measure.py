"""Releases measured: an environment for each, one case, in turn within one run."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from backends.base import Library
from harness.bisect.bench import SKIPPED
from harness.config import Case, Plan, Suite, narrowed
from harness.environments import DEFAULT, Environment, build
from harness.errors import UsageError, near_cases, some_cases
from harness.machine import cache_folder
from harness.results import Measurement, Run, Store
from harness.revisions.library import Library as Repository
from harness.runner import Observer
from harness.runner.variants import Pairs, Variant, measure_variants


def chosen_case(suite: Suite, wanted: str, option: str = "--case") -> Case:
    """The one case of a suite that an id or a pattern means, whatever environments the suite gives it.

    Parameters
    ----------
    option : str
        What a message calls the argument.

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
    """No further round once a release did not run: it is skipped, whatever the others take; a `Stopping`."""

    active = True

    def __init__(self, pairs: Pairs) -> None:
        self._beside = {case: {*pair} for pair in pairs for case in pair}
        self._failed: set[str] = set()

    def begin(self) -> None:
        """Nothing: a release runs or does not."""

    def add(self, measurement: Measurement) -> None:
        """See whether it ran."""
        if measurement.status in SKIPPED:
            self._failed |= self._beside[measurement.case]

    def reached(self, case: str) -> bool:
        """Whether it, or one that it is measured in turn with, has not run."""
        return case in self._failed


@dataclass(frozen=True)
class Turns(ABC):
    """Measures releases of one package, or commits of it, on one case; a `harness.bisect.Measure`."""

    case: Case
    plan: Plan
    """Its rounds are given with each measurement."""
    store: Store
    """Where each measurement is kept as a run."""
    observer: Observer

    @property
    @abstractmethod
    def name(self) -> str:
        """Of the package."""

    @abstractmethod
    def variant(self, release: str) -> Variant:
        """How the case is measured with a release."""

    def __call__(self, releases: Sequence[str], rounds: int) -> dict[str, Run]:
        """One run per release, measured in turn with one another."""
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
        """Build the environments of releases that will be measured, side by side; failures show later."""
        environments = [each for release in releases for each in self.variant(release).environments]
        build(environments, cache_folder(), self.observer)


@dataclass(frozen=True)
class Releases(Turns):
    """Releases that an index offers."""

    package: Requirement
    sources: bool = False
    """Build a release that has no wheel, which runs its own code."""

    @property
    def name(self) -> str:
        """Of the package."""
        return self.package.name

    def variant(self, release: str) -> Variant:
        """An environment of the release with what it needs, and the backend's own library where that is another one."""
        name = self.package.name
        extras = f"[{','.join(sorted(self.package.extras))}]" if self.package.extras else ""
        library = self.case.backend.instance.library
        own = library.program or canonicalize_name(library.distribution) == canonicalize_name(name)
        others = () if own else (library.distribution,)
        plain = re.sub(r"[^A-Za-z0-9._-]", "-", f"{canonicalize_name(name)}-{release}")
        return _within(Environment(plain, (f"{name}{extras}=={release}", *others), sources=self.sources))


@dataclass(frozen=True)
class Commits(Turns):
    """Commits of a library's repository, by what `Library.commits` calls them."""

    library: Repository

    @property
    def name(self) -> str:
        """Of the repository's folder."""
        return self.library.name

    def variant(self, release: str) -> Variant:
        """An environment of the installed packages with the library as that commit has it before them."""
        revision = self.library.revision(release)
        return _within(Environment(release, source=revision.source, network=self.library.network))


@dataclass(frozen=True)
class Programs(Turns):
    """Versions of an engine that are installed side by side, by the path of each one's program."""

    @property
    def name(self) -> str:
        """Of the engine."""
        library: Library = self.case.backend.instance.library
        return library.distribution

    def variant(self, release: str) -> Variant:
        """The case's method, with that program."""
        backend = self.case.backend
        return Variant(partial(replace, backend=replace(backend, instance=replace(backend.instance, program=release))))


def _within(environment: Environment) -> Variant:
    return Variant(partial(replace, environment=environment.name), (environment,))


def checked_programs(case: Case, programs: Sequence[str]) -> Sequence[str]:
    """Programs that a case's method can be measured with.

    Raises
    ------
    UsageError
        When it runs none, there are fewer than two, or one is given twice.
    """
    if not hasattr(case.backend.instance, "program"):
        raise UsageError(f'--program: {case.backend.name} runs no program; give a range of releases, as in "numpy>=2"')
    if len(programs) < 2 or len({*programs}) < len(programs):
        raise UsageError(f"--program: got {some_cases(programs)}, wanted two or more different ones, the oldest first")
    return programs
