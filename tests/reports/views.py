"""Runs to draw: every way a case can end, hostile names, sizes that were swept."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, get_args

import numpy as np

from harness.judgement import Scores
from harness.reports.plotting.plot import Plot, Section
from harness.results import CostRecord, DataSample, Descent, Measurement, ProblemRecord, Run, Status, load_run
from tests.support.runs import header, key, measured, write_run

NASTY = '<script>alert(1)</script> <b>bold</b> <a href="javascript:alert(2)">link</a>'
STATUSES: tuple[str, ...] = get_args(Status)
ANSWERLESS = tuple(each for each in STATUSES if each not in ("ok", "not_converged"))
LOST = {
    "seconds": (), "cpu_seconds": (), "control": (), "order": (), "coef": None, "intercept": None,
    "coef_original": None, "intercept_original": None, "cost": None,
    "scores": Scores(), "data": "", "peak_memory_bytes": None, "converged": None,
}  # fmt: skip


def answered(case: str, round_: int = 0, **changes: Any) -> Measurement:
    """A measurement with all that a plot could want."""
    rng = np.random.default_rng([round_, *case.encode()])
    scores = {
        "digits": 12.0, "loss_train": 0.25, "excess_loss": 1e-24, "condition": 3.0, "ill_posed": False,
        "judged_by": "coefficients",
    }  # fmt: skip
    original = {"coef_original": (1.0, 2.0), "intercept_original": 0.5}
    cost = CostRecord(flops=1e6, bytes=1e5)
    return measured(rng, case, round_, **{"scores": scores, "cost": cost, **original, **changes})


def failed(case: str, status: str, reason: str = "it was not to be", **changes: Any) -> Measurement:
    """A measurement without an answer; one that diverged was timed all the same."""
    kept = {"seconds": (2e-3, 2.1e-3), "order": (0, 1)} if status == "diverged" else {}
    return replace(answered(case), **{**LOST, **kept, "status": status, "reason": reason, **changes})


def run_of(
    folder: Path,
    measurements: Sequence[Measurement],
    hours: float = 0,
    keys: Mapping[str, Mapping[str, Any]] = {},
    problems: Sequence[ProblemRecord] = (),
) -> Run:
    """A run read back from a file; `keys` are changes to what its first line says of a case."""
    cases = [key(case, **keys.get(case, {})) for case in dict.fromkeys(each.case for each in measurements)]
    return load_run(write_run(folder, hours, measurements, cases=cases, problems=problems))


def every_end(folder: Path) -> Run:
    """Two datasets, on each a row of every status, one of a single sample, and two rounds of a good one."""
    found = []
    for dataset in ("linear", "pi_line"):
        found += [answered(f"{dataset}/scratch_ols/cpu/float64", round_, order=tuple(range(20))) for round_ in (0, 1)]
        found.append(answered(f"{dataset}/scratch_gd[epochs=9]/cpu/float64", status="not_converged", iterations=9))
        found.append(answered(f"{dataset}/numpy_lstsq/cpu/float64", samples=1))
        found += [failed(f"{dataset}/scratch_sgd[seed={i}]/cpu/float64", each) for i, each in enumerate(ANSWERLESS)]
    return run_of(folder, found)


def hostile(folder: Path) -> Run:
    """Every name that comes from outside would do harm: dataset, backend, options, environment, reason, machine."""
    cases = [f"{dataset}/{backend}/cpu/float64" for dataset in ("one", "two", "three") for backend in ("a", "b", "c")]
    keys = {
        case: {
            "dataset": NASTY,
            "dataset_label": f"{NASTY} {case[:3]}",
            "dataset_options": {"path": NASTY, "n_samples": 10 * len(case), "n_features": len(case)},
            "backend": NASTY,
            "backend_label": f"{NASTY}{case.split('/')[1]}",
            "options": {"epochs": 5, "tag": NASTY},
            "environment": NASTY,
        }
        for case in cases
    }
    found = [
        failed(case, "error", NASTY) if case.endswith("c/cpu/float64") else answered(case, iterations=5, reason=NASTY)
        for case in cases
    ]
    problems = [
        replace(problem(1), dataset_label=f"{NASTY} {name}", features=(NASTY,), target=NASTY) for name in ("one", "two")
    ]
    return run_of(folder, found, keys=keys, problems=problems)


def over_time(folder: Path, runs: int, *, slower_from: int, case: str = "linear/scratch_ols/cpu/float64") -> list[Path]:
    """Runs of one case, half as fast again from one on, and elsewhere for the last two."""
    machine = header(0, []).machine
    elsewhere = replace(machine, id="two", cpu=f"Another {NASTY}")
    return [
        write_run(
            folder,
            hour,
            [measured(np.random.default_rng(hour), case, seconds=1e-3 * (1.5 if hour >= slower_from else 1.0))],
            machine=elsewhere if hour >= runs - 2 else machine,
        )
        for hour in range(runs)
    ]


SWEPT = (60, 600, 2000)
ONE, MANY = "advertising[scale=minmax]", "advertising[scale=minmax,features=TV+Radio+Newspaper]"
NAMES = ("TV", "Radio", "Newspaper")


@cache
def fitted(n_features: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scaled data, with the least-squares coefficients and, last, the intercept."""
    rng = np.random.default_rng(n_features)
    X = rng.uniform(size=(200, n_features))
    X[0], X[1] = 0.0, 1.0
    y = X @ np.linspace(0.6, 0.2, n_features) + 0.2 + 0.05 * rng.standard_normal(200)
    return X, y, np.linalg.lstsq(np.column_stack([X, np.ones(200)]), y, rcond=None)[0]


