"""Runs to draw: every way a cell can end, hostile names, sizes that were swept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np

from harness.reports.figures import Figure, Section
from harness.results import Measurement, Run, Status, load_run
from tests.support.runs import header, measured, plan, write_run

NASTY = '<script>alert(1)</script> <b>bold</b> <a href="javascript:alert(2)">link</a>'
STATUSES: tuple[str, ...] = get_args(Status)
ANSWERLESS = tuple(each for each in STATUSES if each not in ("ok", "not_converged"))
LOST = {
    "seconds": (), "cpu_seconds": (), "control": (), "order": (), "coef": None, "intercept": None,
    "coef_original": None, "intercept_original": None,
    "scores": {}, "data": "", "peak_memory_bytes": None, "converged": None,
}  # fmt: skip


def answered(case: str, round_: int = 0, **changes: Any) -> Measurement:
    """A measurement with all that a plot could want."""
    rng = np.random.default_rng([round_, *case.encode()])
    scores = {
        "digits": 12.0, "loss_train": 0.25, "excess_loss": 1e-24, "condition": 3.0, "ill_posed": False,
        "judged_by": "coefficients",
    }  # fmt: skip
    original = {"coef_original": (1.0, 2.0), "intercept_original": 0.5}
    return measured(rng, case, round_, **{"scores": scores, **original, **changes})


def failed(case: str, status: str, reason: str = "it was not to be", **changes: Any) -> Measurement:
    """A measurement without an answer; one that diverged was timed all the same."""
    kept = {"seconds": (2e-3, 2.1e-3), "order": (0, 1)} if status == "diverged" else {}
    return replace(answered(case), **{**LOST, **kept, "status": status, "reason": reason, **changes})


def run_of(
    folder: Path, measurements: Sequence[Measurement], hours: float = 0, plans: Mapping[str, Mapping[str, Any]] = {}
) -> Run:
    """A run read back from a file; `plans` are changes to what its first line says of a case."""
    cases = [{**plan(case), **plans.get(case, {})} for case in dict.fromkeys(each.case for each in measurements)]
    return load_run(write_run(folder, hours, measurements, cases=cases))


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
    plans = {
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
    return run_of(folder, found, plans=plans)


def over_time(folder: Path, runs: int, *, slower_from: int, case: str = "linear/scratch_ols/cpu/float64") -> list[Path]:
    """Runs of one case, half as fast again from one on, and elsewhere for the last two."""
    machine = header(0, [])["machine"]
    elsewhere = {"machine": {**machine, "id": "two", "cpu": f"Another {NASTY}"}}
    return [
        write_run(
            folder,
            hour,
            [measured(np.random.default_rng(hour), case, seconds=1e-3 * (1.5 if hour >= slower_from else 1.0))],
            **(elsewhere if hour >= runs - 2 else {}),
        )
        for hour in range(runs)
    ]


def figures(sections: Sequence[Section]) -> Iterator[tuple[str, Figure]]:
    """Every figure with its name."""
    for section in sections:
        yield from zip(section.names(), section.figures, strict=True)


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


def told(figure: Figure) -> str:
    """All that a figure says, drawn or beside it."""
    chosen = [choice.label for choice in figure.choices]
    return " ".join([figure.title, figure.summary, *figure.notes, figure.why_empty, *chosen, json.dumps(figure.spec)])
