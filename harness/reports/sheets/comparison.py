"""Two runs side by side: what changed first, then how much of the rest could be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from harness.errors import some_cases
from harness.judgement import Rule, scores
from harness.reports.naming import row_headings, row_names, shared
from harness.reports.sheet import Column, Line, Sheet, Style, Table, Value
from harness.reports.sheets.base import OWN_RECORD, report
from harness.units import ABSENT, bytes_text, count_text, number_text, seconds_text

if TYPE_CHECKING:
    from harness.compare import CaseVerdict, Comparison, Judgement
    from harness.config import Alarm

RELATIVE = {"seconds", "memory", *(name for name, score in scores().items() if score.rule is Rule.RELATIVE)}
"""Numbers whose changes are given in per cent."""

RAISED: dict[Alarm, str] = {"fail": "failure", "warn": "warning"}

ALARMS: dict[str, Style] = {"fail": "bad", "warn": "doubtful"}
STYLES: dict[str, Style] = {"worse": "bad", "gone": "bad", "better": "good", "same": "quiet"}


RATIOS = (
    "before and now are medians as the clock had them; the change is that of the time over a control's, in which the "
    "machine's own speed cancels: products of matrices, or a copy through memory where it says streaming control"
)
"""Why a change of seconds is not the ratio of the two times beside it."""


class _Line(NamedTuple):
    """One number of a case; None for a case that could not be compared."""

    case: CaseVerdict
    number: Judgement | None
    name: str
    heading: str = ""

    @property
    def verdict(self) -> str:
        return self.number.verdict if self.number else self.case.verdict

    @property
    def alarm(self) -> str:
        return self.case.alarm_of(self.number) if self.number else self.case.alarm

    def title(self, *, numbered: bool) -> str:
        """Its name in a note."""
        return f"{self.name} {self.number.kind}" if numbered and self.number else self.name


def whole(found: Comparison, *, everything: bool = False) -> Sheet:
    """All columns of what differs, for files."""
    return Sheet((Table.whole((*COLUMNS, WHY), _lines(found, everything=everything)),))


@report(record=OWN_RECORD, in_full=report()(whole))
def comparison(found: Comparison, *, everything: bool = False) -> Sheet:
    """What differs between two runs, each difference with its interval and verdict.

    With ``everything`` it also shows what is the same. What all rows have in common is above them, reasons that only
    some have are below.
    """
    lines = list(_lines(found, everything=everything))
    reasons = [_reasons(line) for line in lines]
    alike = _shared(reasons)
    table, words = Table.of("", (*COLUMNS, UNSEEN), lines).without_constant()
    numbered = any(column.name == "number" for column in table.columns)
    below = [
        (line.title(numbered=numbered), [each for each in why if each not in alike])
        for line, why in zip(lines, reasons, strict=True)
    ]
    tables = (replace(table, notes=tuple(_notes(below, _every(lines)))),) if lines else ()
    above = (", ".join(shared(found.keys)), *words, *alike) if lines else ()
    before = [Line(f"every row: {said}")] if (said := "; ".join(filter(None, above))) else []
    loud = [Line(f"NOT DECIDED: {found.unsettled}", "bad")] if found.unsettled else []
    timed = any(line.number and line.number.kind == "seconds" for line in lines)
    notes = (*((RATIOS,) if timed else ()), *found.notes)
    return Sheet(tables, Line(summary(found), "strong"), before=(*loud, *before), after=tuple(map(Line, notes)))


def _lines(found: Comparison, *, everything: bool) -> Iterator[_Line]:
    names, headings = row_names(found.keys), row_headings(found.keys)
    for case in found.cases:
        named = names.get(case.case, case.case), headings.get(case.case, "")
        if not case.judgements:
            yield _Line(case, None, *named)
        yield from (_Line(case, each, *named) for each in case.judgements if everything or each.verdict != "same")


def _shared(reasons: Sequence[tuple[str, ...]]) -> list[str]:
    """The reasons that all rows have; none if there is only one row."""
    first, *others = reasons or ((),)
    return [reason for reason in first if all(reason in each for each in others)] if others else []


def _every(lines: Sequence[_Line]) -> dict[frozenset[str], str]:
    """A common name for all rows of one number, if there are several rows and several numbers."""
    whose: dict[str, set[str]] = {}
    for line in lines:
        if line.number:
            whose.setdefault(line.number.kind, set()).add(line.title(numbered=True))
    several = len(whose) > 1
    return {frozenset(names): f"{kind} of every case" for kind, names in whose.items() if len(names) > 1 and several}


def _notes(found: Iterable[tuple[str, Sequence[str]]], every: Mapping[frozenset[str], str]) -> Iterator[str]:
    """Each reason once, with the rows that have it."""
    whose: dict[str, dict[str, None]] = {}
    for name, reasons in found:
        for reason in reasons:
            whose.setdefault(reason, {})[name] = None
    for reason, names in whose.items():
        yield f"{every.get(frozenset(names)) or some_cases([*names])}: {reason}"


def summary(found: Comparison) -> str:
    """One line: how many cases got which verdict."""
    counts = Counter(case.verdict for case in found.cases)
    each = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common()) or "no case"
    alarms = Counter(case.alarm for case in found.cases)
    raised = [count_text(alarms[name], noun) for name, noun in RAISED.items() if alarms[name]]
    return "; ".join([f"{found.old} → {found.new}: {found.verdict} ({each})", *raised])


def _of_number(text: Callable[[Judgement], str]) -> Callable[[_Line], str]:
    return lambda line: text(line.number) if line.number else ABSENT


def _value(get: Callable[[Judgement], Value]) -> Callable[[_Line], Value]:
    return lambda line: get(line.number) if line.number else None


def _amount(kind: str, value: float | str | None) -> str:
    if isinstance(value, str):
        return value
    return {"seconds": seconds_text, "memory": bytes_text}.get(kind, number_text)(value)


def _effect(each: Judgement) -> str:
    if each.effect is None:
        return ABSENT
    return f"{each.effect:+.1%}" if each.kind in RELATIVE else f"{each.effect:+.3g}"


def _ends(each: Judgement) -> tuple[float, float] | None:
    return None if each.low is None or each.high is None else (each.low, each.high)


def _interval(each: Judgement) -> str:
    ends = _ends(each)
    if ends is None:
        return ABSENT
    return " … ".join(f"{end:+.1%}" if each.kind in RELATIVE else f"{end:.3g}" for end in ends)


def _reasons(line: _Line) -> tuple[str, ...]:
    each, accepted = line.number, f"accepted: {line.case.accepted}" if line.case.accepted else ""
    if each is None:
        return tuple(filter(None, [accepted, line.case.reason]))
    streamed = "over the streaming control" if each.control == "stream" else ""
    return tuple(filter(None, [accepted, *each.reasons, *line.case.notes, streamed]))


def _unseen(each: Judgement) -> str:
    """The least change that would have been found, if none was."""
    if each.visible is None or each.verdict not in ("same", "undecided"):
        return ABSENT
    return f"{each.visible:.1%}" if each.kind in RELATIVE else f"{each.visible:.2g}"


def _why(line: _Line) -> str:
    unseen = _unseen(line.number) if line.number else ABSENT
    return "; ".join([*([] if unseen == ABSENT else [f"could not see under {unseen}"]), *_reasons(line)])


COLUMNS: tuple[Column[_Line], ...] = (
    Column("case", "case", lambda line: line.case.case, lambda line: line.name, left=True, wraps=True,
           above=lambda line: line.heading),
    Column("number", "number", _value(lambda each: each.kind), left=True),
    Column("before", "before", _value(lambda each: each.old), _of_number(lambda each: _amount(each.kind, each.old)),
           priority=1),
    Column("now", "now", _value(lambda each: each.new), _of_number(lambda each: _amount(each.kind, each.new)),
           priority=1),
    Column("change", "change", _value(lambda each: each.effect), _of_number(_effect)),
    Column("interval", "interval", _value(_ends), _of_number(_interval), left=True, priority=2),
    Column("verdict", "verdict", lambda line: line.verdict, left=True,
           style=lambda line: STYLES.get(line.verdict, "doubtful")),
    Column("alarm", "alarm", lambda line: line.alarm, lambda line: line.alarm or ABSENT, left=True,
           style=lambda line: ALARMS.get(line.alarm, "quiet")),
)  # fmt: skip
UNSEEN: Column[_Line] = Column(
    "unseen", "unseen under", _value(lambda each: each.visible), _of_number(_unseen), priority=3
)
WHY: Column[_Line] = Column("why", "why", _why, left=True, wraps=True)
