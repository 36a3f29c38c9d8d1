"""Files of columns: every format read alike, every fault in one line."""

import bz2
import gzip
import io
import lzma
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from harness.datasets.base import LeftOut, Rows, Table
from harness.datasets.csv import Csv
from harness.datasets.weather_ww2 import WeatherWw2
from harness.errors import DatasetError, nearest
from tests.support.paths import SHARED

WEATHER = SHARED / "data/weather_ww2.csv.gz"
TEXT = "a,colour,b\n0.1,red,2\n3e-5,blue,-4\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(name: str, content: str | bytes | None = None, **options: Any) -> Table:
    if content is not None:
        Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
    return Csv(**{"path": name, "features": ("a",), "target": "b", **options}).table


def assert_is_text(table: Table) -> None:
    assert_array_equal(table.X, [[0.1], [3e-5]])
    assert_array_equal(table.y, [2, -4])
    assert (table.features, table.target, table.dropped_rows) == (("a",), "b", 0)


GOOD: dict[str, tuple[str, str | bytes, dict[str, Any]]] = {
    "plain": ("d.csv", TEXT, {}),
    "no suffix": ("d", TEXT, {}),
    "upper case": ("D.CSV", TEXT, {}),
    "byte order mark": ("d.csv", "\ufeff" + TEXT, {}),
    "windows line ends": ("d.csv", TEXT.replace("\n", "\r\n"), {}),
    "spaces": ("d.csv", TEXT.replace(",", " , "), {}),
    "blank lines": ("d.csv", "\n" + TEXT.replace("\n", "\n\n"), {}),
    "quotes": ("d.csv", TEXT.replace("red", '"red, dark"').replace("0.1", '"0.1"'), {}),
    "a comma at each end": ("d.csv", "a,colour,b\n0.1,red,2,\n3e-5,blue,-4,\n", {}),
    "tabs": ("d.tsv", TEXT.replace(",", "\t"), {}),
    "semicolons": ("d.csv", TEXT.replace(",", ";"), {"separator": ";"}),
    "semicolons that nobody told": ("d.csv", TEXT.replace(",", ";"), {}),
    "white space": ("d.txt", TEXT.replace(",", "   "), {"separator": r"\s+"}),
    "white space that nobody told": ("d.txt", TEXT.replace(",", "   "), {}),
    "vertical bars": ("d.csv", TEXT.replace(",", "|"), {}),
    "a long separator": ("d.txt", TEXT.replace(",", "::"), {"separator": "::"}),
    "gzip": ("d.csv.gz", gzip.compress(TEXT.encode()), {}),
    "gzip that does not say so": ("d.csv", gzip.compress(TEXT.encode()), {}),
    "gzip of tabs": ("d.tsv.gz", gzip.compress(TEXT.replace(",", "\t").encode()), {}),
    "bzip2": ("d.csv.bz2", bz2.compress(TEXT.encode()), {}),
    "xz": ("d.csv.xz", lzma.compress(TEXT.encode()), {}),
    "json": ("d.json", '[{"a": 0.1, "b": 2}, {"b": -4, "a": 3e-5}]', {}),
    "json by column": ("d.json", '{"a": [0.1, 3e-5], "b": [2, -4]}', {}),
    "json lines": ("d.jsonl", '{"a": 0.1, "b": 2}\n{"a": 3e-5, "b": -4}\n', {}),
}


@pytest.mark.parametrize("name", GOOD)
def test_every_format_is_read_alike(name: str) -> None:
    path, content, options = GOOD[name]
    assert_is_text(read(path, content, **options))


def test_zip_and_a_file_url(here: Path) -> None:
    with zipfile.ZipFile("d.zip", "w") as file:
        file.writestr("d.csv", TEXT)
    assert_is_text(read("d.zip"))
    Path("d.csv").write_text(TEXT)
    assert_is_text(read(f"file://{here}/d.csv"))


def test_a_name_that_another_format_begins_with_is_a_name() -> None:
    assert_array_equal(read("d.csv", "PAR1,b\n1,2\n3,5\n", features=("PAR1",)).X, [[1], [3]])


