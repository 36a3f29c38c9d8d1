"""How often the gate is wrong and what it finds, by resampling the rounds of real runs; beside peers' rules.

    python -m tests.benchmarks.gate_power RUN…        # files of runs of one suite with many rounds

Two identical sides are drawn from the stored rounds, whole rounds at a time, so that what hits all cases of a round
hits them together; then one case of the new side is slowed by a known percentage.
"""

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.compare import DEFAULT_THRESHOLDS, CaseVerdict, Comparison, Thresholds, confirm
from harness.compare.controls import Side, levels_over
from harness.compare.seconds import CaseTest, judge, judge_levels
from harness.compare.sequential import MARGIN, MOST, settled
from harness.compare.sessions import SESSIONS, moved_together
from harness.results import Run, load_run
from harness.stats import CERTAIN, Control, Level, Variance, difference
from tests.benchmarks.peers import PEERS

__all__ = [
    "ALLOWED", "Allowed", "Draw", "Pool", "Sides", "confirmed", "draw", "drawn", "look", "pool_of", "sequential_case",
    "sequential_table", "slowed", "table", "with_neighbour", "with_stream",
]  # fmt: skip

LogRatios = NDArray[np.float64]
"""Log ratios, (cases, rounds); NaN for a round that was lost."""

Samples = tuple[tuple[tuple[float, ...], ...], ...]

EFFECTS = (0.03, 0.05, 0.10)
FEWEST = 10
"""Rounds to draw any number from."""

STORED = Variance(2 * SESSIONS**2, math.inf)


@dataclass(frozen=True)
class Pool:
    """The rounds there are to draw from, in the order of time.

    Attributes
    ----------
    cases : tuple of str
    log_ratios : ndarray of shape (cases, rounds)
    samples, controls : tuple of tuple of tuple of float
        Seconds of the case and of the control kernel, by case and round.
    streamed : ndarray of shape (cases, rounds) or None
        Log ratios to the streaming control, NaN where it was not timed; None where no run has it.
    """

    cases: tuple[str, ...]
    log_ratios: LogRatios
    samples: Samples
    controls: Samples
    streamed: LogRatios | None = None

    @property
    def rounds(self) -> int:
        return len(self.log_ratios.T)


@dataclass(frozen=True)
class Sides:
    """Two sides as measured, log ratios of (cases, rounds) each, to the control and to the streaming one."""

    old: LogRatios
    new: LogRatios
    old_streamed: LogRatios | None = None
    new_streamed: LogRatios | None = None

    def levels(self, case: int, control: Control | None) -> tuple[Level, Level]:
        """As a comparison has them, over the control that it chooses unless one was chosen before."""
        return levels_over(*self.pair(case), control)

    def pair(self, case: int) -> tuple[Side, Side]:
        """One case's rounds."""
        return _side(self.old, self.old_streamed, case), _side(self.new, self.new_streamed, case)


def _side(log_ratios: LogRatios, streamed: LogRatios | None, case: int) -> Side:
    timed = np.isfinite(log_ratios[case])
    beside = None if streamed is None else streamed[case][timed]
    whole = beside is not None and bool(np.isfinite(beside).all())
    return Side(log_ratios[case][timed].tolist(), beside.tolist() if beside is not None and whole else None)


@dataclass(frozen=True)
class Draw:
    """Which of a pool's rounds make the two sides at first and when measured again."""

    old: NDArray[np.intp]
    new: NDArray[np.intp]
    old_again: NDArray[np.intp]
    new_again: NDArray[np.intp]

    def sides(self, pool: Pool) -> tuple[Sides, Sides]:
        return drawn(pool, self.old, self.new), drawn(pool, self.old_again, self.new_again)


def drawn(pool: Pool, old: NDArray[np.intp], new: NDArray[np.intp]) -> Sides:
    """These rounds of a pool as two sides."""
    streamed = (None, None) if pool.streamed is None else (pool.streamed[:, old], pool.streamed[:, new])
    return Sides(pool.log_ratios[:, old], pool.log_ratios[:, new], *streamed)


