"""Verifies a run from elsewhere: derives its numbers again from its coefficients, with data made here."""

import math
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from harness.config import Case, Plan, case_of
from harness.environments import DEFAULT
from harness.errors import LinbenchError
from harness.records import values_of
from harness.results import Measurement, Row, Run
from harness.runner.executor import Failure, Lost
from harness.runner.judge import Judged, judge
from harness.runner.loading import Loader
from harness.runner.problems import DatasetLoader, PreparedProblem, ProblemStore
from harness.runner.protocol import FitAnswer, Sampled
from harness.runner.timekeeping import why_own_impossible

RELATIVE = 1e-6
"""Relative difference allowed between numbers, for another build of NumPy."""

ABSOLUTE = 0.02
"""Absolute difference allowed between scores such as digits, or counts of rounding errors."""


class Discrepancy(NamedTuple):
    """One value of a run that differs from the derived one."""

    case: str
    round: int
    what: str
    """A key of the run file."""
    said: str
    found: str


@dataclass(frozen=True)
class Verification:
    """The result of verifying a run."""

    run: str
    measurements: int
    """Number of measurements."""
    derived: int
    """Number of those with an answer, from which everything was derived again."""
    discrepancies: tuple[Discrepancy, ...]

    @property
    def holds(self) -> bool:
        """Whether there is no discrepancy."""
        return not self.discrepancies

    def record(self) -> dict[str, Any]:
        """The result as ``linbench verify --format json`` prints it."""
        found = [each._asdict() for each in self.discrepancies]
        return {**values_of(self), "discrepancies": found, "holds": self.holds}


def verify(run: Run, references: Path, loader: DatasetLoader | None = None) -> Verification:
    """Derive again what follows from a run's coefficients.

    Times cannot be derived; they are checked for consistency. A measurement without an answer must have no scores.

    Parameters
    ----------
    references : Path
        The folder in which exact answers are cached between runs.
    loader : DatasetLoader, optional
        Makes the data; a separate process when left out.
    """
    with tempfile.TemporaryDirectory() as folder, closing(loader or Loader(Plan())) as loads:
        problems = ProblemStore(Path(folder), references, loads)
        found = [each for row in run.rows for each in _of_row(row, problems)]
    derived = sum(each.coef is not None for each in run.measurements)
    return Verification(run.id, len(run.measurements), derived, tuple(found))


def _of_row(row: Row, problems: ProblemStore) -> Iterator[Discrepancy]:
    answered = [each for each in row.measurements if each.coef is not None]
    for each in row.measurements:
        yield from _times(each)
        if each.worst_fit is not None:
            continue  # of many fits only one is kept, from which nothing follows for the others
        if each.coef is None and len(each.scores):
            yield Discrepancy(each.case, each.round, "scores", "some", "no coefficients to derive them from")
    if not answered:
        return
    try:
        case = replace(case_of(row.case), environment=DEFAULT)
        if row.case.id != replace(case, environment=row.case.environment).id:
            yield Discrepancy(row.case.id, 0, "case", row.case.id, case.id)
        problem = problems.problem(case)
    except (LinbenchError, Failure, Lost) as error:
        yield Discrepancy(row.case.id, answered[0].round, "data", answered[0].data[:12], f"cannot be made: {error}")
        return
    for each in answered:
        yield from _of_answer(each, case, problem)


def _times(measured: Measurement) -> Iterator[Discrepancy]:
    """Inconsistencies of its times."""
    lists = {"cpu_seconds": measured.cpu_seconds, "control": measured.control, "order": measured.order}
    for name, values in lists.items():
        if values and len(values) != len(measured.seconds):
            yield Discrepancy(measured.case, measured.round, name, f"{len(values)}", f"{len(measured.seconds)} samples")
    if any(not seconds > 0 for seconds in (*measured.seconds, *measured.control, *measured.stream)):
        yield Discrepancy(measured.case, measured.round, "seconds", "0 or less", "no sample takes no time")
    claimed = Sampled(
        repeats=measured.repeats or 1,
        seconds=measured.seconds,
        cpu_seconds=measured.cpu_seconds,
        control=measured.control,
        own_seconds=measured.own_seconds,
    )
    if why := why_own_impossible(claimed):
        yield Discrepancy(measured.case, measured.round, "own_seconds", f"{max(measured.own_seconds):.3g} s", why)


def _of_answer(measured: Measurement, case: Case, problem: PreparedProblem) -> Iterator[Discrepancy]:
    said_of_data, found_data = measured.data[:12], problem.record.data[:12]
    if measured.data != problem.record.data:
        yield Discrepancy(measured.case, measured.round, "data", said_of_data, found_data)
        return
    try:
        judged = judge([_fit(measured)], problem, case.backend.instance)
    except Failure as failure:
        yield Discrepancy(measured.case, measured.round, "coef", "an answer", failure.reason)
        return
    if not isinstance(judged, Judged):
        return  # of many fits only one is kept, from which nothing follows for the others
    original = {"coef_original": judged.coef_original, "intercept_original": judged.intercept_original}
    said = {"status": measured.status, **{name: getattr(measured, name) for name in original}, **measured.scores}
    found = {"status": judged.status, **original, **judged.scores.record()}
    for name, one, other in _unlike(said, found):  # scores that the run lacks may be newer than it
        yield Discrepancy(measured.case, measured.round, name, one, other)


def _fit(measured: Measurement) -> FitAnswer:
    """The answer as its worker gave it; null in a run file stands for a number that is not finite."""
    level = math.nan if measured.intercept is None else measured.intercept
    errors = measured.standard_errors
    return FitAnswer(
        coef=_numbers(measured.coef or ()),
        intercept=level,
        converged=bool(measured.converged),
        iterations=measured.iterations,
        rank=measured.rank,
        standard_errors=None if errors is None else _numbers(errors),
        r_squared=measured.r_squared,
        statistics=measured.statistics,
    )


def _numbers(values: Iterable[float | None]) -> tuple[float, ...]:
    return tuple(math.nan if each is None else each for each in values)


def _unlike(said: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Names whose values differ by more than another build of NumPy explains, with both as text."""
    for name, value in said.items():
        if not _alike(value, found[name]):
            yield name, str(value)[:60], str(found[name])[:60]


def _alike(said: Any, found: Any) -> bool:
    if isinstance(said, tuple | list) and isinstance(found, tuple | list):
        return len(said) == len(found) and all(map(_alike, said, found))
    numbers = isinstance(said, int | float) and isinstance(found, int | float)
    if not numbers or isinstance(said, bool) or isinstance(found, bool):
        return bool(said == found) or (said is None and isinstance(found, float) and not math.isfinite(found))
    return math.isclose(said, found, rel_tol=RELATIVE, abs_tol=ABSOLUTE if abs(found) >= ABSOLUTE else 0.0)
