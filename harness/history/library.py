"""Runs placed among the commits of a library's repository.

The run shows which commit a case was measured with: the one pinned by its environment's requirement; else the run's
own, where it was made in a checkout of the library; else that of the version its worker imported, by a tag, or by the
commit in the version (``1.3.dev5+gabc1234``).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from harness.config import CaseKey
from harness.environments import DEFAULT
from harness.errors import NothingToShow
from harness.history.points import LibrarySummary, Place, Point
from harness.history.reader import CasePoint, ReadRuns
from harness.revisions import Library
from harness.revisions.project import distribution_of
from harness.revisions.worktrees import git_output, top_of

PINNED = re.compile(r"@([0-9a-f]{7,40})(?:#.*)?$")
"""The commit at the end of a requirement's URL."""

IN_VERSION = re.compile(r"\+(?:.*\.)?g?([0-9a-f]{7,40})(?:\.|$)")
"""The commit in the local part of a development version: setuptools-scm writes a ``g`` before it, NumPy does not."""

COMMIT = re.compile(r"[0-9a-f]{7,40}")
TAG = re.compile(r"(?:(.*?)[-_/])?v?([0-9].*)")
"""A tag that is a version, with an optional prefix."""


def placed(read: ReadRuns, library: Library) -> tuple[ReadRuns, LibrarySummary]:
    """The points measured with a known commit of a library, in the order of its history.

    Ancestors come first, otherwise commits are ordered by date. Cases whose environments differ only in the library are
    one case.

    Raises
    ------
    UsageError
        When the path is in no repository.
    NothingToShow
        When there is no such point.
    """
    top, name = top_of(library.path), distribution_of(library.path / library.subdirectory)
    said = [
        _LibraryClaim.of(each.point, read.keys[each.case].environment, canonicalize_name(name)) for each in read.found
    ]
    known = _Repository.of(top, canonicalize_name(name), said)
    ids = [known.commit(each) for each in said]
    places = _places(top, {each for each in ids if each}, known.names)
    keys: dict[str, CaseKey] = {}
    found = []
    for each, own, commit in zip(read.found, said, ids, strict=True):
        if commit is not None:
            key = _key(read.keys[each.case], own.rest)
            keys[key.id] = key
            found.append(CasePoint(key.id, each.data, replace(each.point, place=places[commit])))
    unknown = {own.version for own, commit in zip(said, ids, strict=True) if own.version and commit is None}
    left_out = tuple(f"{name} {each}: no tag and no commit of {library.name}" for each in sorted(unknown))
    if not found:
        raise NothingToShow(f"--library {library.path}: {_why_nothing(name, left_out)}")
    found.sort(key=lambda each: (each.point.place.order if each.point.place else 0, each.point.run.started))
    return replace(read, found=tuple(found), keys=keys), LibrarySummary(name, tuple(places.values()), left_out)


def between(library: Library, before: Place, after: Place) -> tuple[str, ...]:
    """The ids of the commits in ``after`` that are not in ``before``, the latest first."""
    return tuple(git_output(top_of(library.path), "rev-list", f"{before.id}..{after.id}").split())


def _why_nothing(name: str, left_out: Sequence[str]) -> str:
    if left_out:
        return f"no run can be placed: {left_out[0]}; fetch its tags: `git fetch --tags`"
    return f"no run has used {name}; measure it in environments of a suite, or in the library's own checkout"


@dataclass(frozen=True)
class _LibraryClaim:
    """What a run records about the library that a case was measured with; empty where it records nothing."""

    pinned: str
    """The commit pinned in a requirement."""
    own: str
    """The commit that the run was made at, of whatever repository."""
    version: str
    rest: str
    """The environment's other requirements."""

    @classmethod
    def of(cls, point: Point, environment: str, name: str) -> "_LibraryClaim":
        run = point.run
        asked_for = next((each for each in run.environments if each.name == environment), None)
        requires = asked_for.requires if asked_for else ()
        ours = [each for each in requires if _name(each) == name]
        pins = [pin[1] for each in ours if (pin := PINNED.search(each))]
        rest = [each for each in requires if each not in ours]
        python = [f"python-{asked_for.python}"] if asked_for and asked_for.python else []
        commit = run.commit.id if run.commit and not ours and COMMIT.fullmatch(run.commit.id) else ""
        versions = {str(canonicalize_name(each)): version for each, version in point.versions.items()}
        return cls(pins[0] if pins else "", commit, versions.get(name, ""), ",".join([*python, *rest]))


