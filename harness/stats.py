"""Statistics of samples and rounds, independent of cases, runs and files.

Tests use rounds, each in a fresh process, never the samples within one: samples agree far better than processes do, so
an interval from pooled samples does not hold for the next process (Kalibera & Jones, ISMM 2013; Georges, Buytaert &
Eeckhout, OOPSLA 2007). Times are compared as logarithms, so that ratios become differences, and multiplicative noise
becomes additive.
"""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

Control = Literal["products", "stream"]
"""The kernel that shows the machine's speed: matrix products within the cache, or a copy through memory."""

RESOLUTION = 1e-3
"""Least standard deviation of a round's log ratio: closer agreement counts as chance."""

FEWEST_ROUNDS = 3
"""Rounds needed for an interval from the variation between them."""

TICK = 1e-9
"""Resolution of the clock, in seconds."""


class Spread(NamedTuple):
    """Median and quartiles of samples."""

    median: float
    low: float
    high: float
    """``median`` to ``high``: the median and the quartiles, in the samples' unit."""
    samples: int


def spread(samples: Sequence[float]) -> Spread | None:
    """Median and quartiles (Hyndman & Fan's type 7); None without samples."""
    if not samples:
        return None
    ordered = sorted(samples)
    return Spread(quantile(ordered, 0.5), quantile(ordered, 0.25), quantile(ordered, 0.75), len(ordered))


def quantile(ordered: Sequence[float], share: float) -> float:
    """A quantile (type 7) of sorted samples; on a list as short as a round's, ten times as fast as NumPy's."""
    place = share * (len(ordered) - 1)
    i = int(place)
    above = ordered[min(i + 1, len(ordered) - 1)]
    return ordered[i] + (place - i) * (above - ordered[i])


class Round(NamedTuple):
    """Statistics of one case in one round."""

    median: float
    low: float
    """``median`` and ``low``: median and lower quartile of the samples, in seconds per call."""
    control: float | None
    """Lower quartile of the control kernel's samples, in seconds; None where it was not measured."""
    control_spread: float | None
    """Interquartile range of the control over its median, a measure of noise; None for under 8 samples."""
    tick: float
    """A clock tick as a share of a sample: the resolution of this round."""
    stream: float | None = None
    """Lower quartile of the streaming control's samples, in seconds; None where it was not measured."""

    @property
    def log_ratio(self) -> float | None:
        """Log of the lower quartile over the control's, the statistic of a round; None where it is undefined.

        A low quantile, because noise is skewed and bursty (Chen & Revels, HPEC 2016); over the control of the same
        process, because that removes most of the difference between processes.
        """
        return math.log(self.low / self.control) if self.low > 0 and self.control else None

    @property
    def log_ratio_to_stream(self) -> float | None:
        """The same against the streaming control."""
        return math.log(self.low / self.stream) if self.low > 0 and self.stream else None


def round_of(
    seconds: Sequence[float], control: Sequence[float], repeats: int | None, stream: Sequence[float] = ()
) -> Round | None:
    """The statistics of a round; None without samples.

    Parameters
    ----------
    seconds, control : sequence of float
        Seconds per call, and seconds of the control kernel in the same process.
    repeats : int or None
        Calls per sample.
    stream : sequence of float
        Seconds of the streaming control.
    """
    if not seconds:
        return None
    ordered, beside = sorted(seconds), sorted(control)
    low = quantile(ordered, 0.25)
    base = quantile(beside, 0.25) if beside else 0.0
    within = (quantile(beside, 0.75) - base) / quantile(beside, 0.5) if len(beside) >= 8 and base > 0 else None
    tick = TICK / ((repeats or 1) * low) if low > 0 else math.inf
    streamed = quantile(sorted(stream), 0.25) if stream else None
    return Round(quantile(ordered, 0.5), low, base if base > 0 else None, within, tick, streamed)


class Level(NamedTuple):
    """The mean of a log ratio over rounds."""

    mean: float
    variance: float
    """Variance of the mean; inf for a single round."""
    freedom: float
    """Degrees of freedom of the variance."""
    rounds: int
    control: Control = "products"
    """The control in the ratio."""
    chosen_of: int = 1
    """The number of controls from which it was chosen by these rounds."""


def level(log_ratios: Sequence[float], resolution: float = RESOLUTION) -> Level:
    """The mean of one or more log ratios, independent of their order to the last bit.

    Parameters
    ----------
    log_ratios : sequence of float
        Logarithms, one per round.
    resolution : float
        Lower bound on the standard deviation of a round.
    """
    n = len(log_ratios)
    mean = math.fsum(log_ratios) / n
    if n == 1:
        return Level(mean, math.inf, 0, 1)
    variance = math.fsum((each - mean) ** 2 for each in log_ratios) / (n - 1)
    return Level(mean, max(variance, resolution**2) / n, n - 1, n)


class Variance(NamedTuple):
    """A variance and its degrees of freedom; inf for a known variance."""

    variance: float
    freedom: float


CERTAIN = Variance(0.0, math.inf)


