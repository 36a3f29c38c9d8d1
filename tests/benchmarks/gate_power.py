"""How often the gate is wrong and what it finds, by resampling the rounds of real runs; beside peers' rules.

    python -m tests.benchmarks.gate_power RUN…        # files of runs of one suite with many rounds

Two identical sides are drawn from the stored rounds, whole rounds at a time, so that what hits all cases of a round
hits them together; then one case of the new side is slowed by a known percentage.
"""

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.compare import CaseVerdict, Comparison, Thresholds, confirm
from harness.compare.seconds import judge_levels
from harness.compare.sequential import MOST, settled
from harness.compare.sessions import SESSIONS, moved_together
from harness.results import Run, load_run
from harness.stats import CERTAIN, Level, Variance, level
from tests.benchmarks.peers import PEERS

__all__ = ["Draw", "Pool", "Sides", "confirmed", "draw", "look", "pool_of", "slowed", "table"]

LogRatios = NDArray[np.float64]
"""Log ratios, (cases, rounds); NaN for a round that was lost."""

Samples = tuple[tuple[tuple[float, ...], ...], ...]

EFFECTS = (0.03, 0.05, 0.10)
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
    """

    cases: tuple[str, ...]
    log_ratios: LogRatios
    samples: Samples
    controls: Samples

    @property
    def rounds(self) -> int:
        return len(self.log_ratios.T)


@dataclass(frozen=True)
class Sides:
    """Two sides as measured, log ratios of (cases, rounds) each."""

    old: LogRatios
    new: LogRatios


@dataclass(frozen=True)
class Draw:
    """Which of a pool's rounds make the two sides at first and when measured again."""

    old: NDArray[np.intp]
    new: NDArray[np.intp]
    old_again: NDArray[np.intp]
    new_again: NDArray[np.intp]

    def sides(self, log_ratios: LogRatios) -> tuple[Sides, Sides]:
        return Sides(log_ratios[:, self.old], log_ratios[:, self.new]), Sides(
            log_ratios[:, self.old_again], log_ratios[:, self.new_again]
        )


