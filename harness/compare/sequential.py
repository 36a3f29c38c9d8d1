"""Verdicts on times while the rounds go on: looked at after each round, and no false alarm costs more than at the end.

A group-sequential test whose level is spent over its looks (Lan & DeMets, Biometrika 70 (1983), 659-663), as a power
of the rounds (Kim & DeMets, Biometrika 74 (1987), 149-154): little at first, where only what is plain can be called
anyhow, and most at the last look, which the small slowdowns need. What is spent at a look is a level of its own
(Bonferroni over looks and cases), which holds whatever the looks have in common, and whenever one stops. A case for
which a slowdown worth knowing has become unlikely is left out of further rounds; that costs power and no false alarm.
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
"""Rounds per side at which a slowdown may be called one; at the first, 60 cases can be. The last is for what varies
most from round to round."""

SPENDING = 2.0
"""The power of the rounds that the level is spent as."""

FIRST = 5
"""Rounds per side from which a case may be left alone."""

WORTH = 0.02
"""Slowdown that is worth more rounds as long as it is not unlikely."""

UNLIKELY = 0.05
"""One-sided p-value under which it is; smaller ones find a little more, and take more rounds where nothing changed."""

MARGIN = 0.01
"""What is ignored, however certain, where both sides share a session: half of `WORTH`, or a slowdown of just that
would be ignored one time in two."""

FIRST_STORED = 3
"""Rounds of the new side from which a case may be left alone, where the old side is a stored run."""

MOST = LOOKS[-1]


def share(rounds: int, *, last: bool = False) -> float:
    """The share of the level that is spent at the look after so many rounds per side; 0 where there is none.

    At the ``last`` look of a case, which may come anywhere, it is all that the looks before it have left: what ends the
    rounds there is the budget, which knows nothing of what was found.

    >>> sum(map(share, range(MOST + 1)))
    1.0
    """
    if not (last or rounds in LOOKS):
        return 0.0
    before = max((look for look in LOOKS if look < rounds), default=0)
    return float((1.0 if last else (rounds / MOST) ** SPENDING) - (before / MOST) ** SPENDING)


def adjusted_p(difference: Difference, rounds: int, cases: int, *, last: bool = False) -> float:
    """The p-value at a look, for so many cases and all looks; 1 between looks."""
    spent = share(rounds, last=last)
    if not spent:
        return 1.0
    return min(1.0, cases * max(difference.p, least_p_unpaired(rounds, rounds)) / spent)


def settled(old: Level, new: Level, cases: int, thresholds: Thresholds) -> bool:
    """Whether a case needs no further round: beyond chance and margin, or a slowdown worth knowing is unlikely."""
    found, rounds = stats.difference(old, new), min(old.rounds, new.rounds)
    if adjusted_p(found, rounds, cases) <= thresholds.level and abs(found.estimate) > math.log1p(thresholds.margin):
        return True
    return left_alone(found, rounds, thresholds)


def left_alone(found: Difference, rounds: int, thresholds: Thresholds) -> bool:
    """Whether a case gets no further round because a slowdown worth knowing is unlikely after these."""
    return rounds >= FIRST and unlikely(found, worth(thresholds))


def worth(thresholds: Thresholds) -> float:
    """The slowdown that is worth more rounds, as a log ratio."""
    return math.log1p(max(WORTH, thresholds.margin))


def unlikely(found: Difference, slowdown: float) -> bool:
    """Whether a slowdown of so much, as a log ratio, is not what the rounds look like."""
    if not math.isfinite(found.error):
        return False
    return float(stdtr(found.freedom, (found.estimate - slowdown) / found.error)) < UNLIKELY


def testable_round(measurement: Measurement) -> Round | None:
    """One round of one case; None where it was not timed, or its control drifted."""
    timed = round_in(measurement)
    return None if timed is None or timed.log_ratio is None else timed


class _Budget:
    """Seconds that the rounds may take, from the beginning of the first on."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._begun: list[float] = []

    def begin(self) -> None:
        """A round may begin now."""
        self._begun.append(self._clock())

    @property
    def spent(self) -> bool:
        """Whether a round that takes as long as the last would end too late."""
        if not self._begun:
            return False
        last = self._begun[-1] - self._begun[-2] if len(self._begun) > 1 else 0.0
        return self._clock() + last >= self._begun[0] + self._seconds


