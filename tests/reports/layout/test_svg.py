"""A sheet as a picture: XML with every word of the columns that fit."""

from xml.etree import ElementTree as ET

import pytest

from harness.reports.layout import Screen
from harness.reports.layout.svg import svg
from harness.reports.sheet import Column, Line, Sheet, Table
from tests.support.sheets import NASTY

SVG = "{http://www.w3.org/2000/svg}"
COLUMNS: tuple[Column[str], ...] = (
    Column("name", "name", lambda each: each, left=True),
    Column("size", "size", len, style=lambda each: "bad" if len(each) > 3 else ""),
    Column("long", "a long heading", lambda each: 20 * each, priority=2),
    Column("other", "other", lambda each: each.upper(), priority=1),
)
SHEET = Sheet((Table.of("title", COLUMNS, ["one", "three"], ["a note"]),), Line("said", "strong"))


def texts(drawing: str) -> list[ET.Element]:
    return list(ET.fromstring(drawing).iter(f"{SVG}text"))


def words(drawing: str) -> list[str]:
    return ["".join(each.itertext()) for each in texts(drawing)]


def test_it_says_what_the_sheet_says() -> None:
    assert words(svg(SHEET, Screen(60))) == [
        "said", "title", "name", "size", "other", "one", "3", "ONE", "three", "5", "THREE", "a note",
    ]  # fmt: skip
    assert "a long heading" in words(svg(SHEET, Screen(200))), "a wide picture has every column"
    assert words(svg(SHEET, Screen(12)))[2:4] == ["name", "size"], "what always stays stays"


def test_names_are_flush_left_numbers_right_and_styles_are_classes() -> None:
    found = {"".join(each.itertext()): each for each in texts(svg(SHEET))}
    assert found["three"].get("text-anchor") is None
    assert found["5"].get("text-anchor") == "end"
    assert found["5"].get("class") == "bad"
    assert found["3"].get("class") is None
    assert found["3"].get("x") == found["5"].get("x") == found["size"].get("x")
    assert float(found["three"].get("y") or 0) > float(found["one"].get("y") or 0)


@pytest.mark.parametrize("sheet", [SHEET, NASTY, Sheet()])
@pytest.mark.parametrize("width", [None, 40])
def test_every_word_lies_within_the_picture(sheet: Sheet, width: int | None) -> None:
    drawing = svg(sheet, Screen(width))
    root = ET.fromstring(drawing)
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    for each in texts(drawing):
        assert 0 < float(each.get("x") or 0) <= float(root.get("width") or 0)
        assert 0 < float(each.get("y") or 0) <= float(root.get("height") or 0)


def test_it_asks_for_nothing_and_follows_the_page() -> None:
    drawing = svg(SHEET)
    assert drawing.count("http") == 1, "the name of the format"
    assert "prefers-color-scheme: dark" in drawing
