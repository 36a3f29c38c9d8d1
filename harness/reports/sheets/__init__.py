"""Reports as sheets: one file per report, found by name."""

from harness.reports.sheets.base import Report, find, names, report

__all__ = ["Report", "find", "names", "report"]
