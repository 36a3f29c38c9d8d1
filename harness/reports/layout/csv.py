"""A sheet as comma-separated values: every number in full, without notes."""

import csv as standard
import io
from collections.abc import Mapping
from typing import Any

from harness.printable import printable
from harness.records import json_text
from harness.reports.layout.base import PLAIN, Screen
from harness.reports.sheet import Sheet


def csv(sheet: Sheet, _screen: Screen = PLAIN) -> str:
    """One header for all tables; if there are several, the column ``table`` holds their titles."""
    titles = len(sheet.tables) > 1
    names = dict.fromkeys(column.name for table in sheet.tables for column in table.columns)
    out = io.StringIO()
    writer = standard.writer(out, lineterminator="\n")
    writer.writerow(map(_in_full, ["table", *names] if titles else names))
    for table in sheet.tables:
        for row in table.rows:
            values = {column.name: cell.value for column, cell in zip(table.columns, row, strict=True)}
            writer.writerow(map(_in_full, [*([table.title] if titles else []), *map(values.get, names)]))
    return out.getvalue()


def _in_full(value: Any) -> Any:
    """Several numbers separated by spaces; ``'`` before text that a spreadsheet would run as a formula."""
    if isinstance(value, Mapping):
        return printable(json_text(value))
    if isinstance(value, list | tuple):
        return " ".join("" if each is None else printable(str(each)) for each in value)
    if isinstance(value, str):
        return f"'{printable(value)}" if value[:1] in tuple("=+-@\t\r") else printable(value)
    return value
