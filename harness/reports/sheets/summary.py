"""All datasets of a run at a glance: how each backend did over all of them, and the findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from harness.judgement.digits import digits
from harness.judgement.verdict import verdict
from harness.reports.findings import Facts, findings
from harness.reports.findings.facts import RIGHT
from harness.reports.ranking import RankedRow
from harness.reports.sheet import Column, Line, Sheet, Style, Table
from harness.reports.sheets.base import report
from harness.results import FAILED, Row, Run
from harness.stats import quantile
from harness.units import ABSENT, count_text, digits_text, ratio_text


@dataclass(frozen=True)
class _Backend:
    """A backend with all its rows, ranked within their datasets."""

    name: str
    rows: tuple[RankedRow, ...]

    def median(self, of: Callable[[RankedRow], float | None]) -> float | None:
        found = sorted(value for each in self.rows if (value := of(each)) is not None)
        return quantile(found, 0.5) if found else None

    def count(self, *outcomes: str) -> int | None:
        """The number of rows with these outcomes; None for zero."""
        return sum(outcome(each.row) in outcomes for each in self.rows) or None


def outcome(row: Row) -> str:
    """One word for a row: its verdict, or its status if it has no answer to judge."""
    word = verdict.of(row) or row.status
    return "failed" if word in FAILED else word


@report()
def summary(run: Run) -> Sheet:
    """How each backend did over all datasets, in counts and medians, and what was found."""
    facts = Facts(run)
    backends = [
        _Backend(name, tuple(facts.ranks[row.case.id] for row in rows)) for name, rows in facts.by_backend.items()
    ]
    table = Table.of("over all datasets", COLUMNS, backends) if backends else None
    found = tuple(Line(each.text, each.style) for each in findings(run))
    return Sheet((table,) if table else (), Line(headline(run), "strong"), found=found)


def headline(run: Run) -> str:
    """One line: how many cases on how many datasets ended how."""
    statuses = Counter[str](row.status for row in run.rows)
    unreached = len(run.header.cases) - statuses.total()
    counts = [f"{count} {status}" for status, count in [*statuses.most_common(), ("not reached", unreached)] if count]
    datasets = len({row.case.dataset_label for row in run.rows})
    return f"{count_text(len(run.header.cases), 'case')} on {count_text(datasets, 'dataset')}: {', '.join(counts)}"


def _count(name: str, heading: str, outcomes: tuple[str, ...], style: Style, priority: int = 1) -> Column[_Backend]:
    def text(each: _Backend) -> str:
        return str(each.count(*outcomes) or ABSENT)

    def how(each: _Backend) -> Style:
        return style if each.count(*outcomes) else ""

    return Column(name, heading, lambda each: each.count(*outcomes), text, priority=priority, style=how)


def _digits(each: _Backend) -> float | None:
    return each.median(lambda ranked: digits.of(ranked.row))


def _ratio(each: _Backend) -> float | None:
    return each.median(lambda ranked: ranked.ratio and ranked.ratio.ratio)


COLUMNS: tuple[Column[_Backend], ...] = (
    Column("backend", "backend", lambda each: each.name, left=True),
    _count("right", "right", tuple(sorted(RIGHT)), "good", 0),
    _count("visible", "visible", ("visible",), "doubtful"),
    _count("wrong", "wrong", ("wrong",), "bad", 0),
    _count("diverged", "diverged", ("diverged",), "bad"),
    _count("failed", "failed", ("failed",), "bad", 0),
    _count("absent", "unsupported", ("unsupported", "missing"), "quiet", 2),
    Column("digits", "digits, median", _digits, lambda each: digits_text(_digits(each))),
    Column("ratio", "× fastest, median", _ratio, lambda each: ratio_text(_ratio(each)), priority=1),
)  # fmt: skip
