"""Judges a release: measures it, and compares it with the good end by the gate's rules."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.bisect.bisection import Metric, ReleaseResult, ReleaseVerdict
from harness.bisect.search import Word
from harness.compare import CaseVerdict, Thresholds, compare
from harness.limits import MOST_ROUNDS
from harness.results import Run
from harness.runner.variants import pooled

Measure = Callable[[Sequence[str], int], Mapping[str, Run]]
"""Measures releases in turn, in so many rounds: one run each, of the same case."""

LOOKS = 4
"""Most looks at a time that stays undecided, since an undecided commit remains a suspect. Each look pools all rounds,
twice as many as the look before, and has its share of the level (Bonferroni), so that looking again causes no false
alarms."""

SKIPPED: frozenset[str] = frozenset({"missing", "unsupported", "error", "crashed"})
"""Statuses of a release that cannot run the case."""


@dataclass
class ReleaseJudge:
    """Judges releases against a good end."""

    measure: Measure
    metric: Metric
    thresholds: Thresholds
    rounds: int
    """Rounds per measurement. For digits, the good end is measured only once."""
    tell: Callable[[ReleaseVerdict], None] | None = None
    """Called with each release's verdict."""
    steps: list[ReleaseVerdict] = field(default_factory=list, init=False)
    _good: tuple[str, Run] = field(init=False)

    def begin(self, release: str) -> bool:
        """Make a release the good end; False when it does not run."""
        run = self.measure([release], self.rounds if self.metric == "digits" else 1)[release]
        result = ReleaseResult.of(release, run)
        runs = result.status not in SKIPPED and getattr(result, self.metric) is not None
        self._good = (release, run)
        word: Word = "good" if runs else "skipped"
        self._take(ReleaseVerdict(word=word, new=result, reason="" if runs else _why_skipped(result, release)))
        return runs

    def judge(self, release: str) -> Word:
        """The verdict on a release."""
        step = self._by_digits(release) if self.metric == "digits" else self._by_seconds(release)
        self._take(step)
        return step.word

    def _take(self, step: ReleaseVerdict) -> None:
        self.steps.append(step)
        if self.tell is not None:
            self.tell(step)

    def _by_digits(self, release: str) -> ReleaseVerdict:
        return self._step(self._good, (release, self.measure([release], self.rounds)[release]), self.thresholds)

    def _by_seconds(self, release: str) -> ReleaseVerdict:
        good, _ = self._good
        thresholds = replace(self.thresholds, level=self.thresholds.level / LOOKS)
        runs, rounds = [self.measure([good, release], self.rounds)], self.rounds
        while True:
            old, new = (pooled([each[which] for each in runs]) for which in (good, release))
            step = self._step((good, old), (release, new), thresholds)
            if step.word != "undecided" or len(runs) == LOOKS:
                return step
            further = min(rounds, MOST_ROUNDS)
            runs.append(self.measure([good, release], further))
            rounds += further

    def _step(self, good: tuple[str, Run], candidate: tuple[str, Run], thresholds: Thresholds) -> ReleaseVerdict:
        old, new = ReleaseResult.of(*good), ReleaseResult.of(*candidate)
        if stopped := next((each for each in (new, old) if each.status in SKIPPED), None):
            return ReleaseVerdict(word="skipped", new=new, old=old, reason=_why_skipped(stopped, candidate[0]))
        (verdict,) = compare(good[1], candidate[1], thresholds, side_by_side=True).cases
        judgements = tuple(each for each in verdict.judgements if each.kind in ("status", self.metric))
        word, reason = self._word(verdict, thresholds)
        return ReleaseVerdict(word=word, new=new, old=old, judgements=judgements, reason=reason)

    def _word(self, verdict: CaseVerdict, thresholds: Thresholds) -> tuple[Word, str]:
        status, number = verdict.judgement("status"), verdict.judgement(self.metric)
        if status is not None and status.verdict == "worse":
            return "bad", status.reason
        if number is None:
            return "undecided", verdict.reason or f"no {self.metric} to compare"
        if number.verdict in ("worse", "same", "better"):
            return "bad" if number.verdict == "worse" else "good", number.reason
        if number.kind == "seconds" and number.high is not None and number.high < thresholds.margin:
            return "good", f"faster by an uncertain amount, but not slower; {number.reason}".removesuffix("; ")
        return "undecided", number.reason


def _why_skipped(result: ReleaseResult, release: str) -> str:
    """The reason; it names the release only where that is not the one being skipped, which stands beside it."""
    why = f"{result.status}: {result.reason or 'no number to compare'}"
    return why if result.release == release else f"{result.release}: {why}"
