"""What all formats of a review share: the comparison's records as read from JSON, and safe text.

Names of branches and cases, and reasons, are untrusted input: each format escapes them.
"""

import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from harness.compare.comparison import Verdict
from harness.config import Alarm
from harness.printable import printable

ORDER: tuple[Alarm, ...] = ("fail", "warn", "note", "")
"""The gravest first."""

UNKNOWN: frozenset[Verdict] = frozenset({"undecided", "incomparable"})
"""Verdicts that decide nothing."""

LONGEST = 160
"""Characters of a name or a reason where space is short."""


@dataclass(frozen=True, kw_only=True)
class Number:
    """One number of a case, of ``judgements``."""

    kind: str
    verdict: Verdict
    alarm: Alarm
    old: int | float | str | None = None
    new: int | float | str | None = None
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    visible: float | None = None
    suspect: bool = False
    reason: str = ""

    @property
    def quiet(self) -> bool:
        """Whether a time shows no sign of change, and a large enough change would have been found."""
        return self.kind == "seconds" and self.verdict == "undecided" and not self.suspect and self.visible is not None

    @property
    def text(self) -> str:
        """The change with its interval, the verdict, and why."""
        if self.kind in ("seconds", "memory") and self.effect is not None:
            ends = "" if self.low is None or self.high is None else f" ({self.low:+.1%} … {self.high:+.1%})"
            change = f"{self.kind} {self.effect:+.1%}{ends}"
        else:
            change = f"{self.kind} {_plain(self.old)} → {_plain(self.new)}"
        return f"{change}, {self.verdict}" + (f" ({self.reason})" if self.reason else "")


def _plain(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A case, of ``cases``."""

    case: str
    verdict: Verdict
    alarm: Alarm
    reason: str = ""
    accepted: str = ""
    judgements: tuple[Number, ...] = ()

    @property
    def quiet(self) -> bool:
        """Whether it is undecided but shows no sign of change, as most unchanged cases are."""
        unsure = [each for each in self.judgements if each.verdict == self.verdict]
        return self.verdict == "undecided" and bool(unsure) and all(each.quiet for each in unsure)

    @property
    def why(self) -> str:
        """The reasons for its verdict, in one line."""
        numbers = [each.text for each in self.judgements if each.verdict == self.verdict]
        accepted = f"accepted: {self.accepted}" if self.accepted else ""
        return "; ".join(filter(None, [accepted, *numbers, self.reason])) or self.verdict


@dataclass(frozen=True, kw_only=True)
class Compared:
    """The comparison."""

    old: str
    new: str
    verdict: Verdict
    alarm: Alarm
    cases: tuple[Case, ...]
    unsettled: str = ""

    def notable(self) -> Iterator[Case]:
        """The cases that a reviewer should look at, the gravest first: those with an alarm, then undecided ones.

        Cases that are `Case.quiet` are left out: a warning on every documentation change would be ignored.
        """
        yield from (each for alarm in ORDER[:-1] for each in self.cases if each.alarm == alarm)
        yield from (each for each in self.cases if not (each.alarm or each.quiet) and each.verdict in UNKNOWN)

    @classmethod
    def none(cls) -> Self:
        """Stands in for a comparison that failed to run, so that the review says so."""
        why = "nothing was compared; what `linbench compare` printed to standard error says why"
        return cls(old="", new="", verdict="incomparable", alarm="", cases=(), unsettled=why)

    @property
    def word(self) -> str:
        """The verdict in a word or two."""
        if self.unsettled and self.alarm != "fail":
            return "not decided"
        return f"{self.verdict}, accepted" if self.alarm == "note" else self.verdict

    @property
    def sides(self) -> tuple[str, str]:
        """The names of the two sides, without the run that holds both."""
        (run, _, old), (beside, _, new) = (each.partition(":") for each in (self.old, self.new))
        return (old, new) if run == beside and old and new else (self.old, self.new)

    @property
    def counts(self) -> str:
        """How many cases have which verdict, and how many of them raise an alarm."""
        counts = Counter(each.verdict for each in self.cases)
        some = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common()) or "no case"
        alarms = Counter(each.alarm for each in self.cases)
        raised = [f"{count} {alarm}{'s' * (count == 1)}" for alarm in ("fail", "warn") if (count := alarms[alarm])]
        return "; ".join([some, *raised])

    @property
    def unseen(self) -> str:
        """Which slowdowns could not have been seen, in words; empty where every time changed."""
        timed = [each for case in self.cases for each in case.judgements if each.kind == "seconds"]
        still = [each for each in timed if each.verdict not in ("worse", "better")]
        seen = [each.visible for each in still if each.visible is not None]
        if timed and not still:
            return ""
        if not seen:
            return "No slowdown could have been seen: too few rounds, or no times."
        half = f"{statistics.median(seen):.1%} (half of the cases) to " if min(seen) < max(seen) else ""
        some = "" if len(seen) == len(still) else f" In {len(still) - len(seen)} of {len(still)} cases none could be."
        return f"Slowdowns under {half}{max(seen):.1%} could not be seen.{some}"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a review is shown."""

    link: str = ""
    """The https address of the full report; anything else is left out."""
    file: str = "linbench.toml"
    """The file in the repository that results are attached to."""
    commit: str = ""
    """The full id of the judged commit."""

    @property
    def address(self) -> str:
        """The link, if it is safe to embed."""
        return self.link if self.link.startswith("https://") and not set(self.link) & set(" ()<>[]`\"'\n\r") else ""


def short(text: str, longest: int = LONGEST) -> str:
    """A text in one line without control characters, truncated to ``longest`` characters."""
    plain = printable(text)
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"
