"""What a comparison consists of: judgements of single numbers, verdicts on cases, and the whole."""

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
"""From the most to the least welcome."""

Kind = str
"""What a judgement speaks of: ``status``, ``rank``, ``iterations``, ``seconds``, ``memory``, or a score's name."""

FAILING: frozenset[str] = frozenset({"worse", "gone"})

PRICES: frozenset[Kind] = frozenset({"seconds", "memory"})
"""What an answer costs, of which a suite's `[[gate]]` says how much may be added; what the answer is fails always."""

_GRAVITY = {verdict: i for i, verdict in enumerate(get_args(Verdict))}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The least welcome of some verdicts; ``same`` of none."""
    return max(verdicts, key=_GRAVITY.__getitem__, default="same")


class Evidence(NamedTuple):
    """The mean log ratios of both sides, and the variance that stands between them apart from their rounds."""

    old: Level
    new: Level
    between: Variance


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """One number of one case, then and now."""

    kind: Kind
    verdict: Verdict
    old: int | float | str | None = None
    new: int | float | str | None = None
    """The two numbers. Of ``seconds`` the median of a typical round: what the verdict rests on is the ratio of the
    control-normalised lower quartiles, which is ``effect``."""
    effect: float | None = None
    """Relative change (0.1: 10 % more) of seconds, memory and loss; new less old of digits and counts."""
    low: float | None = None
    high: float | None = None
    """The interval of the effect, at the level for this number alone."""
    visible: float | None = None
    """Smallest slowdown that would have been found, or that is unlikely where that ended the rounds; None where no test
    could."""
    p: float | None = None
    """Adjusted for all cases that were looked at."""
    suspect: bool = False
    """Slower, but only perhaps: worth measuring again."""
    confirmed: bool | None = None
    """Whether fresh rounds agreed; None where none were measured."""
    control: Control | None = None
    """Of ``seconds``: the control whose time each side's is divided by; None where none was."""
    reasons: Annotated[tuple[str, ...], Field(exclude=True)] = ()
    """What a reader must know to believe the verdict, each thing apart; the record has them in one line."""
    evidence: Annotated[Evidence | None, Field(exclude=True)] = field(default=None, repr=False)
    """What a verdict on a time rests on, for more rounds to be added to; not part of the record."""

    @property
    def reason(self) -> str:
        """The reasons in one line."""
        return "; ".join(filter(None, self.reasons))

    @property
    def relative(self) -> bool:
        """Whether the effect is a relative change; else it is a difference."""
        found = scores().get(self.kind)
        return self.kind in ("seconds", "memory") or (found is not None and found.rule is Rule.RELATIVE)


@dataclass(frozen=True, kw_only=True)
class CaseVerdict:
    """One case, then and now."""

    case: str
    verdict: Verdict
    """The least welcome of its judgements; ``new``, ``gone`` and ``incomparable`` have none."""
    reason: str = ""
    """Why it is new, gone or incomparable."""
    notes: tuple[str, ...] = ()
    """What no single number says: a time that improved because less was done, say."""
    judgements: tuple[Judgement, ...] = ()
    accepted: str = ""
    """Why it was expected to fail, and who said so; it then fails nothing."""
    gate: Annotated[GateTable, Field(exclude=True)] = EVERYTHING_FAILS
    """Which slowdowns warn and which fail."""

    def judgement(self, kind: Kind) -> Judgement | None:
        """Of one kind of number; None where neither side has it."""
        return next((each for each in self.judgements if each.kind == kind), None)

    def alarm_of(self, number: Judgement) -> Alarm:
        """What one of its judgements gives rise to."""
        if number.verdict != "worse":
            return ""
        if self.accepted:
            return "note"
        return self.gate.alarm(number.effect) if number.kind in PRICES else "fail"

    @property
    def alarm(self) -> Alarm:
        """The gravest of its judgements'; a case that is gone fails, unless that was accepted."""
        if self.verdict == "gone":
            return "note" if self.accepted else "fail"
        return gravest([self.alarm_of(each) for each in self.judgements])

    def record(self) -> dict[str, Any]:
        """The case as JSON has it."""
        values = values_of(self)
        told = zip(values["judgements"], self.judgements, strict=True)
        judgements = [
            {**each, "reason": judgement.reason, "alarm": self.alarm_of(judgement)} for each, judgement in told
        ]
        return {**values, "alarm": self.alarm, "judgements": judgements}

    @property
    def why(self) -> str:
        """In one line, what is not the same."""
        told = [
            f"{each.kind} {each.verdict}: {each.old} → {each.new}" + (f" ({each.reason})" if each.reason else "")
            for each in self.judgements
            if each.verdict != "same"
        ]
        return "; ".join(filter(None, [self.reason, *told, *self.notes]))

    @property
    def doubtful(self) -> bool:
        """Whether it fails, or might, so that it should be measured again."""
        return self.verdict in FAILING or any(each.suspect for each in self.judgements)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two runs, case by case."""

    old: str
    new: str
    """The runs' ids."""
    thresholds: Thresholds
    cases: tuple[CaseVerdict, ...]
    """In the old run's order, then what is new."""
    keys: tuple[CaseKey, ...] = ()
    """What each of them is, as the new run has it where both do; no part of the record."""
    notes: tuple[str, ...] = ()
    """What holds for all cases: another machine, a run that was interrupted, what was measured again."""
    unsettled: str = ""
    """Why a slowdown of most cases cannot be told from the session's, and the command that decides it; empty where
    there is none, or it can."""

    @property
    def controls(self) -> Mapping[str, Control]:
        """What each case's times were divided by, for fresh rounds to be looked at in the same way."""
        return {each.case: time.control for each in self.cases if (time := each.judgement("seconds")) and time.control}

    @property
    def verdict(self) -> Verdict:
        """The least welcome of all cases; ``incomparable`` where no case could be compared and none is gone."""
        return worst(each.verdict for each in self.cases) if self.cases else "incomparable"

    @property
    def failing(self) -> tuple[CaseVerdict, ...]:
        """The cases that end a check with 1: worse by more than their gate lets pass, or gone, and not accepted."""
        return tuple(each for each in self.cases if each.alarm == "fail")

    @property
    def compared(self) -> int:
        """How many cases had two numbers to compare. Where there is none, nothing has been checked."""
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
