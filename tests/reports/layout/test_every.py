"""What holds for every layout, those of tomorrow too."""

import pytest

from harness.errors import UnknownName
from harness.reports.layout import Screen, lay_out, names
from harness.reports.sheet import Column, Sheet, Table
from tests.support.sheets import NASTY, UNPRINTABLE


@pytest.mark.parametrize("name", names())
def test_nothing_that_steers_a_terminal_comes_through(name: str) -> None:
    text = lay_out(NASTY, name)
    assert not UNPRINTABLE.search(text)
    text.encode()  # no lone surrogate
    assert "日本語の名前" in text
    assert "u001b" in text, "it is written out, not dropped"


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("width", [None, 1, 20])
def test_an_empty_sheet_and_an_empty_table_have_a_layout(name: str, width: int | None) -> None:
    columns: list[Column[int]] = [Column("name", "name", str)]
    for sheet in (Sheet(), Sheet((Table.of("title", columns, []),)), Sheet((Table.of("", [], []),))):
        text = lay_out(sheet, name, Screen(width, colour=True))
        assert not text or text.endswith("\n")


def test_a_layout_that_is_not_there() -> None:
    with pytest.raises(UnknownName, match="did you mean 'markdown'"):
        lay_out(Sheet(), "markdwn")
