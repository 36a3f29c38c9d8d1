"""The records of a comparison: judgements of single numbers, verdicts on cases, and the whole."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import Field

from harness.compare.thresholds import Thresholds
from harness.config import EVERYTHING_FAILS, Alarm, CaseKey, GateTable, gravest
from harness.judgement import Rule, scores
from harness.records import values_of
from harness.stats import Control, Level, Variance

Verdict = Literal["same", "better", "new", "undecided", "incomparable", "gone", "worse"]
"""From best to worst."""

Kind = str
"""The number judged: ``status``, ``rank``, ``iterations``, ``seconds``, ``memory``, or a score's name."""

FAILING: frozenset[str] = frozenset({"worse", "gone"})

PRICES: frozenset[Kind] = frozenset({"seconds", "memory"})
"""Costs of an answer, for which a suite's `[[gate]]` sets limits; a worse answer always fails."""

_GRAVITY = {verdict: i for i, verdict in enumerate(get_args(Verdict))}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of some verdicts; ``same`` where there are none."""
    return max(verdicts, key=_GRAVITY.__getitem__, default="same")


class Evidence(NamedTuple):
    """The mean log ratios of both sides, and the variance between their sessions."""

    old: Level
    new: Level
    between: Variance


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The verdict on one number of one case."""

    kind: Kind
    verdict: Verdict
    old: int | float | str | None = None
    new: int | float | str | None = None
    """The two numbers. For ``seconds``, medians of a typical round; the verdict rests on ``effect`` instead, from the
    ratio of the control-normalised lower quartiles."""
    effect: float | None = None
    """Relative change (0.1: 10 % more) of seconds, memory and loss; new minus old of digits and counts."""
    low: float | None = None
    high: float | None = None
    """Confidence interval of the effect, at the level for this number alone."""
    visible: float | None = None
    """Smallest slowdown that would have been found, or that is unlikely where that ended the rounds; None where no test
    could find any."""
    p: float | None = None
    """The p-value, adjusted for all cases compared."""
    suspect: bool = False
    """Possibly slower: worth measuring again."""
    confirmed: bool | None = None
    """Whether fresh rounds agreed; None where none were measured."""
    control: Control | None = None
    """For ``seconds``: the control by whose time both sides are divided; None where none was used."""
    reasons: Annotated[tuple[str, ...], Field(exclude=True)] = ()
    """What a reader must know to trust the verdict; the record joins them into one line."""
    evidence: Annotated[Evidence | None, Field(exclude=True)] = field(default=None, repr=False)
    """Basis of a verdict on a time, to which more rounds can be added; not part of the record."""

    @property
    def reason(self) -> str:
        """The reasons in one line."""
        return "; ".join(filter(None, self.reasons))

    @property
    def relative(self) -> bool:
        """Whether the effect is a relative change rather than a difference."""
        found = scores().get(self.kind)
        return self.kind in ("seconds", "memory") or (found is not None and found.rule is Rule.RELATIVE)


@dataclass(frozen=True, kw_only=True)
class CaseVerdict:
    """The verdict on one case."""

    case: str
    verdict: Verdict
    """The worst of its judgements; ``new``, ``gone`` and ``incomparable`` have none."""
    reason: str = ""
    """Why it is new, gone or incomparable."""
    notes: tuple[str, ...] = ()
    """What no single number shows, such as a time that improved because less was done."""
    judgements: tuple[Judgement, ...] = ()
    accepted: str = ""
    """Why its failure is accepted, and by whom; it then does not fail a check."""
    gate: Annotated[GateTable, Field(exclude=True)] = EVERYTHING_FAILS
    """Which slowdowns warn and which fail."""

    def judgement(self, kind: Kind) -> Judgement | None:
        """The judgement of one kind; None where neither side has the number."""
        return next((each for each in self.judgements if each.kind == kind), None)

    def alarm_of(self, number: Judgement) -> Alarm:
        """The alarm that one of its judgements raises."""
        if number.verdict != "worse":
            return ""
        if self.accepted:
            return "note"
        return self.gate.alarm(number.effect) if number.kind in PRICES else "fail"

    @property
    def alarm(self) -> Alarm:
        """The gravest alarm of its judgements; a case that is gone fails, unless that was accepted."""
        if self.verdict == "gone":
            return "note" if self.accepted else "fail"
        return gravest([self.alarm_of(each) for each in self.judgements])

    def record(self) -> dict[str, Any]:
        """The case as JSON values."""
        values = values_of(self)
        judgements = [
            {**each, "reason": judgement.reason, "alarm": self.alarm_of(judgement)}
            for each, judgement in zip(values["judgements"], self.judgements, strict=True)
        ]
        return {**values, "alarm": self.alarm, "judgements": judgements}

    @property
    def why(self) -> str:
        """What is not the same, in one line."""
        changes = [
            f"{each.kind} {each.verdict}: {each.old} → {each.new}" + (f" ({each.reason})" if each.reason else "")
            for each in self.judgements
            if each.verdict != "same"
        ]
        return "; ".join(filter(None, [self.reason, *changes, *self.notes]))

    @property
    def doubtful(self) -> bool:
        """Whether it fails or might, so that it should be measured again."""
        return self.verdict in FAILING or any(each.suspect for each in self.judgements)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two runs, case by case."""

    old: str
    new: str
    """The runs' ids."""
    thresholds: Thresholds
    cases: tuple[CaseVerdict, ...]
    """In the old run's order, then new cases."""
    keys: tuple[CaseKey, ...] = ()
    """The cases' keys, the new run's where both have one; not part of the record."""
    notes: tuple[str, ...] = ()
    """What concerns all cases: another machine, an interrupted run, what was measured again."""
    unsettled: str = ""
    """Why a slowdown of most cases may be due to the session, and the command that decides it; empty where there is no
    such slowdown, or the cause is known."""

    @property
    def controls(self) -> Mapping[str, Control]:
        """The control used for each case's times, to judge fresh rounds in the same way."""
        return {each.case: time.control for each in self.cases if (time := each.judgement("seconds")) and time.control}

    @property
    def verdict(self) -> Verdict:
        """The worst of all cases; ``incomparable`` where there is no case."""
        return worst(each.verdict for each in self.cases) if self.cases else "incomparable"

    @property
    def failing(self) -> tuple[CaseVerdict, ...]:
        """The cases that make a check exit with 1: worse by more than their gate allows, or gone, and not accepted."""
        return tuple(each for each in self.cases if each.alarm == "fail")

    @property
    def compared(self) -> int:
        """How many cases had numbers to compare. If none had, nothing was checked."""
        return sum(1 for each in self.cases if each.judgements)

    @property
    def doubtful(self) -> tuple[str, ...]:
        """The cases to measure again in fresh rounds before they may fail."""
        return tuple(each.case for each in self.cases if each.doubtful)

    def record(self) -> dict[str, Any]:
        """The comparison as ``linbench compare --format json`` prints it."""
        return {
            "old": self.old,
            "new": self.new,
            "verdict": self.verdict,
            "alarm": gravest([each.alarm for each in self.cases]),
            "compared": self.compared,
            "unsettled": self.unsettled,
            "counts": dict(Counter(each.verdict for each in self.cases)),
            "gate": asdict(self.thresholds),
            "notes": list(self.notes),
            "cases": [each.record() for each in self.cases],
        }
