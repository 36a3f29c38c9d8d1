"""A sheet as text for a terminal, or for a file.

Rich's own tables take half a second for 500 rows, mostly to wrap cells that need no wrapping.
"""

import re
from collections.abc import Generator, Iterator, Sequence
from typing import Any

from rich.cells import cell_len, chop_cells
from rich.color import ColorSystem
from rich.style import Style as Look

from harness.printable import printable
from harness.reports.layout.base import PLAIN, Screen, fitting
from harness.reports.sheet import Column, Line, Sheet, Style, Table
from harness.units import ABSENT

NARROWEST = 12
"""The fewest characters that a column is folded to."""

GAP = "   "
INDENT = "    "
BULLET = "• "

STACKED_BELOW = 100
"""Width in characters below which rows that do not fit become blocks; on wider screens their cells are folded."""

MOST_FOLDED = 2
"""Lines that the name of a row may take on a narrow screen."""

FEW_FOLDED = 0.25
"""The share of names that may be folded before all rows become blocks."""

MOST_STACKED = 3
"""Columns of this priority or a higher one are left out of blocks."""

PARTS = re.compile(r"(?<=[ ,\[=/+])")
LOOKS = {"good": "green", "bad": "bold red", "doubtful": "yellow", "quiet": "dim", "strong": "bold"}


def text(sheet: Sheet, screen: Screen = PLAIN) -> str:
    """Lines no wider than the screen, if the columns that are never left out fit."""
    return "".join(f"{line.rstrip()}\n" for line in _lines(sheet, screen))


def _lines(sheet: Sheet, screen: Screen) -> Iterator[str]:
    yield from _folded(sheet.before, screen)
    left_out: list[Column[Any]] = []
    for table in sheet.tables:
        left_out += yield from _table(table, screen)
        yield ""
    if left_out:
        named = "; ".join(dict.fromkeys(column.heading for column in left_out))
        yield from _folded([Line(f"(too narrow for: {named})", "quiet"), Line("")], screen)
    yield from _folded((*sheet.after, *sheet.opening), screen)


def _folded(lines: Sequence[Line], screen: Screen, indent: str = "") -> Iterator[str]:
    for line in lines:
        own = indent + " " * (len(line.text) - len(line.text.lstrip(" ")))
        hanging = own + " " * (len(BULLET) if line.text.startswith(BULLET) else 0)
        width = None if screen.width is None else screen.width - len(hanging)
        first, *rest = fold(printable(line.text.lstrip(" ")), width)
        yield own + _painted(first, line.style, screen)
        yield from (hanging + _painted(part, line.style, screen) for part in rest)


def fold(words: str, width: int | None) -> list[str]:
    """Lines no wider than `width`, broken between words or the parts of a name if possible."""
    if width is None or cell_len(words) <= width:
        return [words]
    lines: list[str] = []
    line = ""
    for part in PARTS.split(words):
        if cell_len((line + part).rstrip()) <= width:
            line += part
            continue
        if line.strip():
            lines.append(line.rstrip())
        word = part.rstrip()
        *full, line = chop_cells(word, max(width, 2)) or [""]
        lines += full
        line += part[len(word) :]
    return [*lines, line.rstrip()]


def _painted(words: str, style: Style, screen: Screen) -> str:
    if not (screen.colour and style and words):
        return words
    return Look.parse(LOOKS[style]).render(words, color_system=ColorSystem.STANDARD)


def _table(table: Table, screen: Screen) -> Generator[str, None, list[Column[Any]]]:
    """The lines of a table; returns the columns that are left out."""
    texts = [[printable(column.heading), *(printable(row[i].text) for row in table.rows)]
             for i, column in enumerate(table.columns)]  # fmt: skip
    headings = [printable(row[0].heading) if row else "" for row in table.rows]
    widths = _widths(table.columns, texts, screen.width)
    if table.title:
        yield from _folded([Line(table.title, "strong"), Line("")], screen)
    grouped = any(headings) and _cramped(texts, widths, screen)
    if grouped:
        texts[0][1:] = map(_below, headings, texts[0][1:])
        widths = _widths(table.columns, texts, screen.width)
    if _too_narrow(texts, widths, screen):
        widths = _names_folded(table.columns, texts, screen)
    if _too_narrow(texts, widths, screen):
        return (yield from _stacked(table, screen))
    yield from _row(table, [each[0] for each in texts], ["strong"] * len(texts), widths, screen)
    yield " " + "─" * (sum(widths.values()) + len(GAP) * len(widths) - 1)
    for number, row in enumerate(table.rows, 1):
        if grouped and headings[number - 1] != (headings[number - 2] if number > 1 else ""):
            yield from _folded([Line(headings[number - 1], "strong")], screen, "  ")
        yield from _row(table, [each[number] for each in texts], [cell.style for cell in row], widths, screen)
    left_out = [column for i, column in enumerate(table.columns) if i not in widths]
    yield from _notes(table, left_out, screen)
    return left_out


def _notes(table: Table, left_out: Sequence[Column[Any]], screen: Screen) -> Iterator[str]:
    needless = {column.note for column in left_out}
    yield from _folded([Line(note, "quiet") for note in table.notes if note not in needless], screen, "  ")


