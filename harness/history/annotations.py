"""Known causes of steps, as people noted them: which cases, where, and why."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from pydantic import Field

from harness.config import found_in
from harness.errors import UsageError
from harness.history.points import Step
from harness.results.kept import keep, kept

FILE = "annotations.json"
"""In the folder of results."""

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
COMMIT = re.compile(r"[0-9a-f]{7,40}")


@dataclass(frozen=True)
class Annotation:
    """A known cause of a step."""

    pattern: str
    """A pattern of case ids, as in `--only`; empty for all."""
    at: Annotated[str, Field(min_length=1)]
    """Where the step is: a date such as 2026-01-31, a commit, or a version: ``numpy 2.5.0``, ``2.5.0``."""
    reason: Annotated[str, Field(min_length=1)]

    def explains(self, case: str, step: Step) -> bool:
        """Whether it is about this step of a case: its place lies between the two levels."""
        return found_in((case,), self.pattern) and (
            self._by_date(step) or self._by_commit(step) or self._by_version(step)
        )

    def _by_date(self, step: Step) -> bool:
        return bool(DATE.fullmatch(self.at)) and step.before.when[:10] <= self.at <= step.after.when[:10]

    def _by_commit(self, step: Step) -> bool:
        own = step.after.run.commit
        ids = step.between or ((own.id,) if own else ())
        return bool(COMMIT.fullmatch(self.at)) and any(each.startswith(self.at) for each in ids)

    def _by_version(self, step: Step) -> bool:
        named = version_of(self.at)
        if named is None:
            return False
        name, wanted = named
        changed = {canonicalize_name(each): new for each, (_, new) in step.versions_changed().items()}
        return any(_is(new, wanted) for each, new in changed.items() if name in ("", each))


def _is(text: str | None, wanted: Version) -> bool:
    try:
        return Version(text or "") == wanted
    except InvalidVersion:
        return False


def version_of(text: str) -> tuple[str, Version] | None:
    """A library's name in its canonical form, empty where none is given, and its version; None where it is neither."""
    try:
        return "", Version(text)
    except InvalidVersion:
        pass
    try:
        found = Requirement(re.sub(r"\s+v?(?=[0-9])", "==", text.strip()))
        ((operator, version),) = ((each.operator, each.version) for each in found.specifier)
        return (canonicalize_name(found.name), Version(version)) if operator == "==" else None
    except (InvalidRequirement, InvalidVersion, ValueError):
        return None


def annotations(results: Path) -> list[Annotation]:
    """The known causes of a folder of results.

    Raises
    ------
    StoreError
        When the file cannot be read.
    """
    return kept(Annotation, results / FILE)


def annotate(results: Path, pattern: str, at: str, reason: str) -> Path:
    """Add a known cause.

    Raises
    ------
    UsageError
        When the place is neither a date, a commit nor a version, or there is no reason.
    StoreError
        When the file cannot be read or written.
    """
    at, reason = at.strip(), reason.strip()
    if not at or not reason:
        raise UsageError("--at PLACE and --reason TEXT go together, and neither may be empty")
    if not _is_place(at):
        raise UsageError(
            f"--at {at!r}: wanted a date such as 2026-01-31, a commit of 7 digits or more, or a version such as "
            '"numpy 2.5.0"'
        )
    return keep(results / FILE, [*annotations(results), Annotation(pattern, at, reason)])


def _is_place(at: str) -> bool:
    if DATE.fullmatch(at):
        try:
            return bool(date.fromisoformat(at))
        except ValueError:
            return False
    return bool(COMMIT.fullmatch(at)) or version_of(at) is not None
