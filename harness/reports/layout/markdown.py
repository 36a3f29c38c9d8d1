"""A sheet in Markdown, for a pull request or a README."""

from collections.abc import Iterable, Iterator

from harness.printable import printable
from harness.reports.layout.base import PLAIN, Screen
from harness.reports.sheet import Sheet, Table

SPECIAL = str.maketrans({each: f"\\{each}" for each in "\\|*<`"})


def markdown(sheet: Sheet, _screen: Screen = PLAIN) -> str:
    """Tables with all their columns."""
    return "\n\n".join(filter(None, _blocks(sheet))) + "\n"


def _blocks(sheet: Sheet) -> Iterator[str]:
    if sheet.headline:
        yield f"**{markdown_text(sheet.headline.text)}**"
    yield _list(line.text for line in (*sheet.found, *sheet.before))
    for table in sheet.tables:
        yield f"### {markdown_text(table.title)}" if table.title else ""
        yield "\n".join(_table(table))
        yield _list(table.notes)
    yield _list(line.text for line in sheet.after)


def _table(table: Table) -> Iterator[str]:
    yield _row(column.heading for column in table.columns)
    yield "| " + " | ".join("---" if column.left else "---:" for column in table.columns) + " |"
    for row in table.rows:
        yield _row(cell.text for cell in row)


def _row(texts: Iterable[str]) -> str:
    return "| " + " | ".join(map(markdown_text, texts)) + " |"


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {markdown_text(line.strip())}" for line in lines)


def markdown_text(text: str) -> str:
    """Text, escaped for Markdown."""
    return printable(text).translate(SPECIAL).replace("](", "]\\(")