def problem(n_features: int) -> ProblemRecord:
    """The problem of `fitted`: raw features go from 0 to 300, raw targets from -1 to 24."""
    X, y, _ = fitted(n_features)
    raw = 300 * X
    sample = DataSample(
        X=tuple(map(tuple, raw.tolist())),
        y=tuple((25 * y - 1).tolist()),
        low=(0.0,) * n_features,
        high=(300.0,) * n_features,
    )
    return ProblemRecord(
        dataset_label=ONE if n_features == 1 else MANY, dtype="float64", data="0123abcd" * 8, n_samples=200,
        n_features=n_features, features=NAMES[:n_features], target="Sales", factor=(1 / 300,) * n_features,
        shift=(0.0,) * n_features, target_factor=1 / 25, target_shift=1 / 25, sample=sample,
    )  # fmt: skip


def went_down(n_features: int, epochs: int, rate: float = 0.3) -> tuple[Descent, np.ndarray]:
    """Gradient descent from nothing: the way, at some of its epochs, and where it ends."""
    X, y, best = fitted(n_features)
    A, b = np.column_stack([X, np.ones(len(y))]), np.zeros(n_features + 1)
    kept = sorted({epochs, *(e for e in (500, 2500) if e < epochs), *np.geomspace(1, epochs, 30).round().astype(int)})
    way: dict[int, np.ndarray] = {}
    for epoch in range(1, epochs + 1):
        b = b - rate * 2 / len(y) * A.T @ (A @ b - y)
        if epoch in kept:
            way[epoch] = b
    excess = [float(np.mean((A @ (each - best)) ** 2)) for each in way.values()]
    few = n_features == 1
    descent = Descent(
        epochs=tuple(map(int, way)),
        loss=tuple(float(np.mean((A @ each - y) ** 2)) for each in way.values()),
        excess_loss=tuple(excess),
        coef=tuple(tuple(each[:-1].tolist()) for each in way.values()) if few else None,
        intercept=tuple(float(each[-1]) for each in way.values()) if few else None,
    )
    return descent, b


def descending_run(folder: Path) -> Run:
    """One feature and three: a direct solver, a swept descent, one that diverges, one without a descent."""
    found: list[Measurement] = []
    keys: dict[str, dict[str, Any]] = {}
    for n_features, label in ((1, ONE), (3, MANY)):

        def case(backend: str, n_features: int = n_features, label: str = label, **given: Any) -> str:
            name = f"{label}/{backend}/cpu/float64"
            keys[name] = {"dataset_options": {"features": list(NAMES[:n_features])}, "options": given}
            return name

        found.append(_solved(case("scratch_ols"), n_features, fitted(n_features)[2]))
        for epochs in SWEPT:
            descent, b = went_down(n_features, epochs)
            name = case(f"scratch_gd[epochs={epochs}]", epochs=epochs, learning_rate=0.3)
            found.append(_solved(name, n_features, b, iterations=epochs, descent=descent, status="not_converged"))
        lost = Descent(epochs=(1, 2, 3), loss=(1e3, 1e9, None), excess_loss=(1e3, 1e9, None))
        diverged = case("scratch_gd[learning_rate=1000]", epochs=1000, learning_rate=1000.0)
        found.append(failed(diverged, "diverged", "its loss grew", iterations=3, descent=lost))
        _, b = went_down(n_features, 5)
        bare = case("sklearn_sgd[max_iter=5]", max_iter=5)
        found.append(_solved(bare, n_features, b, iterations=5, status="not_converged"))
    return run_of(folder, found, keys=keys, problems=[problem(1), problem(3)])


def _solved(case: str, n_features: int, b: np.ndarray, **changes: Any) -> Measurement:
    X, y, best = fitted(n_features)
    A = np.column_stack([X, np.ones(len(y))])
    excess = float(np.mean((A @ (b - best)) ** 2))
    coef, intercept = tuple(b[:-1].tolist()), float(b[-1])
    original = problem(n_features).original(coef, intercept)
    scores = {
        "digits": float(-np.log10(max(np.max(np.abs(b / best - 1)), 1e-15))), "excess_loss": excess,
        "loss_train": float(np.mean((A @ b - y) ** 2)), "judged_by": "coefficients",
    }  # fmt: skip
    return answered(
        case, coef=coef, intercept=intercept, coef_original=original[0], intercept_original=original[1],
        scores=scores, **changes,
    )  # fmt: skip


def named_plots(sections: Sequence[Section]) -> Iterator[tuple[str, Plot]]:
    """Every plot with its name."""
    for section in sections:
        yield from section.named()


def section(sections: Sequence[Section], identity: str) -> Section:
    """The section of that id."""
    return next(each for each in sections if each.id == identity)


def texts(value: Any) -> Iterator[str]:
    """Every text of a specification, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield key
            yield from texts(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from texts(each)


def told(plot: Plot) -> str:
    """All that a plot says, drawn or beside it."""
    chosen = [choice.label for choice in plot.choices]
    return " ".join([plot.title, plot.summary, *plot.notes, plot.why_empty, *chosen, json.dumps(plot.spec)])
