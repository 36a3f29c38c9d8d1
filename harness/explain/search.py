"""Measures and grades changed cases: each change alone, then combined while that helps."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np

from harness.config import Case, Plan, Suite
from harness.environments import Environment
from harness.errors import LinbenchError
from harness.explain.changes import Change, combined
from harness.explain.explanation import NOTHING_LOST
from harness.explain.given import fitted
from harness.explain.graded import Graded, Grader, in_own_units
from harness.explain.identified import Identified, identify
from harness.explain.question import Question
from harness.explain.trial import ACCOUNTED, PART, PART_DIGITS, Trial
from harness.results import Run, Store
from harness.runner import Observer
from harness.runner.variants import Variant, measure_variants

SECONDS = 0.002
"""Of samples per case: only digits are needed, not times."""

MOST_GROUPS = 20
"""Most combinations measured at a time."""

MOST_STEPS = 3
"""Most changes that are combined."""


class Search:
    """Measures changed cases and grades them.

    Parameters
    ----------
    store : Store
        Keeps the measurements as asides.
    cache : Path
        The folder in which exact answers are cached.
    environment : Environment or None
        The environment to measure in; None for linbench's own.

    Attributes
    ----------
    grader : Grader
    question : Question
        The problem, in the data's own units where the case's are scaled.
    """

    def __init__(
        self, case: Case, store: Store, observer: Observer, cache: Path, environment: Environment | None = None
    ) -> None:
        self.case, self.store, self.observer, self._environment = case, store, observer, environment
        self.grader = grader = Grader(cache)
        data = grader.data(in_own_units(case))
        if data.ranges is not None:
            raise LinbenchError(
                f"{case.label} is {len(data.ranges):,} fits; explain takes a single one: leave groups out"
            )
        problem = data.problem
        self.question = Question(
            problem.X.astype(np.float64),
            problem.y.astype(np.float64),
            data.table.features,
            data.table.target,
            problem.intercept,
            l2=problem.l2,
            cache=cache,
            weights=problem.weights,
        )
        self._answer: tuple[Sequence[float | None] | None, float | None] = None, None

    def first(self, changes: Sequence[Change], other: Case | None) -> tuple[Graded, list[Trial], Graded | None]:
        """Measure and grade the case, each change alone, and the other backend."""
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
        """Combine changes greedily: extend the best so far by one at a time until the gap is accounted for."""
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
        """The question to which the measured answer belongs."""
        coef, intercept = self._answer
        numbers = [*([intercept] if self.question.intercept else []), *(coef or [])]
        if not coef or any(each is None for each in numbers):
            return None
        values = np.array(numbers, dtype=np.float64)
        return identify(self.question, fitted(values, self.case.dtype, intercept=self.question.intercept))

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
        variants = {name: self._variant(case) for name, case in cases.items()}
        return measure_variants(suite, variants, self.store, self.observer, descents=False)

    def _variant(self, case: Case) -> Variant:
        if self._environment is None:
            return Variant(partial(_replaced, case))
        return Variant(partial(_replaced, replace(case, environment=self._environment.name)), (self._environment,))


def _larger(best: Trial, changes: Sequence[Change]) -> dict[str, tuple[Change, ...]]:
    """The best so far extended by each other change; all pairs where no single change helped."""
    if not best.helps and len(best.changes) == 1:
        pairs = [(a, b) for a, b in combinations(changes, 2) if a.subject != b.subject]
    else:
        taken = {each.subject for each in best.changes}
        pairs = [(*best.changes, each) for each in changes if each.subject not in taken]  # type: ignore[misc]
    return {" and ".join(each.name for each in group): group for group in pairs[:MOST_GROUPS]}


def _replaced(case: Case, _: Case) -> Case:
    return case
