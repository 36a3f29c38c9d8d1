"""Markdown: one table with as many cells in every row, in which no text means anything but itself."""

from harness.reports.layout.markdown import markdown, markdown_text
from tests.support.sheets import NASTY


def test_a_nasty_sheet() -> None:
    assert markdown(NASTY).splitlines() == [
        r"**head\\u009bline**",
        "",
        r"- before\\udcff",
        "",
        r"### ti\<tle> \\u001b]0;evil\\u0007",
        "",
        r"| na\|me | number | several |",
        "| --- | ---: | ---: |",
        r"| \<b>\|\`\*x\*\`\|\</b> | 0.3 | a few |",
        r"| =cmd\|' /C calc'!A0 | – | a few |",
        r"| \\u001b[31mred\\u0007\\u000anext\\u000d | -1.5 | a few |",
        "| 日本語の名前 | 1e+300 | a few |",
        r"| lone \\udc80 | 0 | a few |",
        r"| \\u202eturned | 12 | a few |",
        "",
        r"- note \\u001b[2J",
        r"- [link]\(http://x)",
        "",
        r"- after\\u0000",
    ]


def test_a_backslash_is_escaped_too() -> None:
    assert markdown_text("a\\|b") == r"a\\\|b"
