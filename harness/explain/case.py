"""Explains why a case lacks digits: measures single changes of it, then several together."""

from dataclasses import dataclass, replace
from pathlib import Path

from harness.catalog import backend_class
from harness.config import Case, Component, case_of, found_in
from harness.environments import DEFAULT, Environment
from harness.errors import LinbenchError, UsageError, near_cases, some_cases
from harness.explain.changes import changes_of
from harness.explain.explanation import NOTHING_LOST, Explanation
from harness.explain.graded import in_own_units
from harness.explain.search import Search
from harness.machine import cache_folder
from harness.results import Row, Run, Store
from harness.runner import Observer


@dataclass(frozen=True)
class Stored:
    """A case's row in a run."""

    run: str
    row: Row
    path: Path


def stored_case(run: Run, wanted: str) -> tuple[Case, Stored]:
    """The one case of a run that an id or a pattern selects, with its row.

    Raises
    ------
    UsageError
        When none or several match.
    LinbenchError
        When its backend or dataset no longer exists.
    """
    rows = {row.case.id: row for row in run.rows}
    by_label = {row.case.label: name for name, row in rows.items()}
    exact = wanted if wanted in rows else by_label.get(wanted)
    found = [exact] if exact else [name for shown, name in by_label.items() if found_in((name, shown), wanted)]
    if not found:
        raise UsageError(f"explain {wanted!r}: no case of run {run.id} matches{near_cases(wanted, by_label)}")
    if len(found) > 1:
        some = some_cases([rows[each].case.label for each in found])
        raise UsageError(f"explain {wanted!r}: {len(found)} cases of run {run.id} match, wanted one: {some}")
    row = rows[found[0]]
    return replace(case_of(row.case), environment=DEFAULT), Stored(run.id, row, run.path)


def explain_case(
    case: Case,
    store: Store,
    observer: Observer,
    *,
    stored: Stored | None = None,
    against: str = "",
    environment: Environment | None = None,
) -> Explanation:
    """Find out why a case lacks digits.

    Parameters
    ----------
    store : Store
        Keeps the measurements as asides.
    stored : Stored or None
        The case's row in a run.
    against : str
        Another backend to measure for comparison, with its defaults.
    environment : Environment or None
        The environment to measure in, such as one with another release or commit; None for linbench's own.

    Raises
    ------
    DatasetError
        When the data cannot be loaded.
    UnknownName
        When there is no such backend.
    """
    other = _other(case, against)
    search = Search(case, store, observer, cache_folder() / "references", environment)
    question = search.question
    dependent = [name for each in question.relations for name in each.columns]
    dependent += [name for each in question.near_dependences for name in each.columns]
    changes = changes_of(case, list(dict.fromkeys(dependent)))
    before, singles, beside = search.first(changes, other)
    known = None
    if stored is not None:
        known = stored.run, search.grader.grade(case, stored.row)
    trials = sorted(singles, key=lambda each: (not each.measured, -each.share))
    if before.gap >= NOTHING_LOST:
        trials += search.together(before, trials)
    return Explanation(
        case.id,
        case.description,
        case.backend.label,
        before,
        known,
        search.identified(),
        question,
        search.grader.judge(in_own_units(case)).reference.condition,
        tuple(trials),
        in_own_units(case) is not case,
        None if other is None or beside is None else (other.backend.label, beside),
    )


def _other(case: Case, against: str) -> Case | None:
    if not against:
        return None
    kind = backend_class(against)
    try:
        other = replace(case, backend=Component(against, kind()))
    except (TypeError, ValueError) as error:
        raise LinbenchError(f"--against {against}: {error}") from error
    if other.id == case.id:
        raise UsageError(f"--against: got {against}, which the case is of; wanted another backend")
    if case.device not in kind.devices:
        raise UsageError(f"--against: {against} does not run on {case.device}; wanted a backend that does")
    return other
