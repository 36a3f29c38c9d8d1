"""A sheet as JSON: every number in full, a list of tables."""

from harness.printable import printable
from harness.records import json_text
from harness.reports.layout.base import PLAIN, Screen
from harness.reports.sheet import Sheet, Table


def json(sheet: Sheet, _screen: Screen = PLAIN) -> str:
    """A list of tables: ``title``, ``rows`` as objects by the columns' names, ``notes``."""
    return whole_json([_record(table) for table in sheet.tables])


def _record(table: Table) -> dict[str, object]:
    names = [column.name for column in table.columns]
    rows = [dict(zip(names, (cell.value for cell in row), strict=True)) for row in table.rows]
    return {"title": table.title, "rows": rows, "notes": table.notes}


def whole_json(value: object) -> str:
    """JSON over several lines, with every unprintable character escaped."""
    return "\n".join(map(printable, json_text(value, indent=1).split("\n"))) + "\n"
