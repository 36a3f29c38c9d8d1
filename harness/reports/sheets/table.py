"""The table of a run: every case with its answer, its scores and its time."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, get_args

from harness.judgement import Score, scores
from harness.judgement.ill_posed import ill_posed
from harness.judgement.verdict import verdict
from harness.reports.findings import record
from harness.reports.naming import PLACES, differing, short_name
from harness.reports.ranking import Group, RankedRow, ranked
from harness.reports.sheet import Column, Sheet, Style, Table, status_style
from harness.reports.sheets.base import report
from harness.reports.sheets.rows import rows
from harness.reports.sheets.summary import summary
from harness.results import ProblemRecord, Row, Run, WorstFit
from harness.units import ABSENT, bytes_text, coefficients_text, count_text, number_text, ratio_text, seconds_text

MOST_BUSY = 1.2
"""Processors kept busy per thread of the plan, from which some pool must have had more threads."""

DRIFTED = "something in its process made the control slower or faster: its times are kept out of verdicts"
NOISY = "noisy: the machine's speed was not steady while it was measured; see `linbench doctor`"
DIFFERING = "its fits differed from sample to sample; the worst is shown"
RATIOS = "× fastest with its 95 % interval over rounds; times that share a letter cannot be told apart"
CHANGED = "its data changed between rounds, so its rounds measure different problems"


@report(record=record, in_full=rows)
def table(run: Run) -> Sheet:
    """Every case with its answer, its scores and its time, the fastest of each dataset first; then what was found."""
    whole = summary(run)
    tables = dataset_tables(run)
    return replace(whole, tables=(*tables, *(whole.tables if len(tables) > 1 else ())))


def dataset_tables(run: Run) -> tuple[Table, ...]:
    """The table of each dataset."""
    return tuple(_table(group, run.header.plan.threads) for group in ranked(run))


def _table(group: Group, threads: int) -> Table:
    places = differing(each.row.case for each in group.rows)
    shown = [each for each in columns() if each.name not in PLACES or each.name in places]
    if any(each.alike for each in group.rows):
        shown = [replace(each, note=RATIOS) if each.name == "ratio" else each for each in shown]
    return Table.of(group.title, shown, group.rows, _notes([each.row for each in group.rows], places, threads))


def _case(name: str) -> Column[RankedRow]:
    return Column(name, name, lambda each: getattr(each.row.case, name), left=True)


def _per_fit(each: RankedRow) -> float | None:
    return each.row.timing.per_fit if each.row.timing else None


def _own(each: RankedRow) -> float | None:
    return each.row.timing.own if each.row.timing else None


def _spread(name: str, heading: str, kind: str) -> Column[RankedRow]:
    def value(each: RankedRow) -> tuple[float, float] | None:
        timing = each.row.timing
        shown = timing is not None and timing.samples > 1 and timing.interval == kind
        return (timing.low, timing.high) if timing and shown else None

    def text(each: RankedRow) -> str:
        return " – ".join(map(seconds_text, value(each) or ())) or ABSENT

    return Column(name, heading, value, text, lambda each: next(iter(value(each) or ()), None), priority=5)


def _ratio(each: RankedRow) -> str:
    ratio = each.ratio
    if ratio is None:
        return ABSENT
    parts = [ratio_text(ratio.ratio), each.alike]
    if ratio.low is not None and ratio.high is not None:
        half = math.sqrt(ratio.high / ratio.low) - 1
        parts.insert(1, f"± {100 * half:.{1 if half < 0.0995 else 0}f} %")
    return " ".join(filter(None, parts))


def _verdict(each: RankedRow) -> str | None:
    word = verdict.of(each.row) or each.row.status
    return None if word == "ok" else word.replace("_", " ")


def _look(each: RankedRow) -> Style:
    word = verdict.of(each.row)
    return LOOKS.get(word, "") if word else status_style(each.row.status)


LOOKS: dict[str, Style] = {"exact": "good", "best_possible": "good", "visible": "doubtful", "wrong": "bad"}

VERDICT = Column("verdict", "verdict", _verdict, left=True, style=_look)
"""The verdict, or the status if there is no answer to judge."""

FIXED: dict[float, Column[RankedRow]] = {
    10: Column("backend", "backend", lambda each: each.row.case.backend_label, left=True),
    20: _case("device"),
    30: _case("dtype"),
    40: _case("environment"),
    50: Column("status", "status", lambda each: each.row.status, lambda each: each.row.word, left=True,
               priority=2, style=lambda each: status_style(each.row.status)),
    60: Column("intercept", "intercept", lambda each: each.row.worst.intercept,
               lambda each: number_text(each.row.worst.intercept, 8), priority=3),
    70: Column("coefficients", "coefficients", lambda each: each.row.worst.coef,
               lambda each: coefficients_text(each.row.worst.coef), priority=3, left=True),
    verdict.place: VERDICT,
    130: Column("iterations", "epochs", lambda each: each.row.worst.iterations, priority=2),
    140: Column("time", "time, median", lambda each: each.row.median, lambda each: seconds_text(each.row.median)),
    142: Column("per_fit", "per fit", _per_fit, lambda each: seconds_text(_per_fit(each))),
    145: Column("own", "own clock", _own, lambda each: seconds_text(_own(each)), priority=6),
    150: _spread("quartiles", "quartiles", "quartiles"),
    160: _spread("interval", "95 % of rounds", "rounds"),
    170: Column("ratio", "× fastest", lambda each: each.ratio and each.ratio.ratio, _ratio, priority=1),
    180: Column("memory", "peak memory", lambda each: each.row.peak_memory_bytes,
                lambda each: bytes_text(each.row.peak_memory_bytes), priority=4),
}  # fmt: skip
"""The columns that are more than a score, by their place from left to right."""


def _score(score: Score[Any]) -> Column[RankedRow]:
    def text(each: RankedRow) -> str:
        return score.text(each.row.scores) or ABSENT

    heading, left = score.heading or score.name, not _is_number(score)
    return Column(score.name, heading, lambda each: score.of(each.row), text, priority=score.priority, left=left)


def _is_number(score: Score[Any]) -> bool:
    return bool({int, float} & {score.kind, *get_args(score.kind)})


@cache
def columns() -> tuple[Column[RankedRow], ...]:
    """The columns of the table, left to right: the fixed ones, and one for each score that has a heading."""
    placed = {**{each.name: (each.place, _score(each)) for each in scores().values() if each.heading},
              **{column.name: (place, column) for place, column in FIXED.items()}}  # fmt: skip
    return tuple(column for _, column in sorted(placed.values(), key=lambda pair: pair[0]))


@cache
def numbers() -> dict[str, Column[RankedRow]]:
    """Every column with one number, by name, and the scores that the table does not show; no intervals."""
    shown = {each.name: each for each in columns() if not each.left and each.name not in ("quartiles", "interval")}
    shown["ratio"] = replace(shown["ratio"], text=lambda each: ratio_text(each.ratio and each.ratio.ratio))
    return shown | {name: _score(each) for name, each in scores().items() if name not in shown and _is_number(each)}


def _notes(found: Sequence[Row], places: Sequence[str], threads: int) -> Iterator[str]:
    whose: dict[str, list[str]] = {}
    for row in found:
        for remark in _remarks(row, threads):
            whose.setdefault(remark, []).append(short_name(row.case, places))
    for remark, names in whose.items():
        yield f"{', '.join(names)}: {remark}"
    yield from dict.fromkeys(note for row in found if row.problem for note in problem_notes(row.problem))
    if any(row.worst.worst_fit for row in found):
        yield "of many fits: digits and verdict of the worst, the median of the digits, losses over all, time of all"
    if any(ill_posed.of(row) for row in found):
        yield "* the data do not determine the coefficients in this precision: judged by fitted values"


def _remarks(row: Row, threads: int) -> Iterator[str]:
    """Remarks on one row."""
    if row.worst.reason:
        yield f"{row.status}: {row.worst.reason}"
    if row.worst.worst_fit is not None:
        yield from _of_worst(row.worst.worst_fit)
    if row.differing_fits:
        yield DIFFERING
    if len(row.fingerprints) > 1:
        yield CHANGED
    yield from row.notes
    if row.control_drift:
        yield DRIFTED
    if row.timing and row.timing.noisy:
        yield NOISY
    if many := _too_many_threads(row, threads):
        yield many


def _of_worst(fit: WorstFit) -> Iterator[str]:
    deficient = f"; it takes the columns of {count_text(fit.deficient, 'fit')} for dependent" if fit.deficient else ""
    group = f" ({fit.group})" if fit.group else ""
    yield f"fewest digits in fit {fit.number}{group}{deficient}"


def _too_many_threads(row: Row, threads: int) -> str:
    """How the row exceeded the plan's threads, so that its time is not comparable; empty if it did not."""
    excess = [f"{name} had {count_text(many, 'thread')}" for name, many in row.pools.items() if many > threads]
    if not excess and row.case.device == "cpu" and (row.processors or 0.0) > MOST_BUSY * threads:
        excess = [f"kept {row.processors:.1f} processors busy"]
    return f"{', '.join(excess)} where the plan had {threads}" if excess else ""


def problem_notes(problem: ProblemRecord) -> Iterator[str]:
    """Notes on the data."""
    if problem.rows_left_out:
        lacking = ", ".join(f"{name} {count}" for name, count in problem.left_out.items())
        some = f"{problem.rows_left_out} of " if problem.rows_read else ""
        rows_there = count_text(problem.rows_read or problem.rows_left_out, "row")
        yield f"{some}{rows_there} left out for missing values" + (f": {lacking}" if lacking else "")
    yield from problem.said
    if problem.many is not None:
        many = problem.many
        rows_each = (
            f"{many.fewest_rows:,}"
            if many.fewest_rows == many.most_rows
            else (f"{many.fewest_rows:,} to {many.most_rows:,}")
        )
        dependent = f", {many.deficient:,} of them of linearly dependent columns" if many.deficient else ""
        yield f"{count_text(many.fits, 'fit')} of {rows_each} rows each{dependent}"
