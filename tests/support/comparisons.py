"""Runs made by hand for verdicts: a case of so many milliseconds a round, two sides of it, what was judged."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from harness.compare import CaseVerdict, Comparison, Judgement, Thresholds, compare
from harness.judgement import Scores
from harness.results import Measurement, Run
from tests.support.runs import header

CASE = "linear/scratch_ols/cpu/float64"
OTHER = "linear/numpy_lstsq/cpu/float64"
QUIET = (1.0, 1.002, 0.998, 1.001, 0.999, 1.003, 0.997, 1.0, 1.001, 0.999, 1.002, 0.998)
SCORES = {"digits": 14.0, "condition": 3.0, "ill_posed": False, "judged_by": "coefficients", "loss_train": 0.25,
          "exact_rank": 3}  # fmt: skip


def timed(
    case: str = CASE, times: Sequence[float] = QUIET, *, control: float | None = 1e-3, **changes: Any
) -> list[Measurement]:
    """A case with one sample a round, of so many milliseconds; no control where it is None."""
    scores = Scores({**SCORES, **changes.pop("scores", {})})
    answer = {"coef": (1.0, 2.0), "intercept": 0.5, "rank": 3, "peak_memory_bytes": 90_000_000, "data": "0123abcd"}
    return [
        Measurement(
            **{"case": case, "round": number, "status": "ok", "seconds": (1e-3 * time,),
               "control": () if control is None else (control,),
               "repeats": 100, "scores": scores, **answer, **changes}
        )
        for number, time in enumerate(times)
    ]  # fmt: skip


def run_of(measurements: Iterable[Measurement], hours: float = 0, *, finished: bool = True, **changes: Any) -> Run:
    measured = tuple(measurements)
    first = header(hours, (each.case for each in measured), **changes)
    return Run(Path(f"{first.run}.jsonl"), first, measured, "later" if finished else None)


def both(
    old: Iterable[Measurement], new: Iterable[Measurement], thresholds: Thresholds | None = None, **how: Any
) -> Comparison:
    return compare(run_of(old), run_of(new, 1), thresholds or Thresholds(), **how)


def only(comparison: Comparison) -> CaseVerdict:
    (case,) = comparison.cases
    return case


def judged(comparison: Comparison, kind: Any) -> Judgement:
    found = only(comparison).judgement(kind)
    assert found is not None
    return found


def slowed(factor: float, times: Sequence[float] = QUIET) -> list[float]:
    return [factor * each for each in times]
