"""A sheet as an SVG picture, for a README: its colours follow the reader's light or dark page."""

from collections.abc import Sequence
from itertools import accumulate

from rich.cells import cell_len

from harness.reports.layout.base import PLAIN, Screen, fitting
from harness.reports.layout.html import html_text
from harness.reports.layout.text import fold
from harness.reports.sheet import Line, Sheet, Table

WIDTH = 110
"""Width in characters without a screen."""

CHARACTER, ROW, GAP, MARGIN = 7.2, 20, 20, 12
"""Pixels: width of a character, height of a row, gap between columns, margin."""

WORDS_WIDER = 1.15
"""Characters of a sentence that fit into the width of one character of numbers and names."""

LOOKS = """
text { font: 12px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #1b1f24; }
.title, .head, .strong { font-weight: 600; } .title { font-size: 13px; } line { stroke: #d0d7de; }
.good { fill: #0b6b3a; } .bad { fill: #b3261e; font-weight: 600; } .doubtful { fill: #7d4e00; }
.quiet { fill: #57606a; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; } line { stroke: #30363d; }
  .good { fill: #7ee2a8; } .bad { fill: #ff8a80; } .doubtful { fill: #e3b341; } .quiet { fill: #9aa4ae; }
}
"""


class _Picture:
    """A picture built line by line, as wide as its widest line."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.width, self.y = 0.0, float(MARGIN)

    def text(self, x: float, words: str, classes: str = "", *, left: bool = True) -> None:
        """Add words to the current line, flush left or right at ``x``."""
        anchor = "" if left else ' text-anchor="end"'
        look = f' class="{classes}"' if classes else ""
        self.parts.append(f'<text x="{MARGIN + x:g}" y="{self.y + 14:g}"{look}{anchor}>{html_text(words)}</text>')
        self.width = max(self.width, x + (CHARACTER * cell_len(words) if left else 0))

    def lines(self, words: Sequence[Line], width: int) -> None:
        """Add lines of words, folded."""
        for line in words:
            for part in fold(line.text.strip(), round(WORDS_WIDER * width)):
                self.text(0, part, line.style)
                self.y += ROW - 3

    def __str__(self) -> str:
        width, height = self.width + 2 * MARGIN, self.y + MARGIN
        size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
        drawn = "\n".join(self.parts)
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n<style>{LOOKS}</style>\n{drawn}\n</svg>\n'


def svg(sheet: Sheet, screen: Screen = PLAIN) -> str:
    """A picture no wider than the screen, if the columns that are never left out fit."""
    width = screen.width or WIDTH
    picture = _Picture()
    for words in (sheet.opening, sheet.before):
        picture.lines(words, width)
        picture.y += ROW / 2 if words else 0
    for table in sheet.tables:
        _table(picture, table, width)
    picture.lines(sheet.after, width)
    return str(picture)


def _table(picture: _Picture, table: Table, width: int) -> None:
    texts = [[column.heading, *(row[i].text for row in table.rows)] for i, column in enumerate(table.columns)]
    widths = [CHARACTER * max(map(cell_len, each)) + GAP for each in texts]
    shown = fitting(table.columns, lambda places: sum(widths[i] for i in places), CHARACTER * width)
    ends = list(accumulate((widths[i] for i in shown), initial=0.0))
    places = {
        i: start if table.columns[i].left else end - GAP
        for i, start, end in zip(shown, ends[:-1], ends[1:], strict=True)
    }
    if table.title:
        picture.text(0, table.title, "title")
        picture.y += ROW + 2
    for i, x in places.items():
        picture.text(x, table.columns[i].heading, "head", left=table.columns[i].left)
    for row in table.rows:
        picture.y += ROW
        y = f"{picture.y:g}"
        picture.parts.append(f'<line x1="{MARGIN}" x2="{MARGIN + ends[-1] - GAP:g}" y1="{y}" y2="{y}"/>')
        for i, x in places.items():
            picture.text(x, row[i].text, row[i].style, left=table.columns[i].left)
    picture.width = max(picture.width, ends[-1] - GAP)
    picture.y += ROW + 4
    picture.lines([Line(note, "quiet") for note in table.notes], width)
    picture.y += ROW / 2
