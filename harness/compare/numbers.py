"""The rules for what does not vary by chance: digits, loss, counts, statuses; and for memory, which hardly does."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from harness.compare.comparison import Judgement, Kind, Verdict
from harness.compare.thresholds import Thresholds
from harness.judgement import Rule, Score, scores
from harness.judgement.attainable import attainable
from harness.judgement.condition import condition
from harness.judgement.digits import digits
from harness.judgement.exact_rank import exact_rank
from harness.judgement.judged_by import judged_by
from harness.results import SEVERITY, Row

GROWTH = 10.0
"""How many times what the data determine the error of a right answer may be."""

MOST_LUCK = 1.4
"""Digits beyond what the data promise that may be luck: the worst coefficient of a random error comes
out so close one time in 30, and of two coefficients both do one time in 1,000. What is better than that is a merit."""


def judge_numbers(old: Row, new: Row, thresholds: Thresholds, *, moved: bool) -> Iterator[Judgement]:
    """Everything but times, of a case that may be compared; nothing for a number that neither side has.

    The memory of a run that moved, being made on another machine, is told, not judged.
    """
    yield _status(old, new)
    rules = {Rule.DIGITS: _digits, Rule.RELATIVE: _relative}
    judged = [rules[each.rule](each, old, new, thresholds) for each in scores().values() if each.rule]
    yield from filter(None, (*judged, _rank(old, new), _iterations(old, new), _memory(old, new, thresholds, moved)))


def _direction(change: float, better: str | None = "less") -> Verdict:
    """The verdict on a change of a number of which less, or more, is more welcome."""
    change = -change if better == "more" else change
    return "worse" if change > 0 else "better" if change < 0 else "same"


def _status(old: Row, new: Row) -> Judgement:
    verdict = _direction(SEVERITY[new.status] - SEVERITY[old.status])
    reason = new.worst.reason if verdict == "worse" else ""
    return Judgement(kind="status", verdict=verdict, old=old.status, new=new.status, reasons=(reason,))


def explained_loss(digits: float, noise: float) -> float:
    """How many of so many digits rounding alone may cost, as from one BLAS to another.

    An error of ``10**-digits`` to which a noise is added has lost ``log10(1 + noise 10**digits)`` digits: next to
    nothing where the error is of another kind, as of a descent that was stopped early or of a wrong answer; many where
    the digits exceed what the data promise. Those are luck only up to `MOST_LUCK`, so that a method that works in more
    than the data's precision cannot lose it unseen.

    Parameters
    ----------
    digits : float
        The more of the two sides.
    noise : float
        Relative error that rounding may make.
    """
    return min(MOST_LUCK, math.log10(1 + noise * 10**digits))


def _explained(right: float, old: Row, new: Row) -> float:
    """By what the data determine; in runs that do not say, by condition × eps.

    Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., §20.1; Wedin, BIT 13 (1973), 217-232. The
    condition number says nothing of fitted values.
    """
    scored = new if new.scores else old
    if (possible := attainable.of(scored)) is not None:
        return explained_loss(right, GROWTH * 10**-possible)
    fitted = judged_by.of(scored) == "fitted values"
    of_design = 1.0 if fitted else max(condition.of(scored) or 1.0, 1.0)
    return explained_loss(right, GROWTH * of_design * float(np.finfo(new.case.dtype).eps))


def _digits(score: Score[float], old: Row, new: Row, thresholds: Thresholds) -> Judgement | None:
    """Digits do not vary by chance: an absolute floor, beside what rounding explains."""
    before, after = score.of(old), score.of(new)
    if before is None or after is None:
        return _one_sided(score.name, before, after, old, new)
    allowed = thresholds.digits + _explained(max(before, after), old, new)
    change = after - before
    verdict = _direction(change, score.better) if abs(change) > allowed else "same"
    reason = _why(old, new, change)
    return Judgement(
        kind=score.name, verdict=verdict, old=before, new=after, effect=change, visible=allowed, reasons=(reason,)
    )


def _why(old: Row, new: Row, change: float) -> str:
    one, other = old.worst, new.worst
    if one.coef is not None and (one.coef, one.intercept) == (other.coef, other.intercept):
        return "bit for bit the same answer"
    return "" if change else "a different answer with as many digits"


def _one_sided(kind: Kind, before: Any, after: Any, old: Row, new: Row) -> Judgement | None:
    """A number that only one side has is said to be so, unless the statuses say it already."""
    if (before is None and after is None) or old.status != new.status:
        return None
    reason = f"only the {'new' if before is None else 'old'} run has it"
    return Judgement(kind=kind, verdict="undecided", old=before, new=after, reasons=(reason,))


def _relative(score: Score[float], old: Row, new: Row, thresholds: Thresholds) -> Judgement | None:
    """A loss of answers so far from exact that digits say little; of better ones rounding makes up any change."""
    before, after = score.of(old), score.of(new)
    right = [each for row in (old, new) if (each := digits.of(row)) is not None]
    if before is None or after is None or len(right) < 2:
        return None
    if not before > 0 or not after > 0 or _explained(max(right), old, new) > thresholds.digits:
        return None
    change = after / before - 1
    beyond = abs(math.log(after / before)) > math.log1p(thresholds.loss)
    verdict = _direction(change, score.better) if beyond else "same"
    return Judgement(kind=score.name, verdict=verdict, old=before, new=after, effect=change)


def _rank(old: Row, new: Row) -> Judgement | None:
    """Right or wrong, where the exact rank is known."""
    exact = exact_rank.of(new)
    before, after = old.worst.rank, new.worst.rank
    if before is None or after is None:
        return _one_sided("rank", before, after, old, new)
    verdict: Verdict = "same" if before == after else "undecided"
    if before != after and exact in (before, after):
        verdict = "worse" if before == exact else "better"
    reason = f"exactly {exact}" if verdict != "same" and exact is not None else ""
    return Judgement(kind="rank", verdict=verdict, old=before, new=after, effect=after - before, reasons=(reason,))


def _iterations(old: Row, new: Row) -> Judgement | None:
    before, after = old.worst.iterations, new.worst.iterations
    if before is None or after is None:
        return _one_sided("iterations", before, after, old, new)
    change = after - before
    return Judgement(kind="iterations", verdict=_direction(change), old=before, new=after, effect=change)


def _memory(old: Row, new: Row, thresholds: Thresholds, moved: bool) -> Judgement | None:
    peaks, others = _peaks(old), _peaks(new)
    alike = next((each for each in (False, True, None) if each in peaks and each in others), None)
    before, after = peaks.get(alike), others.get(alike)
    if before is None or after is None:
        if not (peaks and others):
            return _one_sided("memory", max(peaks.values(), default=None), max(others.values(), default=None), old, new)
        reason = "one side was always the first case of its backend in its worker, the other never"
        return Judgement(kind="memory", verdict="undecided", reasons=(reason,))
    change = after / before - 1
    beyond = abs(math.log(after / before)) > math.log1p(thresholds.memory)
    verdict = _direction(change) if beyond else "same"
    reason = "on another machine" if moved and beyond else ""
    return Judgement(
        kind="memory",
        verdict="undecided" if reason else verdict,
        old=before,
        new=after,
        effect=change,
        reasons=(reason,),
    )


def _peaks(row: Row) -> dict[bool | None, int]:
    """The highest peak of the rounds in which it was, or was not, the first of its backend that its worker used.

    What a library loads on first use, numba's compiler say, is four times what the case itself needs; in which rounds
    a case is the first is drawn at random.
    """
    found: dict[bool | None, int] = {}
    for each in row.measurements:
        if each.peak_memory_bytes:
            found[each.first_use] = max(found.get(each.first_use, 0), each.peak_memory_bytes)
    return found
