"""Comma-separated values: every number in full, one line per case."""

from __future__ import annotations

from harness.exports.base import Format
from harness.reports.layout.csv import csv
from harness.reports.sheets.rows import rows
from harness.results import Run

__all__ = ["FORMAT"]


def _text(run: Run) -> str:
    return csv(rows(run))


FORMAT = Format("comma-separated values, one line per case", text=_text)
