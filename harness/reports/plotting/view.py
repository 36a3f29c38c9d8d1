"""A run prepared for plots: its rows by dataset, their looks and hover texts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from harness.history import Annotation
from harness.judgement.digits import digits
from harness.judgement.excess_loss import excess_loss
from harness.judgement.judged_by import judged_by
from harness.reports.plotting.style import Look, looks, rounded, safe, scatter
from harness.reports.ranking import ranked
from harness.results import Row, Run, Timing
from harness.units import number_text, seconds_text

LONGEST_REASON = 120
"""Characters of a reason in a hover text; notes show all of it."""


class DatasetRows(NamedTuple):
    """The rows of one dataset, in the order of the table."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class RunView:
    """A run to draw, with the paths of all runs of its history and the known causes of steps."""

    run: Run
    paths: tuple[Path, ...] = ()
    known: tuple[Annotation, ...] = ()

    @cached_property
    def datasets(self) -> list[DatasetRows]:
        """The rows by dataset."""
        return [DatasetRows(group.title, tuple(each.row for each in group.rows)) for group in ranked(self.run)]

    @property
    def rows(self) -> list[Row]:
        """The rows of all datasets."""
        return [row for dataset in self.datasets for row in dataset.rows]

    @cached_property
    def looks(self) -> Mapping[str, Look]:
        """How each case is drawn, by its id."""
        return looks(row.case for row in self.run.rows)

    def look(self, row: Row) -> Look:
        """How a row is drawn."""
        return self.looks[row.case.id]

    def label(self, row: Row) -> str:
        """The name of a row, as plain text."""
        return self.look(row).label

    def brief(self, row: Row) -> str:
        """The shortest unique name of a row within its dataset: the backend's without options if possible."""
        same_dataset = [each for each in self.run.rows if each.case.dataset_label == row.case.dataset_label]
        alone = sum(each.case.backend == row.case.backend for each in same_dataset) == 1
        return row.case.backend if alone else self.label(row)


def hover(look: Look, row: Row) -> str:
    """The hover text of a row's mark, escaped for Plotly."""
    parts = [f"<b>{look.name}</b>", f"{row.status}, {row.case.device}, {row.case.dtype}"]
    if row.timing:
        parts.append(_time(row.timing))
    if row.worst.reason:
        parts.append(safe(row.worst.reason, LONGEST_REASON))
    if (correct := digits.of(row)) is not None:
        fitted = " (fitted values)" if judged_by.of(row) == "fitted values" else ""
        parts.append(f"{correct:.1f} correct digits{fitted}")
    if (excess := excess_loss.of(row)) is not None:
        parts.append(f"excess loss {number_text(excess, 2)}")
    return "<br>".join(parts)


def _time(timing: Timing) -> str:
    text = seconds_text(timing.median)
    if timing.samples == 1:
        return f"{text}, a single sample: no interval"
    kind = "95 % of rounds" if timing.interval == "rounds" else "quartiles"
    return f"{text} ({kind} {seconds_text(timing.low)} – {seconds_text(timing.high)}, {timing.samples} samples)"


def bars(timings: Sequence[Timing], colour: str) -> dict[str, Any]:
    """Error bars from the rows' intervals; none for a single sample."""

    def reach(distance: Callable[[Timing], float]) -> list[float | None]:
        return rounded(max(distance(each), 0.0) if each.samples > 1 else 0.0 for each in timings)

    up, down = reach(lambda each: each.high - each.median), reach(lambda each: each.median - each.low)
    looks = {"color": colour, "thickness": 1, "width": 3}
    return {"type": "data", "symmetric": False, "array": up, "arrayminus": down, **looks}


def lost(look: Look, row: Row, x: float, y: float, text: str, position: str = "middle left") -> dict[str, Any]:
    """The mark of a row that has no number to draw: hollow, with its status beside it."""
    words = {"text": [safe(text)], "textposition": position, "textfont": {"size": 10}, "hovertext": [hover(look, row)]}
    more = {"legendgroup": look.name, "cliponaxis": False, "marker": look.marker(symbol=f"{look.symbol}-open")}
    return scatter("markers+text", look.name, [x], [y], "%{hovertext}", **words, **more)


def without(rows: Sequence[Row], view: RunView, wanted: str) -> tuple[str, ...]:
    """A note on the rows that have no number to draw; plain text."""
    if not rows:
        return ()
    return (f"Without {wanted}: {'; '.join(f'{view.label(row)}: {_status(row)}' for row in rows)}.",)


def _status(row: Row) -> str:
    return f"{row.status} ({row.worst.reason})" if row.worst.reason else row.status
