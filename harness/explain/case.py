"""Why a case lacks digits: one thing at a time is changed and measured, then pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from harness.catalog import backend_class
from harness.config import Case, Component, Plan, Suite, case_of
from harness.environments import DEFAULT
from harness.errors import LinbenchError, UsageError, nearest
from harness.explain.changes import Change, changes_of, combined
from harness.explain.given import MOST_DIGITS, Given
from harness.explain.graded import Graded, Grader, in_own_units
from harness.explain.identified import Identified, identify
from harness.explain.question import Question
from harness.machine import cache_folder
from harness.results import Row, Run, Store
from harness.runner import Observer
from harness.runner.variants import Variant, measure_variants

__all__ = ["Explanation", "Stored", "Trial", "explain_case", "stored_case"]

SECONDS = 0.002
"""Of samples per case: digits are asked for, not times."""

NOTHING_LOST = 1.0
"""Digits below the attainable ones that need no explanation."""

ACCOUNTED = 0.9
"""Share of the lost digits that, once closed, leaves nothing to look for."""

PART, PART_DIGITS = 0.1, 0.5
"""Share of the lost digits, and digits, from either of which a change is part of the cause."""

MOST_GROUPS = 20
"""Combinations that are measured in one go."""

MOST_STEPS = 3
"""Changes that are made together."""

INTERACTION = 0.5
"""Digits that changes close together beyond the sum of what each closes alone, from which it is worth a word."""

WORSE_ANSWERED = ("truncated", "unfinished", "single_precision", "least_norm")
"""Causes that are no other question: the same one, worse answered."""


@dataclass(frozen=True)
class Stored:
    """What a run has of a case."""

    run: str
    row: Row


@dataclass(frozen=True, eq=False)
class Trial:
    """A change, or several together, measured.

    Attributes
    ----------
    changes : tuple of Change
    after : Graded
    closed : float
        Digits of the gap that it closes; below 0 where it makes it wider.
    share : float
        ``closed`` over the gap.
    interaction : float
        For several: digits beyond the sum of what each closes alone.
    """

    changes: tuple[Change, ...]
    after: Graded
    closed: float
    share: float
    interaction: float = 0.0

    @property
    def name(self) -> str:
        """All changes by name."""
        return " and ".join(each.name for each in self.changes)

    @property
    def measured(self) -> bool:
        """Whether it gave an answer."""
        return self.after.status in ("ok", "not_converged", "diverged")

    @property
    def word(self) -> str:
        """What it comes to."""
        if not self.measured:
            return "not measured"
        if self.share >= ACCOUNTED:
            return "the cause"
        if self.helps:
            return "part of the cause"
        return "worse" if self.closed <= -PART_DIGITS else "not the cause"

    @property
    def helps(self) -> bool:
        """Whether it closes a part of the gap that is worth a word."""
        return self.measured and self.share > 0 and (self.share >= PART or self.closed >= PART_DIGITS)

    def record(self, before: Graded) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "changes": [{"name": each.name, "effect": each.effect, "kind": each.kind} for each in self.changes],
            "status": self.after.status,
            "reason": self.after.reason,
            "digits_before": before.digits,
            "digits_after": self.after.digits,
            "attainable": self.after.attainable,
            "closed": self.closed,
            "share": self.share,
            "interaction": self.interaction,
            "verdict": self.word,
        }


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why a case lacks digits.

    Attributes
    ----------
    case : str
    backend : str
    before : Graded
        As measured now.
    stored : (str, Graded) or None
        The run that has the case, and the answer in it.
    identified : Identified or None
        The question that the answer is the answer to; None where there is no finite answer.
    question : Question
        The problem as fitted.
    reference_condition : float
        Of the columns of unit length, centred with an intercept.
    trials : tuple of Trial
        Single changes, the most telling first; then several together.
    own_units : bool
        Whether the data were scaled, and the answer is held against the exact one in the data's own units: there the
        intercept is no number that is 0 but for rounding.
    against : (str, Graded) or None
        Another backend and its answer.
    """

    case: str
    backend: str
    before: Graded
    stored: tuple[str, Graded] | None
    identified: Identified | None
    question: Question
    reference_condition: float
    trials: tuple[Trial, ...] = ()
    own_units: bool = False
    against: tuple[str, Graded] | None = None

    @property
    def gap(self) -> float:
        """Digits lost."""
        return self.before.gap

    @property
    def nothing_lost(self) -> bool:
        """Whether the answer is about as good as the data allow."""
        return self.gap < NOTHING_LOST

    @property
    def another_question(self) -> bool:
        """Whether the answer is right, and to another question."""
        found = self.identified
        best = found.best if found else None
        return bool(found and best and found.certain and best is not found.right and best.cause not in WORSE_ANSWERED)

    @property
    def best(self) -> Trial | None:
        """The fewest changes that account for the gap, else those that close most of it."""
        useful = [each for each in self.trials if each.helps]
        enough = [each for each in useful if each.share >= ACCOUNTED]
        if enough:
            return min(enough, key=lambda each: (len(each.changes), each.changes[0].kind != "setting", -each.share))
        return max(useful, key=lambda each: each.share, default=None)

    def record(self) -> dict[str, Any]:
        """As ``linbench explain CASE --format json`` prints it."""
        found = self.identified
        told = found.best if found else None
        return {
            "case": self.case,
            "run": self.stored[0] if self.stored else None,
            "digits_stored": self.stored[1].digits if self.stored else None,
            "status": self.before.status,
            "digits": self.before.digits,
            "attainable": self.before.attainable,
            "backward_error": self.before.backward_error,
            "verdict": self.before.verdict,
            "gap": self.gap,
            "condition": self.reference_condition,
            "another_question": self.another_question,
            "answer_to": None if told is None else told.candidate.what,
            "cause": None if self.best is None else self.best.name,
            "trials": [each.record(self.before) for each in self.trials],
            "dependent": [str(each) for each in self.question.relations],
            "near_dependent": [
                {
                    "index": each.index,
                    "proportions": [{"column": name, "share": share} for name, share in each.proportions],
                }
                for each in self.question.near_dependences
            ],
            "against": None
            if self.against is None
            else {"backend": self.against[0], "status": self.against[1].status, "digits": self.against[1].digits},
        }


