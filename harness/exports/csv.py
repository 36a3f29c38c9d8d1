"""Comma-separated values: every number in full, one line per case."""

from harness.exports.base import Format
from harness.reports.layout.csv import csv
from harness.reports.sheets.rows import rows

FORMAT = Format("comma-separated values, one line per case", text=lambda run: csv(rows(run)))
