"""Why a case lacks digits: the cause with digits before and after, then every change that was tried."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import TYPE_CHECKING

from harness.reports.sheet import Column, Line, Sheet, Style, Table
from harness.reports.sheets.base import OWN_RECORD, report
from harness.reports.sheets.identification import dependence_texts
from harness.units import ABSENT

if TYPE_CHECKING:
    from harness.explain.explanation import Explanation
    from harness.explain.trial import Trial

STABLE = 100.0
"""The largest backward error of a stable method, in units of roundoff."""

CHANGED = 0.5
"""The least difference in digits that is mentioned."""

STYLES: dict[str, Style] = {"the cause": "bad", "part of the cause": "doubtful", "worse": "quiet"}


@report(record=OWN_RECORD)
def explanation(found: Explanation) -> Sheet:
    """Which setting, precision, scaling or column costs a case its digits, each change measured."""
    first, *rest = _sentences(found)
    shown = () if found.nothing_lost else found.trials
    tables = (Table.of("Each change, measured", COLUMNS, shown),) if shown else ()
    return Sheet(tables, before=(Line(first, "good" if found.nothing_lost else "bad"), *map(Line, rest)))


def _sentences(found: Explanation) -> Iterator[str]:
    """The most important first."""
    before = found.before
    units = " in the data's own units" if found.own_units else ""
    of = f"{before.digits:.1f} of {before.attainable:.1f} attainable digits{units}"
    if before.status in ("ok", "not_converged", "diverged"):
        how = "" if before.status == "ok" else f", {before.status.replace('_', ' ')}"
        why = f": {before.reason}" if before.reason else ""
        yield f"{found.name}: {of} ({before.verdict.replace('_', ' ')}{how}{why})."
    else:
        yield f"{found.name}: no answer ({before.status}: {before.reason})."
        return
    yield from _since(found)
    if found.nothing_lost:
        yield "There is nothing to explain: the answer is as good as the data allow."
    else:
        yield from _cause(found)
        yield from _convergence(found)
    yield from dependence_texts(found.question.relations, found.question.near_dependences)
    yield from _conditioning(found)
    if found.against:
        name, other = found.against
        word = "" if other.status == "ok" else f" ({other.status.replace('_', ' ')})"
        yield f"{name} has {other.digits:.1f} of {other.attainable:.1f} digits on the same data{word}."
    if not found.nothing_lost:
        yield from _not_the_cause(found)


def _since(found: Explanation) -> Iterator[str]:
    """A sentence if the digits have changed since the stored run."""
    if found.stored is None:
        return
    run, then = found.stored
    now = found.before.digits
    if abs(then.digits - now) >= CHANGED:
        yield f"Run {run} has {then.digits:.1f} digits, now there are {now:.1f}: something else has changed."


def _cause(found: Explanation) -> Iterator[str]:
    best, cause = found.best, found.identified.best if found.identified else None
    if found.another_question and cause is not None:
        yield f"It is the right answer to another question: {cause.candidate.what} ({cause.digits:.1f} digits of that)."
        yield f"To get the right answer: {cause.candidate.remedy}."
    elif best is None:
        yield "It is the same question, worse answered, and no change that was tried closes the gap."
    else:
        yield (f"It is the same question, worse answered. {_capital(best.name)} ({'; '.join(_effects(best))}) closes "
               f"{best.share:.0%} of the gap: {found.before.digits:.1f} → {best.after.digits:.1f} digits.")  # fmt: skip
        others = [each for each in found.trials if each is not best and each.word == "the cause"]
        others = [each for each in others if len(each.changes) == 1]
        if others:
            also = ", ".join(f"{each.name} ({each.after.digits:.1f} digits)" for each in others[:4])
            yield f"Each of these closes it, too: {also}."
        if best.after.gap >= 1 and best.share < 1:
            yield f"{best.after.gap:.1f} digits of the gap are left, which no change that was tried closes."
        if len(best.changes) > 1:
            singly = {each.changes[0].name: each for each in found.trials if len(each.changes) == 1}
            parts = ", ".join(f"{each.name} {singly[each.name].share:.0%}" for each in best.changes)
            how = "They interact" if abs(best.interaction) >= CHANGED else "They add up"
            yield f"{how}: alone they close {parts}."
        if cause is not None and found.identified is not None and cause is not found.identified.right:
            yield f"The numbers say so too: {cause.candidate.what}."


def _convergence(found: Explanation) -> Iterator[str]:
    """The changes that end a divergence, even if they bring few digits."""
    ended = [each for each in found.trials if each.after.status in ("ok", "not_converged")]
    if found.before.status == "diverged" and ended:
        names = ", ".join(f"{each.name} ({each.after.digits:.1f} digits)" for each in ended[:3])
        yield f"It no longer diverges with each of these: {names}."


def _effects(trial: Trial) -> list[str]:
    return [each.effect for each in trial.changes]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:] if text[:1].islower() and "=" not in text.partition(" ")[0] else text


def _conditioning(found: Explanation) -> Iterator[str]:
    error = found.before.backward_error
    if error <= STABLE:
        yield (f"The method is stable: data moved by {error:.1f} units of roundoff would make its answer exact, so "
               f"what is lost is due to the data (condition number {found.reference_condition:.1e}).")  # fmt: skip
    elif not found.nothing_lost and isfinite(error):
        yield (f"The data are not to blame: they would have to move by {error:.1e} units of roundoff for the answer to "
               f"be exact (condition number {found.reference_condition:.1e}).")  # fmt: skip


def _not_the_cause(found: Explanation) -> Iterator[str]:
    rest = [each for each in found.trials if len(each.changes) == 1 and each.word in ("not the cause", "worse")]
    if rest:
        some = ", ".join(f"{each.name} ({each.after.digits:.1f} digits)" for each in rest[:8])
        yield f"Tried, and not the cause: {some}."


COLUMNS: tuple[Column[Trial], ...] = (
    Column("change", "change", lambda trial: trial.name, left=True, wraps=True),
    Column("effect", "what it does", lambda trial: "; ".join(_effects(trial)), left=True, wraps=True, priority=2),
    Column("digits", "digits", lambda trial: trial.after.digits if trial.measured else None,
           lambda trial: f"{trial.after.digits:.1f}" if trial.measured else ABSENT),
    Column("attainable", "attainable", lambda trial: trial.after.attainable,
           lambda trial: f"{trial.after.attainable:.1f}", priority=1),
    Column("closed", "digits closed", lambda trial: trial.closed if trial.measured else None,
           lambda trial: f"{trial.closed:+.1f}" if trial.measured else ABSENT),
    Column("share", "share of the gap", lambda trial: trial.share if trial.measured else None,
           lambda trial: f"{trial.share:.0%}" if trial.measured else ABSENT),
    Column("interaction", "beyond the sum", lambda trial: trial.interaction if len(trial.changes) > 1 else None,
           lambda trial: f"{trial.interaction:+.1f}" if len(trial.changes) > 1 else "–", priority=3),
    Column("verdict", "verdict", lambda trial: trial.word, left=True,
           style=lambda trial: STYLES.get(trial.word, "")),
    Column("why", "why", lambda trial: trial.after.reason or None, left=True, wraps=True, priority=4),
)  # fmt: skip
