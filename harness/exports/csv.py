"""Comma-separated values: the table with every number in full, a line a case."""

from harness.exports.base import Format
from harness.reports.table import as_csv

__all__ = ["FORMAT"]

FORMAT = Format("comma-separated values, a line a case", text=as_csv)
