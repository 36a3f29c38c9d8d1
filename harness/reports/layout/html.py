"""A sheet as HTML: tables with captions, scoped headings, and each cell's sort key.

It has classes (`harness.reports.sheet.Style`, ``left``, ``wraps``) but no styles; a page brings those.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import zip_longest
from typing import Any, NamedTuple

from harness.printable import printable
from harness.reports.layout.base import PLAIN, Screen
from harness.reports.sheet import Cell, Column, Line, Sheet, Table


def html(sheet: Sheet, _screen: Screen = PLAIN) -> str:
    """HTML that can be put into any page."""
    return "\n".join(_parts(sheet)) + "\n"


def _parts(sheet: Sheet) -> Iterator[str]:
    yield from _paragraphs((*sheet.opening, *sheet.before))
    for table in sheet.tables:
        yield table_html(table, caption=table.title)
        yield notes_html(table.notes)
    yield from _paragraphs(sheet.after)


def html_text(text: str) -> str:
    """Text, escaped for HTML."""
    return escape(printable(text))


def breakable(name: str) -> str:
    """A name that may break between its parts, not within a word."""
    return re.sub(r"([,\[_=/+])", r"\1<wbr>", html_text(name))  # escaped first; no entity holds one of these


def _paragraphs(lines: Iterable[Line]) -> Iterator[str]:
    for line in lines:
        yield f"<p{_classes(line.style)}>{html_text(line.text)}</p>"


def notes_html(notes: Iterable[str]) -> str:
    """Notes as a list; empty if there are none."""
    items = "".join(f"<li>{html_text(note)}</li>" for note in notes)
    return f'<ul class="notes">{items}</ul>' if items else ""


class RowLink(NamedTuple):
    """The id of a row on a page, and the command that measures it again."""

    anchor: str
    command: str


def table_html(table: Table, *, caption: str = "", sortable: bool = False, links: Sequence[RowLink] = ()) -> str:
    """A table without its title and notes.

    Columns of the lowest priority number come first, so that the most important need no scrolling. The headings of a
    sortable table are buttons, for a script to sort by ``data-sort``. With `links`, the name of each row links to it.
    """
    order = sorted(range(len(table.columns)), key=lambda i: table.columns[i].priority)
    heads = "".join(_head(table.columns[i], sortable=sortable) for i in order)
    rows = "\n".join(
        _row([(table.columns[i], row[i]) for i in order], link)
        for row, link in zip_longest(table.rows, links[: len(table.rows)])
    )
    said = f"<caption>{html_text(caption)}</caption>\n" if caption else ""
    kind = ' class="sortable"' if sortable else ""
    return f"<table{kind}>\n{said}<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"


def _head(column: Column[Any], *, sortable: bool) -> str:
    heading = breakable(column.heading)
    inside = f'<button type="button">{heading}</button>' if sortable else heading
    return f'<th scope="col"{_classes("left" if column.left else "")}>{inside}</th>'


def _row(cells: Iterable[tuple[Column[Any], Cell]], link: RowLink | None) -> str:
    (_, first), *others = cells
    name, about = breakable(first.text), ""
    if link:
        name = f'<a href="#{html_text(link.anchor)}">{name}</a>'
        about = f' id="{html_text(link.anchor)}" data-command="{html_text(link.command)}"'
    return f'<tr{about}><th scope="row"{_sort(first)}>{name}</th>{"".join(map(_cell, others))}</tr>'


def _cell(pair: tuple[Column[Any], Cell]) -> str:
    column, cell = pair
    classes = _classes("left" if column.left else "", "wraps" if column.wraps else "", cell.style)
    return f"<td{_sort(cell)}{classes}>{html_text(cell.text)}</td>"


def _sort(cell: Cell) -> str:
    return "" if cell.sort is None else f' data-sort="{cell.sort!r}"'


def _classes(*names: str) -> str:
    given = " ".join(filter(None, names))
    return f' class="{given}"' if given else ""