def stored_case(run: Run, wanted: str) -> tuple[Case, Stored]:
    """The one case of a run that an id or a pattern means, and its answer.

    Raises
    ------
    UsageError
        When none or several match.
    LinbenchError
        When its backend or dataset is no longer there.
    """
    rows = {row.case.id: row for row in run.rows}
    found = [wanted] if wanted in rows else [name for name in rows if wanted in name]
    if not found:
        raise UsageError(f"explain {wanted!r}: no case of run {run.id} matches{nearest(wanted, rows)}")
    if len(found) > 1:
        some = ", ".join(found[:6]) + (f", … ({len(found)})" if len(found) > 6 else "")
        raise UsageError(f"explain {wanted!r}: {len(found)} cases of run {run.id} match, wanted one: {some}")
    row = rows[found[0]]
    return replace(case_of(row.case), environment=DEFAULT), Stored(run.id, row)


def explain_case(
    case: Case, store: Store, observer: Observer, *, stored: Stored | None = None, against: str = ""
) -> Explanation:
    """Find out why a case lacks digits.

    Parameters
    ----------
    case : Case
    store : Store
        Where the measurements are kept aside.
    observer : Observer
    stored : Stored or None
        The answer that a run has.
    against : str
        Another backend, measured beside it with its defaults.

    Raises
    ------
    DatasetError
        When the data cannot be loaded.
    UnknownName
        When there is no such backend.
    """
    other = _other(case, against)
    search = _Search(case, store, observer, Grader(cache_folder() / "references"))
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


