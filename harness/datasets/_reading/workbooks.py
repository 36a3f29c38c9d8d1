"""Excel and OpenDocument workbooks, through pandas."""

import io
from typing import Any

from harness.datasets._reading.delimited import Choose
from harness.datasets._reading.grid import Grid
from harness.datasets._reading.headers import has_header, numbered, unit_row
from harness.datasets._reading.how import How
from harness.datasets._reading.records import grid_of
from harness.datasets._reading.source import Source
from harness.errors import DatasetError, nearest


def read_workbook(source: Source, sheet: str, how: How, asked: frozenset[str], choose: Choose) -> Grid:
    """Read the chosen columns of one sheet: the one named, or the first.

    Raises
    ------
    DatasetError
        When there is no such sheet, or it is empty.
    """
    import pandas as pd

    with source.raw() as file:
        content = file.read()
    if not content.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise DatasetError(f"{source.name} is not a workbook, despite its name; call it .csv if it is text")
    with pd.ExcelFile(io.BytesIO(content)) as book:
        sheets = [str(each) for each in book.sheet_names]
        if sheet and sheet not in sheets:
            raise DatasetError(f"{source.name} has no sheet {sheet!r}{nearest(sheet, sheets)}")
        frame = pd.read_excel(
            book,
            sheet_name=sheet or sheets[0],
            header=None,
            dtype=object,
            keep_default_na=False,
            na_filter=False,
        )
    said = (f"of {len(sheets)} sheets the first is read, {sheets[0]!r}",) if not sheet and len(sheets) > 1 else ()
    rows: list[list[Any]] = frame.to_numpy(dtype=object).tolist()
    places = [i + 1 for i, row in enumerate(rows) if i >= how.skip_lines and any(_has_value(each) for each in row)]
    places = places[: max(len(places) - how.skip_last, 0)]
    rows = [rows[i - 1] for i in places]
    if not rows:
        raise DatasetError(f"{source.name} cannot be read: it holds no rows")
    texts = [["" if not _has_value(each) else str(each).strip() for each in row] for row in rows[:100]]
    header = has_header(texts, asked, how, source.name, places)
    units = unit_row(texts) if header else ()
    names = how.names or (tuple(texts[0]) if header else numbered(len(rows[0])))
    if len(names) != len(rows[0]):
        raise DatasetError(f"{source.name}: names: got {len(names)}, wanted one for each of {len(rows[0])} columns")
    top = header + len(units)
    return grid_of(source.name, names, rows[top:], choose, "row", (*said, *units), places[top:])


def _has_value(value: Any) -> bool:
    return not (value is None or value == "" or value != value)  # noqa: PLR0124 - NaN and NaT
