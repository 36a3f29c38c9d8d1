"""A sheet as HTML: tables with a caption, headings that say what they head, and the number that a cell is sorted by.

It carries no style of its own: a page gives the classes (`harness.reports.sheet.Style`, ``left``, ``wraps``) their
looks.
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
    """HTML that can stand in any page."""
    return "\n".join(_parts(sheet)) + "\n"


def _parts(sheet: Sheet) -> Iterator[str]:
    yield from _paragraphs((*sheet.opening, *sheet.before))
    for table in sheet.tables:
        yield table_html(table, caption=table.title)
        yield notes_html(table.notes)
    yield from _paragraphs(sheet.after)


def html_text(text: str) -> str:
    """Text in which whatever HTML would take for markup is escaped."""
    return escape(printable(text))


def breakable(name: str) -> str:
    """A long name that may be broken where its parts meet, not within a word."""
    return re.sub(r"([,\[_=/+])", r"\1<wbr>", html_text(name))  # escaped first; no entity holds one of these


def _paragraphs(lines: Iterable[Line]) -> Iterator[str]:
    for line in lines:
        yield f"<p{_classes(line.style)}>{html_text(line.text)}</p>"


def notes_html(notes: Iterable[str]) -> str:
    """Notes as a list; nothing where there are none."""
    items = "".join(f"<li>{html_text(note)}</li>" for note in notes)
    return f'<ul class="notes">{items}</ul>' if items else ""


class RowLink(NamedTuple):
    """How to reach a row of a page: the id to link to, and the command that measures it again."""

    anchor: str
    command: str


def table_html(table: Table, *, caption: str = "", sortable: bool = False, links: Sequence[RowLink] = ()) -> str:
    """A table without its title and notes.

    The columns that are never left out stand first, so that what matters most is seen without moving sideways. Each
    heading of a sortable one is a button, for a script to sort by ``data-sort``. With `links`, one for each row, the
    name of a row is a link to it.
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
