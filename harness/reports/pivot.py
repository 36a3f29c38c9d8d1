"""One number of every case: backends down, datasets across."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from harness.reports.table import groups, markdown_text
from harness.reports.units import ABSENT, bytes_text, number_text, ratio_text, seconds_text
from harness.results import Run

__all__ = ["NUMBERS", "Pivot", "as_markdown", "as_text", "pivot"]

Record = Mapping[str, Any]

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
    """Pivot a run's rows on one number."""
    found = groups(run)
    several = {key for key in ("device", "dtype", "environment") if len({row.plan[key] for row in run.rows}) > 1}
    texts: dict[tuple[str, str], str] = {}
    for group in found:
        for record in group.records:
            text = NUMBERS[number](record)
            name = _name(record, several)
            texts[name, group.title] = record["status"] if text == ABSENT and record["status"] != "ok" else text
    names = dict.fromkeys(_name({**row.plan}, several) for row in run.rows)
    datasets = tuple(group.title for group in found)
    return Pivot(number, datasets, {name: tuple(texts.get((name, d), "") for d in datasets) for name in names})


def _name(record: Record, several: set[str]) -> str:
    return " ".join([record["backend_label"], *(record[key] for key in sorted(several))])


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
