"""Text: what it looks like, and that it fits the terminal."""

import re
from dataclasses import replace
from operator import itemgetter

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from harness.printable import printable
from harness.reports.layout import Screen
from harness.reports.layout.text import fold, text, width_needed
from harness.reports.sheet import Column, Line, Sheet, Table
from tests.support.sheets import NASTY

ESCAPE = re.compile(r"\x1b\[[\d;]*m")


def test_a_nasty_sheet() -> None:
    assert text(NASTY).splitlines() == [
        r"before\udcff",
        r"ti<tle> \u001b]0;evil\u0007",
        "",
        "  na|me                                 number   several",
        " ────────────────────────────────────────────────────────",
        "  <b>|`*x*`|</b>                           0.3     a few",
        "  =cmd|' /C calc'!A0                         –     a few",
        r"  \u001b[31mred\u0007\u000anext\u000d     -1.5     a few",
        "  日本語の名前                          1e+300     a few",
        r"  lone \udc80                                0     a few",
        r"  \u202eturned                              12     a few",
        r"  note \u001b[2J",
        "  [link](http://x)",
        "",
        r"  after\u0000",
        r"head\u009bline",
    ]


def test_columns_leave_a_narrow_terminal_by_their_priority_and_a_note_names_them() -> None:
    shown = text(NASTY, Screen(50))
    assert "several" not in shown.splitlines()[3]
    assert "number" in shown.splitlines()[3]
    assert "(too narrow for: several)" in shown
    assert "(too narrow for: number; several)" in text(NASTY, Screen(40))


def test_long_words_fold_where_the_parts_of_a_name_meet() -> None:
    columns = [
        Column[str]("case", "case", str, left=True, wraps=True),
        Column[str]("why", "why", lambda _: "it took far too long", left=True, wraps=True),
    ]
    sheet = Sheet((Table.of("", columns, ["synthetic[n=1000]/numpy"]),))
    assert text(sheet, Screen(33)).splitlines() == [
        "  case             why",
        " ────────────────────────────────",
        "  synthetic[n=     it took far",
        "  1000]/numpy      too long",
        "",
    ]


def test_rows_whose_names_would_be_folded_away_are_blocks_on_a_narrow_screen() -> None:
    columns = [
        Column[str]("case", "case", str, left=True, wraps=True),
        Column[str]("change", "change", lambda _: "+12.0%"),
        Column[str]("why", "why", lambda _: "it took far too long and so it was ended", left=True, wraps=True),
    ]
    for name, width in (("synthetic[n_samples=1000]/statsmodels/cpu/float64", 60), ("statsmodels_formula_ols", 50)):
        sheet = Sheet((Table.of("", columns, [name]),))
        assert text(sheet, Screen(width)).splitlines() == [
            f"  {name}",
            "    change +12.0%",
            "    why it took far too long and so it was ended",
            "",
        ]
        assert text(sheet, Screen(120)).splitlines()[0].split() == ["case", "change", "why"]


def test_a_few_long_names_fold_before_all_rows_become_blocks() -> None:
    columns = [
        Column[str]("backend", "backend", str, left=True),
        Column[str]("time", "time", lambda _: "1.00 ms"),
        Column[str]("loss", "loss", lambda _: "0.5", priority=1),
    ]
    names = ["numpy_lstsq", "scipy_lstsq", "scratch_ols", "eigen_solve[method=complete orthogonal]"]
    shown = text(Sheet((Table.of("", columns, names),)), Screen(44)).splitlines()
    assert shown[2] == "  numpy_lstsq                       1.00 ms"
    assert shown[5:7] == ["  eigen_solve[method=complete       1.00 ms", "  orthogonal]"]
    assert "time 1.00 ms" in text(Sheet((Table.of("", columns, names[2:]),)), Screen(44))


def test_blocks_say_which_columns_they_leave_out() -> None:
    columns = [
        Column[str]("case", "case", str, left=True),
        Column[str]("loss", "loss", lambda _: "0.5", priority=4),
    ]
    assert "(too narrow for: loss)" in text(Sheet((Table.of("", columns, ["a" * 60]),)), Screen(50))


def test_what_names_begin_with_stands_once_above_them_where_there_is_no_room_beside() -> None:
    columns = [
        Column[str]("case", "case", str, left=True, wraps=True, above=lambda name: name.partition("/")[0]),
        Column[str]("change", "change", lambda _: "+12.0%"),
    ]
    rows = [f"synthetic[n_samples={n}]/{name}" for n in (10, 1000) for name in ("numpy_lstsq", "scratch_ols")]
    sheet = Sheet((Table.of("", columns, rows),))
    assert text(sheet, Screen(40)).splitlines() == [
        "  case            change",
        " ────────────────────────",
        "  synthetic[n_samples=10]",
        "    numpy_lstsq   +12.0%",
        "    scratch_ols   +12.0%",
        "  synthetic[n_samples=1000]",
        "    numpy_lstsq   +12.0%",
        "    scratch_ols   +12.0%",
        "",
    ]
    assert text(sheet, Screen(100)).splitlines()[2].startswith("  synthetic[n_samples=10]/numpy_lstsq")


def test_what_was_found_hangs_under_its_bullet() -> None:
    sheet = Sheet(after=(Line("• one two three four"),))
    assert text(sheet, Screen(12)).splitlines() == ["• one two", "  three four"]


def test_styles_colour_the_words_alone_and_only_where_there_are_colours() -> None:
    coloured = text(NASTY, Screen(200, colour=True))
    assert "\x1b[1;31m=cmd|' /C calc'!A0\x1b[0m   " in coloured
    assert ESCAPE.sub("", coloured) == text(NASTY, Screen(200))
    assert "\x1b" not in text(NASTY, Screen(200))


names = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
columns = st.lists(
    st.builds(
        lambda heading, priority, wraps, left: Column[list[str]]("", heading, str, None, None, priority, left, wraps),
        names,
        st.integers(0, 3),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    kinds = draw(columns)
    rows = draw(st.lists(st.lists(names, min_size=len(kinds), max_size=len(kinds)), max_size=4))
    numbered = [replace(each, value=itemgetter(i)) for i, each in enumerate(kinds)]
    table = Table(draw(names), tuple(numbered), tuple(tuple(each.cell(row) for each in numbered) for row in rows),
                  tuple(draw(st.lists(names, max_size=2))))  # fmt: skip
    return Sheet((table,), Line(draw(names)))


@given(sheets(), st.integers(8, 120), st.booleans())
def test_no_line_is_wider_than_the_terminal_unless_the_columns_that_always_stay_are(
    sheet: Sheet, width: int, colour: bool
) -> None:
    (table,) = sheet.tables
    staying = [i for i, each in enumerate(table.columns) if not each.priority]
    least = width_needed([table.columns[i] for i in staying], [_natural(table, i) for i in staying])
    for line in text(sheet, Screen(width, colour)).splitlines():
        assert cell_len(ESCAPE.sub("", line)) <= max(width, least), line


def _natural(table: Table, i: int) -> int:
    return max(cell_len(printable(each)) for each in (table.columns[i].heading, *(row[i].text for row in table.rows)))


@given(names, st.integers(2, 40))
def test_what_is_folded_keeps_every_character(words: str, width: int) -> None:
    lines = fold(words, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(words.split())
