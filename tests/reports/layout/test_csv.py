"""CSV: every number in full, and nothing that a spreadsheet would run."""

import csv as standard
import io

import pytest

from harness.reports.layout.csv import csv
from harness.reports.sheet import Column, Sheet, Table, Value
from tests.support.sheets import NASTY, NUMBERS


def read(sheet: Sheet) -> list[dict[str, str]]:
    return list(standard.DictReader(io.StringIO(csv(sheet))))


def one(value: Value) -> str:
    return read(Sheet((Table("", (column := Column[int]("x", "x", lambda _: value),), ((column.cell(0),),)),)))[0]["x"]


def test_numbers_are_in_full_and_nothing_is_an_empty_field() -> None:
    rows = read(NASTY)
    assert [row["number"] for row in rows] == ["" if each is None else repr(each) for each in NUMBERS]
    assert {row["list"] for row in rows} == {f"1.5  {float(i)}" for i in range(6)}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_text_that_would_be_run_is_quoted(text: str) -> None:
    assert one(text)[0] == "'"


def test_headings_are_quoted_as_cells_are() -> None:
    sheet = Sheet((Table.of("", [Column[int]("=x\x1b", "x", lambda i: i)], [1]),))
    assert csv(sheet) == "'=x\\u001b\n1\n"


def test_numbers_by_name_are_json() -> None:
    assert one({"openblas 0.3.30": 4, "openmp": 1}) == '{"openblas 0.3.30": 4, "openmp": 1}'


def test_several_tables_have_one_header_and_their_titles_in_a_column() -> None:
    a, b = Column[int]("a", "A", lambda i: i), Column[int]("b", "B", lambda i: -i)
    sheet = Sheet((Table.of("one", [a], [1]), Table.of("two", [b, a], [2])))
    assert csv(sheet) == "table,a,b\none,1,\ntwo,2,-2\n"