def test_columns_come_in_the_order_asked_for() -> None:
    table = read("d.csv", "a,b,c\n1,2,3\n4,5,6\n", features=("c", "a"))
    assert_array_equal(table.X, [[3, 1], [6, 4]])
    assert table.X.flags.c_contiguous


def test_rows_with_a_missing_value_are_dropped_and_counted() -> None:
    table = read("d.csv", "a,other,b\n1,,2\n,x,3\nNA,x,4\n5,x,nan\n,x,\n7,x,8\n")
    assert_array_equal(table.X, [[1], [7]])
    assert_array_equal(table.y, [2, 8])
    assert table.dropped_rows == 4
    assert table.rows == Rows(6, 2, (LeftOut("a", 3), LeftOut("b", 2)))
    assert read("d.json", '[{"a": null, "b": 1}, {"a": 2, "b": 3}, {"a": 4}]').dropped_rows == 2


def test_booleans_and_huge_integers_are_numbers() -> None:
    assert_array_equal(read("d.csv", "a,b\nTrue,1\nFalse,2\n").X, [[1], [0]])
    assert read("d.csv", f"a,b\n{10**30},1\n").X[0, 0] == 1e30


@settings(deadline=None, max_examples=25, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.floats(-1e300, 1e300).filter(lambda v: v == 0 or abs(v) > 1e-300), min_size=1, max_size=30))
def test_every_decimal_is_rounded_once(values: list[float]) -> None:
    lines = "".join(f"{value!r},{value:.25e}\n" for value in values)
    table = read("d.csv", "a,b\n" + lines)
    assert_array_equal(table.X[:, 0], values)
    assert_array_equal(table.y, values)
    objects = ",".join(f'{{"a": {value!r}, "b": {value!r}}}' for value in values)
    assert_array_equal(read("d.json", f"[{objects}]").y, values)


