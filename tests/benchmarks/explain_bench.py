"""Disagreements with a known cause, and how often `linbench explain DATA` names it.

    python -m tests.benchmarks.explain_bench                  # the whole bench
    python -m tests.benchmarks.explain_bench --seeds 3 6      # the same with seeds 3, 4 and 5
    python -m tests.benchmarks.explain_bench --fast           # one of each cause and size

Each maker below does to the data or the fit what its name says, with textbook formulas of its own, and prints the
coefficients to so many significant digits. Where they look like the right ones when printed, there is no disagreement,
and the case is left out. Data are made of the sizes in `SIZES`, features on scales from 0.1 to 100, with a residual of
about a third of the target's deviation. One seed in three gives no intercept. Two makers have no cause (random numbers,
least absolute deviations): there it is right to name none for certain.
"""

import sys
import time
import zlib
from argparse import ArgumentParser
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.explain import Question, given, identify

Float64 = NDArray[np.float64]
Answer = tuple[Float64, float]

SIZES = ((20, 2), (50, 3), (200, 5), (1000, 8))
SEEDS = range(3)
DIGITS = (3, 4, 6, 8, 12, 17)


@dataclass(frozen=True)
class Made:
    """A question, the numbers somebody has for it, and why they differ; ``whole`` if the intercept is among them."""

    cause: str
    digits: int
    question: Question
    answer: Answer
    whole: bool = True

    @property
    def texts(self) -> tuple[str, str]:
        """Coefficients and intercept as printed; the latter is empty where it is not given or there is to be none."""
        coef, level = self.answer
        known = self.whole and self.question.intercept
        return ", ".join(f"{b:.{self.digits}g}" for b in coef), f"{level:.{self.digits}g}" if known else ""


def ols(X: Float64, y: Float64, *, intercept: bool = True, weights: Float64 | None = None) -> Answer:
    """Least squares by NumPy."""
    root = np.ones(len(y)) if weights is None else np.sqrt(weights)
    A = np.column_stack([np.ones(len(y)), X]) if intercept else X
    b = np.linalg.lstsq(A * root[:, None], y * root, rcond=None)[0]
    return (b[1:], float(b[0])) if intercept else (b, 0.0)


def data(n: int, p: int, rng: np.random.Generator) -> tuple[Float64, Float64]:
    """Correlated features on unlike scales, each with a mean of its own."""
    scales = 10.0 ** rng.uniform(-1, 2, p)
    mixing = np.eye(p) + 0.4 * rng.standard_normal((p, p))
    X = (rng.standard_normal((n, p)) @ mixing + rng.uniform(1, 4, p)) * scales
    signal = X @ (rng.uniform(0.5, 2, p) * rng.choice([-1, 1], p) / scales)
    return X, signal + rng.uniform(2, 9) + 0.35 * signal.std() * rng.standard_normal(n)


def plain(X: Float64, y: Float64, **more: object) -> Question:
    """The question with columns called x1, x2, …"""
    names = tuple(f"x{j + 1}" for j in range(X.shape[1]))
    return Question(X, y, names, "y", **more)  # type: ignore[arg-type]


Maker = Callable[[Float64, Float64, np.random.Generator], tuple[Question, Answer]]


