"""What a run comes to, in sentences: what is wrong, then whom to trust, whether it matters, and who is fastest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from harness.judgement.attainable import attainable
from harness.judgement.digits import digits
from harness.judgement.error_in_se import error_in_se
from harness.judgement.ill_posed import ill_posed
from harness.judgement.verdict import verdict
from harness.reports.naming import differing, short_name
from harness.reports.sheet import Line
from harness.results import FAILED, Row, Run
from harness.units import count_text, number_text, ratio_text, seconds_text

if TYPE_CHECKING:
    from harness.explain import Identified

TRUSTED = ("exact", "best_possible")
"""Verdicts of answers that could hardly be better."""

MOST_NAMED = 6
"""Names in one sentence."""

APART = 1.2
"""Times as slow as the fastest, up to which a short measurement does not tell two apart."""


def advice(run: Run, reasons: Mapping[str, Identified] | None = None) -> list[Line]:
    """The sentences about each dataset of a run.

    Parameters
    ----------
    run : Run
    reasons : mapping of str to Identified, optional
        By case: which question its answer is the answer to.
    """
    labels = list(dict.fromkeys(row.case.dataset_label for row in run.rows))
    found: list[Line] = []
    for label in labels:
        about = _About([row for row in run.rows if row.case.dataset_label == label], reasons or {})
        found += [Line(f"{label}:", "strong")] if len(labels) > 1 else []
        found += about.lines()
    return found


class _About:
    """The findings about one dataset."""

    def __init__(self, rows: Sequence[Row], reasons: Mapping[str, Identified]) -> None:
        self._rows, self._reasons = rows, reasons
        self._places = differing(row.case for row in rows)
        self._trusted = [row for row in rows if verdict.of(row) in TRUSTED]

    def lines(self) -> Iterator[Line]:
        yield from self._wrong()
        yield from self._failed()
        yield from self._trust()
        yield from self._matters()
        yield from self._fastest()
        yield from self._absent()

    def _name(self, row: Row) -> str:
        return short_name(row.case, self._places)

    def _names(self, rows: Sequence[Row]) -> str:
        shown = [self._name(row) for row in rows[:MOST_NAMED]]
        more = f" and {len(rows) - MOST_NAMED} more" if len(rows) > MOST_NAMED else ""
        return ", ".join(shown) + more

    def _wrong(self) -> Iterator[Line]:
        """Answers that are off, the farthest first, each with its reason."""
        off = [row for row in self._rows if verdict.of(row) in ("wrong", "visible")]
        for row in sorted(off, key=lambda row: -(error_in_se.of(row) or 0.0)):
            yield Line(f"{self._name(row)} {_how_far(row)}{_and_says(row)}.{self._why(row)}", "bad")

    def _why(self, row: Row) -> str:
        found = self._reasons.get(row.case.id)
        if found is None:
            return _stopped(row)
        best = found.best
        if best is found.right:
            return ""
        if best is None:
            near = found.near
            return f" Nearest to it: {near.candidate.what}." if near else " No other question explains it."
        sure = "Why" if found.certain else "Perhaps"
        cure = f"; {best.candidate.remedy}" if best.candidate.remedy else ""
        return f" {sure}: {best.candidate.what}{cure}."

    def _failed(self) -> Iterator[Line]:
        for row in self._rows:
            if row.status in FAILED or row.status == "diverged":
                yield Line(
                    f"{self._name(row)}: {row.status.replace('_', ' ')}: {row.worst.reason.rstrip('.?')}.", "bad"
                )

    def _trust(self) -> Iterator[Line]:
        judged = [row for row in self._rows if row.status not in ("unsupported", "missing")]
        if not any(verdict.of(row) for row in judged):
            return
        if not self._trusted:
            yield Line("None of these answers is as good as the data allow.", "bad")
            return
        span = _span([digits.of(row) for row in self._trusted])
        most = attainable.of(self._trusted[0])
        of = f"; the data determine {most:.1f}" if most is not None else ""
        every = "all" if len(self._trusted) == len(judged) else f"{len(self._trusted)} of {len(judged)}"
        yield Line(f"Trust {self._names(self._trusted)} ({every}): {span}{of}.", "good")
        if any(ill_posed.of(row) for row in self._trusted):
            yield Line("The data do not determine the coefficients: columns depend on one another.", "doubtful")

    def _matters(self) -> Iterator[Line]:
        errors = [error for row in self._trusted if (error := error_in_se.of(row)) is not None]
        if errors:
            yield Line(f"What is left of error there is at most {number_text(max(errors), 2)} standard errors: no "
                       "conclusion changes.")  # fmt: skip
        unchecked = [row for row in self._trusted if row.status == "not_converged"]
        if unchecked:
            yield Line(f"{self._names(unchecked)}: right, but never checked: no stopping rule of its own was met.")

    def _fastest(self) -> Iterator[Line]:
        # Of few samples the shortest is the one that a busy machine has disturbed least.
        timed = sorted(((min(row.samples), row) for row in self._trusted if row.samples), key=lambda pair: pair[0])
        if len(timed) < 2:
            return
        best = timed[0][0]
        near = [row for seconds, row in timed if seconds <= APART * best]
        slowest, last = timed[-1]
        slower = (
            f"; {self._name(last)} takes {ratio_text(slowest / best)} times as long" if slowest > APART * best else ""
        )
        yield Line(f"Fastest of them: {self._names(near)}, {seconds_text(best)} a fit at best{slower}.")

    def _absent(self) -> Iterator[Line]:
        for status, words in (("unsupported", "cannot answer this"), ("missing", "could not run")):
            found = [row for row in self._rows if row.status == status]
            for row in found[:MOST_NAMED]:
                yield Line(f"{self._name(row)} {words}: {row.worst.reason.rstrip('.')}.", "quiet")
            if len(found) > MOST_NAMED:
                yield Line(f"So it is with {count_text(len(found) - MOST_NAMED, 'more backend')}.", "quiet")


def _stopped(row: Row) -> str:
    """Why an iteration is off."""
    if row.worst.iterations is None:
        return ""
    after = f"after {count_text(row.worst.iterations, 'epoch')}"
    if row.worst.converged:
        return f" Why: its own rule stopped it {after}; that is too coarse, or it minimises something else."
    return f" Why: it stopped {after}, short of the answer."


def _how_far(row: Row) -> str:
    error = error_in_se.of(row)
    if error is not None:
        return f"is {ratio_text(error)} standard errors off"
    return f"has {number_text(digits.of(row) or 0.0, 2)} correct digits"


def _and_says(row: Row) -> str:
    """What an iteration says of itself, where it is wrong."""
    if row.worst.iterations is None:
        return ""
    return " and calls itself converged" if row.worst.converged else " and knows it: it did not converge"


def _span(values: Sequence[float | None]) -> str:
    known = [each for each in values if each is not None]
    low, high = (f"{each:.1f}" for each in (min(known, default=0.0), max(known, default=0.0)))
    return f"{low} digits" if low == high else f"{low} to {high} digits"
