"""A sheet with all that can go wrong in a text, and what is wanted of any layout of it."""

import re

from harness.reports.sheet import Column, Line, Sheet, Table

WORDS = (
    "<b>|`*x*`|</b>",
    "=cmd|' /C calc'!A0",
    "\x1b[31mred\x07\nnext\r",
    "日本語の名前",
    "lone \udc80",
    "\u202eturned",
)
NUMBERS = (0.1 + 0.2, None, -1.5, 1e300, 0.0, 12.0)

COLUMNS: tuple[Column[int], ...] = (
    Column("name", "na|me", lambda i: WORDS[i], left=True, style=lambda i: "bad" if i == 1 else ""),
    Column("number", "number", lambda i: NUMBERS[i], priority=1),
    Column("empty", "empty", lambda i: None),
    Column("list", "several", lambda i: (1.5, None, float(i)), lambda i: "a few", priority=2),
)
NASTY = Sheet(
    (Table.of("ti<tle> \x1b]0;evil\x07", COLUMNS, range(len(WORDS)), ["note \x1b[2J", "[link](http://x)"]),),
    Line("head\x9bline", "strong"),
    before=(Line("before\udcff"),),
    after=(Line("  after\x00", "quiet"),),
)
UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]")