def no_intercept(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    return plain(X, y), ols(X, y, intercept=False)


def added_intercept(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    return plain(X, y, intercept=False), (ols(X, y)[0], 0.0)


def reordered(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    coef, level = ols(X, y)
    return plain(X, y), (np.roll(coef, 1), level)


def other_units(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    Z = X.copy()
    Z[:, 0] *= rng.choice([100, 1000, 2.54, 0.01])
    return plain(X, y), ols(Z, y)


def doubled_intercept(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    b, level = ols(np.column_stack([X, np.ones(len(y))]), y)
    return plain(X, y), (b[:-1], level)


def swapped(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    return plain(X, y), ols(np.column_stack([y, X[:, 1:]]), X[:, 0])


def contrasts_baseline(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    return _coded(X, y, rng, lambda level: np.column_stack([level == k for k in (0, 2, 3)]).astype(float))


def contrasts_deviations(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    def sums(level: NDArray[np.int64]) -> Float64:
        return np.column_stack([(level == k).astype(float) - (level == 3) for k in range(3)])

    return _coded(X, y, rng, sums)


def _coded(
    X: Float64, y: Float64, rng: np.random.Generator, coding: Callable[[NDArray[np.int64]], Float64]
) -> tuple[Question, Answer]:
    level = rng.integers(0, 4, len(y))
    level[:4] = range(4)
    y = y + np.array([0.0, 1.3, -0.7, 2.2])[level] * y.std()
    dummies = np.column_stack([level == k for k in (1, 2, 3)]).astype(float)
    p = X.shape[1]
    question = plain(np.column_stack([X, dummies]), y, groups=((p, p + 1, p + 2),))
    return question, ols(np.column_stack([X, coding(level)]), y)


def other_basis(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    x = X[:, 0] / X[:, 0].std()
    raw = np.column_stack([x**k for k in range(1, X.shape[1] + 1)])
    y = y + x**2 * y.std()
    centred = np.column_stack([(x - x.mean()) ** k for k in range(1, X.shape[1] + 1)])
    return plain(raw, y), ols(centred, y)


def centred_products(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    def with_product(Z: Float64) -> Float64:
        return np.column_stack([Z, Z[:, 0] * Z[:, 1]])

    centred = X - X.mean(axis=0)
    y = y + centred[:, 0] * centred[:, 1] / centred[:, :2].std(axis=0).prod() * y.std()
    A = with_product(X)
    A[:, -1] = centred[:, 0] * centred[:, 1]
    return plain(with_product(X), y), ols(A if rng.integers(2) else with_product(centred), y)


def another_column(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    z = 0.5 * X[:, 0] / X[:, 0].std() + rng.standard_normal(len(y))
    y = y + z * y.std()
    b, level = ols(np.column_stack([X, z]), y)
    return plain(X, y, others={"z": z, "unused": rng.standard_normal(len(y))}), (b[:-1], level)


def dropped_column(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    b, level = ols(X[:, 1:], y)
    return plain(X, y), (np.append(0.0, b), level)


def least_norm(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    A = np.column_stack([X, X[:, 0] + X[:, 1]])
    return plain(A, y), ols(A, y)  # the intercept counts in NumPy's norm; the exact answer leaves it free


def scaled_standard(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    return plain(X, y), ols((X - X.mean(axis=0)) / X.std(axis=0), y)


def scaled_minmax(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    def unit(Z: Float64) -> Float64:
        return np.asarray((Z - Z.min(axis=0)) / np.ptp(Z, axis=0), dtype=np.float64)

    return plain(X, y), ols(unit(X), unit(y))


def scaled_betas(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    def z(Z: Float64) -> Float64:
        return np.asarray((Z - Z.mean(axis=0)) / Z.std(axis=0, ddof=1), dtype=np.float64)

    return plain(X, y), (ols(z(X), z(y))[0], 0.0)


def logarithm(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    y = np.exp(y / y.std() / 2)
    return plain(X, y), ols(X, np.log(y))


def logarithm_of_one(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    X = X.copy()
    X[:, 0] = np.maximum(0.0, X[:, 0] / X[:, 0].std() - 0.5)  # zeros among them, as counts have
    Z = X.copy()
    Z[:, 0] = np.log1p(X[:, 0])
    return plain(X, y), ols(Z, y)


def missing_zero(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    return _gaps(X, y, rng, np.nan_to_num)


def missing_mean(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    return _gaps(X, y, rng, lambda Z: np.where(np.isnan(Z), np.nanmean(Z, axis=0), Z))


def _gaps(
    X: Float64, y: Float64, rng: np.random.Generator, fill: Callable[[Float64], Float64]
) -> tuple[Question, Answer]:
    Z = X.copy()
    Z[rng.choice(len(y), max(2, len(y) // 12), replace=False), 0] = np.nan
    whole = ~np.isnan(Z).any(axis=1)
    return plain(Z[whole], y[whole], with_gaps=lambda: (Z, y)), ols(fill(Z), y)


def weights(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    w = rng.uniform(0.2, 5, len(y))
    return plain(X, y, others={"w": w, "unused": rng.standard_normal(len(y))}), ols(X, y, weights=w)


def single_precision(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    X = X + 1e4 * X.std(axis=0)  # else nobody sees it
    return plain(X, y), ols(X.astype(np.float32).astype(float), y.astype(np.float32).astype(float))


def single_precision_features(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    X = X.copy()
    X[:, 0] = (2.0**24 + 3 * np.arange(len(y))) / 4  # ids, times
    X[:, 1:] += 1e4 * X[:, 1:].std(axis=0)
    return plain(X, y), ols(X.astype(np.float32).astype(float), y)


def rounded_data(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    X, y = X / X.std(axis=0) * 2, y / y.std() * 3
    return plain(X, y), ols(X.round(1), y.round(1))


def truncated(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    A, b = X - X.mean(axis=0), y - y.mean()
    U, s, Vt = np.linalg.svd(A, full_matrices=False)
    k = len(s) - 1
    coef = Vt[:k].T @ ((U.T @ b)[:k] / s[:k])
    return plain(X, y), (coef, float(y.mean() - X.mean(axis=0) @ coef))


def left_out_row(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    i = int(rng.integers(len(y)))
    y = y.copy()
    y[i] += 10 * y.std()  # mistyped in the data at hand
    kept = np.arange(len(y)) != i
    return plain(X, y), ols(X[kept], y[kept])


def doubled_row(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    i = int(rng.integers(len(y)))
    rows = np.append(np.arange(len(y)), i)
    return plain(X, y), ols(X[rows], y[rows])


def duplicate_rows(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    again = rng.choice(len(y), max(2, len(y) // 10), replace=False)
    rows = rng.permutation(np.append(np.arange(len(y)), again))
    return plain(X[rows], y[rows]), ols(X, y)


def mistyped_target(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    i = int(rng.integers(len(y)))
    typed = y.copy()
    typed[i] *= 10
    return plain(X, typed), ols(X, y)


def first_rows(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    k = int(0.7 * len(y))
    return plain(X, y), ols(X[:k], y[:k])


def doubled_block(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    k = int(0.3 * len(y))
    return plain(X, y), ols(np.vstack([X, X[:k]]), np.append(y, y[:k]))


def train_test_split(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    from sklearn.model_selection import train_test_split as split

    A, _, b, _ = split(X, y, test_size=0.2, random_state=42)
    return plain(X, y), ols(A, b)


def penalty_neat(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    return plain(X, y), _ridge(X, y, 1.0)


def penalty_any(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    return plain(X, y), _ridge(X, y, float(rng.uniform(0.02, 0.5)) * len(y) * float((X**2).mean()))


def penalty_standardised(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    deviation = X.std(axis=0)
    coef, _ = _ridge(X / deviation, y, 0.1 * len(y))
    return plain(X, y), (coef / deviation, float(y.mean() - X.mean(axis=0) @ (coef / deviation)))


def penalty_intercept(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    A = np.column_stack([np.ones(len(y)), X])
    b = np.linalg.solve(A.T @ A + 0.5 * len(y) * np.eye(A.shape[1]), A.T @ y)
    return plain(X, y), (np.asarray(b[1:], dtype=np.float64), float(b[0]))


def _ridge(X: Float64, y: Float64, alpha: float) -> Answer:
    A = X - X.mean(axis=0)
    coef = np.linalg.solve(A.T @ A + alpha * np.eye(X.shape[1]), A.T @ (y - y.mean()))
    return coef, float(y.mean() - X.mean(axis=0) @ coef)


def unfinished(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    return plain(X, y), _descent(Z, y, 0.05, 40)


def unfinished_raw(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    X = X / np.abs(X).max()
    return plain(X, y), _descent(X, y, 0.1, 1000)


def _descent(X: Float64, y: Float64, rate: float, epochs: int) -> Answer:
    A = np.column_stack([np.ones(len(y)), X])
    b = np.zeros(A.shape[1])
    for _ in range(epochs):
        b -= rate * 2 / len(y) * A.T @ (A @ b - y)
    return b[1:], float(b[0])


def nothing_by_chance(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    coef, level = ols(X, y)
    noise = 1 + 10 ** rng.uniform(-3, 0) * rng.standard_normal(len(coef) + 1)
    return plain(X, y), (coef * noise[1:], level * noise[0])


def nothing_median(X: Float64, y: Float64, rng: np.random.Generator) -> tuple[Question, Answer]:
    A = np.column_stack([np.ones(len(y)), X])
    b = np.linalg.lstsq(A, y, rcond=None)[0]
    for _ in range(200):  # least absolute deviations, by reweighting
        root = 1 / np.sqrt(np.maximum(np.abs(y - A @ b), 1e-6))
        b = np.linalg.lstsq(A * root[:, None], y * root, rcond=None)[0]
    return plain(X, y), (np.asarray(b[1:], dtype=np.float64), float(b[0]))


MAKERS: dict[str, Maker] = {
    each.__name__: each
    for each in (
        no_intercept, added_intercept, reordered, other_units, doubled_intercept, swapped, contrasts_baseline,
        contrasts_deviations, other_basis, centred_products, another_column, dropped_column, least_norm,
        scaled_standard, scaled_minmax,
        scaled_betas, logarithm, logarithm_of_one, missing_zero, missing_mean, weights, single_precision,
        single_precision_features, rounded_data, truncated,
        left_out_row, doubled_row, duplicate_rows, mistyped_target, first_rows, doubled_block, train_test_split,
        penalty_neat, penalty_any, penalty_standardised, penalty_intercept, unfinished, unfinished_raw,
        nothing_by_chance, nothing_median,
    )
}  # fmt: skip

CAUSES = {
    "added_intercept": "no_intercept", "doubled_row": "left_out_row", "mistyped_target": "left_out_row",
    "nothing_by_chance": "", "nothing_median": "", "first_rows": "block_of_rows",
    "doubled_block": "block_of_rows", "unfinished_raw": "unfinished", "single_precision_features": "single_precision",
}  # fmt: skip
"""The cause of a maker, where it is no word of its name; "" for what `linbench` has no name for."""


def cause_of(maker: str) -> str:
    """The cause that a maker's disagreements have."""
    prefixes = ("contrasts", "scaled", "missing", "penalty", "logarithm")
    stem = maker.partition("_")[0]
    return CAUSES.get(maker, {"missing": "missing_values"}.get(stem, stem) if stem in prefixes else maker)


def bench(sizes: tuple[tuple[int, int], ...] = SIZES, seeds: range = SEEDS) -> Iterator[tuple[str, Made]]:
    """Every disagreement there is, each with the maker's name; digits go round."""
    count = 0
    for name, maker in MAKERS.items():
        for place, (n, p) in enumerate(sizes):
            for seed in seeds:
                rng = np.random.default_rng([zlib.crc32(name.encode()), place, seed])
                X, y = data(n, p, rng)
                question, answer = maker(X, y, rng)
                yield name, Made(cause_of(name), DIGITS[count % len(DIGITS)], question, answer, whole=seed % 3 < 2)
                count += 1


@dataclass(frozen=True)
class Outcome:
    """What `identify` says of a disagreement."""

    maker: str
    digits: int
    first: str
    others: tuple[str, ...]
    certain: bool
    cause: str
    what: str
    seconds: float

    @property
    def word(self) -> str:
        """``right``, ``wrong and certain``, ``undecided`` (the right one is named beside others), or ``missed``."""
        if self.first == self.cause or (self.cause == "" and not self.certain):
            return "right"
        if self.certain:
            return "wrong and certain"
        return "undecided" if self.cause in self.others else "missed"


def outcome(name: str, made: Made) -> Outcome | None:
    """Judge one disagreement; None where there is none as printed."""
    coef, level = made.texts
    start = time.perf_counter()
    numbers = given(coef, made.question.features, level)
    found = identify(made.question, numbers)
    seconds = time.perf_counter() - start
    if found.right.explained:
        return None
    best = found.best
    rivals = tuple(each.cause for each in found.rivals)
    what = best.candidate.what if best else f"near: {found.near.candidate.what if found.near else ''}"
    first = best.cause if best else ""
    return Outcome(name, made.digits, first, rivals, found.certain, made.cause, what, seconds)


def main() -> None:
    """Print the table."""
    put = sys.stdout.write
    asked = ArgumentParser(prog="python -m tests.benchmarks.explain_bench")
    asked.add_argument("--seeds", nargs=2, type=int, default=(SEEDS.start, SEEDS.stop), metavar=("FIRST", "STOP"))
    asked.add_argument("--fast", action="store_true", help="the first of the seeds alone")
    options = asked.parse_args()
    first, stop = options.seeds
    seeds = range(first, first + 1 if options.fast else stop)
    found = [outcome(name, made) for name, made in bench(seeds=seeds)]
    done = [each for each in found if each is not None]
    for each in done:
        if each.word != "right":
            put(f"{each.maker} ({each.digits} digits): {each.word}; said {each.first}: {each.what}\n")
    for title, key in (("cause", lambda o: o.maker), ("digits", lambda o: f"{o.digits} digits")):
        groups: dict[str, list[Outcome]] = defaultdict(list)
        for each in done:
            groups[key(each)].append(each)
        put(f"\n| {title} | disagreements | right first | and certain | undecided | missed | wrong and certain |\n")
        put("| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
        for name, some in [*groups.items(), ("**all**", done)]:
            words = Counter(each.word for each in some)
            sure = sum(each.certain and each.word == "right" for each in some)
            counts = (len(some), words["right"], sure, words["undecided"], words["missed"], words["wrong and certain"])
            put(f"| {name} | {' | '.join(map(str, counts))} |\n")
    words = Counter(each.word for each in done)
    share = words["right"] / len(done)
    put(f"\nright first {share:.1%}, wrong and certain {words['wrong and certain'] / len(done):.1%}; ")
    put(f"no disagreement as printed: {len(found) - len(done)}; slowest {max(each.seconds for each in done):.1f} s\n")


if __name__ == "__main__":
    main()
