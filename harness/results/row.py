"""A row: one case over all its rounds, with summaries of its measurements."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Literal

from harness.config import CaseKey
from harness.judgement import Scores
from harness.judgement.digits import digits
from harness.judgement.verdict import verdict
from harness.machine import Machine
from harness.records import values_of
from harness.results.header import ManyRecord, ProblemRecord
from harness.results.machines import machines_of
from harness.results.measurement import SEVERITY, Measurement, Status
from harness.stats import FEWEST_ROUNDS, Round, level, paired, quantile, round_of, spread

CONFIDENCE = 0.95
"""Confidence level of the interval that a row shows."""

NOISY_BETWEEN = 0.05
"""Standard deviation between rounds, of the log ratio or of the control's log time, from which a row is noisy."""

NOISY_WITHIN = 0.10
"""Relative interquartile range of the control within a process from which a row is noisy. Quiet machines have 0.04."""

ANSWER = (
    "coef", "intercept", "coef_original", "intercept_original", "iterations", "rank", "converged", "standard_errors",
    "r_squared",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Timing:
    """The time of a case, in seconds per call, and other times."""

    median: float
    low: float
    high: float
    interval: Literal["rounds", "quartiles"]
    """The kind of ``low`` and ``high``: with `FEWEST_ROUNDS` or more, the 95 % interval of the median from the
    variation between rounds; else the quartiles of all samples."""
    samples: int
    rounds: int
    noisy: bool
    """Whether the machine was too busy for reliable times."""
    first_call: float | None
    prepare: float | None
    """``first_call`` and ``prepare``: of the first round."""
    own: float | None = None
    """Median by the clock of the program that the method runs; None where it has none."""
    per_fit: float | None = None
    """The median divided by the number of fits, for a case of many."""


@dataclass(frozen=True)
class Row:
    """One case over all its rounds."""

    case: CaseKey
    """The case as planned."""
    measurements: tuple[Measurement, ...]
    """One per round, in order; never empty."""
    problem: ProblemRecord | None = None
    """The problem; None where the data could not be loaded, or the run does not record it."""
    machine: Machine = field(default_factory=Machine)
    """The run's machine, of measurements that name no host."""

    @cached_property
    def machines(self) -> Mapping[str, Machine]:
        """The machines that it was timed on, by id; where it never was, those that it was tried on."""
        timed = [each for each in self.measurements if each.seconds] or self.measurements
        return machines_of((each.measured_on(self.machine) for each in timed), self.machine)

    @cached_property
    def worst(self) -> Measurement:
        """The measurement that represents the case: that with the gravest status, then with the fewest digits."""

        def grade(measurement: Measurement) -> tuple[int, float]:
            found = digits.of(measurement)
            return SEVERITY[measurement.status], -math.inf if found is None else -found

        return max(self.measurements, key=grade)

    @property
    def status(self) -> Status:
        """The gravest status of its rounds."""
        return self.worst.status

    @property
    def word(self) -> str:
        """The status for people: ``unchecked`` for a correct answer whose method did not report convergence."""
        unchecked = self.status == "not_converged" and verdict.of(self) in ("exact", "best_possible")
        return "unchecked" if unchecked else self.status

    @property
    def scores(self) -> Scores:
        """The scores of the worst measurement."""
        return self.worst.scores

    @property
    def many(self) -> ManyRecord | None:
        """The many problems that it answered; None for one problem."""
        return self.problem.many if self.problem else None

    @property
    def fingerprints(self) -> frozenset[str]:
        """The fingerprints of its data over all rounds: one, unless the data changed; none where it had no data."""
        return frozenset(each.data for each in self.measurements if each.data)

    @cached_property
    def samples(self) -> tuple[float, ...]:
        """Seconds per call of every sample of every round."""
        return tuple(each for m in self.measurements for each in m.seconds)

    @cached_property
    def rounds(self) -> Mapping[int, Round]:
        """The timed rounds, by number."""
        found = {each.round: round_in(each) for each in self.measurements}
        return {number: each for number, each in found.items() if each is not None}

    @property
    def median(self) -> float | None:
        """The median time in seconds per call; None where it was not timed."""
        return self.timing.median if self.timing else None

    @property
    def log_ratios(self) -> list[float]:
        """The log ratio of each round to the control of products; rounds without one are left out."""
        return [each.log_ratio for each in self.rounds.values() if each.log_ratio is not None]

    @property
    def noisy(self) -> bool:
        """Whether the machine was too busy for reliable times."""
        controls = [math.log(each.control) for each in self.rounds.values() if each.control]
        if max(_deviation(controls), self._deviation_of_ratios) > NOISY_BETWEEN:
            return True
        within = sorted(each.control_spread for each in self.rounds.values() if each.control_spread is not None)
        return bool(within) and quantile(within, 0.5) > NOISY_WITHIN

    @property
    def _deviation_of_ratios(self) -> float:
        """Standard deviation between rounds of the log ratio to the better control."""
        streamed = [ratio for each in self.rounds.values() if (ratio := each.log_ratio_to_stream) is not None]
        over = [self.log_ratios, *([streamed] if len(streamed) == len(self.rounds) else [])]
        return min(map(_deviation, over))

    @cached_property
    def processors(self) -> float | None:
        """Processors kept busy: processor time over wall time, as a median over rounds; None where not timed."""
        shares = sorted(sum(m.cpu_seconds) / wall for m in self.measurements if (wall := sum(m.seconds)))
        return quantile(shares, 0.5) if shares else None

    @property
    def differing_fits(self) -> bool:
        """Whether timed fits of some round differed."""
        return any(each.differing_fits for each in self.measurements)

    @property
    def control_drift(self) -> bool:
        """Whether the control drifted in some round; its times are kept out of verdicts."""
        return any(each.control_drift for each in self.measurements)

    @property
    def notes(self) -> tuple[str, ...]:
        """What else a reader should know about its rounds, in words."""
        return tuple(dict.fromkeys(note for each in self.measurements for note in each.notes))

    @property
    def pools(self) -> dict[str, int]:
        """Threads of each pool that the case's workers had loaded at the end, by library and version."""
        return {name: threads for each in self.measurements for name, threads in each.pools.items()}

    @property
    def peak_memory_bytes(self) -> int | None:
        """The highest peak over its rounds."""
        return max((each.peak_memory_bytes or 0 for each in self.measurements), default=0) or None

    @cached_property
    def timing(self) -> Timing | None:
        """The time of the case; None where nothing was timed."""
        if not self.rounds:
            return None
        first = self.measurements[0]
        own = sorted(each for m in self.measurements for each in m.own_seconds)
        median, low, high, interval = self._between_rounds() or self._pooled()
        return Timing(
            median=median,
            low=low,
            high=high,
            interval=interval,
            samples=len(self.samples),
            rounds=len(self.rounds),
            noisy=self.noisy,
            first_call=first.first_call,
            prepare=first.prepare,
            own=quantile(own, 0.5) if own else None,
            per_fit=median / self.many.fits if self.many else None,
        )

    def _between_rounds(self) -> tuple[float, float, float, Literal["rounds"]] | None:
        """The geometric mean of the rounds' medians, with its interval from the variation between rounds."""
        medians = [each.median for each in self.rounds.values()]
        if len(medians) < FEWEST_ROUNDS or min(medians) <= 0:
            return None
        logs = paired([math.log(each) for each in medians])
        low, high = map(math.exp, logs.interval(CONFIDENCE))
        return math.exp(logs.estimate), low, high, "rounds"

    def _pooled(self) -> tuple[float, float, float, Literal["quartiles"]]:
        middle = spread(self.samples)
        assert middle is not None  # noqa: S101 - there is a round, so there is a sample
        return middle.median, middle.low, middle.high, "quartiles"

    def record(self) -> dict[str, Any]:
        """The row as ``linbench show --format json`` prints it."""
        key, worst, problem = values_of(self.case), self.worst, self.problem
        return {
            **key,
            "status": worst.status,
            "reason": worst.reason,
            "n_samples": problem and problem.n_samples,
            "n_features": problem and problem.n_features,
            "features": problem and list(problem.features),
            "target": problem and problem.target,
            "rows_left_out": problem and problem.rows_left_out,
            "many": self.many and asdict(self.many),
            "worst_fit": worst.worst_fit and asdict(worst.worst_fit),
            **{name: getattr(worst, name) for name in ANSWER},
            "statistics": worst.statistics and values_of(worst.statistics),
            "cost": worst.cost and asdict(worst.cost),
            **worst.scores.record(),
            "machines": [*self.machines],
            "differing_fits": self.differing_fits,
            "notes": self.notes,
            "pools": self.pools,
            "processors": self.processors,
            "seconds": self.timing and asdict(self.timing),
            "peak_memory_bytes": self.peak_memory_bytes,
        }


def round_in(measurement: Measurement) -> Round | None:
    """The round of a measurement, without controls where they drifted; None where it was not timed."""
    m = measurement
    controls = ((), ()) if m.control_drift else (m.control, m.stream)
    return round_of(m.seconds, controls[0], m.repeats, controls[1])


def _deviation(logs: Sequence[float]) -> float:
    """Standard deviation between rounds; 0 where there are too few."""
    if len(logs) < FEWEST_ROUNDS:
        return 0.0
    return math.sqrt(level(logs, 0.0).variance * len(logs))
