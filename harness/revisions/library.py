"""A library's repository and its commits; measures a suite with two of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from harness.environments import Source
from harness.errors import UsageError
from harness.git import git
from harness.machine import Commit, commit_of
from harness.revisions.worktrees import git_output, resolved, top_of
from harness.runner.variants import measure_variants

if TYPE_CHECKING:
    from harness.config import Suite
    from harness.results import Run, Store
    from harness.runner import Observer
    from harness.runner.precision import Stopping
    from harness.runner.variants import Pairs

AS_IT_IS = "."
"""The checkout, with uncommitted changes."""

FIELDS = "%H%x00%P%x00%aI%x00%s"


@dataclass(frozen=True)
class Revision:
    """One state of a library."""

    label: str
    source: Source
    commit: Commit


@dataclass(frozen=True)
class LibraryCommit:
    """A commit in a range of commits."""

    label: str
    """The beginning of its id."""
    id: str
    author_date: str
    """ISO 8601, with its offset."""
    subject: str
    merge: bool
    ancestors: Annotated[int, Field(exclude=True)]
    """Its ancestors in the range, itself included, as a bit mask: bit i for position i."""


@dataclass(frozen=True)
class Library:
    """A library's repository on this machine, which is only read."""

    path: Path
    """A folder in it."""
    subdirectory: str = ""
    """The folder to build, relative to the repository's top; empty for ``path``."""
    network: bool = False
    """Whether the installer may download what building and running a commit need."""

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.resolve().name

    def revision(self, said: str, option: str = "--rev") -> Revision:
        """A commit as git names it, or `AS_IT_IS`.

        Raises
        ------
        UsageError
            When the path is in no repository, or there is no such commit.
        """
        top = top_of(self.path)
        if said == AS_IT_IS:
            here = commit_of(top)
            if here is None:
                raise UsageError(f"{self.path}: the repository has no commit yet; make one first")
            return Revision("as it is", Source(top, None, self._below(top)), here)
        identity = resolved(said, top, option)
        label = identity[:12] if identity.startswith(said) else f"{said}@{identity[:12]}"
        when = git_output(top, "log", "-1", "--format=%cI", identity).strip()
        return Revision(label, Source(top, identity, self._below(top)), Commit(id=identity, time=when))

    def _below(self, top: Path) -> str:
        """The folder to build, relative to the top."""
        return self.subdirectory or str(self.path.resolve().relative_to(top))

    def commits(self, good: str, bad: str) -> list[LibraryCommit]:
        """The commits from a good one to a bad one, starting with the good one, ancestors first.

        Raises
        ------
        UsageError
            When there is no such commit, or the bad one does not come after the good one.
        """
        top = top_of(self.path)
        first, last = resolved(good, top, "--good"), resolved(bad, top, "--bad")
        if first == last:
            raise UsageError(
                f"--good {good!r} and --bad {bad!r} are the same commit, {first[:12]}; wanted an older good one"
            )
        base = git(top, "merge-base", first, last).stdout.strip()
        if base != first:
            advice = f"both come from {base[:12]}, try that" if base else "they have no commit in common"
            raise UsageError(f"--good {good!r}: is no ancestor of --bad {bad!r}, wanted one; {advice}")
        reach = [("-1", first), ("--topo-order", "--reverse", f"{first}..{last}")]
        lines = [git_output(top, "log", f"--format={FIELDS}", *each) for each in reach]
        return list(_commits([line.split("\0") for each in lines for line in each.rstrip("\n").split("\n")]))


def _commits(lines: Sequence[Sequence[str]]) -> Iterator[LibraryCommit]:
    place = {identity: i for i, (identity, *_) in enumerate(lines)}
    masks: list[int] = []
    for i, (identity, parents, when, subject) in enumerate(lines):
        mask = 1 << i | 1  # branches that began before the good end also count as its descendants
        for parent in parents.split() if i else ():
            mask |= masks[place[parent]] if parent in place else 0
        masks.append(mask)
        yield LibraryCommit(identity[:12], identity, when, subject, " " in parents, mask)


def measure_library(
    suite: Suite,
    library: Library,
    revisions: tuple[str, str],
    store: Store,
    observer: Observer,
    *,
    stopping: Callable[[Pairs], Stopping] | None = None,
) -> tuple[Run, Run]:
    """Measure a suite with two commits of a library, in turn within one run; return the two sides.

    Each commit is built once, and its build is put ahead of the packages in the suite's environments; all else is the
    same on both sides. ``stopping`` is as in `measure_variants`.

    Raises
    ------
    UsageError
        When the path is in no repository, or there is no such commit.
    StoreError
        When the store cannot be written.
    """
    from harness.revisions.measure import variant_of

    sides = dict(zip(("old", "new"), map(library.revision, revisions), strict=True))
    variants = {
        side: replace(
            variant_of(suite, side, source=each.source, network=library.network), commit=each.commit, label=each.label
        )
        for side, each in sides.items()
    }
    old, new = measure_variants(
        replace(suite, name=f"{suite.name}-library"), variants, store, observer, stopping
    ).values()
    return old, new
