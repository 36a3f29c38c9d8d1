"""A comment on a pull request, in Markdown; its first line marks it, so that it can be updated in place.

Names are in code spans, which they cannot end.
"""

from collections.abc import Iterator

from harness.compare.comparison import Verdict
from harness.config import Alarm
from harness.reviews.base import LONGEST, ORDER, Case, Compared, Place, short

MARKER = "<!-- linbench -->"

MOST_LINES = 20
MOST_CHARACTERS = 65_536
"""GitHub's documented limit for a comment."""

MOST_CHANGES = 11

LONGEST_UNSETTLED = 600
"""Characters of the reason why nothing was decided, which ends with the command that decides it."""

ALARMS: dict[Alarm, str] = {"fail": "🔴", "warn": "🟠", "note": "🔵"}
SIGNS: dict[Verdict, str] = {
    "worse": "🔴", "gone": "🔴", "better": "🟢", "undecided": "🟡", "incomparable": "🟡", "new": "⚪", "same": "⚪",
}  # fmt: skip
SHOWN: tuple[Verdict, ...] = ("worse", "gone", "better", "undecided", "incomparable", "new")


def comment(found: Compared, place: Place) -> str:
    """At most 20 lines: the verdict, the changes with their intervals, what could not be seen, and a link."""
    changes = list(_changes(found))
    lines = [MARKER, f"{_sign(found.alarm, found.verdict)} **linbench: {found.word}** ({found.counts})"]
    if found.unsettled:
        lines.append(f"**Not decided:** {_code(found.unsettled, LONGEST_UNSETTLED)}")
    if changes:
        lines += ["", *changes[:MOST_CHANGES]]
    if len(changes) > MOST_CHANGES:
        lines.append(f"- and {len(changes) - MOST_CHANGES} more")
    link = f"[All of it]({place.address})" if place.address else ""
    sides = " → ".join(map(_code, filter(None, found.sides)))
    lines += ["", *filter(None, [found.unseen, sides, link])]
    assert len(lines) <= MOST_LINES  # noqa: S101 - by the numbers above
    return "\n".join(lines)[:MOST_CHARACTERS]


def _sign(alarm: Alarm, verdict: Verdict) -> str:
    return ALARMS.get(alarm, SIGNS[verdict])


def _changes(found: Compared) -> Iterator[str]:
    def place(case: Case) -> tuple[int, int]:
        return ORDER.index(case.alarm), SHOWN.index(case.verdict)

    for case in sorted((each for each in found.cases if each.verdict in SHOWN and not each.quiet), key=place):
        yield f"- {_sign(case.alarm, case.verdict)} {_code(case.case)}: {_code(case.why)}"


def _code(text: str, longest: int = LONGEST) -> str:
    """A code span that its text cannot end."""
    return f"`{short(text, longest).replace('`', chr(39))}`"
