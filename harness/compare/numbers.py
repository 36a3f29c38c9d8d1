"""The rules for what does not vary by chance: digits, loss, counts, statuses; and for memory, which hardly does."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from harness.compare.model import Gate, Judgement, Kind, Verdict
from harness.results import Row
from harness.results.measurement import SEVERITY

__all__ = ["explained_loss", "judge_numbers"]

DIGITS: tuple[Kind, ...] = ("digits", "certified_digits", "standard_error_digits", "r_squared_digits")

GROWTH = 10.0
"""How many times condition × eps the error of a right answer may be."""

MOST_LUCK = 1.4
"""Digits beyond what the condition number promises that may be luck: the worst coefficient of a random error comes
out so close one time in 30, and of two coefficients both do one time in 1,000. What is better than that is a merit."""


def judge_numbers(old: Row, new: Row, gate: Gate, *, moved: bool) -> Iterator[Judgement]:
    """Everything but times, of a case that may be compared; nothing for a number that neither side has.

    Parameters
    ----------
    old, new : Row
    gate : Gate
    moved : bool
        Whether the new run was made on another machine: its memory is then told, not judged.
    """
    yield _status(old, new)
    yield from (found for kind in DIGITS if (found := _digits(kind, old, new, gate)))
    yield from filter(None, (_loss(old, new, gate), _rank(old, new), _iterations(old, new)))
    yield from filter(None, (_memory(old, new, gate, moved),))


def _direction(change: float) -> Verdict:
    """The verdict on a number of which less is more welcome."""
    return "worse" if change > 0 else "better" if change < 0 else "same"


def _status(old: Row, new: Row) -> Judgement:
    verdict = _direction(SEVERITY[new.status] - SEVERITY[old.status])
    reason = new.worst.reason if verdict == "worse" else ""
    return Judgement(kind="status", verdict=verdict, old=old.status, new=new.status, reason=reason)


def explained_loss(digits: float, condition: float | None, eps: float) -> float:
    """How many of so many digits rounding alone may cost, as from one BLAS to another.

    A backward stable method's relative error is a modest multiple of condition × eps (Higham, *Accuracy and Stability
    of Numerical Algorithms*, 2nd ed., §20.1; Wedin, BIT 13 (1973), 217-232), and in what order sums are taken moves it
    by as much. An error of ``10**-digits`` to which that is added has lost ``log10(1 + GROWTH condition eps
    10**digits)`` digits: next to nothing where the error is of another kind, as of a descent that was stopped early or
    of a wrong answer; many where the digits exceed what the condition promises. Those are luck only up to `MOST_LUCK`,
    so that a method that works in more than the data's precision cannot lose it unseen.

    Parameters
    ----------
    digits : float
        The more of the two sides.
    condition : float or None
        Of the scaled design; taken as 1 where it is not known.
    eps : float
        Of the data's precision.
    """
    noise = GROWTH * max(condition or 1.0, 1.0) * eps
    return min(MOST_LUCK, math.log10(1 + noise * 10**digits))


def _explained(digits: float, old: Row, new: Row) -> float:
    scores: Mapping[str, Any] = new.worst.scores or old.worst.scores
    eps = float(np.finfo(new.plan.get("dtype", "float64")).eps)
    fitted = scores.get("judged_by") == "fitted values"  # which no condition number makes uncertain
    return explained_loss(digits, None if fitted else scores.get("condition"), eps)


def _digits(kind: Kind, old: Row, new: Row, gate: Gate) -> Judgement | None:
    before, after = old.worst.scores.get(kind), new.worst.scores.get(kind)
    if before is None or after is None:
        return _one_sided(kind, before, after, old, new)
    allowed = gate.digits + _explained(max(before, after), old, new)
    change = after - before
    verdict = _direction(-change) if abs(change) > allowed else "same"
    return Judgement(
        kind=kind, verdict=verdict, old=before, new=after, effect=change, visible=allowed, reason=_why(old, new, change)
    )


def _why(old: Row, new: Row, change: float) -> str:
    one, other = old.worst, new.worst
    if one.coef is not None and (one.coef, one.intercept) == (other.coef, other.intercept):
        return "bit for bit the same answer"
    return "" if change else "another answer, with as many digits"


def _one_sided(kind: Kind, before: Any, after: Any, old: Row, new: Row) -> Judgement | None:
    """A number that only one side has is said to be so, unless the statuses say it already."""
    if (before is None and after is None) or old.status != new.status:
        return None
    reason = f"only the {'new' if before is None else 'old'} run has it"
    return Judgement(kind=kind, verdict="undecided", old=before, new=after, reason=reason)


def _loss(old: Row, new: Row, gate: Gate) -> Judgement | None:
    """The training loss, of answers so far from exact that digits say little; elsewhere rounding makes it up."""
    before, after = old.worst.scores.get("loss_train"), new.worst.scores.get("loss_train")
    digits = [each for row in (old, new) if (each := row.worst.scores.get("digits")) is not None]
    if before is None or after is None or len(digits) < 2:
        return None
    if not before > 0 or not after > 0 or _explained(max(digits), old, new) > gate.digits:
        return None
    change = after / before - 1
    beyond = abs(math.log(after / before)) > math.log1p(gate.loss)
    verdict = _direction(change) if beyond else "same"
    return Judgement(kind="loss_train", verdict=verdict, old=before, new=after, effect=change)


def _rank(old: Row, new: Row) -> Judgement | None:
    """Right or wrong, where the exact rank is known."""
    exact = new.worst.scores.get("exact_rank")
    before, after = old.worst.rank, new.worst.rank
    if before is None or after is None:
        return _one_sided("rank", before, after, old, new)
    verdict: Verdict = "same" if before == after else "undecided"
    if before != after and exact in (before, after):
        verdict = "worse" if before == exact else "better"
    reason = f"exactly {exact}" if verdict != "same" and exact is not None else ""
    return Judgement(kind="rank", verdict=verdict, old=before, new=after, effect=after - before, reason=reason)


def _iterations(old: Row, new: Row) -> Judgement | None:
    before, after = old.worst.iterations, new.worst.iterations
    if before is None or after is None:
        return _one_sided("iterations", before, after, old, new)
    change = after - before
    return Judgement(kind="iterations", verdict=_direction(change), old=before, new=after, effect=change)


def _memory(old: Row, new: Row, gate: Gate, moved: bool) -> Judgement | None:
    peaks, others = _peaks(old), _peaks(new)
    alike = next((each for each in (False, True, None) if each in peaks and each in others), None)
    before, after = peaks.get(alike), others.get(alike)
    if before is None or after is None:
        if not (peaks and others):
            return _one_sided("memory", max(peaks.values(), default=None), max(others.values(), default=None), old, new)
        reason = "on one side always, on the other never the first cell of its backend in its worker"
        return Judgement(kind="memory", verdict="undecided", reason=reason)
    change = after / before - 1
    beyond = abs(math.log(after / before)) > math.log1p(gate.memory)
    verdict = _direction(change) if beyond else "same"
    reason = "on another machine" if moved and beyond else ""
    return Judgement(
        kind="memory", verdict="undecided" if reason else verdict, old=before, new=after, effect=change, reason=reason
    )


def _peaks(row: Row) -> dict[bool | None, int]:
    """The highest peak of the rounds in which it was, or was not, the first of its backend that its worker used.

    What a library loads on first use, numba's compiler say, is four times what the cell itself needs; in which rounds
    a cell is the first is drawn at random.
    """
    found: dict[bool | None, int] = {}
    for each in row.measurements:
        if each.peak_memory_bytes:
            found[each.first_use] = max(found.get(each.first_use, 0), each.peak_memory_bytes)
    return found
