"""GitHub's workflow commands, which a step prints and GitHub shows as annotations of the run.

GitHub shows at most ten of each kind per step, and fifty per job; the last of a kind counts those left out.
"""

from collections.abc import Iterator

from harness.config import Alarm
from harness.printable import printable
from harness.reviews.base import Compared, Place

LEVELS: dict[Alarm, str] = {"fail": "error", "warn": "warning", "note": "notice"}

MOST_OF_A_KIND = 10
MOST = 50

LONGEST = 4_000
"""Characters of a message: longer ones are truncated where they are shown."""


def annotations(found: Compared, place: Place) -> str:  # noqa: ARG001 - every format has both parameters
    """Errors for what fails, notices for what is noted, warnings for what warns or could not be decided."""
    lines = [line for level in LEVELS.values() for line in _few(level, list(_of(level, found)))]
    return "\n".join(lines[:MOST])


def _of(level: str, found: Compared) -> Iterator[str]:
    if found.unsettled and level == "warning":
        yield _command(level, "linbench", found.unsettled)
    for case in found.notable():
        if LEVELS.get(case.alarm, "warning") == level:
            yield _command(level, f"linbench: {case.case}", case.why)


def _few(level: str, lines: list[str]) -> list[str]:
    if len(lines) <= MOST_OF_A_KIND:
        return lines
    shown = lines[: MOST_OF_A_KIND - 1]
    return [*shown, _command(level, "linbench", f"and {len(lines) - len(shown)} more; the summary has them")]


def _command(level: str, title: str, message: str) -> str:
    return f"::{level} title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    """The data of a workflow command, on one line."""
    return printable(text)[:LONGEST].replace("%", "%25")


def _property(text: str) -> str:
    """A property of a workflow command."""
    return _data(text[:255]).replace(":", "%3A").replace(",", "%2C")