class Sequential:
    """Which cases of two sides need no further round; a `harness.runner.precision.Stopping`.

    Parameters
    ----------
    pairs : sequence of (str, str)
        The ids of each case's old and new side.
    budget : float
        Seconds that the rounds may take, from the beginning of the first on. A further one begins only if it would end
        in time, should it take as long as the one before it.
    clock : callable
        Monotonic, in seconds.
    calls : bool
        Whether a case is settled by being beyond chance at a look, too: only where the looks spend the level.
    """

    active = True

    def __init__(
        self,
        pairs: Sequence[tuple[str, str]],
        thresholds: Thresholds,
        budget: float = math.inf,
        clock: Callable[[], float] = time.monotonic,
        *,
        calls: bool = True,
    ) -> None:
        self._calls = calls
        self._side: Mapping[str, tuple[str, str]] = {each: pair for pair in pairs for each in pair}
        self._cases = len(pairs)
        self._thresholds = thresholds
        self._budget = _Budget(budget, clock)
        self._timed: dict[str, list[Round]] = defaultdict(list)
        self._rounds: dict[str, int] = defaultdict(int)
        self._settled: set[tuple[str, str]] = set()

    def begin(self) -> None:
        """A round may begin now."""
        self._budget.begin()

    def add(self, measurement: Measurement) -> None:
        """Take a round into account, and look once both sides have it."""
        case = measurement.case
        self._rounds[case] += 1
        timed = testable_round(measurement)
        if timed is not None:
            self._timed[case].append(timed)
        pair = self._side[case]
        if self._rounds[pair[0]] == self._rounds[pair[1]] and self._known(pair):
            self._settled.add(pair)

    def _known(self, pair: tuple[str, str]) -> bool:
        """Whether both sides are settled; where one gives no times, nothing further comes of it."""
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
        return self._side[case] in self._settled or self._budget.spent


class AgainstStored:
    """Which cases need no further round beside a stored run: those whose slowdown has become unlikely.

    Nothing is called here: a case that may be slower gets all the rounds of the plan, and the gate judges it then, so
    that stopping costs no false alarm. A `harness.runner.precision.Stopping`.

    Parameters
    ----------
    stored : mapping of str to Side
        The old side of each case that has times.
    between : Variance
        Of the difference of the two sessions.
    budget, clock
        As `Sequential` has them.
    """

    active = True

    def __init__(
        self,
        stored: Mapping[str, Side],
        thresholds: Thresholds,
        between: Variance,
        budget: float = math.inf,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stored = stored
        self._worth = worth(thresholds)
        self._between = between
        self._budget = _Budget(budget, clock)
        self._timed: dict[str, list[Round]] = defaultdict(list)
        self._settled: set[str] = set()

    def begin(self) -> None:
        """A round may begin now."""
        self._budget.begin()

    def add(self, measurement: Measurement) -> None:
        """Take a round into account."""
        case, old = measurement.case, self._stored.get(measurement.case)
        timed = testable_round(measurement)
        if old is None or timed is None:
            self._settled.add(case)  # without two times, what one round says is all there is
            return
        rounds = self._timed[case]
        rounds.append(timed)
        if len(rounds) < FIRST_STORED:
            return
        if unlikely(stats.student(*levels_over(old, side_of(rounds)), self._between), self._worth):
            self._settled.add(case)

    def reached(self, case: str) -> bool:
        """Whether the case needs no further round, or the budget is spent."""
        return case in self._settled or (case in self._timed and self._budget.spent)