class Difference(NamedTuple):
    """A difference of two means."""

    estimate: float
    error: float
    """``estimate`` and ``error``: the difference and its standard error, inf where unknown."""
    freedom: float
    """Degrees of freedom of the error."""
    chosen_of: int = 1
    """The number of differences from which it was chosen: each gets its share of the level (Bonferroni)."""

    @property
    def p(self) -> float:
        """Two-sided p-value of Student's t."""
        from scipy.special import stdtr

        if not math.isfinite(self.error):
            return 1.0
        return min(1.0, float(2 * self.chosen_of * stdtr(self.freedom, -abs(self.estimate) / self.error)))

    def interval(self, confidence: float) -> tuple[float, float]:
        """The confidence interval; infinite where the error is unknown."""
        tail = (1 - confidence) / 2 / self.chosen_of
        reach = self._t(1 - tail) * self.error if math.isfinite(self.error) else math.inf
        return self.estimate - reach, self.estimate + reach

    def visible(self, level: float, power: float, margin: float = 0.0) -> float:
        """The smallest difference that a two-sided test finds with probability ``power``.

        Parameters
        ----------
        level : float
            Of the test.
        power : float
            The probability of finding it.
        margin : float
            The estimate must exceed this as well.
        """
        if not math.isfinite(self.error):
            return math.inf
        return max(self._t(1 - level / 2 / self.chosen_of) * self.error, margin) + self._t(power) * self.error

    def _t(self, probability: float) -> float:
        from scipy.special import stdtrit

        return float(-stdtrit(self.freedom, 1 - probability))  # the lower tail is more accurate


def difference(old: Level, new: Level, between: Variance = CERTAIN) -> Difference:
    """New minus old, with Welch's standard error (Biometrika 34 (1947), 28-35).

    Parameters
    ----------
    between : Variance
        Variance between the two beyond their rounds, such as between sessions or machines.
    """
    variance, freedom = _sum([(old.variance, old.freedom), (new.variance, new.freedom), between])
    return _between(old, new, variance, freedom)


def _between(old: Level, new: Level, variance: float, freedom: float) -> Difference:
    return Difference(new.mean - old.mean, math.sqrt(variance), freedom, max(old.chosen_of, new.chosen_of))


def _sum(parts: Sequence[tuple[float, float]]) -> Variance:
    """A sum of independent variances and its freedom (Satterthwaite, Biometrics Bulletin 2 (1946), 110-114)."""
    total = math.fsum(variance for variance, _ in parts)
    if not math.isfinite(total):
        return Variance(math.inf, 0)
    return Variance(total, total**2 / math.fsum(variance**2 / freedom for variance, freedom in parts if variance))


def merged(one: Level, other: Level) -> Level:
    """The mean over the rounds of both, which may be of two sessions but have the same control."""
    rounds = one.rounds + other.rounds
    shares = [each.rounds / rounds for each in (one, other)]
    variance, freedom = _sum(
        [(share**2 * each.variance, each.freedom) for share, each in zip(shares, (one, other), strict=True)]
    )
    mean = shares[0] * one.mean + shares[1] * other.mean
    return Level(mean, variance, freedom, rounds, one.control, max(one.chosen_of, other.chosen_of))


def student(old: Level, new: Level, between: Variance = CERTAIN) -> Difference:
    """As `difference`, with a common variance per round (Student's two-sample test).

    For a few rounds against many of the same case, as three rounds alone hardly determine a variance.
    """
    known = [each for each in (old, new) if math.isfinite(each.variance)]
    freedom = math.fsum(each.freedom for each in known)
    if not freedom:
        return difference(old, new, between)
    of_round = math.fsum(each.freedom * each.variance * each.rounds for each in known) / freedom
    variance, freedom = _sum([(of_round * (1 / old.rounds + 1 / new.rounds), freedom), between])
    return _between(old, new, variance, freedom)


def combined(one: Difference, other: Difference) -> Difference:
    """The mean of two independent differences, weighted by their inverse variances."""
    weights = [each.error**-2 for each in (one, other)]
    chosen_of = max(one.chosen_of, other.chosen_of)
    total = math.fsum(weights)
    if total == 0:
        return Difference((one.estimate + other.estimate) / 2, math.inf, 0, chosen_of)
    shares = [each / total for each in weights]
    estimate = shares[0] * one.estimate + shares[1] * other.estimate
    parts = [
        (share**2 * each.error**2, each.freedom) for share, each in zip(shares, (one, other), strict=True) if share
    ]
    variance, freedom = _sum(parts)
    return Difference(estimate, math.sqrt(variance), freedom, chosen_of)


def paired(differences: Sequence[float], resolution: float = RESOLUTION) -> Difference:
    """The mean of differences, each taken within a round."""
    found = level(differences, resolution)
    return Difference(found.mean, math.sqrt(found.variance), found.freedom)


def least_p_unpaired(old: int, new: int) -> float:
    """The least two-sided p-value of any exact rank or permutation test with so many rounds per side."""
    return min(1.0, 2 / math.comb(old + new, new))


def holm(p: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment (Scand. J. Statist. 6 (1979), 65-70), in the order given."""
    adjusted = [1.0] * len(p)
    highest = 0.0
    for rank, i in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        highest = max(highest, min(1.0, (len(p) - rank) * p[i]))
        adjusted[i] = highest
    return adjusted
