"""A run as one page that opens from disk with no network: failures, tables, accuracy against speed, agreement."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import LinbenchError
from harness.reports.agreement import agreement
from harness.reports.table import Group, columns_of, groups
from harness.reports.units import bytes_text, seconds_text
from harness.results import FAILED, Run

__all__ = ["Chart", "Mark", "build"]

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 48, 32, 12, 40
MOST_DIGITS = 17


@dataclass(frozen=True)
class Mark:
    """A point of a chart: where it stands in the picture, whose it is, and what it says."""

    x: float
    y: float
    number: int
    text: str
    right: bool


@dataclass(frozen=True)
class Chart:
    """Digits over median time of one dataset, with the front of those that nothing beats in both.

    Attributes
    ----------
    marks : tuple of Mark
    front : str
        The Pareto front as an SVG polyline's points.
    times : tuple of (float, str)
        Ticks of the logarithmic time axis.
    missing : tuple of str
        Rows without a point, and why.
    """

    marks: tuple[Mark, ...]
    front: str
    times: tuple[tuple[float, str], ...]
    missing: tuple[str, ...]


def build(run: Run, folder: Path) -> Path:
    """Write the page.

    Parameters
    ----------
    run : Run
    folder : Path
        Made where it is not there; gets ``index.html``.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    LinbenchError
        When Jinja2 is not installed, or the folder cannot be written.
    """
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError as error:
        raise LinbenchError("the report needs Jinja2; install linbench[report]") from error
    environment = Environment(loader=PackageLoader("harness.reports"), autoescape=True, undefined=StrictUndefined)
    found = groups(run)
    page = environment.get_template("page.html").render(
        run=run.record(),
        memory=bytes_text(run.header["machine"].get("memory_bytes")),
        failed=[r for group in found for r in group.records if r["status"] in FAILED],
        sections=[_section(group) for group in found],
        agreement=[each.record() for each in agreement(run)],
        shade=_shade,
        chart={"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": WIDTH - RIGHT, "bottom": HEIGHT - BOTTOM},
        digit_ticks=[(digits, _y(digits)) for digits in range(0, MOST_DIGITS + 1, 4)],
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "index.html"
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise LinbenchError(f"{folder}: cannot be written: {error.strerror}; give another with --out") from error
    return path


def _section(group: Group) -> dict[str, Any]:
    columns = columns_of(group)
    return {
        "title": group.title,
        "headings": [column.heading for column in columns],
        "rows": [
            {"status": r["status"], "cells": [(column.text(r), _sortable(column.heading, r)) for column in columns]}
            for r in group.records
        ],
        "notes": group.notes,
        "chart": _chart(group.records),
    }


_NUMBERS = {
    "digits": "digits",
    "largest difference": "max_difference",
    "loss, train": "loss_train",
    "loss, test": "loss_test",
    "excess loss": "excess_loss",
    "epochs": "iterations",
    "× fastest": "ratio",
    "peak memory": "peak_memory_bytes",
    "intercept": "intercept",
}


def _sortable(heading: str, record: Mapping[str, Any]) -> str:
    """What a column is sorted by: the number itself where there is one."""
    if heading == "time, median":
        value = record["seconds"] and record["seconds"]["median"]
    else:
        value = record[_NUMBERS[heading]] if heading in _NUMBERS else None
    return "" if value is None else repr(value)


def _y(digits: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * digits / MOST_DIGITS


def _chart(records: Sequence[Mapping[str, Any]]) -> Chart:
    timed = [r for r in records if r["seconds"] and r["digits"] is not None]
    missing = tuple(f"{r['backend_label']}: {r['status']}" for r in records if r not in timed)
    if not timed:
        return Chart((), "", (), missing)
    logs = [math.log10(r["seconds"]["median"]) for r in timed]
    low, high = math.floor(min(logs)), max(math.ceil(max(logs)), math.floor(min(logs)) + 1)

    def x(log: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (log - low) / (high - low)

    marks = tuple(
        Mark(x(log), _y(r["digits"]), number, f"{r['backend_label']}: {_says(r)}", r["status"] == "ok")
        for number, (log, r) in enumerate(zip(logs, timed, strict=True), 1)
    )
    ticks = tuple((x(power), seconds_text(10.0**power)) for power in range(low, high + 1))
    return Chart(marks, _front(marks), ticks, missing)


def _says(record: Mapping[str, Any]) -> str:
    where = f"{record['dtype']}, {record['status']}"
    return f"{record['digits']:.1f} digits in {seconds_text(record['seconds']['median'])} ({where})"


def _front(marks: Sequence[Mark]) -> str:
    """From the fastest on, every mark with more digits than all before it; the picture's y grows downwards."""
    kept: list[Mark] = []
    for mark in sorted(marks, key=lambda m: (m.x, m.y)):
        if not kept or mark.y < kept[-1].y:
            kept.append(mark)
    return " ".join(f"{mark.x:.1f},{mark.y:.1f}" for mark in kept)


def _shade(digits: float) -> float:
    """How strongly a cell of the agreement matrix is tinted."""
    return round(digits / MOST_DIGITS, 2)
