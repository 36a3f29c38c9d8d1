"""Rules for numbers without noise (digits, loss, counts, statuses), and for memory, which has little."""

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
"""Factor by which the error of a correct answer may exceed what the data determine."""

MOST_LUCK = 1.4
"""Digits beyond the attainable ones that may be luck: a random error is so small in one coefficient one time in 30, and
in both of two coefficients one time in 1,000. More digits than that are a merit of the method."""


def judge_numbers(old: Row, new: Row, thresholds: Thresholds, *, moved: bool) -> Iterator[Judgement]:
    """Judge everything but times, of a comparable case; nothing for a number that neither side has.

    With ``moved``, the sides are of different machines, so that memory is reported but not judged.
    """
    yield _status(old, new)
    rules = {Rule.DIGITS: _digits, Rule.RELATIVE: _relative}
    judged = [rules[each.rule](each, old, new, thresholds) for each in scores().values() if each.rule]
    yield from filter(None, (*judged, _rank(old, new), _iterations(old, new), _memory(old, new, thresholds, moved)))


def _direction(change: float, better: str | None = "less") -> Verdict:
    """The verdict on a change of a number of which ``better`` says whether less or more is better."""
    change = -change if better == "more" else change
    return "worse" if change > 0 else "better" if change < 0 else "same"


def _status(old: Row, new: Row) -> Judgement:
    verdict = _direction(SEVERITY[new.status] - SEVERITY[old.status])
    reason = new.worst.reason if verdict == "worse" else ""
    return Judgement(kind="status", verdict=verdict, old=old.status, new=new.status, reasons=(reason,))


def explained_loss(digits: float, noise: float) -> float:
    """Digits that rounding alone may cost, for example with another BLAS.

    Adding ``noise`` to an error of ``10**-digits`` costs ``log10(1 + noise 10**digits)`` digits: hardly any where the
    error has another cause, such as a descent stopped early or a wrong answer; many where there are more digits than
    attainable. Those count as luck only up to `MOST_LUCK`, so that a loss by a method that works in more than the
    data's precision is found.

    Parameters
    ----------
    digits : float
        Those of the better side.
    noise : float
        Relative error that rounding may cause.
    """
    return min(MOST_LUCK, math.log10(1 + noise * 10**digits))


def _explained(right: float, old: Row, new: Row) -> float:
    """`explained_loss` with the noise that the data determine; in runs without it, with condition × eps.

    Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., §20.1; Wedin, BIT 13 (1973), 217-232. The
    condition number does not apply to fitted values.
    """
    scored = new if new.scores else old
    if (possible := attainable.of(scored)) is not None:
        return explained_loss(right, GROWTH * 10**-possible)
    fitted = judged_by.of(scored) == "fitted values"
    of_design = 1.0 if fitted else max(condition.of(scored) or 1.0, 1.0)
    return explained_loss(right, GROWTH * of_design * float(np.finfo(new.case.dtype).eps))


def _digits(score: Score[float], old: Row, new: Row, thresholds: Thresholds) -> Judgement | None:
    """Digits have no noise: an absolute floor, plus what rounding explains."""
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
    """Reports that only one side has a number, unless the statuses show it already."""
    if (before is None and after is None) or old.status != new.status:
        return None
    reason = f"only the {'new' if before is None else 'old'} run has it"
    return Judgement(kind=kind, verdict="undecided", old=before, new=after, reasons=(reason,))


def _relative(score: Score[float], old: Row, new: Row, thresholds: Thresholds) -> Judgement | None:
    """For the loss of answers too far from exact for digits to tell; for better answers, changes are just rounding."""
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
    """The highest peaks, apart for rounds in which the case was, or was not, its backend's first use in the worker.

    What a library loads on first use, such as numba's compiler, is four times what a case needs, and the order of cases
    is random.
    """
    found: dict[bool | None, int] = {}
    for each in row.measurements:
        if each.peak_memory_bytes:
            found[each.first_use] = max(found.get(each.first_use, 0), each.peak_memory_bytes)
    return found