def pool_of(runs: Sequence[Run]) -> Pool:
    """The rounds of all runs, over the cases that all of them have."""
    tables = [{row.case.id: row for row in run.rows} for run in runs]
    cases = [case for case in tables[0] if all(case in table for table in tables)]
    keys = [(i, number) for i, run in enumerate(runs) for number in range(run.header.plan.rounds)]
    log_ratios = np.full((len(cases), len(keys)), np.nan)
    samples, controls = [], []
    for c, case in enumerate(cases):
        found = {(i, m.round): m for i, table in enumerate(tables) for m in table[case].measurements}
        samples.append(tuple(found[key].seconds if key in found else () for key in keys))
        controls.append(tuple(found[key].control if key in found else () for key in keys))
        for k, (i, number) in enumerate(keys):
            timed = tables[i][case].rounds.get(number)
            log_ratios[c, k] = np.nan if timed is None or timed.log_ratio is None else timed.log_ratio
    kept = np.flatnonzero(np.isfinite(log_ratios).mean(axis=1) > 0.9).tolist()
    return Pool(
        tuple(cases[c] for c in kept),
        log_ratios[kept],
        tuple(samples[c] for c in kept),
        tuple(controls[c] for c in kept),
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
    new = sides.new.copy()
    new[case] += math.log1p(effect)
    return Sides(sides.old, new)


def look(
    sides: Sides, thresholds: Thresholds, between: Variance, names: tuple[str, str], only: Sequence[int] | None = None
) -> Comparison:
    """The gate's own comparison of two sides, of all cases or of some."""
    cases = range(len(sides.old)) if only is None else only
    levels = [(_level(sides.old[c]), _level(sides.new[c])) for c in cases]
    judged = judge_levels(levels, thresholds, moved_together(levels, between))
    verdicts = tuple(
        CaseVerdict(case=str(c), verdict=each.verdict, judgements=(each,))
        for c, each in zip(cases, judged, strict=True)
    )
    return Comparison(old=names[0], new=names[1], thresholds=thresholds, cases=verdicts)


def _level(log_ratios: LogRatios) -> Level:
    return level(log_ratios[np.isfinite(log_ratios)].tolist())


def confirmed(first: Comparison, again: Sides, *, old: Sides | None = None) -> Comparison:
    """The comparison once its doubtful cases were measured again, both sides or, with ``old``, the new side alone."""
    only = [int(case) for case in first.doubtful]
    if not only:
        return first
    if old is None:
        return confirm(first, look(again, first.thresholds, CERTAIN, ("old again", "new again"), only))
    return confirm(first, look(Sides(old.old, again.new), first.thresholds, STORED, (first.old, "new again"), only))


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
    sides = [each.sides(pool.log_ratios) for each in draws]
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
    kept = np.flatnonzero(np.nanstd(pool.log_ratios, axis=1, ddof=1) < spread).tolist()
    return Pool(
        tuple(pool.cases[c] for c in kept), pool.log_ratios[kept],
        tuple(pool.samples[c] for c in kept), tuple(pool.controls[c] for c in kept),
    )  # fmt: skip


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


def sequential_case(old: LogRatios, new: LogRatios, cases: int, thresholds: Thresholds) -> tuple[bool, int]:
    """Whether a case of so many is called worse when its rounds come one by one, and after how many it is settled."""
    for rounds in range(1, MOST + 1):
        pair = level(old[:rounds].tolist()), level(new[:rounds].tolist())
        if settled(*pair, cases, thresholds) or rounds == MOST:
            break
    # the other cases count in the level, and nothing else of them does
    blank = (Level(0.0, 1.0, 1, 2), Level(0.0, 1.0, 1, 2))
    first, *_ = judge_levels([pair, *[blank] * (cases - 1)], thresholds, CERTAIN, how="looks")
    return first.verdict == "worse", rounds


def sequential_table(pool: Pool, rng: np.random.Generator, *, pairs: int, cases: int, thresholds: Thresholds) -> str:
    """The rule of `compare --budget`, round by round: whole runs red, slowdowns found, and rounds, in Markdown."""
    whole = [row[np.isfinite(row)] for row in pool.log_ratios]
    alarms, spent = [], []
    found: dict[float, list[bool]] = {effect: [] for effect in SEQUENTIAL_EFFECTS}
    for _ in range(pairs):
        sides = [(rng.choice(row, MOST), rng.choice(row, MOST)) for row in whole]
        told = [sequential_case(*side, len(whole), thresholds) for side in sides]
        alarms.append(any(red for red, _ in told))
        spent += [rounds for _, rounds in told]
        for c in rng.choice(len(whole), min(cases, len(whole)), replace=False):
            for effect in SEQUENTIAL_EFFECTS:
                old, new = sides[c]
                found[effect].append(sequential_case(old, new + math.log1p(effect), len(whole), thresholds)[0])
    heads = ["margin", "A/A, runs red", *(f"+{effect:.0%}" for effect in found), "rounds, median", "mean"]
    cells = [f"{thresholds.margin:.0%}", f"{np.mean(alarms):.3f}", *(f"{np.mean(each):.3f}" for each in found.values())]
    cells += [f"{np.median(spent):g}", f"{np.mean(spent):.1f}"]
    return "\n".join(f"| {' | '.join(each)} |" for each in (heads, ["---:"] * len(heads), cells))


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
    parser.add_argument("--spread", type=float, default=math.inf, help="only cases that vary by less between rounds")
    given = parser.parse_args()
    pool = pool_of(sorted((load_run(path) for path in given.runs), key=lambda run: run.header.started))
    pool = quieter(pool, given.spread)
    if not pool.cases or pool.rounds < 2 * given.rounds:
        parser.error(
            f"{len(pool.cases)} cases with {pool.rounds} rounds: wanted some, with {2 * given.rounds} at least"
        )
    print(f"{len(pool.cases)} cases, {pool.rounds} rounds to draw from; {spreads(pool)}")
    if given.sequential:
        for margin in (0.02, 0.01):
            rng, thresholds = np.random.default_rng(given.seed), Thresholds(margin=margin)
            print(sequential_table(pool, rng, pairs=given.pairs, cases=given.cases, thresholds=thresholds))
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