def pool_of(runs: Sequence[Run]) -> Pool:
    """The rounds of all runs, over the cases that all of them have."""
    tables = [{row.case.id: row for row in run.rows} for run in runs]
    cases = [case for case in tables[0] if all(case in table for table in tables)]
    keys = [(i, number) for i, run in enumerate(runs) for number in range(run.header.plan.rounds)]
    log_ratios, streamed = np.full((2, len(cases), len(keys)), np.nan)
    samples, controls = [], []
    for c, case in enumerate(cases):
        found = {(i, m.round): m for i, table in enumerate(tables) for m in table[case].measurements}
        samples.append(tuple(found[key].seconds if key in found else () for key in keys))
        controls.append(tuple(found[key].control if key in found else () for key in keys))
        for k, (i, number) in enumerate(keys):
            timed = tables[i][case].rounds.get(number)
            if timed is not None and timed.log_ratio is not None:
                log_ratios[c, k] = timed.log_ratio
                streamed[c, k] = np.nan if timed.log_ratio_to_stream is None else timed.log_ratio_to_stream
    kept = np.flatnonzero(np.isfinite(log_ratios).mean(axis=1) > 0.9).tolist()
    return _only(Pool(tuple(cases), log_ratios, tuple(samples), tuple(controls), streamed), kept)


def _only(pool: Pool, kept: Sequence[int]) -> Pool:
    """These of the cases."""
    return Pool(
        tuple(pool.cases[c] for c in kept),
        pool.log_ratios[kept],
        tuple(pool.samples[c] for c in kept),
        tuple(pool.controls[c] for c in kept),
        None if pool.streamed is None else pool.streamed[kept],
    )