class _Search:
    """Measures changed cases and grades them."""

    def __init__(self, case: Case, store: Store, observer: Observer, grader: Grader) -> None:
        self.case, self.store, self.observer, self.grader = case, store, observer, grader
        data = grader.data(in_own_units(case))
        problem = data.problem
        self.question = Question(
            problem.X.astype(np.float64),
            problem.y.astype(np.float64),
            data.table.features,
            data.table.target,
            problem.intercept,
            l2=problem.l2,
        )
        self._answer: tuple[Sequence[float | None] | None, float | None] = (None, None)

    def first(self, changes: Sequence[Change], other: Case | None) -> tuple[Graded, list[Trial], Graded | None]:
        """The case as it is, each change alone, and the other backend."""
        cases = {"": self.case, **{each.name: each.apply(self.case) for each in changes}}
        if other is not None:
            cases["against"] = other
        runs = self._measured(cases)
        row = runs[""].rows[0]
        own = in_own_units(self.case) is not self.case
        worst = row.worst
        self._answer = (worst.coef_original, worst.intercept_original) if own else (worst.coef, worst.intercept)
        before = self.grader.grade(self.case, row)
        trials = [self._trial(before, (each,), cases[each.name], runs[each.name]) for each in changes]
        beside = None if other is None else self.grader.grade(other, runs["against"].rows[0])
        return before, trials, beside

    def together(self, before: Graded, singles: Sequence[Trial]) -> list[Trial]:
        """Several changes, greedily: the best so far with each further one, until the gap is accounted for."""
        alone = {each.changes[0].name: each for each in singles}
        best = singles[0] if singles and singles[0].measured else None
        found: list[Trial] = []
        while best is not None and best.share < ACCOUNTED and len(best.changes) < MOST_STEPS:
            groups = _larger(best, [each.changes[0] for each in singles])
            cases = {name: combined(group, self.case) for name, group in groups.items()}
            if not cases:
                break
            runs = self._measured(cases)
            tried = [self._trial(before, groups[name], cases[name], runs[name], alone) for name in cases]
            winner = max(tried, key=lambda each: each.closed if each.measured else -np.inf)
            if not winner.measured or winner.closed <= max(best.closed, 0.0) + min(PART * before.gap, PART_DIGITS):
                break
            found.append(winner)
            best = winner
        return found

    def identified(self) -> Identified | None:
        """The question that the answer is the answer to."""
        coef, intercept = self._answer
        numbers = [*([intercept] if self.question.intercept else []), *(coef or [])]
        if not coef or any(each is None for each in numbers):
            return None
        values = np.array(numbers, dtype=np.float64)
        digits = MOST_DIGITS if self.case.dtype == "float64" else 6.0
        reach = np.abs(values) * 10**-digits
        printed = Given(values, reach, np.full(len(values), digits), self.question.intercept)
        return identify(self.question, printed)

    def _trial(
        self,
        before: Graded,
        changes: tuple[Change, ...],
        case: Case,
        run: Run,
        alone: Mapping[str, Trial] | None = None,
    ) -> Trial:
        after = self.grader.grade(case, run.rows[0])
        closed = before.gap - after.gap
        share = closed / before.gap if before.gap >= NOTHING_LOST else 0.0
        interaction = closed - sum(alone[each.name].closed for each in changes) if alone else 0.0
        return Trial(changes, after, closed, share, interaction)

    def _measured(self, cases: Mapping[str, Case]) -> dict[str, Run]:
        suite = Suite(
            name="explain",
            description=self.case.id,
            path=self.store.root,
            plan=Plan(rounds=1, seconds=SECONDS),
            cases=(self.case,),
        )
        variants = {name: Variant(partial(_replaced, case)) for name, case in cases.items()}
        return measure_variants(suite, variants, self.store, self.observer)


def _larger(best: Trial, changes: Sequence[Change]) -> dict[str, tuple[Change, ...]]:
    """What has been best so far with each further change; every pair where no single change was any good."""
    if not best.helps and len(best.changes) == 1:
        pairs = [(a, b) for a, b in combinations(changes, 2) if a.subject != b.subject]
    else:
        taken = {each.subject for each in best.changes}
        pairs = [(*best.changes, each) for each in changes if each.subject not in taken]  # type: ignore[misc]
    return {" and ".join(each.name for each in group): group for group in pairs[:MOST_GROUPS]}


def _replaced(case: Case, _: Case) -> Case:
    return case
