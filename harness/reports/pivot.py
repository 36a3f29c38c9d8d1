"""One number of every case: backends down, datasets across."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from harness.reports.table import groups, markdown_text
from harness.units import ABSENT, bytes_text, number_text, ratio_text, seconds_text
from harness.results import Run

__all__ = ["NUMBERS", "Pivot", "as_markdown", "as_text", "pivot"]

Record = Mapping[str, Any]

WHERE = ("device", "dtype", "environment")

NUMBERS: dict[str, Callable[[Record], str]] = {
    "digits": lambda r: ABSENT if r["digits"] is None else f"{r['digits']:.1f}{'*' if r['ill_posed'] else ''}",
    "certified_digits": lambda r: ABSENT if r["certified_digits"] is None else f"{r['certified_digits']:.1f}",
    "time": lambda r: seconds_text(r["seconds"] and r["seconds"]["median"]),
    "ratio": lambda r: ratio_text(r["ratio"]),
    "excess_loss": lambda r: number_text(r["excess_loss"], 2),
    "memory": lambda r: bytes_text(r["peak_memory_bytes"]),
}
"""What can be shown; ``ratio`` is to the fastest that is ``ok`` on the same dataset."""


@dataclass(frozen=True)
class Pivot:
    """A table of texts.

    Attributes
    ----------
    number : str
        A key of `NUMBERS`.
    datasets : tuple of str
    cells : mapping of str to tuple of str
        A row a backend, in the order of the run; a status where there is no number for it.
    """

    number: str
    datasets: tuple[str, ...]
    cells: Mapping[str, tuple[str, ...]]


def pivot(run: Run, number: str) -> Pivot:
    """Pivot a run's rows on one number.

    What tells the cells of one dataset apart (device, dtype, environment) stands behind the backend's name; what only
    tells datasets apart stands behind theirs.
    """
    found = groups(run)
    telling = [key for key in WHERE if len({row.plan[key] for row in run.rows}) > 1]
    rows = [key for key in telling if any(len({each[key] for each in group.records}) > 1 for group in found)]
    columns = [key for key in telling if key not in rows]
    texts: dict[tuple[str, str], str] = {}
    for group in found:
        for record in group.records:
            text = NUMBERS[number](record)
            place = _name(record["backend_label"], record, rows), group.title
            texts[place] = record["status"] if text == ABSENT and record["status"] != "ok" else text
    names = dict.fromkeys(_name(row.plan["backend_label"], row.plan, rows) for row in run.rows)
    titles = tuple(_name(group.title, group.records[0], columns) for group in found)
    cells = {name: tuple(texts.get((name, group.title), "") for group in found) for name in names}
    return Pivot(number, titles, cells)


def _name(label: str, record: Record, keys: Sequence[str]) -> str:
    return " ".join([label, *(record[key] for key in keys)])


def as_text(table: Pivot, console: Console) -> None:
    """Print it on a console."""
    grid = RichTable(title=Text(table.number), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    grid.add_column("backend", no_wrap=True)
    for dataset in table.datasets:
        grid.add_column(Text(dataset), justify="right", overflow="fold")
    for name, cells in table.cells.items():
        grid.add_row(Text(name), *map(Text, cells))
    console.print(grid)


def as_markdown(table: Pivot) -> str:
    """Lay it out in Markdown."""
    lines = [["backend", *table.datasets], ["---", *["---:"] * len(table.datasets)]]
    lines += [[name, *cells] for name, cells in table.cells.items()]
    return "\n".join("| " + " | ".join(map(markdown_text, line)) + " |" for line in lines) + "\n"