def draw(rng: np.random.Generator, rounds: int, a_side: int, *, stored: bool) -> Draw:
    """Rounds for two sides; ``stored``: the old side from the earlier half, all else from the later one."""
    if stored:
        early, late = np.arange(rounds // 2), np.arange(rounds // 2, rounds)
        return Draw(rng.choice(early, a_side), *(rng.choice(late, a_side) for _ in range(3)))
    if rounds >= 4 * a_side:
        return Draw(*rng.permutation(rounds)[: 4 * a_side].reshape(4, a_side))
    first, second = (rng.permutation(rounds)[: 2 * a_side].reshape(2, a_side) for _ in range(2))
    return Draw(*first, *second)


def slowed(sides: Sides, case: int, effect: float) -> Sides:
    """With one case of the new side slower by that share."""
    by = np.zeros_like(sides.new)
    by[case] = math.log1p(effect)
    return shifted(sides, by)


def shifted(sides: Sides, new: LogRatios, old: LogRatios | float = 0.0) -> Sides:
    """With the rounds of both sides slower by so much, as log ratios to either control."""
    streamed = [
        None if each is None else each + by for each, by in ((sides.old_streamed, old), (sides.new_streamed, new))
    ]
    return Sides(sides.old + old, sides.new + new, *streamed)


def look(
    sides: Sides, thresholds: Thresholds, between: Variance, names: tuple[str, str], first: Comparison | None = None
) -> Comparison:
    """The gate's own comparison of two sides: of all cases, or of what is doubtful in the first, over its controls."""
    cases = range(len(sides.old)) if first is None else [int(case) for case in first.doubtful]
    levels = [sides.levels(c, None if first is None else first.controls.get(str(c))) for c in cases]
    judged = judge_levels(levels, thresholds, moved_together(levels, between))
    verdicts = tuple(
        CaseVerdict(case=str(c), verdict=each.verdict, judgements=(each,))
        for c, each in zip(cases, judged, strict=True)
    )
    return Comparison(old=names[0], new=names[1], thresholds=thresholds, cases=verdicts)


def confirmed(first: Comparison, again: Sides, *, old: Sides | None = None) -> Comparison:
    """The comparison once its doubtful cases were measured again, both sides or, with ``old``, the new side alone."""
    if not first.doubtful:
        return first
    if old is None:
        return confirm(first, look(again, first.thresholds, CERTAIN, ("old again", "new again"), first))
    beside = Sides(old.old, again.new, old.old_streamed, again.new_streamed)
    return confirm(first, look(beside, first.thresholds, STORED, (first.old, "new again"), first))


def failing(comparison: Comparison) -> set[int]:
    return {int(case.case) for case in comparison.failing}


Rule = Callable[[Sides, Sides, Thresholds], set[int]]


def _one_look(first: Sides, again: Sides, thresholds: Thresholds) -> set[int]:
    return failing(look(first, thresholds, STORED, ("old", "new")))


def _new_again(first: Sides, again: Sides, thresholds: Thresholds) -> set[int]:
    return failing(confirmed(look(first, thresholds, STORED, ("old", "new")), again, old=first))


def _both_again(first: Sides, again: Sides, thresholds: Thresholds) -> set[int]:
    return failing(confirmed(look(first, thresholds, STORED, ("old", "new")), again))


RULES: dict[str, Rule] = {
    "linbench, one look": _one_look,
    "linbench, new side measured again": _new_again,
    "**linbench, both sides measured again**": _both_again,
}


def rates(
    pool: Pool, rng: np.random.Generator, *, pairs: int, a_side: int, cases: int, thresholds: Thresholds, stored: bool
) -> Iterator[tuple[str, list[float]]]:
    """For each rule: share of A/A cases flagged, share of A/A runs red, share of slowed cases found by effect."""
    draws = [draw(rng, pool.rounds, a_side, stored=stored) for _ in range(pairs)]
    chosen = [rng.choice(len(pool.cases), min(cases, len(pool.cases)), replace=False).tolist() for _ in draws]
    sides = [each.sides(pool) for each in draws]
    for name, rule in RULES.items():
        alarms = [rule(first, again, thresholds) for first, again in sides]
        found = [
            np.mean([
                c in rule(slowed(first, c, effect), slowed(again, c, effect), thresholds)
                for (first, again), some in zip(sides, chosen, strict=True)
                for c in some
            ])
            for effect in EFFECTS
        ]  # fmt: skip
        yield name, _shares(alarms, len(pool.cases), found)
    for name, peer in PEERS.items():
        alarms = [{c for c in range(len(pool.cases)) if peer(*_processes(pool, each, c))} for each in draws]
        found = [
            np.mean([
                peer(*_processes(pool, each, c, effect)) for each, some in zip(draws, chosen, strict=True) for c in some
            ])
            for effect in EFFECTS
        ]  # fmt: skip
        yield name, _shares(alarms, len(pool.cases), found)


def _shares(alarms: Sequence[set[int]], cases: int, found: Sequence[np.floating]) -> list[float]:
    return [
        sum(map(len, alarms)) / (len(alarms) * cases),
        float(np.mean([bool(each) for each in alarms])),
        *map(float, found),
    ]


def _processes(
    pool: Pool, each: Draw, case: int, effect: float = 0.0
) -> tuple[list[tuple[float, ...]], list[list[float]]]:
    old, new = ([s for k in side if (s := pool.samples[case][k])] for side in (each.old, each.new))
    return old, [[(1 + effect) * t for t in samples] for samples in new]


def table(
    pool: Pool, rng: np.random.Generator, *, pairs: int, a_side: int, cases: int, thresholds: Thresholds, stored: bool
) -> str:
    """The table, in Markdown."""
    heads = ["rule", "A/A, cases", "A/A, runs red", *(f"+{effect:.0%}" for effect in EFFECTS)]
    lines = ["| " + " | ".join(heads) + " |", "| --- |" + " ---: |" * (len(heads) - 1)]
    for name, shares in rates(pool, rng, pairs=pairs, a_side=a_side, cases=cases, thresholds=thresholds, stored=stored):
        lines.append(
            f"| {name} | {shares[0]:.4f} | {shares[1]:.3f} | " + " | ".join(f"{s:.3f}" for s in shares[2:]) + " |"
        )
    return "\n".join(lines)


def quieter(pool: Pool, spread: float) -> Pool:
    """The cases whose log ratio has a standard deviation under that between rounds."""
    return _only(pool, np.flatnonzero(np.nanstd(pool.log_ratios, axis=1, ddof=1) < spread).tolist())


def with_stream(pool: Pool) -> str:
    """How many cases have the streaming control in every round, and what either control leaves of their spread."""
    nothing = np.full_like(pool.log_ratios, np.nan)
    streamed = nothing if pool.streamed is None else pool.streamed
    whole = np.flatnonzero(np.isfinite(streamed).all(axis=1))
    told = f"{len(whole)} of {len(pool.cases)} cases have the streaming control in every round"
    if not len(whole):
        return told
    over = [100 * np.median(np.std(each[whole], axis=1, ddof=1)) for each in (pool.log_ratios, streamed)]
    return f"{told}; they vary by {over[0]:.1f} % over products and by {over[1]:.1f} % over the stream (medians)"


def spreads(pool: Pool) -> str:
    """Standard deviation of the log ratio between rounds, over the cases."""
    deviations = np.nanstd(pool.log_ratios, axis=1, ddof=1)
    low, middle, high = 100 * np.quantile(deviations, [0.1, 0.5, 0.9])
    return f"spread between rounds: {middle:.1f} % (median), {low:.1f} to {high:.1f} % (8 cases of 10)"


STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "mean": lambda samples: float(np.mean(samples)),
    "median": lambda samples: float(np.median(samples)),
    "lower quartile": lambda samples: float(np.quantile(samples, 0.25)),
    "minimum": min,
}