def zipped(name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr(name, "")
    return packed.getvalue()


BAD: dict[str, tuple[str, str | bytes | None, dict[str, Any], str]] = {
    "no file": ("no.csv", None, {}, "there is no file no.csv; paths are relative to the current folder, "),
    "a folder": (".", None, {}, "'.' is a folder"),
    "empty path": ("", None, {}, "'' is a folder"),
    "a name too long": ("d" * 300, None, {}, "File name too long"),
    "empty file": ("d.csv", "", {}, "d.csv cannot be read: it holds no rows"),
    "blank file": ("d.csv", "\n\n", {}, "d.csv cannot be read: it holds no rows"),
    "header alone": ("d.csv", "a,b\n", {}, "no rows left to fit; give data"),
    "nothing complete": ("d.csv", "a,b\n1,\n,2\n", {}, "no rows left to fit (2 had a missing value)"),
    "unknown feature": ("d.csv", "size,b\n1,2\n", {"features": ("sise",)}, "no column 'sise'; did you mean 'size'?"),
    "unknown target": ("d.csv", "a,b\n1,2\n", {"target": "zzz"}, "d.csv has no column 'zzz'; there are a, b"),
    "another separator": ("d.csv", "a;b\n1;2\n", {"separator": ","}, "no column 'a'; there is a;b"),
    "a column twice": ("d.csv", "a,b,a\n1,2,3\n", {}, "d.csv has 2 columns named 'a'; rename all but one"),
    "text": ("d.csv", "a,b\n1,2\nred,3\nblue,4\n", {}, "d.csv: column 'a' holds 'red' in line 3, wanted numbers"),
    "text in the target": ("d.csv", "a,b\n1,2\n3,4 m\n", {}, "column 'b' holds '4 m' in line 3"),
    "long text": (
        "d.csv",
        f"a,b\n{'x' * 99},2\n",
        {},
        "holds only 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx..., wanted numbers",
    ),
    "thousands": ("d.csv", 'a,b\n"1,000",2\n', {}, "column 'a' holds '1,000', which may be 1000 (decimal"),
    "thousands, or no binary fraction": ("d.csv", 'a,b\n"1,100",2\n', {}, 'or 1.1 (decimal = ","'),
    "a date that is none": ("d.csv", "a,b\n2020-02-30,2\n", {}, "column 'a' holds only '2020-02-30'"),
    "dates that are no days": ("d.csv", "a,b\n2020-01-01,2\n", {"dates": "no"}, "holds only '2020-01-01'"),
    "complex": ("d.csv", "a,b\n1+2j,2\n", {}, "column 'a' holds only '1+2j'"),
    "text after a regular expression": (
        "d.txt",
        "a::b\nx::2\n",
        {"separator": "::"},
        "column 'a' holds only 'x'",
    ),
    "infinity": ("d.csv", "a,b\n1,2\n-inf,3\n", {}, "column 'a' holds '-inf' in line 3, wanted numbers"),
    "overflow": ("d.csv", "a,b\n1,1e400\n", {}, "'1e400' in line 2, wanted a number within float64's range"),
    "too many values at first": (
        "d.csv",
        "a,b\n1,2,3\n4,5\n",
        {},
        "d.csv: line 2 holds 3 values, the header 2 (separated by commas)",
    ),
    "too many values later": ("d.csv", "a,b\n1,2\n4,5,6\n", {}, "d.csv: line 3 holds 3 values, the header 2"),
    "decimal commas without quotes": ("d.csv", "a,b\n1,5,2\n2,5,3\n3,5,4\n", {}, "line 2 holds 3 values, the header 2"),
    "too few values": ("d.csv", "a,b,c\n1,2,3\n4,5\n", {}, "d.csv: line 3 holds 2 values, the header 3"),
    "white space that lacks a value": (
        "d.txt",
        "a b c\n1 2 3\n4     6\n",
        {},
        "d.txt: line 3 holds 2 values, the header",
    ),
    "a line after comments and blanks": ("d.csv", "# x\n\na,b\n1,2\n\n# y\nred,3\n", {}, "holds 'red' in line 7"),
    "a quote that is never closed": ("d.csv", 'a,b\n1,2\n"3,4\n5,6\n', {}, "a quote is opened and never closed"),
    "a zero byte": ("d.csv", "a,b\n1,2\n3,\0\n", {}, "d.csv holds a zero byte in line 3"),
    "half a gzip": ("d.csv.gz", gzip.compress(TEXT.encode())[:-9], {}, "ended before the end-of-stream marker"),
    "not a zip file": ("d.zip", b"PK\x03\x04 and no more", {}, "d.zip cannot be read: File is not a zip file"),
    "not UTF-16": (
        "d.csv",
        b"\xff\xfea",
        {},
        "d.csv has the byte-order mark of utf-16 but is not utf-16; set encoding",
    ),
    "not JSON": ("d.json", "{", {}, "d.json cannot be read: "),
    "JSON of something else": ("d.json", "[1, 2]", {}, "d.json holds ['1', '2'], wanted a list of objects"),
    "JSON objects": ("d.json", '{"a": [{"q": 1}], "b": [2]}', {}, "column 'a' holds {'q': '1'} in record 1"),
    "not parquet": ("d.parquet", TEXT, {}, "d.parquet cannot be read: "),
    "not Excel": ("d.xlsx", TEXT, {}, "d.xlsx is not a workbook, despite its name; call it .csv if it is text"),
    "Parquet called csv": ("d.csv", b"PAR1\0\1", {}, "d.csv is Parquet; call it .parquet"),
    "Excel called csv": ("d.csv", zipped("[Content_Types].xml"), {}, "d.csv is a workbook, or another file of Office"),
    "SQLite": ("d.db", b"SQLite format 3\0", {"path": "d.db::t"}, "d.db is an SQLite database, wanted DuckDB's"),
    "SQLite by another name": ("d.sqlite", b"SQLite format 3\0", {}, "d.sqlite is an SQLite database; save the table"),
    "a web page": ("d.csv", "\n<!DOCTYPE html>\n<html>", {}, "d.csv is a web page, not a table; give the address of"),
    "bytes": ("d.csv", bytes(range(256)), {}, "d.csv is not text; give its format by its suffix, or set encoding"),
    "a pickle": ("d.pkl", b"\x80\x04N.", {}, "d.pkl: .pkl files can hold pickled objects and are not read"),
    "a zipped pickle": ("d.PKL.gz", b"\x80\x04N.", {}, ".pkl files can hold pickled objects"),
    "a pickle by URL": ("http://example.invalid/d.pickle?x=1", None, {}, ".pickle files can hold pickled objects"),
    "HDF5": ("d.h5", b"", {}, ".h5 files can hold pickled objects"),
    "no such URL": ("file:///no/such/d.csv", None, {}, "file:///no/such/d.csv cannot be read: "),
}


@pytest.mark.parametrize("name", BAD)
def test_faults_are_said_in_one_line(name: str) -> None:
    path, content, options, message = BAD[name]
    with pytest.raises(DatasetError) as error:
        read(path, content, **options)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"features": ("a", "a")}, "features: got 'a' twice"),
        ({"features": ("b",)}, "target: got 'b', which is a feature"),
        ({"separator": ""}, "separator: got an empty text"),
    ],
)
def test_options_that_make_no_problem(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read("d.csv", TEXT, **options)


def test_without_features_all_other_columns_are_taken() -> None:
    table = read("d.csv", "a,town,b,y\n1,Bern,2,3\n2,Genf,1,4\n5,Bern,2,6\n7,Genf,3,1\n", features=(), target="y")
    assert table.features == ("a", "town[T.Genf]", "b")


ORIGINAL = (
    "STA,Date,Precip,WindGustSpd,MaxTemp,MinTemp,MeanTemp,PoorWeather,TSHDSBRSGF\n"
    "10001,1942-7-1,1.016,,25.55555556,22.22222222,23.88888889,,\n"
    "10001,1942-7-2,T,,28.88888889,21.66666667,25.55555556,1,1 0\n"
    "10001,1942-7-3,0,33,,22.22222222,24.44444444,0,\n"
)


@pytest.mark.parametrize("packed", [False, True])
def test_weather_of_the_original_file(packed: bool) -> None:
    name = "Summary of Weather.csv" + ".gz" * packed
    Path(name).write_bytes(gzip.compress(ORIGINAL.encode()) if packed else ORIGINAL.encode())
    table = WeatherWw2(path=name).table
    assert_array_equal(table.X, [[22.22222222], [21.66666667]])
    assert_array_equal(table.y, [25.55555556, 28.88888889])
    assert (table.features, table.target, table.dropped_rows) == (("MinTemp",), "MaxTemp", 1)


def test_weather_that_is_not_there_says_where_it_is() -> None:
    with pytest.raises(DatasetError, match=r"there is no file w.csv; .*kaggle\.com/datasets/smid80/weatherww2"):
        _ = WeatherWw2(path="w.csv").table


def test_weather_of_another_file() -> None:
    Path("w.csv").write_text("MinTmp,MaxTemp\n1,2\n")
    with pytest.raises(DatasetError, match=r"no column 'MinTemp'; did you mean 'MinTmp'\?"):
        _ = WeatherWw2(path="w.csv").table


@pytest.mark.skipif(
    not WEATHER.is_file(), reason="the weather file is not shipped, and there is none beside the project"
)
def test_weather_fit_over_all_rows() -> None:
    table = WeatherWw2(path=str(WEATHER)).table
    assert (len(table.y), table.dropped_rows) == (119_040, 0)
    A = np.column_stack([np.ones(len(table.y)), table.X])
    fit = np.linalg.lstsq(A, table.y, rcond=None)[0]
    assert_allclose(fit, [10.700567037461554, 0.91877423065427974], rtol=1e-12)


def test_a_word_that_an_option_begins_with_suggests_it() -> None:
    known = [each.name for each in fields(Csv)]
    assert nearest("sep", known) == "; did you mean 'separator'?"
    assert nearest("norris", ["hilbert", "nist_norris"]) == "; did you mean 'nist_norris'?"
    assert nearest("longley", ["longley_perturbed", "nist_longley"]).endswith("longley_perturbed, nist_longley?")
    assert nearest("seperator", known) == "; did you mean 'separator'?"
    assert nearest("se", ["separator", "offset"]) == "; there are offset, separator"
