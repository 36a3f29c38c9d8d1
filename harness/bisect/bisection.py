"""The records of a bisection: a verdict on each measured release, and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from harness.bisect.search import Found, Word
from harness.compare import Judgement
from harness.judgement.digits import digits
from harness.records import values_of
from harness.results import Run, Timing
from harness.revisions.library import LibraryCommit

Metric = Literal["digits", "seconds"]
METRICS: tuple[Metric, ...] = get_args(Metric)

Outcome = Literal["found", "range", "none", "undecided", "nothing"]
"""In turn: one release; one of several; none is worse; the ends cannot be told apart; nothing could be measured."""


@dataclass(frozen=True, kw_only=True)
class ReleaseResult:
    """The result of the case in one release."""

    release: str
    status: str
    reason: str
    digits: float | None
    seconds: Timing | None
    versions: Mapping[str, str]
    """Versions that its worker imported, by distribution."""

    @classmethod
    def of(cls, release: str, run: Run) -> ReleaseResult:
        """From a run with this one case."""
        (row,) = run.rows
        return cls(
            release=release,
            status=row.status,
            reason=row.worst.reason,
            digits=digits.of(row),
            seconds=row.timing,
            versions=run.versions(),
        )


@dataclass(frozen=True, kw_only=True)
class ReleaseVerdict:
    """The verdict on one release."""

    word: Word
    """``good``, ``bad``, ``skipped`` or ``undecided``."""
    reason: str = ""
    """Why it is no better decided; empty where the numbers show it."""
    new: ReleaseResult
    """The result of the release."""
    old: ReleaseResult | None = None
    """The result of the good end that it was compared with; None where it is that end."""
    judgements: tuple[Judgement, ...] = ()
    """The judgements behind the word."""


@dataclass(frozen=True, kw_only=True)
class Bisection:
    """The answer, and the steps that led to it."""

    package: str
    case: str
    metric: Metric
    releases: tuple[str, ...]
    """Oldest first."""
    steps: tuple[ReleaseVerdict, ...]
    """In the order they were taken; at most one per release."""
    found: Found
    """Positions in `releases`."""
    commits: tuple[LibraryCommit, ...] = ()
    """The commits, in order, where the releases are commits."""
    explained: tuple[str, ...] = ()
    """Why the first bad release lacks digits, in sentences; empty where that was not examined."""

    @property
    def noun(self) -> str:
        """``commit`` or ``release``."""
        return "commit" if self.commits else "release"

    def commit(self, release: str) -> LibraryCommit | None:
        """The commit of a release, where it is one."""
        return next((each for each in self.commits if each.label == release), None)

    @property
    def outcome(self) -> Outcome:
        """The kind of answer."""
        if self.found.bad is not None:
            return "range" if self.found.between else "found"
        if self.found.undecided:
            return "undecided"
        return "nothing" if self.found.end is None else "none"

    @property
    def last_good(self) -> ReleaseVerdict | None:
        """The last release known to be good."""
        return self._step(self.found.good)

    @property
    def first_bad(self) -> ReleaseVerdict | None:
        """The first release known to be bad; releases just before it that could not be judged may be bad as well."""
        return self._step(self.found.bad)

    @property
    def ends(self) -> tuple[ReleaseVerdict, ReleaseVerdict] | None:
        """The good end, and the last release that could be judged."""
        first = next((step for step in self.steps if step.old is None and step.word == "good"), None)
        last = self._step(self.found.end)
        return None if first is None or last is None else (first, last)

    @property
    def sides(self) -> tuple[ReleaseResult, ReleaseResult] | None:
        """The results of the last good and the first bad release, from the same measurement where there is one."""
        good, bad = self.last_good, self.first_bad
        if good is None or bad is None:
            return None
        beside = bad.old if bad.old is not None and bad.old.release == good.new.release else None
        return beside or good.new, bad.new

    @property
    def suspects(self) -> tuple[str, ...]:
        """The releases among which the first bad one is."""
        if self.found.bad is None:
            return ()
        return tuple(self.releases[i] for i in (*self.found.between, self.found.bad))

    def _step(self, position: int | None) -> ReleaseVerdict | None:
        if position is None:
            return None
        return next(step for step in self.steps if step.new.release == self.releases[position])

    def record(self) -> dict[str, Any]:
        """The bisection as ``linbench bisect --format json`` prints it."""
        good, bad = self.sides or (self.last_good and self.last_good.new, None)
        return {
            "package": self.package,
            "case": self.case,
            "metric": self.metric,
            "outcome": self.outcome,
            "releases": list(self.releases),
            "last_good": good and values_of(good),
            "first_bad": bad and values_of(bad),
            "suspects": list(self.suspects),
            "commits": [values_of(each) for name in self.suspects if (each := self.commit(name))],
            "explained": list(self.explained),
            "steps": [{"release": step.new.release, **values_of(step)} for step in self.steps],
        }
