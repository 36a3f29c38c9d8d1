"""Verdicts on times during the rounds, without more false alarms than a single test at the end.

A group-sequential test whose level is spent over its looks (Lan & DeMets, Biometrika 70 (1983), 659-663), as a power of
the rounds (Kim & DeMets, Biometrika 74 (1987), 149-154): little at first, when only large slowdowns can be found
anyway, and most at the last look, which small slowdowns need. Each look has its own level (Bonferroni over looks and
cases), which is valid however the looks are correlated, and whenever one stops. A case for which a slowdown worth
finding has become unlikely gets no further rounds; that costs power, but causes no false alarms.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from scipy.special import stdtr

from harness import stats
from harness.compare.controls import Side, levels_over, side_of
from harness.compare.thresholds import Thresholds
from harness.results import Measurement, round_in
from harness.stats import Difference, Level, Round, Variance, least_p_unpaired

LOOKS = (12, 20, 36, 80)
"""Rounds per side after which a slowdown can be found; at the first, in up to 60 cases. The last is for the noisiest
cases."""

SPENDING = 2.0
"""The level spent is proportional to this power of the rounds."""

FIRST = 5
"""Rounds per side from which a case may stop early."""

WORTH = 0.02
"""Slowdown worth more rounds while it is not unlikely."""

UNLIKELY = 0.05
"""One-sided p-value below which it is unlikely; a smaller one would find a little more, but take more rounds where
nothing changed."""

MARGIN = 0.01
"""Relative change that is ignored, however certain, where both sides share a session: half of `WORTH`, as with more, a
slowdown of `WORTH` would be ignored half of the time."""

FIRST_STORED = 3
"""Rounds of the new side from which a case may stop early, where the old side is a stored run."""

MOST = LOOKS[-1]


def share(rounds: int, *, last: bool = False) -> float:
    """The share of the level spent after so many rounds per side; 0 where there is no look.

    The ``last`` look of a case, which may come after any round, gets all that the earlier looks left: the budget ends
    the rounds there, independently of the results.

    >>> sum(map(share, range(MOST + 1)))
    1.0
    """
    if not (last or rounds in LOOKS):
        return 0.0
    before = max((look for look in LOOKS if look < rounds), default=0)
    return float((1.0 if last else (rounds / MOST) ** SPENDING) - (before / MOST) ** SPENDING)


def adjusted_p(difference: Difference, rounds: int, cases: int, *, last: bool = False) -> float:
    """The p-value at a look, adjusted for all cases and looks; 1 between looks."""
    spent = share(rounds, last=last)
    if not spent:
        return 1.0
    return min(1.0, cases * max(difference.p, least_p_unpaired(rounds, rounds)) / spent)


def settled(old: Level, new: Level, cases: int, thresholds: Thresholds) -> bool:
    """Whether a case needs no further round: it is beyond chance and margin, or a slowdown is unlikely."""
    found, rounds = stats.difference(old, new), min(old.rounds, new.rounds)
    if adjusted_p(found, rounds, cases) <= thresholds.level and abs(found.estimate) > math.log1p(thresholds.margin):
        return True
    return left_alone(found, rounds, thresholds)


def left_alone(found: Difference, rounds: int, thresholds: Thresholds) -> bool:
    """Whether a case gets no further round because a slowdown worth finding is unlikely."""
    return rounds >= FIRST and unlikely(found, worth(thresholds))


def worth(thresholds: Thresholds) -> float:
    """The slowdown worth more rounds, as a log ratio."""
    return math.log1p(max(WORTH, thresholds.margin))


def unlikely(found: Difference, slowdown: float) -> bool:
    """Whether the rounds make a slowdown of so much, as a log ratio, unlikely."""
    if not math.isfinite(found.error):
        return False
    return float(stdtr(found.freedom, (found.estimate - slowdown) / found.error)) < UNLIKELY


def testable_round(measurement: Measurement) -> Round | None:
    """One round of one case; None where it was not timed, or its control drifted."""
    timed = round_in(measurement)
    return None if timed is None or timed.log_ratio is None else timed


class _WithinBudget:
    """The timed rounds of each case, and the seconds that all rounds may take, from the start of the first."""

    active = True

    def __init__(self, budget: float, clock: Callable[[], float]) -> None:
        self._budget = budget
        self._clock = clock
        self._starts: list[float] = []
        self._timed: dict[str, list[Round]] = defaultdict(list)

    def begin(self) -> None:
        """A round is about to begin."""
        self._starts.append(self._clock())

    @property
    def _spent(self) -> bool:
        """Whether a round that takes as long as the last would end too late."""
        if not self._starts:
            return False
        last = self._starts[-1] - self._starts[-2] if len(self._starts) > 1 else 0.0
        return self._clock() + last >= self._starts[0] + self._budget


class Sequential(_WithinBudget):
    """Which cases of two sides need no further round; a `harness.runner.precision.Stopping`.

    Parameters
    ----------
    pairs : sequence of (str, str)
        The ids of each case's old and new side.
    budget : float
        Seconds that the rounds may take, from the start of the first. Another begins only if it would end in time when
        it takes as long as the one before.
    clock : callable
        Monotonic, in seconds.
    calls : bool
        Whether a case is also settled by being beyond chance at a look: only where the looks spend the level.
    """

    def __init__(
        self,
        pairs: Sequence[tuple[str, str]],
        thresholds: Thresholds,
        budget: float = math.inf,
        clock: Callable[[], float] = time.monotonic,
        *,
        calls: bool = True,
    ) -> None:
        super().__init__(budget, clock)
        self._calls = calls
        self._side: Mapping[str, tuple[str, str]] = {each: pair for pair in pairs for each in pair}
        self._cases = len(pairs)
        self._thresholds = thresholds
        self._rounds: dict[str, int] = defaultdict(int)
        self._settled: set[tuple[str, str]] = set()

    def add(self, measurement: Measurement) -> None:
        """Take a round into account; look once both sides have it."""
        case = measurement.case
        self._rounds[case] += 1
        timed = testable_round(measurement)
        if timed is not None:
            self._timed[case].append(timed)
        pair = self._side[case]
        if self._rounds[pair[0]] == self._rounds[pair[1]] and self._known(pair):
            self._settled.add(pair)

    def _known(self, pair: tuple[str, str]) -> bool:
        """Whether the case is settled; it is where a side gives no times, as more rounds would not help."""
        old, new = (self._timed[each] for each in pair)
        if not (old and new):
            return True
        if len(old) != len(new):
            return False
        levels = levels_over(side_of(old), side_of(new))
        if self._calls:
            return settled(*levels, self._cases, self._thresholds)
        return left_alone(stats.difference(*levels), len(old), self._thresholds)

    def reached(self, case: str) -> bool:
        """Whether the case needs no further round, or the budget is spent."""
        return self._side[case] in self._settled or self._spent


class AgainstStored(_WithinBudget):
    """Which cases need no further round against a stored run: those for which a slowdown has become unlikely.

    It makes no verdicts: a case that may be slower gets all rounds of the plan, and the gate judges it afterwards, so
    that stopping causes no false alarms. A `harness.runner.precision.Stopping`.

    Parameters
    ----------
    stored : mapping of str to Side
        The old side of each case that has times.
    between : Variance
        Of the difference between the two sessions.
    budget, clock
        As in `Sequential`.
    """

    def __init__(
        self,
        stored: Mapping[str, Side],
        thresholds: Thresholds,
        between: Variance,
        budget: float = math.inf,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(budget, clock)
        self._stored = stored
        self._worth = worth(thresholds)
        self._between = between
        self._settled: set[str] = set()

    def add(self, measurement: Measurement) -> None:
        """Take a round into account."""
        case, old = measurement.case, self._stored.get(measurement.case)
        timed = testable_round(measurement)
        if old is None or timed is None:
            self._settled.add(case)  # without two times to compare, further rounds would not help
            return
        rounds = self._timed[case]
        rounds.append(timed)
        if len(rounds) < FIRST_STORED:
            return
        if unlikely(stats.student(*levels_over(old, side_of(rounds)), self._between), self._worth):
            self._settled.add(case)

    def reached(self, case: str) -> bool:
        """Whether the case needs no further round, or the budget is spent."""
        return case in self._settled or (case in self._timed and self._spent)
