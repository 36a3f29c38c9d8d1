"""A run for the findings: rows by backend and by dataset, their names, their errors, and the reasons."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from harness.judgement.attainable import attainable
from harness.judgement.digits import digits
from harness.judgement.error_in_se import error_in_se
from harness.judgement.measured_in import measured_in
from harness.judgement.prediction_error import prediction_error
from harness.judgement.verdict import verdict
from harness.reports.naming import case_names, shorter
from harness.reports.ranking import Group, RankedRow, ranked
from harness.results import Row, Run
from harness.units import count_text

if TYPE_CHECKING:
    from harness.explain import Identified

RIGHT = frozenset({"exact", "best_possible", "harmless"})
"""Verdicts on answers whose error changes no conclusion."""


@dataclass(frozen=True)
class Facts:
    """A run, prepared for the findings."""

    run: Run
    reasons: Mapping[str, Identified] = field(default_factory=dict)
    """By case: the problem that its answer solves, if `explain` has looked for it."""

    @cached_property
    def groups(self) -> list[Group]:
        """The rows by dataset, ranked."""
        return ranked(self.run)

    @cached_property
    def names(self) -> dict[str, str]:
        """The name of each case's backend, by the case's id; without its options if it is unique without them."""
        cases = [row.case for row in self.run.rows]
        return case_names(cases, shorter((each.backend_label, each.backend) for each in cases))

    @cached_property
    def datasets(self) -> dict[str, str]:
        """The name of each dataset, by its label; without its options if it is unique without them."""
        return shorter((row.case.dataset_label, row.case.dataset) for row in self.run.rows)

    @cached_property
    def by_backend(self) -> Mapping[str, list[Row]]:
        """The rows of each backend, in the suite's order."""
        found: dict[str, list[Row]] = {}
        for row in self.run.rows:
            found.setdefault(self.name(row), []).append(row)
        return found

    @cached_property
    def ranks(self) -> Mapping[str, RankedRow]:
        """Each row with its rank on its dataset, by case id."""
        return {each.row.case.id: each for group in self.groups for each in group.rows}

    def name(self, row: Row) -> str:
        """The name of the row's backend."""
        return self.names[row.case.id]

    def dataset(self, row: Row) -> str:
        """The name of the row's dataset."""
        return self.datasets[row.case.dataset_label]

    def place(self, rows: Sequence[Row], of: Sequence[Row]) -> str:
        """``on DATASET`` for one row, otherwise ``on 2 of 5 datasets``."""
        if len(rows) == 1:
            return f"on {self.dataset(rows[0])}"
        return f"on {len(rows)} of {count_text(len(of), 'dataset')}"

    def why(self, row: Row) -> str:
        """The reason for an error, as a sentence after a space; empty if unknown."""
        if row.differing_fits:
            return " Why: its answers differ from one call to the next."
        found = self.reasons.get(row.case.id)
        if found is None:
            return _stopped(row)
        if found.best is None:
            near = found.near
            return f" The nearest explanation: {near.candidate.what}." if near else " No other question explains it."
        if found.best is found.right:
            return ""
        what, remedy = found.best.candidate.what, found.best.candidate.remedy
        return f" {'Why' if found.certain else 'Perhaps'}: {what}{f'; {remedy}' if remedy else ''}."


def _stopped(row: Row) -> str:
    """The reason for an iteration's error."""
    if row.worst.iterations is None:
        return ""
    after = f"after {count_text(row.worst.iterations, 'epoch')}"
    if row.status == "ok":
        return f" Why: its own stopping rule ended it {after}: the rule is too loose, or it minimises something else."
    return f" Why: it stopped {after}, before it reached the answer."


def right(row: Row) -> bool:
    """Whether the row's answer is right as far as it matters, whatever its method claims."""
    return verdict.of(row) in RIGHT


def lost_digits(row: Row) -> float:
    """Digits that the data determine but the answer lacks; 0 if either is unknown."""
    reachable, reached = attainable.of(row), digits.of(row)
    return 0.0 if reachable is None or reached is None else max(0.0, reachable - reached)


def error(row: Row) -> float:
    """The error, in the unit that the verdict uses; 0 if unknown."""
    measure = error_in_se if measured_in.of(row) == "standard errors" else prediction_error
    return measure.of(row) or 0.0


def error_text(row: Row) -> str:
    """``26 standard errors off``; the correct digits if errors have no such unit."""
    unit, size = measured_in.of(row) or "", error(row)
    if not unit or not size:
        return f"right to {digits.of(row) or 0.0:.1f} digits"
    return f"{times_text(size)} {unit if size != 1 else unit.removesuffix('s')} off"


def times_text(number: float) -> str:
    """``2.6``, ``4,300``, ``8.1 million``, ``10^26``: as precisely as a sentence needs."""
    if number >= 1e15:
        return f"10^{math.log10(number):.0f}"
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if number >= size:
            return f"{number / size:.2g} {word}" if number < 100 * size else f"{number / size:,.0f} {word}"
    return f"{float(f'{number:.3g}'):,.0f}" if number >= 10 else f"{number:.2g}"


def listed(names: Iterable[str], most: int = 3) -> str:
    """``a, b and c``; beyond ``most``, the rest is counted."""
    names = list(dict.fromkeys(names))
    shown = names if len(names) <= most else [*names[: most - 1], f"{len(names) - most + 1} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