def statistics_table(pool: Pool) -> str:
    """Spread between rounds by the statistic that is kept of a round, alone and over the control's, in Markdown."""
    lines = ["| kept of a round | alone | over the control's |", "| --- | ---: | ---: |"]
    for name, statistic in STATISTICS.items():
        alone, beside = (
            np.array([[math.log(statistic(each)) if each else np.nan for each in row] for row in rows])
            for rows in (pool.samples, pool.controls)
        )
        spreads = [100 * np.median(np.nanstd(logs, axis=1, ddof=1)) for logs in (alone, alone - beside)]
        lines.append(f"| {name} | {spreads[0]:.1f} % | {spreads[1]:.1f} % |")
    return "\n".join(lines)


SEQUENTIAL_EFFECTS = (0.02, *EFFECTS)

NEIGHBOUR = (0.02, 0.05)
"""Of a neighbour that keeps a core busy the controls leave so much of a log ratio, and so much more or less by case."""

COMES_AND_GOES = 1 / 3
"""Chance from round to round that it does: it stays, and stays away, for three rounds in the middle."""


class Told(NamedTuple):
    """What the sequential rule makes of a case: whether it is worse, after how many rounds, and over which control."""

    worse: bool
    rounds: int
    control: Control


def sequential_case(sides: Sides, case: int, thresholds: Thresholds, most: int = MOST) -> Told:
    """A case among all when its rounds come one by one, looked at after each as `compare --budget` does.

    After ``most`` of them the budget is spent.
    """
    cases, (old, new) = len(sides.old), sides.pair(case)
    most = min(most, len(old.products), len(new.products))
    for rounds in range(1, most + 1):
        pair = levels_over(_first(old, rounds), _first(new, rounds))
        if settled(*pair, cases, thresholds) or rounds == most:
            break
    test = CaseTest(rounds, rounds, difference(*pair))
    judged = judge(test, test.adjusted_by_looks(cases, thresholds), cases, thresholds)
    return Told(judged.verdict == "worse", rounds, pair[0].control)


def _first(side: Side, rounds: int) -> Side:
    return Side(side.products[:rounds], None if side.stream is None else side.stream[:rounds])


def with_neighbour(sides: Sides, rng: np.random.Generator) -> Sides:
    """With a neighbour that comes and goes: in its rounds both sides have a share of it that is their own."""
    rounds = sides.old.shape[1]
    there = np.logical_xor.accumulate(rng.random(rounds) < COMES_AND_GOES)
    old, new = (there * rng.random(rounds) * rng.normal(*NEIGHBOUR, size=each.shape) for each in (sides.old, sides.new))
    return shifted(sides, new, old)


class Allowed(NamedTuple):
    """What a comparison is told: the change to ignore, and the rounds per side that its budget is good for."""

    margin: float
    rounds: int


ALLOWED = (Allowed(0.02, MOST), Allowed(MARGIN, MOST), Allowed(MARGIN, 30), Allowed(MARGIN, 14))


