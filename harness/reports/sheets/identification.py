"""What some coefficients are the answer to, in sentences: the cause, how certain it is, and what to change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from harness.reports.sheet import Line, Sheet, Style
from harness.reports.sheets.base import OWN_RECORD, report

if TYPE_CHECKING:
    from harness.explain import Identified
    from harness.explain.dependence import NearDependence, Relation

MOST_SHOWN = 12
"""The most coefficients in a sentence."""

MOST_RIVALS = 2

FEW = 1.0
"""Digits of surplus below which an explanation may be chance."""

FULL = 14.0
"""Digits from which only the last bits of a float64 are uncertain."""


@report(record=OWN_RECORD)
def identification(found: Identified) -> Sheet:
    """The question that some coefficients are the answer to, and what must be changed to get the right one."""
    first, *rest = _sentences(found)
    return Sheet(before=(Line(first, _style(found)), *map(Line, rest)))


def _style(found: Identified) -> Style:
    if found.best is found.right or found.equivalent:
        return "good"
    return "bad" if found.certain else "doubtful"


def _sentences(found: Identified) -> Iterator[str]:
    """The most important first."""
    if found.equivalent:
        yield "These are right: they fit as well as any, for the columns leave the coefficients open."
        yield from _which_of_many(found)
    elif found.best is found.right:
        yield from _right(found)
    else:
        yield from _not_right(found)
    yield from dependence_texts(found.question.relations, found.question.near_dependences)
    if found.best is not found.right:
        yield _right_numbers(found)
    if found.question.rows:
        yield f"Of the data: {found.question.rows}."
    if not (found.best is found.right or found.equivalent):
        yield from _not_the_cause(found)


def _which_of_many(found: Identified) -> Iterator[str]:
    best = found.best
    if best is found.right:
        yield "They are those of least norm, apart from the intercept."
    elif best is not None and best.certain and not best.candidate.free:
        yield f"Of the many right answers, they are this one: {best.candidate.what}."


def _right(found: Identified) -> Iterator[str]:
    digits = found.right.digits
    if found.as_printed or digits >= FULL:
        yield "These are the right numbers: every printed digit is that of the exact least-squares answer."
        return
    condition = found.question.condition
    yield (f"These are the right numbers to {digits:.1f} digits; what is left is rounding, which the design's "
           f"condition number of {condition:.1e} explains.")  # fmt: skip
    yield _right_numbers(found)


def _not_right(found: Identified) -> Iterator[str]:
    best, before = found.best, found.right.digits
    if best is None:
        yield f"These are not the least-squares answer, and nothing that was tried explains them ({before:.1f} digits)."
        if near := found.near:
            yield (f"Nearest, though not every digit is explained: {near.candidate.what} ({near.digits:.1f} digits in "
                   f"common, {before:.1f} with the right answer).")  # fmt: skip
            yield f"If that is the cause: {near.candidate.remedy}."
        return
    if best.surplus < FEW:
        yield f"These are not the least-squares answer. So few digits fit many questions: {best.candidate.what}, say."
        yield "Give more digits, or the intercept too."
        return
    sure = "explains" if found.certain else "would explain"
    yield f"{_capital(best.candidate.what)}. That {sure} every printed digit."
    yield (f"Digits in common with the numbers given: {before:.1f} for the right answer, {best.digits:.1f} for this "
           f"one (the worst number counts).")  # fmt: skip
    if best.candidate.remedy:
        yield f"To get the right answer: {best.candidate.remedy}."
    for rival in found.rivals[:MOST_RIVALS]:
        yield f"These numbers cannot tell it from another cause: {rival.candidate.what}."
    if not best.certain:
        yield "So few digits can match by chance: give more of them, or the intercept too."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _right_numbers(found: Identified) -> str:
    question = found.question
    coef, intercept = question.answer if question.determined else question.least_norm
    named = list(zip(question.features, coef, strict=True))
    shown = ", ".join(f"{name} = {value:.8g}" for name, value in named[:MOST_SHOWN])
    more = f" and {len(named) - MOST_SHOWN} more" if len(named) > MOST_SHOWN else ""
    level = f", intercept = {intercept:.8g}" if question.intercept else ""
    which = (
        "The right coefficients" if question.determined else "Of the many right answers, the coefficients of least norm"
    )
    return f"{which}: {shown}{more}{level}."


def _not_the_cause(found: Identified) -> Iterator[str]:
    named = {each.cause for each in found.matches if each.explained}
    rest = [each.name.replace("_", " ") for each in found.tried if each.name not in named]
    if rest:
        yield f"Tried, and not the cause: {', '.join(rest)}."


def dependence_texts(exact: Sequence[Relation], near: Sequence[NearDependence]) -> Iterator[str]:
    """A sentence on columns that depend on one another, if any do."""
    if exact:
        how = "exactly" if all(each.exact for each in exact) else "but for rounding"
        yield f"Dependent columns ({how}): {'; '.join(map(str, exact[:4]))}."
    elif near:
        strongest = near[0]
        shares = ", ".join(f"{name} {share:.0%}" for name, share in strongest.proportions[:5])
        yield (f"Nearly dependent columns (condition index {strongest.index:.2g}, with the share of each coefficient's "
               f"variance): {shares}.")  # fmt: skip