@cache
def _name(requirement: str) -> str:
    try:
        return canonicalize_name(Requirement(requirement).name)
    except InvalidRequirement:
        return ""


@dataclass(frozen=True)
class _Repository:
    """The repository's commits that runs mention, its releases, and names of commits."""

    ids: dict[str, str]
    """Full ids by what runs mention: the whole id or an abbreviation."""
    releases: dict[Version, str]
    names: dict[str, str]

    @classmethod
    def of(cls, top: Path, name: str, said: Iterable[_LibraryClaim]) -> "_Repository":
        spoken = {text for each in said for text in (each.pinned, each.own, _in(each.version)) if text}
        listed = (
            git_output(top, "rev-list", "--no-walk=unsorted", "--ignore-missing", *sorted(spoken), "--")
            if spoken
            else ""
        )
        ids = {begun: whole for whole in listed.split() for begun in _beginnings(whole) & spoken}
        releases: dict[Version, str] = {}
        names: dict[str, str] = {}
        for tag, commit in _tags(top):
            parts = TAG.fullmatch(tag)
            version = _version(parts[2]) if parts else None
            if parts and version is not None and canonicalize_name(parts[1] or name) in {name, "release", "v"}:
                releases.setdefault(version, commit)
                names.setdefault(commit, str(version))
        return cls(ids, releases, names)

    def commit(self, said: _LibraryClaim) -> str | None:
        """The full id of the commit that a case was measured with."""
        version = _version(said.version)
        release = self.releases.get(version) if version else None
        known = (self.ids.get(said.pinned), self.ids.get(said.own), release, self.ids.get(_in(said.version)))
        return next(filter(None, known), None)


def _beginnings(identity: str) -> set[str]:
    """Every abbreviation of a commit's id that `COMMIT` matches."""
    return {identity[:length] for length in range(7, len(identity) + 1)}


def _tags(top: Path) -> list[tuple[str, str]]:
    """All tags with their commits, the shortest names first."""
    lines = git_output(top, "for-each-ref", "--format=%(refname:strip=2)%00%(*objectname)%00%(objectname)", "refs/tags")
    parts = [line.split("\0") for line in lines.split("\n") if line]
    return sorted(((tag, peeled or own) for tag, peeled, own in parts), key=lambda each: (len(each[0]), each[0]))


def _in(version: str) -> str:
    found = IN_VERSION.search(version)
    return found[1] if found else ""


@cache
def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _places(top: Path, ids: Iterable[str], names: dict[str, str]) -> dict[str, Place]:
    """Each commit's place, in the order of the history."""
    wanted = set(ids)
    log = git_output(top, "log", "--date-order", "--reverse", "--format=%H%x00%aI%x00%s", *sorted(wanted), "--")
    lines = [line.split("\0", 2) for line in log.split("\n")] if wanted else []
    kept = [line for line in lines if line[0] in wanted]
    return {
        identity: Place(i, identity, names.get(identity, identity[:12]), date, subject)
        for i, (identity, date, subject) in enumerate(kept)
    }


def _key(key: CaseKey, rest: str) -> CaseKey:
    """The case's key, with its environment reduced to the requirements other than the library."""
    environment = rest or DEFAULT
    identity = key.id.removesuffix(f"/{key.environment}") if key.environment != DEFAULT else key.id
    whole = f"{identity}/{rest}" if rest else identity
    return replace(key, id=whole, environment=environment)