def sequential_table(
    pool: Pool,
    rng: np.random.Generator,
    *,
    pairs: int,
    cases: int,
    allowed: Sequence[Allowed],
    level: float = DEFAULT_THRESHOLDS.level,
) -> str:
    """The rule of `compare --budget`, round by round: whole runs red, slowdowns found, and rounds, in Markdown.

    The rounds of both sides are drawn from all there are, with replacement and whole, so that the cases of a round stay
    together. The same draws are judged in each row.
    """
    count = len(pool.cases)
    draws = [drawn(pool, *rng.integers(pool.rounds, size=(2, MOST))) for _ in range(pairs)]
    beside = [with_neighbour(each, rng) for each in draws]
    chosen = [rng.choice(count, min(cases, count), replace=False).tolist() for _ in draws]
    heads = ["margin", "rounds, most", "A/A, runs red", *(f"+{effect:.0%}" for effect in SEQUENTIAL_EFFECTS)]
    heads += ["rounds, median", "mean", "with a neighbour, runs red", "over the stream"]
    rows = [heads, ["---:"] * len(heads)]
    for margin, most in allowed:
        thresholds = Thresholds(margin=margin, level=level)
        quiet, busy = (
            [[sequential_case(each, c, thresholds, most) for c in range(count)] for each in sides]
            for sides in (draws, beside)
        )
        found = [
            [
                sequential_case(slowed(each, c, effect), c, thresholds, most).worse
                for each, some in zip(draws, chosen, strict=True)
                for c in some
            ]
            for effect in SEQUENTIAL_EFFECTS
        ]
        spent = [told.rounds for run in quiet for told in run]
        shares = [_red(quiet), *map(np.mean, found)]
        streamed = np.mean([told.control == "stream" for run in quiet for told in run])
        cells = [f"{margin:.0%}", str(most), *(f"{share:.3f}" for share in shares), f"{np.median(spent):g}"]
        rows.append([*cells, f"{np.mean(spent):.1f}", f"{_red(busy):.3f}", f"{streamed:.3f}"])
    return "\n".join(f"| {' | '.join(each)} |" for each in rows)


def _red(runs: Sequence[Sequence[Told]]) -> float:
    """The share of runs in which some case is called worse."""
    return float(np.mean([any(told.worse for told in run) for run in runs]))


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--pairs", type=int, default=200, help="pairs of runs")
    parser.add_argument("--rounds", type=int, default=12, help="rounds a side")
    parser.add_argument("--cases", type=int, default=5, help="cases slowed, one at a time, in each pair")
    parser.add_argument("--stored", action="store_true", help="the old side from the earlier half of the rounds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sequential", action="store_true", help="the rule of `compare --budget`, round by round")
    parser.add_argument("--level", type=float, default=DEFAULT_THRESHOLDS.level, help="of the rule, with --sequential")
    parser.add_argument("--spread", type=float, default=math.inf, help="only cases that vary by less between rounds")
    given = parser.parse_args()
    pool = pool_of(sorted((load_run(path) for path in given.runs), key=lambda run: run.header.started))
    pool = quieter(pool, given.spread)
    least = FEWEST if given.sequential else 2 * given.rounds
    if not pool.cases or pool.rounds < least:
        parser.error(f"{len(pool.cases)} cases with {pool.rounds} rounds: wanted some, with {least} at least")
    print(f"{len(pool.cases)} cases, {pool.rounds} rounds to draw from; {spreads(pool)}")
    print(with_stream(pool))
    if given.sequential:
        rng = np.random.default_rng(given.seed)
        print(f"{given.pairs} pairs, {MOST} rounds a side at most\n")
        table_of = partial(sequential_table, pairs=given.pairs, cases=given.cases, allowed=ALLOWED, level=given.level)
        print(table_of(pool, rng))
        return
    print(f"\n{statistics_table(pool)}\n")
    print(f"{given.pairs} pairs, {given.rounds} rounds a side\n")
    rng = np.random.default_rng(given.seed)
    print(
        table(
            pool,
            rng,
            pairs=given.pairs,
            a_side=given.rounds,
            cases=given.cases,
            thresholds=Thresholds(),
            stored=given.stored,
        )
    )


if __name__ == "__main__":
    main()