def _below(heading: str, name: str) -> str:
    """A row's name without its heading, indented below that."""
    return INDENT[2:] + name.removeprefix(f"{heading}/") if heading else name


def _cramped(texts: Sequence[Sequence[str]], widths: dict[int, int], screen: Screen) -> bool:
    """Whether a narrow screen has no room for the names of rows on a line each."""
    narrow = screen.width is not None and screen.width < STACKED_BELOW
    return _too_narrow(texts, widths, screen) or (narrow and widths.get(0, 0) < max(map(cell_len, texts[0])))


def _names_folded(columns: Sequence[Column[Any]], texts: Sequence[Sequence[str]], screen: Screen) -> dict[int, int]:
    """Widths of the columns that are never left out; if few names are long, names get the rest of the width."""
    first, *others = [0, *(i for i, column in enumerate(columns) if i and not column.priority)]
    widths = {first: 0} | {i: max(map(cell_len, texts[i])) for i in others}
    names = [cell_len(name) for name in texts[first]]
    room = (screen.width or 0) - sum(widths.values()) - len(GAP) * len(widths)
    few = sum(each > room for each in names) <= FEW_FOLDED * len(names)
    return widths | {first: room if few and room >= NARROWEST else max(names)}


def _too_narrow(texts: Sequence[Sequence[str]], widths: dict[int, int], screen: Screen) -> bool:
    """Whether rows should become blocks: they do not fit, or their names take too many lines."""
    if screen.width is None or screen.width >= STACKED_BELOW:
        return False
    if sum(widths.values()) + len(GAP) * len(widths) > screen.width:
        return True
    width = widths.get(0)
    return width is not None and any(
        len(fold(name, width)) > MOST_FOLDED or any(cell_len(part.rstrip()) > width for part in PARTS.split(name))
        for name in (texts[0] if texts else ())
    )


def _stacked(table: Table, screen: Screen) -> Generator[str, None, list[Column[Any]]]:
    """Each row as a block: its first cell on a line, the others with their headings below; returns as `_table`."""
    assert screen.width is not None  # noqa: S101 - callers know the screen to be narrow
    for first, *rest in table.rows:
        yield from _folded([Line(first.text, first.style or "strong")], screen, "  ")
        parts = [
            Line(f"{column.heading} {cell.text}", cell.style)
            for column, cell in zip(table.columns[1:], rest, strict=True)
            if cell.text != ABSENT and column.priority < MOST_STACKED
        ]
        yield from _filled(parts, screen)
    left_out = [column for column in table.columns if column.priority >= MOST_STACKED]
    yield from _notes(table, left_out, screen)
    return left_out


def _filled(parts: Sequence[Line], screen: Screen) -> Iterator[str]:
    """Lines of as many parts as fit; a longer part is folded."""
    width, line, used = max((screen.width or 0) - len(INDENT), 2), "", 0
    for part in parts:
        for words in fold(printable(part.text), width):
            if used and used + len(GAP) + cell_len(words) > width:
                yield f"{INDENT}{line}"
                line, used = "", 0
            line += (GAP if used else "") + _painted(words, part.style, screen)
            used += (len(GAP) if used else 0) + cell_len(words)
    if line:
        yield f"{INDENT}{line}"


def _row(
    table: Table, texts: Sequence[str], styles: Sequence[Style], widths: dict[int, int], screen: Screen
) -> Iterator[str]:
    """The lines of a row; several if a cell is folded."""
    cells = [fold(texts[i], width) for i, width in widths.items()]
    for number in range(max(map(len, cells), default=0)):
        parts = (
            _padded(cell[number] if number < len(cell) else "", width, table.columns[i], styles[i], screen)
            for cell, (i, width) in zip(cells, widths.items(), strict=True)
        )
        yield "  " + GAP.join(parts)


def _padded(words: str, width: int, column: Column[Any], style: Style, screen: Screen) -> str:
    space, painted = " " * (width - cell_len(words)), _painted(words, style, screen)
    return painted + space if column.left else space + painted


def width_needed(columns: Sequence[Column[Any]], natural: Sequence[int]) -> int:
    """The width of a table whose columns are as narrow as they can be."""
    return sum(map(_least, columns, natural)) + len(GAP) * len(columns)


def _least(column: Column[Any], natural: int) -> int:
    return min(natural, NARROWEST) if column.wraps else natural


def _widths(columns: Sequence[Column[Any]], texts: Sequence[Sequence[str]], width: int | None) -> dict[int, int]:
    """The width of each column that is shown, by its place."""
    natural = [max(map(cell_len, each)) for each in texts]
    if width is None:
        return dict(enumerate(natural))
    shown = fitting(
        columns, lambda places: width_needed([columns[i] for i in places], [natural[i] for i in places]), width
    )
    widths = {i: _least(columns[i], natural[i]) for i in shown}
    for _ in range(width - sum(widths.values()) - len(GAP) * len(shown)):  # columns that fold share the rest
        growing = [i for i in shown if widths[i] < natural[i]]
        if not growing:
            break
        widths[min(growing, key=widths.__getitem__)] += 1
    return widths
