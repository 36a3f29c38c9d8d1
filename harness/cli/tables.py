"""The table of a run, printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cli.common import Format, console, put

if TYPE_CHECKING:
    from harness.results import Run

__all__ = ["show_run"]


def show_run(measured: Run, show_format: Format) -> None:
    """Print a run's table in some format."""
    from harness.reports import table
    from harness.results import json_text

    match show_format:
        case Format.text:
            table.as_text(measured, console(stderr=False))
        case Format.markdown:
            put(table.as_markdown(measured))
        case Format.csv:
            put(table.as_csv(measured))
        case Format.json:
            put(json_text(measured.record(), indent=1))
