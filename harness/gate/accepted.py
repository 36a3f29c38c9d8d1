"""Expected changes: accepted by case and with a reason, so that they are reported but fail nothing.

An acceptance stands in a commit's message, as a trailer ``Linbench-Accept: PATTERN: REASON``, or beside the suite's
baseline, where ``linbench accept --case`` puts it until another baseline is accepted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.compare import Comparison
from harness.compare.comparison import FAILING
from harness.config import found_in
from harness.git import git
from harness.results import Store
from harness.results.kept import keep, kept

TRAILER = "Linbench-Accept"


@dataclass(frozen=True)
class Acceptance:
    """An accepted change of some cases."""

    pattern: str
    """A pattern of case ids, as in `--only`."""
    reason: str
    by: str
    """The commit that accepts it, or the run for which it was accepted."""

    def holds_for(self, case: str) -> bool:
        """Whether it applies to a case."""
        return found_in((case,), self.pattern)


def with_accepted(found: Comparison, accepted: Sequence[Acceptance]) -> Comparison:
    """The comparison with its failing cases marked as accepted where an acceptance applies."""
    cases = []
    for case in found.cases:
        said = next((each for each in accepted if case.verdict in FAILING and each.holds_for(case.case)), None)
        cases.append(replace(case, accepted=f"{said.reason} ({said.by})") if said else case)
    return replace(found, cases=tuple(cases))


def in_messages(folder: Path, old: str, new: str) -> list[Acceptance]:
    """The trailers of the commits that ``new`` has and ``old`` does not; one without a reason accepts nothing."""
    trailers = f"%(trailers:key={TRAILER},valueonly,unfold,separator=%x00)"
    log = git(folder, "log", f"--format=%h%x00{trailers}", "--end-of-options", f"{old}..{new}")
    found = []
    for line in log.stdout.split("\n"):
        commit, *values = line.split("\0")
        for value in values:
            pattern, _, reason = value.strip().partition(": ")
            if pattern.strip("*? ") and reason.strip():
                found.append(Acceptance(pattern, reason.strip(), commit))
    return found


def _path(store: Store, suite: str) -> Path:
    return store.root / "baselines" / f"{suite}.accepted.json"


def beside_baseline(store: Store, suite: str) -> list[Acceptance]:
    """The acceptances beside the suite's baseline.

    Raises
    ------
    StoreError
        When it cannot be read.
    """
    return kept(Acceptance, _path(store, suite))


def put_beside_baseline(store: Store, suite: str, acceptance: Acceptance) -> Path:
    """Add an acceptance to those of a suite.

    Raises
    ------
    StoreError
        When they cannot be read or written.
    """
    return keep(_path(store, suite), [*beside_baseline(store, suite), acceptance])


def forget(store: Store, suite: str) -> None:
    """Remove the acceptances beside a baseline that is being replaced."""
    _path(store, suite).unlink(missing_ok=True)
